"""Follow-ups: the list of a unit, and what TPI and the unit do with one."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from assessments import permissions
from assessments.forms.followups import CreateForm, DueForm, OwnerForm, ReportForm, SettleForm
from assessments.models import Assessment, FollowUp
from assessments.queries.duties import duties_of, unit_team
from assessments.queries.followup_list import FollowUpFilter, all_followups, standing_with_units
from assessments.queries.followups import followup_rows, followups_of, notes_to_follow, proofs
from assessments.queries.progress import area_number
from assessments.services import followups as services
from assessments.services.followups import Report
from assessments.templatetags.worksheet import at
from assessments.views.opening import instrument_of, open_worksheet, person
from units.models import User
from units.permissions import access_of
from zi_portal.errors import Refused

PER_PAGE = 30
STATE_TABS = {
    "": gettext_lazy("Belum selesai"),
    "lewat": gettext_lazy("Lewat batas waktu"),
    "tunggu": gettext_lazy("Menunggu penilaian TPI"),
    "berjalan": gettext_lazy("Belum dilaporkan"),
    "selesai": gettext_lazy("Selesai"),
}
MISTAKES = (services.WordsMissing, services.DueInThePast, services.ProofGone)


@require_safe
def followups(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """All follow-ups of the unit; for TPI also the released notes that could become one."""
    return _page(request, open_worksheet(request, agency, unit, period))


@require_POST
def followup_create(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """TPI makes a released note a promise."""
    assessment = open_worksheet(request, agency, unit, period)
    _refuse_others(request, assessment)
    now = timezone.now()
    form = CreateForm(request.POST, _people(assessment, now))
    where = f"n{request.POST.get('catatan', '')}"
    if not form.is_valid():
        return _page(request, assessment, form, where)
    note = next((note for note in notes_to_follow(assessment) if note.pk == form.cleaned_data["catatan"]), None)
    if note is None:
        raise services.AlreadySet
    try:
        made = services.create_followup(
            assessment=assessment, note=note, promise=form.promise, actor=person(request), now=now
        )
    except services.DueInThePast as error:
        form.add_error("batas", str(error.message))
        return _page(request, assessment, form, where)
    messages.success(request, _("Tindak lanjut untuk %(code)s ditetapkan.") % {"code": made.code})
    return HttpResponseRedirect(_place(assessment, made))


@require_POST
def followup_report(request: HttpRequest, agency: str, unit: str, period: str, pk: int) -> HttpResponse:
    """The unit says what it did."""
    assessment = open_worksheet(request, agency, unit, period)
    found = _of_unit(assessment, pk)
    area = area_number(instrument_of(assessment), found.code)
    if not permissions.can_fill(request.user, assessment, area):
        raise PermissionDenied
    form = ReportForm(request.POST, proofs(assessment))
    if not form.is_valid():
        return _page(request, assessment, form, str(pk))
    try:
        services.report_followup(
            assessment=assessment,
            followup=found,
            report=Report(form.cleaned_data["uraian"], form.proof),
            version=form.cleaned_data["versi"],
            actor=person(request),
            now=timezone.now(),
        )
    except MISTAKES as error:
        return _again(request, assessment, form, found, error)
    messages.success(request, _("Laporan untuk %(code)s terkirim kepada TPI.") % {"code": found.code})
    return HttpResponseRedirect(_place(assessment, found))


@require_POST
def followup_owner(request: HttpRequest, agency: str, unit: str, period: str, pk: int) -> HttpResponse:
    """The unit says who of it looks after the follow-up."""
    assessment = open_worksheet(request, agency, unit, period)
    found = _of_unit(assessment, pk)
    if not permissions.can_share_out(request.user, assessment.unit_id):
        raise PermissionDenied
    now = timezone.now()
    form = OwnerForm(request.POST, _people(assessment, now))
    if not form.is_valid():
        return _page(request, assessment, form, f"o{pk}")
    services.assign_owner(
        assessment=assessment,
        followup=found,
        owner=form.cleaned_data["penanggung"],
        version=form.cleaned_data["versi"],
        actor=person(request),
        now=now,
    )
    messages.success(request, _("Penanggung jawab tindak lanjut %(code)s tersimpan.") % {"code": found.code})
    return HttpResponseRedirect(_place(assessment, found))


@require_POST
def followup_due(request: HttpRequest, agency: str, unit: str, period: str, pk: int) -> HttpResponse:
    """TPI moves the day, with a reason."""
    assessment = open_worksheet(request, agency, unit, period)
    found = _of_unit(assessment, pk)
    _refuse_others(request, assessment)
    form = DueForm(request.POST)
    if not form.is_valid():
        return _page(request, assessment, form, f"b{pk}")
    try:
        services.change_due(
            assessment=assessment,
            followup=found,
            due=form.cleaned_data["batas"],
            reason=form.cleaned_data["alasan"],
            version=form.cleaned_data["versi"],
            actor=person(request),
            now=timezone.now(),
        )
    except (services.DueInThePast, services.SameDue) as error:
        form.add_error("batas", str(error.message))
        return _page(request, assessment, form, f"b{pk}")
    messages.success(request, _("Batas waktu tindak lanjut %(code)s diubah.") % {"code": found.code})
    return HttpResponseRedirect(_place(assessment, found))


@require_POST
def followup_settle(request: HttpRequest, agency: str, unit: str, period: str, pk: int) -> HttpResponse:
    """TPI closes (`aksi=tutup`) or asks for more (`aksi=kembalikan`)."""
    assessment = open_worksheet(request, agency, unit, period)
    found = _of_unit(assessment, pk)
    _refuse_others(request, assessment)
    form = SettleForm(request.POST)
    if not form.is_valid():
        return _page(request, assessment, form, str(pk))
    closes = form.cleaned_data["aksi"] == SettleForm.CLOSE
    act = services.close_followup if closes else services.send_back_followup
    act(
        assessment=assessment,
        followup=found,
        closing=form.cleaned_data["uraian"],
        version=form.cleaned_data["versi"],
        actor=person(request),
        now=timezone.now(),
    )
    said = _("Tindak lanjut %(code)s selesai.") if closes else _("Tindak lanjut %(code)s dikembalikan kepada unit.")
    messages.success(request, said % {"code": found.code})
    return HttpResponseRedirect(_place(assessment, found))


@require_safe
def followup_list(request: HttpRequest) -> HttpResponse:
    """Follow-ups of all units that the person evaluates or inspects.

    `?keadaan=lewat` one state, `?unit=12` one unit, `?halaman=2` turns the page.
    """
    access = access_of(request.user)
    if not (access.is_evaluator or access.is_inspector):
        raise PermissionDenied
    now = timezone.now()
    wanted = FollowUpFilter.of(request.GET.get("keadaan", ""), request.GET.get("unit", ""))
    shown = all_followups(person(request), wanted, now)
    page = Paginator(shown.rows, PER_PAGE).get_page(request.GET.get("halaman"))
    context = {
        "page": page,
        "items": standing_with_units(page.object_list, now),
        "tabs": [(key, label, shown.counts[key]) for key, label in STATE_TABS.items()],
        "units": shown.units,
        "wanted": wanted,
        "pages": page.paginator.get_elided_page_range(page.number),
    }
    return render(request, "assessments/followup_list.html", context)


def _people(assessment: Assessment, now: datetime) -> list[User]:
    """Of whom one may be in charge."""
    day = now.astimezone(assessment.unit.agency.tz).date()
    return [colleague.user for colleague in unit_team(assessment.unit_id, day).people]


def _refuse_others(request: HttpRequest, assessment: Assessment) -> None:
    if not permissions.can_follow_up(request.user, assessment):
        raise PermissionDenied


def _of_unit(assessment: Assessment, pk: int) -> FollowUp:
    return get_object_or_404(followup_rows(), pk=pk, unit=assessment.unit_id)


def _place(assessment: Assessment, followup: FollowUp) -> str:
    return f"{at('followups', assessment)}#tl-{followup.pk}"


def _again(
    request: HttpRequest, assessment: Assessment, form: forms.Form, followup: FollowUp, error: Refused
) -> HttpResponse:
    form.add_error(None, str(error.message))
    return _page(request, assessment, form, str(followup.pk))


def _page(
    request: HttpRequest, assessment: Assessment, refused: forms.Form | None = None, where: str = ""
) -> HttpResponse:
    """`where` says beside what the refused form stands: an id (after `o` its owner, `b` its day), `n` and a note's."""
    user, now = person(request), timezone.now()
    judges = permissions.can_follow_up(user, assessment)
    instrument = instrument_of(assessment)
    rows = followups_of(assessment.unit_id, now.astimezone(assessment.unit.agency.tz).date())
    shares = permissions.can_share_out(user, assessment.unit_id)
    setting = judges and assessment.state in services.SETTING
    fills = {
        item.followup.pk
        for item in rows
        if permissions.can_fill(user, assessment, area_number(instrument, item.followup.code))
    }
    context: dict[str, Any] = {
        "assessment": assessment,
        "rows": rows,
        "judges": judges,
        "fills": fills,
        "shares": shares,
        "notes": notes_to_follow(assessment) if setting else (),
        "people": _people(assessment, now) if shares or setting else (),
        "duties": duties_of(assessment.unit_id) if setting else {},
        "proofs": proofs(assessment) if fills else (),
        "form": refused,
        "where": where,
        "today": now.astimezone(assessment.unit.agency.tz).date(),
    }
    return render(request, "assessments/followups.html", context, status=422 if refused else 200)
