"""The worksheet as a workbook to take along."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from assessments.exporters.worksheet import file_name, workbook_bytes
from assessments.queries.workbook import workbook_contents
from assessments.views.opening import open_worksheet, person
from units.files import CONTENT_TYPES, SANDBOX, content_disposition


@require_safe
def workbook_export(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """Made anew at each request; TPI's side only for those who may see it by now."""
    assessment = open_worksheet(request, agency, unit, period)
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise PermissionDenied
    contents = workbook_contents(assessment, person(request))
    content = workbook_bytes(contents, timezone.now(), request.build_absolute_uri("/").rstrip("/"))
    response = HttpResponse(content, content_type=CONTENT_TYPES["xlsx"])
    response["Content-Disposition"] = content_disposition("attachment", file_name(contents))
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Content-Security-Policy"] = SANDBOX
    return response
