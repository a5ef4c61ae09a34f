"""All evidence of a worksheet as one ZIP."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from assessments.exporters.evidence_zip import evidence_zip as packed
from assessments.exporters.evidence_zip import zip_name
from assessments.views.opening import open_worksheet
from units.files import SANDBOX, content_disposition


@require_safe
def evidence_zip(request: HttpRequest, agency: str, unit: str, period: str) -> StreamingHttpResponse:
    """For everybody who may read the worksheet: the unit, its TPI and assistants, the Inspector (SEC-31)."""
    assessment = open_worksheet(request, agency, unit, period)
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise PermissionDenied
    response = StreamingHttpResponse(packed(assessment, timezone.now()), content_type="application/zip")
    response["Content-Disposition"] = content_disposition("attachment", zip_name(assessment))
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Content-Security-Policy"] = SANDBOX
    return response
