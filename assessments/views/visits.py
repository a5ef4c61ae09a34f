"""Field visits of TPI: the page of a quarter's visits, what is recorded on it, photos; the unit's page of results."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from assessments import permissions
from assessments.forms.visits import FindingForm, VisitForm
from assessments.models import Assessment, Note, NoteFile, Visit
from assessments.queries.previews import drawn_page
from assessments.queries.visits import photo_by_uuid, released_findings, sees_photo, visits_of
from assessments.services import visits as services
from assessments.services.notes import note_stage
from assessments.services.visits import PHOTO_KINDS, PHOTOS_MAX
from assessments.templatetags.worksheet import at
from assessments.views.evaluation import reach_evaluation
from assessments.views.opening import instrument_of, open_worksheet, person, question_or_404, stored_id
from units.files import CONTENT_TYPES, private_file_response
from zi_portal.errors import Refused

UNPROCESSABLE = 422


@require_safe
def visits(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """All visits of the quarter; `?soal=A.I.1.i.a` offers a finding on that question."""
    return _page(request, reach_evaluation(request, agency, unit, period))


@require_POST
def visit_save(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """Record a visit, or change one (`kunjungan`)."""
    assessment = _of_tpi(request, agency, unit, period)
    form = VisitForm(request.POST)
    if not form.is_valid():
        return _page(request, assessment, form, request.POST.get("kunjungan") or "baru")
    wanted = form.cleaned_data["kunjungan"]
    visit = get_object_or_404(Visit, pk=wanted, assessment=assessment) if wanted else None
    try:
        saved = services.save_visit(
            assessment=assessment, visit=visit, draft=form.draft, actor=person(request), now=timezone.now()
        )
    except Refused as error:
        return _again(request, assessment, form, str(wanted or "baru"), error)
    messages.success(request, _("Peninjauan tersimpan."))
    return HttpResponseRedirect(f"{at('visits', assessment)}#kunjungan-{saved.pk}")


@require_POST
def finding_save(request: HttpRequest, agency: str, unit: str, period: str, visit: int) -> HttpResponse:
    """Record, change or (`aksi=hapus`) remove what a visit found on a question."""
    assessment = _of_tpi(request, agency, unit, period)
    found = get_object_or_404(Visit, pk=visit, assessment=assessment)
    code = request.POST.get("soal", "")
    if code:
        question_or_404(assessment, code)
    if request.POST.get("aksi") == FindingForm.REMOVE:
        return _removed(request, assessment, found, code)
    note = _finding_of(assessment, found, code)
    form = FindingForm(request.POST, request.FILES, _photos_of(note))
    where = f"t{note.pk}" if note else f"k{found.pk}"
    if not form.is_valid():
        return _page(request, assessment, form, where)
    try:
        saved = services.save_finding(
            assessment=assessment, visit=found, code=code, draft=form.draft, actor=person(request), now=timezone.now()
        )
    except Refused as error:
        return _again(request, assessment, form, where, error)
    messages.success(request, _("Temuan untuk %(code)s tersimpan.") % {"code": code})
    return HttpResponseRedirect(f"{at('visits', assessment)}#temuan-{saved.pk}")


def _removed(request: HttpRequest, assessment: Assessment, visit: Visit, code: str) -> HttpResponse:
    typed = request.POST.get("versi", "")
    if not code:
        raise Http404
    services.remove_finding(
        assessment=assessment,
        visit=visit,
        code=code,
        version=int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else None,  # noqa: PLR2004 - digits
        actor=person(request),
        now=timezone.now(),
    )
    messages.success(request, _("Temuan untuk %(code)s dihapus.") % {"code": code})
    return HttpResponseRedirect(f"{at('visits', assessment)}#kunjungan-{visit.pk}")


@require_safe
def visit_results(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """For the unit: what visits found, as far as it has been released."""
    assessment = open_worksheet(request, agency, unit, period)
    context = {"assessment": assessment, "findings": released_findings(assessment)}
    return render(request, "assessments/visit_results.html", context)


@require_safe
def visit_photo(request: HttpRequest, file: UUID) -> FileResponse:
    """The photo as it was uploaded."""
    photo = _readable(request, file)
    return private_file_response(request, str(photo.file.name), photo.original_name, _kind(photo), hold=photo.hold)


@require_safe
def visit_photo_small(request: HttpRequest, file: UUID) -> FileResponse:
    """The photo as the worker drew it, smaller and without what the camera wrote into it; the photo until then."""
    photo = _readable(request, file)
    page = drawn_page(photo.sha256)
    if page is None:
        return private_file_response(request, str(photo.file.name), photo.original_name, _kind(photo), hold=photo.hold)
    return private_file_response(request, str(page.image.name), "foto.webp", "webp", hold=photo.hold)


def _readable(request: HttpRequest, uuid: UUID) -> NoteFile:
    """404 also for the unit before the release: nothing tells that there is a photo."""
    photo = photo_by_uuid(uuid)
    if photo is None or not sees_photo(person(request), photo):
        raise Http404
    return photo


def _kind(photo: NoteFile) -> str:
    return next(kind for kind in PHOTO_KINDS if CONTENT_TYPES[kind] == photo.content_type)


def _of_tpi(request: HttpRequest, agency: str, unit: str, period: str) -> Assessment:
    """404 for strangers, 403 for whoever is not of the unit's TPI."""
    assessment = reach_evaluation(request, agency, unit, period)
    if not permissions.evaluator_roles(request.user, assessment):
        raise PermissionDenied
    return assessment


def _finding_of(assessment: Assessment, visit: Visit, code: str) -> Note | None:
    if not code:
        return None
    return Note.objects.filter(visit=visit, question=stored_id(assessment, code)).first()


def _photos_of(note: Note | None) -> list[UUID]:
    return list(note.files.filter(message__isnull=True).values_list("uuid", flat=True)) if note else []


def _again(request: HttpRequest, assessment: Assessment, form: forms.Form, where: str, error: Refused) -> HttpResponse:
    """What was typed stays on the page where the form is at fault; a closed or moved worksheet concerns all of it."""
    if error.status != UNPROCESSABLE:
        raise error
    form.add_error(None, str(error.message))
    return _page(request, assessment, form, where)


def _page(
    request: HttpRequest, assessment: Assessment, refused: forms.Form | None = None, where: str = ""
) -> HttpResponse:
    """`where` says beside what the refused form stands: `baru`, a visit's id, `k` and it, `t` and a finding's id."""
    user, now = person(request), timezone.now()
    instrument = instrument_of(assessment)
    wanted = request.GET.get("soal", "")
    context: dict[str, Any] = {
        "assessment": assessment,
        "visits": visits_of(assessment),
        "may_write": services.can_visit(user, assessment, now),
        "may_find": services.can_find(user, assessment, now),
        "stage": note_stage(user, assessment),
        "nodes": [(node, instrument.questions_of(node.code)) for node in instrument.subareas],
        "wanted": wanted if instrument.has_question(wanted) else "",
        "form": refused,
        "where": where,
        "today": now.astimezone(assessment.unit.agency.tz).date(),
        "photos_max": PHOTOS_MAX,
        "photo_accept": ",".join(f".{kind}" for kind in (*PHOTO_KINDS, "jpeg")),
    }
    return render(request, "assessments/visits.html", context, status=UNPROCESSABLE if refused else 200)
