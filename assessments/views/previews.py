"""Evidence looked at as page images: no script, link or hidden layer of a file comes with them (SEC-32)."""

from http import HTTPStatus
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from assessments.models import EvidenceFile, Preview
from assessments.queries.evidence import file_by_uuid, sees_evidence, worksheet_using
from assessments.queries.previews import marked, page_of, pages_with, preview_of, ready_page, wanted_words
from assessments.services.previews import PREVIEWED, request_preview
from assessments.views.opening import person
from units.files import FileHeld, private_file_response

ZOOMS = {
    "lebar": _("Pas layar"),
    "100": "100 %",
    "150": "150 %",
    "200": "200 %",
}


@require_safe
def evidence_view(request: HttpRequest, file: UUID) -> HttpResponse:
    """One page of a file. `?hal=3` which, `&zoom=150` how large, `&cari=surat tugas` the pages that say so.

    To htmx it answers with the viewer alone, so that any page can hold one. 409 where the malware scan holds the file.
    """
    found = _readable(request, file)
    context = viewer_context(request, found)
    status = HTTPStatus.CONFLICT if found.hold else HTTPStatus.OK
    alone = request.htmx and not request.htmx.history_restore_request  # type: ignore[attr-defined]
    if alone:
        return render(request, "assessments/_viewer.html", context, status=status)
    context["assessment"] = worksheet_using(person(request), found.evidence)
    return render(request, "assessments/evidence_view.html", context, status=status)


def viewer_context(request: HttpRequest, file: EvidenceFile) -> dict[str, object]:
    """What _viewer.html needs of a file whose reader has been checked."""
    return {
        "file": file,
        "record": file.evidence,
        "zoom": _zoom(request),
        "zooms": ZOOMS.items(),
        "words": wanted_words(request.GET.get("cari", "")),
        **_shown(request, file),
    }


def _shown(request: HttpRequest, file: EvidenceFile) -> dict[str, object]:
    """State and page; a preview that nobody asked for yet is asked for now."""
    if file.hold:
        return {"state": "held"}
    if file.kind not in PREVIEWED:
        return {"state": "none"}
    words = wanted_words(request.GET.get("cari", ""))
    # Without words the page alone says everything.
    if not words and (page := ready_page(file, max(1, _typed_number(request) or 1))):
        count = page.preview.page_count
        return {"state": "ready", "page": page, "count": count, "hits": [], "text": marked(page.text, "")}
    preview = preview_of(file)
    if preview is None or preview.state == Preview.State.PENDING:
        request_preview(sha256=file.sha256, kind=file.kind, now=timezone.now())
        return {"state": "pending"}
    if preview.state == Preview.State.FAILED:
        return {"state": "failed"}
    hits = pages_with(preview, words)
    number = _typed_number(request) or (hits[0].number if hits else 1)
    page = page_of(preview, max(1, min(number, preview.page_count)))
    if page is None:
        raise Http404
    return {"state": "ready", "page": page, "count": preview.page_count, "hits": hits, "text": marked(page.text, words)}


def _typed_number(request: HttpRequest) -> int:
    """The page asked for; 0 for none."""
    typed = request.GET.get("hal", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 0  # noqa: PLR2004 - digits


def _zoom(request: HttpRequest) -> str:
    wanted = request.GET.get("zoom", "")
    return wanted if wanted in ZOOMS else "lebar"


@require_safe
def evidence_page(request: HttpRequest, file: UUID, number: int) -> FileResponse:
    """The image of one page, under the same check as the file itself (SEC-03)."""
    found = _readable(request, file)
    if found.hold:
        raise FileHeld(found.hold)
    preview = preview_of(found)
    page = page_of(preview, number) if preview else None
    if page is None:
        raise Http404
    return private_file_response(request, str(page.image.name), f"halaman-{number}.webp", "webp", hold=found.hold)


def _readable(request: HttpRequest, uuid: UUID) -> EvidenceFile:
    """404 for those who may not know of the file, 403 for those who may not read it."""
    found = file_by_uuid(uuid)
    known = sees_evidence(person(request), found.evidence) if found else None
    if found is None or known is None:
        raise Http404
    if not known:
        raise PermissionDenied
    return found
