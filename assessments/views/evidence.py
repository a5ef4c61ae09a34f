"""Evidence of a unit: the library, reading a file, taking a record off a question, withdrawing it."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from assessments import permissions
from assessments.forms.evidence import WithdrawForm
from assessments.models import Assessment, Evidence
from assessments.queries.evidence import file_by_uuid, record_by_uuid, records_of, sees_evidence
from assessments.queries.evidence_library import FILTERS, SEARCH_MAX, library, library_counts, listed, space_of
from assessments.queries.progress import area_number
from assessments.services import evidence as services
from assessments.services.evidence_records import withdraw
from assessments.templatetags.worksheet import at, question_url
from assessments.views.opening import instrument_of, open_worksheet, person, question_or_404
from units import permissions as who
from units.files import private_file_response
from units.permissions import access_of
from zi_portal.views import safe_next

PER_PAGE = 20


@require_safe
def evidence_list(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """Everything that the unit has gathered; `?untuk=A.I.1.i.a` offers it to that question.

    `?cari=` searches, `?tampil=` filters, `?halaman=` turns the page.
    """
    assessment = open_worksheet(request, agency, unit, period)
    now, user = timezone.now(), person(request)
    search = " ".join(request.GET.get("cari", "")[:SEARCH_MAX].replace("\0", "").split())
    shown = request.GET.get("tampil", "")
    shown = shown if shown in FILTERS else ""
    page = Paginator(library(assessment, search, shown), PER_PAGE).get_page(request.GET.get("halaman"))
    wanted = request.GET.get("untuk", "")
    question = _offered(request, assessment, wanted)
    context = {
        "assessment": assessment,
        "page": page,
        "items": listed(page.object_list, assessment),
        "tabs": _tabs(library_counts(assessment, search)),
        "search": search,
        "shown": shown,
        "question": question,
        "may_edit": permissions.can_edit_answer(user, assessment, now),
        "space": space_of(assessment),
    }
    return render(request, "assessments/evidence_list.html", context)


def _tabs(counts: dict[str, int]) -> list[tuple[str, str, int]]:
    labels = {
        "": _("Semua"),
        "dipakai": _("Dipakai triwulan ini"),
        "belum": _("Belum dipakai triwulan ini"),
        "tanpa-tanggal": _("Tanpa tanggal"),
        "lama": _("Sebelum tahun penilaian"),
        "ditarik": _("Ditarik"),
        "tahun-lain": _("Tahun sebelumnya"),
    }
    return [(key, label, counts[key]) for key, label in labels.items()]


def _offered(request: HttpRequest, assessment: Assessment, code: str) -> object:
    """The question for which a record is looked for, where this person may change it now."""
    instrument = instrument_of(assessment)
    if not instrument.has_question(code):
        return None
    question = instrument.question(code)
    area = area_number(instrument, question.node)
    return question if permissions.can_edit_answer(person(request), assessment, timezone.now(), area) else None


@require_POST
def evidence_detach(request: HttpRequest, agency: str, unit: str, period: str, code: str) -> HttpResponse:
    """Take a record off one question; others keep it. Goes back to the question, or to the record (`dari`)."""
    assessment = open_worksheet(request, agency, unit, period)
    question_or_404(assessment, code)
    refuse_reader(request, assessment, code)
    record = record_or_404(assessment, request.POST.get("bukti", ""))
    services.detach(assessment=assessment, code=code, evidence=record, actor=person(request), now=timezone.now())
    messages.success(request, _("Bukti “%(title)s” dilepas dari %(code)s.") % {"title": record.title, "code": code})
    if request.POST.get("dari") == "bukti":
        return HttpResponseRedirect(at("evidence_detail", assessment, record.uuid))
    return HttpResponseRedirect(question_url(assessment, code))


@require_POST
def evidence_withdraw(request: HttpRequest, record: UUID) -> HttpResponse:
    """Take a record out of force, with a reason; goes back to the page named by `next`."""
    found = record_by_uuid(record)
    known = sees_evidence(person(request), found) if found else None
    if found is None or known is None:
        raise Http404
    if not known:
        raise PermissionDenied
    form = WithdrawForm(request.POST)
    if not form.is_valid() and not _fills_for(request, found):
        raise PermissionDenied
    if not form.is_valid():
        context = {"record": found, "form": form, "back": safe_next(request), "version": form["versi"].value()}
        return render(request, "assessments/evidence_withdraw.html", context, status=422)
    withdraw(
        evidence=found,
        reason=form.cleaned_data["alasan"],
        version=form.cleaned_data["versi"],
        actor=person(request),
        now=timezone.now(),
    )
    messages.success(request, _("Bukti “%(title)s” ditarik.") % {"title": found.title})
    return HttpResponseRedirect(safe_next(request))


@require_safe
def evidence_download(request: HttpRequest, file: UUID) -> FileResponse:
    """The bytes, for those who may read the worksheet; withdrawn evidence stays readable for them."""
    found = file_by_uuid(file)
    known = sees_evidence(person(request), found.evidence) if found else None
    if found is None or known is None:
        raise Http404
    if not known:
        raise PermissionDenied
    return private_file_response(request, str(found.file.name), found.original_name, found.kind, hold=found.hold)


def refuse_reader(request: HttpRequest, assessment: Assessment, code: str) -> None:
    """403 comes before every word about the form."""
    if not permissions.can_fill(request.user, assessment, area_number(instrument_of(assessment), code)):
        raise PermissionDenied


def _fills_for(request: HttpRequest, record: Evidence) -> bool:
    """Whether the person fills worksheets of the unit at all."""
    return record.unit_id in access_of(request.user).units_as(who.UNIT_MEMBER, who.UNIT_HEAD)


def record_or_404(assessment: Assessment, uuid: str) -> Evidence:
    try:
        wanted = UUID(uuid)
    except ValueError as error:
        raise Http404 from error
    return get_object_or_404(records_of(assessment), uuid=wanted)
