"""Sharing out the work of a unit: who fills which area, whose a question is, and handing everything over."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from assessments import permissions
from assessments.forms.duties import AreasForm, HandOverForm, QuestionsForm
from assessments.models import Assessment
from assessments.queries.duties import Stranded, UnitTeam, duties_of, duty_history, stranded, unit_team
from assessments.queries.progress import unit_work
from assessments.queries.tasks import Marks, task_groups
from assessments.services import duties as services
from assessments.services.transitions import ReasonMissing
from assessments.templatetags.worksheet import at
from assessments.views.opening import instrument_of, open_worksheet, person
from units.models import User
from units.services.areas import NoArea, NotInUnit
from units.services.changes import day_of
from zi_portal.errors import Refused

# What a form of the page may have got wrong; everything else is answered by a page of its own.
MISTAKES = (services.OutsideAreas, services.NothingChosen, services.SamePerson, ReasonMissing, NotInUnit, NoArea)


@require_safe
def duties(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """Pokja by area, questions of persons, what must be handed over, and the history."""
    return _page(request, open_worksheet(request, agency, unit, period))


@require_POST
def duty_areas(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """The areas of one member."""
    assessment = _open_to_share(request, agency, unit, period)
    form = AreasForm(request.POST, [item.user for item in _team(assessment).people if item.is_member])

    def carry_out() -> str:
        data = form.cleaned_data
        services.set_areas(
            unit=assessment.unit,
            user=data["orang"],
            areas=frozenset(data["area"]),
            seen=data["sebelum"],
            actor=person(request),
            now=timezone.now(),
        )
        return _("Area %(name)s tersimpan.") % {"name": data["orang"].full_name}

    return _carried_out(request, assessment, form, "areas", carry_out)


@require_POST
def duty_questions(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """Questions for one person, or for nobody in particular."""
    assessment = _open_to_share(request, agency, unit, period)
    instrument = instrument_of(assessment)
    codes = [question.code for question in instrument.questions]
    form = QuestionsForm(request.POST, [item.user for item in _team(assessment).people], codes)

    def carry_out() -> str:
        count = services.give_questions(
            unit=assessment.unit,
            instrument=instrument,
            codes=form.cleaned_data["kode"],
            user=form.cleaned_data["orang"],
            actor=person(request),
            now=timezone.now(),
        )
        words = ngettext("%(count)s pertanyaan dibagikan.", "%(count)s pertanyaan dibagikan.", count)
        return words % {"count": count}

    return _carried_out(request, assessment, form, "questions", carry_out)


@require_POST
def duty_handover(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """Everything of one person to another."""
    assessment = _open_to_share(request, agency, unit, period)
    team = _team(assessment)
    left = stranded(instrument_of(assessment), team, duties_of(assessment.unit_id))
    form = _handover_form(request, assessment, team, left, request.POST)

    def carry_out() -> str:
        data = form.cleaned_data
        services.hand_over(
            unit=assessment.unit,
            leaver=data["dari"],
            receiver=data["kepada"],
            reason=data["alasan"],
            ends_membership=data.get("akhiri", False),
            actor=person(request),
            now=timezone.now(),
        )
        words = {"giver": data["dari"].full_name, "taker": data["kepada"].full_name}
        return _("Semua tugas %(giver)s diserahkan kepada %(taker)s.") % words

    return _carried_out(request, assessment, form, "handover", carry_out)


def _open_to_share(request: HttpRequest, agency: str, unit: str, period: str) -> Assessment:
    assessment = open_worksheet(request, agency, unit, period)
    if not permissions.can_share_out(request.user, assessment.unit_id):
        raise PermissionDenied
    return assessment


def _team(assessment: Assessment) -> UnitTeam:
    return unit_team(assessment.unit_id, day_of(timezone.now()))


def _carried_out(
    request: HttpRequest, assessment: Assessment, form: forms.Form, name: str, carry_out: Callable[[], str]
) -> HttpResponse:
    """The redirect after a write; the page with what is wrong where the form cannot be carried out."""
    if form.is_valid():
        try:
            messages.success(request, carry_out())
        except MISTAKES as error:
            form.add_error(None, _words(error))
        else:
            return HttpResponseRedirect(at("duties", assessment))
    return _page(request, assessment, {name: form})


def _words(error: Refused) -> str:
    codes = error.data.get("codes")
    return f"{error.message} ({', '.join(codes)})" if isinstance(codes, list) else str(error.message)


def _page(request: HttpRequest, assessment: Assessment, refused: dict[str, forms.Form] | None = None) -> HttpResponse:
    instrument, team = instrument_of(assessment), _team(assessment)
    held, work = duties_of(assessment.unit_id), unit_work(assessment)
    left = stranded(instrument, team, held)
    context: dict[str, Any] = {
        "assessment": assessment,
        "team": team,
        "groups": task_groups(work, Marks(duties=held), team),
        "instrument": instrument,
        "work": work,
        "held": held,
        "stranded": left,
        "history": duty_history(assessment.unit_id),
        "may_share": permissions.can_share_out(request.user, assessment.unit_id),
        "areas": range(1, 7),
    }
    context["forms"] = {
        "questions": QuestionsForm(None, [item.user for item in team.people], []),
        "handover": _handover_form(request, assessment, team, left, None),
    } | (refused or {})
    context["refused"] = next(iter((refused or {}).values()), None)
    context["form"] = context["refused"]
    return render(request, "assessments/duties.html", context, status=422 if refused else 200)


def _handover_form(
    request: HttpRequest, assessment: Assessment, team: UnitTeam, left: tuple[Stranded, ...], data: Any
) -> HandOverForm:
    """From everybody of the team, and from those who left with something in their name."""
    takers: list[User] = [item.user for item in team.people if item.is_member]
    givers = [*takers, *(item.user for item in left if item.has_left)]
    may_end = permissions.can_submit(request.user, assessment)
    return HandOverForm(data, givers, takers, may_end=may_end)
