"""A ZIP that is sent while it is made, never embedded elsewhere (SEC-31)."""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, StreamingHttpResponse

from units.files import SANDBOX, content_disposition


def refuse_embedding(request: HttpRequest) -> None:
    """Raises PermissionDenied where another site asks."""
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise PermissionDenied


def zip_response(content: Iterable[bytes], name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(content, content_type="application/zip")
    response["Content-Disposition"] = content_disposition("attachment", name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Content-Security-Policy"] = SANDBOX
    return response
