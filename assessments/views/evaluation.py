"""The queue of an evaluator, and the evaluation of one unit with its steps."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from assessments import permissions
from assessments.forms.evaluation import TransitionForm
from assessments.models import Assessment
from assessments.queries.deadlines import review_extended
from assessments.queries.gates import gate_tables
from assessments.queries.overview import Overview, overview
from assessments.queries.paired import pairing
from assessments.queries.queues import TURNS
from assessments.queries.queues import evaluation_queue as queue_of
from assessments.services.extensions import DeadlineMissing, reopen
from assessments.services.transitions import (
    TRANSITIONS,
    Action,
    Incomplete,
    ReasonMissing,
    SecondPersonNeeded,
    available_actions,
    carry_out,
)
from assessments.views.opening import person
from units import permissions as who
from units.permissions import access_of
from zi_portal.errors import Refused


class ConflictOfInterest(Refused):
    """Somebody of the unit itself (SEC-07)."""

    status = 403


def reach(request: HttpRequest, agency: str, unit: str, period: str) -> Assessment:
    """The assessment of a path, if this person may know of it; else 404."""
    rows = Assessment.objects.visible_to(request.user).for_path(agency, unit, period)
    return get_object_or_404(rows)


def reach_evaluation(request: HttpRequest, agency: str, unit: str, period: str) -> Assessment:
    """The same, for TPI of the unit and the Inspector; others who know of it get 403."""
    assessment = reach(request, agency, unit, period)
    if not permissions.can_see_evaluation(request.user, assessment):
        refuse_own_unit(request.user, assessment)
        raise PermissionDenied
    return assessment


def refuse_own_unit(user: Any, assessment: Assessment) -> None:
    """Tell an evaluator or Inspector who belongs to the unit why they may not evaluate it."""
    access = access_of(user)
    evaluates = assessment.unit_id in access.units_as(*who.TPI_ROLES)
    inspects = assessment.period.agency_id in access.agencies_as(who.INSPECTOR)
    if access.belongs_to(assessment.unit_id) and (evaluates or inspects):
        raise ConflictOfInterest(
            _("Anda tercatat pada unit ini. Evaluasi unit sendiri dilakukan oleh anggota TPI yang lain.")
        )


@require_GET
def evaluation_queue(request: HttpRequest) -> HttpResponse:
    """Assigned units of an evaluator or assistant."""
    access = access_of(request.user)
    if not (access.is_evaluator or access.is_assistant):
        raise PermissionDenied
    now = timezone.now()
    queue = queue_of(person(request), now, request.GET.get("periode", ""))
    only_mine = request.GET.get("tampil") == "giliran"
    rows = queue.mine if only_mine else queue.rows
    context = {"queue": queue, "rows": rows, "only_mine": only_mine, "now": now}
    return render(request, "assessments/evaluation_queue.html", context)


@require_GET
def evaluation(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """One unit's evaluation: sub-areas, lists, scores, gates, steps, history."""
    assessment = reach_evaluation(request, agency, unit, period)
    return evaluation_page(request, assessment)


def evaluation_page(
    request: HttpRequest, assessment: Assessment, *, refusal: Refused | None = None, form: TransitionForm | None = None
) -> HttpResponse:
    now = timezone.now()
    view = overview(assessment, person(request))
    context = {
        "assessment": assessment,
        "unit": assessment.unit,
        "period": assessment.period,
        "agency": assessment.unit.agency,
        "view": view,
        "filters": [(name, count) for name, count in view.queue.counts.items() if count],
        "gates": gate_tables(view.instrument, view.result),
        "actions": [
            item
            for item in available_actions(person(request), assessment, now)
            if item not in (Action.SUBMIT, Action.REOPEN)
        ],
        "needs_reason": {action for action, step in TRANSITIONS.items() if step.needs_reason},
        "turn": TURNS[Assessment.State(assessment.state)],
        "roles": permissions.evaluator_roles(request.user, assessment),
        "refusal": refusal,
        "refused_questions": _refused_questions(view, refusal),
        "form": form,
        "pairing": pairing(person(request), assessment),
        "deadline_change": review_extended(assessment),
        "may_oversee": permissions.can_oversee(request.user, assessment),
        "now": now,
    }
    return render(request, "assessments/evaluation_overview.html", context, status=refusal.status if refusal else 200)


def _refused_questions(view: Overview, refusal: Refused | None) -> tuple[Any, ...]:
    codes = refusal.data.get("codes", ()) if isinstance(refusal, Incomplete | SecondPersonNeeded) else ()
    return view.rows(tuple(codes))  # type: ignore[arg-type]


@require_POST
def transition(request: HttpRequest, agency: str, unit: str, period: str) -> HttpResponse:
    """One step of the review, or the Inspector's reopening."""
    assessment = reach_evaluation(request, agency, unit, period)
    form = TransitionForm(request.POST)
    if not form.is_valid():
        return evaluation_page(request, assessment, refusal=ReasonMissing(_("Langkah ini tidak dikenal.")), form=form)
    action, actor, now = Action(form.cleaned_data["action"]), person(request), timezone.now()
    reason = form.cleaned_data["reason"]
    try:
        if action is Action.REOPEN:
            reopen(assessment=assessment, until=None, reason=reason, actor=actor, now=now)
        else:
            carry_out(assessment=assessment, action=action, actor=actor, now=now, reason=reason)
    except (DeadlineMissing, Incomplete, ReasonMissing, SecondPersonNeeded) as refusal:
        return evaluation_page(request, assessment, refusal=refusal, form=form)
    messages.success(request, _("Langkah selesai: %(state)s.") % {"state": assessment.get_state_display()})
    return redirect("evaluation", agency, unit, period)
