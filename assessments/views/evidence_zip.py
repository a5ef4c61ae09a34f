"""All evidence of a worksheet as one ZIP."""

from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from assessments.exporters.evidence_zip import evidence_zip as packed
from assessments.exporters.evidence_zip import zip_name
from assessments.views.opening import open_worksheet
from assessments.views.packed import refuse_embedding, zip_response


@require_safe
def evidence_zip(request: HttpRequest, agency: str, unit: str, period: str) -> StreamingHttpResponse:
    """For everybody who may read the worksheet: the unit, its TPI and assistants, the Inspector (SEC-31)."""
    assessment = open_worksheet(request, agency, unit, period)
    refuse_embedding(request)
    return zip_response(packed(assessment, timezone.now()), zip_name(assessment))
