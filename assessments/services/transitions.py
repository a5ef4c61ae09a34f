"""The life of an assessment: one table of transitions, one function that carries them out (SEC-80).

draft -> submitted -> review_member -> review_lead -> review_controller -> returned (next round) or final;
each review state can go back one; a final one is reopened by the Inspector with a reason.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, Q
from django.utils.translation import gettext_lazy as _

from assessments import permissions
from assessments.models import Answer, Assessment, Scorer, Snapshot, TransitionRecord
from assessments.queries.asking import requests
from assessments.queries.scorers import is_staffed, scoring_of
from assessments.services import telling
from assessments.services.releasing import release
from assessments.services.review_checks import (
    Check,
    ConflictOfInterest,
    HandedInOneByOne,
    Incomplete,
    NotAssigned,
    SecondPersonNeeded,
    has_note_for_release,
    is_given_to,
    one_scores,
    second_person,
    work_done_at,
)
from assessments.services.snapshots import take_snapshot
from units import audit
from units import permissions as who
from units.models import Team, User
from zi_portal.errors import Refused

__all__ = [
    "TRANSITIONS",
    "Action",
    "Closed",
    "ConflictOfInterest",
    "HandedInOneByOne",
    "Incomplete",
    "NotAssigned",
    "ReasonMissing",
    "SecondPersonNeeded",
    "Transition",
    "WrongState",
    "available_actions",
    "carry_out",
    "lock",
    "move",
    "open_questions",
]
State = Assessment.State
Stage = Answer.Stage


class Action(StrEnum):
    """What people do to an assessment as a whole."""

    SUBMIT = "submit"
    START = "start"
    RELEASE_CLAIM = "release_claim"
    TO_LEAD = "to_lead"
    TO_CONTROLLER = "to_controller"
    BACK_TO_MEMBER = "back_to_member"
    BACK_TO_LEAD = "back_to_lead"
    RETURN = "return"
    FINALISE = "finalise"
    REOPEN = "reopen"


class WrongState(Refused):
    """`data`: state, action."""

    message = _("Penilaian sudah berpindah tahap. Muat ulang halaman untuk melihat keadaan terbaru.")


class Closed(Refused):
    """The phase is over or not open yet; `data`: deadline."""

    message = _("Masa untuk tindakan ini tidak sedang dibuka.")


class ReasonMissing(Refused):
    status = 422
    message = _("Tuliskan alasannya.")


Role = Callable[[User, Assessment], bool]


@dataclass(frozen=True, slots=True)
class Transition:
    """`sources` -> `target` for those whom `allowed` admits, if every check holds; then the round may grow."""

    sources: tuple[str, ...]
    target: str
    allowed: Role
    checks: tuple[Check, ...] = ()
    needs_reason: bool = False
    next_round: bool = False
    by_unit: bool = False
    any_time: bool = False


def _with_role(role: str) -> Role:
    return lambda user, assessment: role in permissions.evaluator_roles(user, assessment)


def _staffed(assessment: Assessment, actor: User) -> None:  # noqa: ARG001 - a check's signature
    """Paired scoring begins when both scorers are known."""
    if not is_staffed(assessment):
        raise Incomplete(_("Penilaian berpasangan memerlukan dua penilai yang sudah ditugaskan."), codes=[])


# After these the members score once more.
WORK_AGAIN = (Action.BACK_TO_MEMBER, Action.RETURN, Action.REOPEN)

TRANSITIONS: dict[Action, Transition] = {
    Action.SUBMIT: Transition(
        (State.DRAFT, State.RETURNED, State.REOPENED), State.SUBMITTED, permissions.can_submit, by_unit=True
    ),
    Action.START: Transition(
        (State.SUBMITTED,), State.REVIEW_MEMBER, _with_role(who.TPI_MEMBER), checks=(_staffed, is_given_to)
    ),
    Action.RELEASE_CLAIM: Transition(
        (State.REVIEW_MEMBER,), State.SUBMITTED, _with_role(who.TPI_MEMBER), checks=(one_scores, is_given_to)
    ),
    Action.TO_LEAD: Transition(
        (State.REVIEW_MEMBER,),
        State.REVIEW_LEAD,
        _with_role(who.TPI_MEMBER),
        checks=(one_scores, is_given_to, work_done_at(Stage.MEMBER)),
    ),
    Action.TO_CONTROLLER: Transition(
        (State.REVIEW_LEAD,), State.REVIEW_CONTROLLER, _with_role(who.TPI_LEAD), checks=(work_done_at(Stage.LEAD),)
    ),
    Action.BACK_TO_MEMBER: Transition(
        (State.REVIEW_LEAD,), State.REVIEW_MEMBER, _with_role(who.TPI_LEAD), needs_reason=True
    ),
    Action.BACK_TO_LEAD: Transition(
        (State.REVIEW_CONTROLLER,), State.REVIEW_LEAD, _with_role(who.TPI_CONTROLLER), needs_reason=True
    ),
    Action.RETURN: Transition(
        (State.REVIEW_CONTROLLER,),
        State.RETURNED,
        _with_role(who.TPI_CONTROLLER),
        checks=(has_note_for_release,),
        next_round=True,
    ),
    Action.FINALISE: Transition(
        (State.REVIEW_CONTROLLER,),
        State.FINAL,
        _with_role(who.TPI_CONTROLLER),
        checks=(second_person, work_done_at(Stage.CONTROLLER)),
    ),
    Action.REOPEN: Transition(
        (State.FINAL,), State.REOPENED, permissions.can_oversee, needs_reason=True, next_round=True, any_time=True
    ),
}


def available_actions(user: User, assessment: Assessment, now: datetime) -> tuple[Action, ...]:
    """Actions that role, state, phase and way of scoring allow; checks are made when they are carried out."""
    return tuple(
        action
        for action, step in TRANSITIONS.items()
        if assessment.state in step.sources
        and step.allowed(user, assessment)
        and _is_open(step, assessment, now)
        and not (one_scores in step.checks and assessment.scoring == Team.Scoring.PAIRED)
    )


def carry_out(
    *,
    assessment: Assessment,
    action: Action,
    actor: User,
    now: datetime,
    reason: str = "",
    key: UUID | None = None,
) -> TransitionRecord:
    """Move the assessment along one transition, with its effects, in one transaction.

    The same `key` again, which costs one query, changes nothing and gives the first one's record. Raises
    PermissionDenied (role), WrongState, Closed, ReasonMissing, and what services/review_checks.py refuses.
    """
    step = TRANSITIONS[action]
    if not step.allowed(actor, assessment):
        raise PermissionDenied
    if step.needs_reason and not reason.strip():
        raise ReasonMissing
    with transaction.atomic():
        locked = lock(assessment)
        record = TransitionRecord.objects.filter(assessment=locked, key=key).first() if key else None
        if record is None:
            _refuse(locked, action, step, actor, now)
            record = move(locked=locked, action=action, actor=actor, now=now, reason=reason.strip(), key=key)
    for name in ("state", "round", "version", "scoring", "later_stages"):
        setattr(assessment, name, getattr(locked, name))
    return record


def _refuse(locked: Assessment, action: Action, step: Transition, actor: User, now: datetime) -> None:
    if locked.state not in step.sources:
        raise WrongState(state=locked.state, action=action.value)
    if not _is_open(step, locked, now):
        raise Closed(deadline=permissions.window_of(locked).deadline(locked.state))
    for check in step.checks:
        check(locked, actor)


def lock(assessment: Assessment, **facts: Exists | Q) -> Assessment:
    """The row as it is now, held until the transaction ends; every write on an assessment begins here (REL-06).

    `facts` are read along with it, each under its name.
    """
    return (
        Assessment.objects.select_for_update(of=("self",))
        .select_related("unit__agency", "period__instrument")
        .annotate(**facts)
        .get(pk=assessment.pk)
    )


def _is_open(step: Transition, assessment: Assessment, now: datetime) -> bool:
    if step.by_unit:
        return permissions.is_open_for_unit(assessment, now)
    return step.any_time or permissions.window_of(assessment).reviewers_may_write(now)


def move(
    *,
    locked: Assessment,
    action: Action,
    actor: User,
    now: datetime,
    reason: str = "",
    key: UUID | None = None,
) -> TransitionRecord:
    """The effects of a transition, unchecked, for a caller who holds the lock and has made sure of everything."""
    step, assessment = TRANSITIONS[action], locked
    came_from, in_round = assessment.state, assessment.round
    if action is Action.SUBMIT:
        assessment.submitted_at, assessment.submitted_by = now, actor
        take_snapshot(assessment=assessment, kind=Snapshot.Kind.SUBMITTED, actor=actor, now=now)
    if action is Action.START:
        _take_over_ways(assessment)
    if action in WORK_AGAIN:
        _take_back_hand_ins(assessment)
    if action in (Action.RETURN, Action.FINALISE):
        _release_notes(assessment, now)
    if action is Action.FINALISE:
        assessment.finalised_at, assessment.finalised_by = now, actor
        take_snapshot(assessment=assessment, kind=Snapshot.Kind.FINAL, actor=actor, now=now)
    assessment.state = step.target
    assessment.version += 1
    if step.next_round:
        assessment.round += 1
    assessment.save(
        update_fields=(
            "state",
            "round",
            "version",
            "submitted_at",
            "submitted_by",
            "finalised_at",
            "finalised_by",
            "scoring",
            "later_stages",
        )
    )
    record = TransitionRecord.objects.create(
        assessment=assessment,
        action=action.value,
        from_state=came_from,
        to_state=step.target,
        round=in_round,
        actor=actor,
        reason=reason,
        key=key,
        at=now,
    )
    audit.record(
        verb=f"assessment.{action.value}",
        target=assessment,
        actor=actor,
        now=now,
        unit=assessment.unit,
        before={"state": came_from, "round": in_round},
        after={"state": assessment.state, "round": assessment.round},
        reason=reason,
    )
    telling.transition_carried_out(assessment=assessment, record=record, now=now)
    return record


def _release_notes(assessment: Assessment, now: datetime) -> None:
    """From here on the unit sees the notes that were marked for it, and no others (SEC-05)."""
    release(assessment, now)


def _take_over_ways(assessment: Assessment) -> None:
    """How TPI works on this worksheet is settled when the first review starts; later settings leave it alone."""
    if not TransitionRecord.objects.filter(assessment=assessment, action=Action.START.value).exists():
        assessment.scoring = scoring_of(assessment)
        assessment.later_stages = assessment.unit.agency.later_stages


def _take_back_hand_ins(assessment: Assessment) -> None:
    """Who handed in works again, and hands in anew."""
    handed_in = Scorer.objects.filter(assessment=assessment, ended_at__isnull=True, handed_in_at__isnull=False)
    handed_in.update(handed_in_at=None)


def open_questions(assessment: Assessment) -> frozenset[int] | None:
    """Ids of the questions that the unit may edit; None means all of them. One query in a returned round."""
    if assessment.state != State.RETURNED:
        return None
    return frozenset(requests(assessment, (assessment.round - 1,)).values_list("question_id", flat=True))
