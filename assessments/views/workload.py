"""The assignment board: lead and Inspector see the workload of TPI, give units out and move them."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from assessments.forms.workload import ASSIGN, AssignForm, MoveForm
from assessments.models import Period
from assessments.queries.workload import Workload, workload_periods
from assessments.queries.workload import workload as workload_of
from assessments.services import scorers as services
from assessments.services.transitions import ReasonMissing
from assessments.views.opening import person
from units.permissions import access_of
from units.services.conflicts import ConflictOfInterest
from zi_portal.errors import Refused

# What a form of the page may have got wrong; everything else is answered by a page of its own.
MISTAKES = (
    ConflictOfInterest,
    services.WorkedForUnit,
    services.NotInTeam,
    services.OtherSlot,
    services.NoSuchSlot,
    services.SamePerson,
    services.NothingToMove,
    ReasonMissing,
)


@require_http_methods(["GET", "HEAD", "POST"])
def workload(request: HttpRequest) -> HttpResponse:
    """The board of one period, `?periode=instansi:2024-2`; the newest otherwise."""
    access = access_of(request.user)
    if not (access.is_lead or access.is_inspector):
        raise PermissionDenied
    periods = workload_periods(person(request))
    wanted = request.GET.get("periode", "")
    period = next((item for item in periods if key_of(item) == wanted), next(iter(periods), None))
    if period is None:
        return render(request, "assessments/workload.html", {"board": None, "periods": ()})
    board = workload_of(person(request), period, timezone.now())
    if request.method == "POST":
        return _posted(request, periods, board)
    return _page(request, periods, board)


def key_of(period: Period) -> str:
    return f"{period.agency.code}:{period.code}"


def _posted(request: HttpRequest, periods: list[Period], board: Workload) -> HttpResponse:
    if request.POST.get("tindakan") == ASSIGN:
        form: AssignForm | MoveForm = AssignForm(request.POST, board)
        return _carried_out(request, periods, board, form, lambda: _assign(request, form))  # type: ignore[arg-type]
    form = MoveForm(request.POST, board)
    return _carried_out(request, periods, board, form, lambda: _move(request, form))


def _assign(request: HttpRequest, form: AssignForm) -> None:
    given = services.assign_all(
        places=[services.Place(gap.assessment, gap.slot) for gap in form.gaps],
        user=form.cleaned_data["orang"],
        actor=person(request),
        now=timezone.now(),
    )
    _tell(request, given)


def _move(request: HttpRequest, form: MoveForm) -> None:
    rows = [task.scorer for task in form.tasks]
    about: dict[str, Any] = {
        "reason": form.cleaned_data["alasan"],
        "actor": person(request),
        "now": timezone.now(),
    }
    if form.is_end or form.receiver is None:
        services.end_all(scorers=rows, **about)
        words = ngettext("%(count)s tugas menilai diakhiri.", "%(count)s tugas menilai diakhiri.", len(rows))
        messages.success(request, words % {"count": len(rows)})
        return
    _tell(request, services.move_all(scorers=rows, user=form.receiver, **about))


def _tell(request: HttpRequest, given: services.Given) -> None:
    """What was given, and the warning where the person now holds more units than the agency wants."""
    count = len(given.scorers)
    words = ngettext("%(count)s unit ditugaskan kepada %(name)s.", "%(count)s unit ditugaskan kepada %(name)s.", count)
    messages.success(request, words % {"count": count, "name": given.user.full_name})
    if given.is_over:
        text = _("%(name)s sekarang memegang %(units)s unit, lebih dari batas %(limit)s unit bagi seorang anggota TPI.")
        messages.warning(request, text % {"name": given.user.full_name, "units": given.units, "limit": given.limit})


def _carried_out(
    request: HttpRequest, periods: list[Period], board: Workload, form: forms.Form, carry_out: Callable[[], None]
) -> HttpResponse:
    """The redirect after a write; the page with what is wrong where the form cannot be carried out."""
    if form.is_valid():
        try:
            carry_out()
        except MISTAKES as error:
            form.add_error(None, _words(error))
        else:
            return HttpResponseRedirect(f"{reverse('workload')}?periode={key_of(board.period)}")
    return _page(request, periods, board, form)


def _words(error: Refused) -> str:
    return str(error.message)


def _page(
    request: HttpRequest, periods: list[Period], board: Workload, refused: forms.Form | None = None
) -> HttpResponse:
    kept = {"tempat": request.POST.getlist("tempat"), "tugas": request.POST.getlist("tugas")}
    context = {
        "board": board,
        "periods": [(key_of(item), item) for item in periods],
        "many_agencies": len({item.agency_id for item in periods}) > 1,
        "chosen": key_of(board.period),
        "refused": refused,
        "form": refused,
        "kept": kept if refused is not None else {"tempat": (), "tugas": ()},
        "reason": request.POST.get("alasan", "") if refused is not None else "",
        "receiver": request.POST.get("orang", "") if refused is not None else "",
        "opened": request.POST.get("siapa", "") if refused is not None else "",
        "now": timezone.now(),
    }
    return render(request, "assessments/workload.html", context, status=200 if refused is None else 422)
