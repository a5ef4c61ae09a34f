"""The table of transitions, tried with every state, action and person."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from assessments.models import Assessment, Note, Snapshot, TransitionRecord
from assessments.services.transitions import (
    TRANSITIONS,
    Action,
    Incomplete,
    ReasonMissing,
    SecondPersonNeeded,
    WrongState,
    available_actions,
    carry_out,
)
from tests import factories
from tests.conftest import Cast
from units.models import AuditEvent, User

WHO_MAY = {
    Action.SUBMIT: "head",
    Action.START: "member",
    Action.RELEASE_CLAIM: "member",
    Action.TO_LEAD: "member",
    Action.TO_CONTROLLER: "lead",
    Action.BACK_TO_MEMBER: "lead",
    Action.BACK_TO_LEAD: "controller",
    Action.RETURN: "controller",
    Action.FINALISE: "controller",
    Action.REOPEN: "inspector",
}
WHERE_FROM = {
    Action.SUBMIT: {"draft", "returned", "reopened"},
    Action.START: {"submitted"},
    Action.RELEASE_CLAIM: {"review_member"},
    Action.TO_LEAD: {"review_member"},
    Action.TO_CONTROLLER: {"review_lead"},
    Action.BACK_TO_MEMBER: {"review_lead"},
    Action.BACK_TO_LEAD: {"review_controller"},
    Action.RETURN: {"review_controller"},
    Action.FINALISE: {"review_controller"},
    Action.REOPEN: {"final"},
}
PEOPLE = (
    "operator", "head", "stranger", "member", "lead", "controller", "other_member", "assistant", "inspector", "reader",
    "admin", "foreign_inspector",
)  # fmt: skip


def put_in(assessment: Assessment, state: str, cast: Cast) -> None:
    assessment.state, assessment.finalised_at, assessment.finalised_by = state, timezone.now(), cast.controller
    assessment.save()


@pytest.fixture
def ready(assessment: Assessment, cast: Cast, golden: Callable[[str], dict[str, Any]]) -> Assessment:
    """Answered, scored by the member with one different score, which has a note for the unit."""
    answers = golden("22")["answers"]
    factories.answer_everything(assessment, answers)
    factories.answer_everything(assessment, answers | {"A.I.1.i.b": "C"}, stage="member", by=cast.member)
    factories.note(assessment, "A.I.1.i.b", cast.member, for_release=True)
    return assessment


def test_every_action_is_in_the_expectations() -> None:
    assert set(TRANSITIONS) == set(WHO_MAY) == set(WHERE_FROM)


@pytest.mark.parametrize("state", Assessment.State.values)
@pytest.mark.parametrize("action", list(Action))
def test_transition_succeeds_only_for_its_state_and_person(
    state: str, action: Action, ready: Assessment, cast: Cast
) -> None:
    for name in PEOPLE:
        actor: User = getattr(cast, name)
        put_in(ready, state, cast)
        allowed = name == WHO_MAY[action] and state in WHERE_FROM[action]
        before = AuditEvent.objects.count()
        try:
            with transaction.atomic():
                carry_out(assessment=ready, action=action, actor=actor, now=timezone.now(), reason="Alasan uji")
            moved = True
        except (PermissionDenied, WrongState):
            moved = False
        ready.refresh_from_db()
        assert (name, moved) == (name, allowed)
        assert ready.state == (TRANSITIONS[action].target if allowed else state)
        assert AuditEvent.objects.count() - before == int(allowed)


def test_available_actions_follow_the_table(ready: Assessment, cast: Cast) -> None:
    put_in(ready, "review_controller", cast)
    now = timezone.now()
    assert available_actions(cast.controller, ready, now) == (Action.BACK_TO_LEAD, Action.RETURN, Action.FINALISE)
    assert available_actions(cast.head, ready, now) == ()


@pytest.mark.parametrize("action", [Action.BACK_TO_MEMBER, Action.BACK_TO_LEAD, Action.REOPEN])
def test_going_back_without_reason_is_refused(action: Action, ready: Assessment, cast: Cast) -> None:
    put_in(ready, next(iter(WHERE_FROM[action])), cast)
    with pytest.raises(ReasonMissing):
        carry_out(assessment=ready, action=action, actor=getattr(cast, WHO_MAY[action]), now=timezone.now(), reason=" ")
    assert TransitionRecord.objects.count() == 0


def test_to_lead_with_unscored_question_names_it(ready: Assessment, cast: Cast) -> None:
    put_in(ready, "review_member", cast)
    ready.answers.filter(stage="member", question__code="A.I.2.i.a").delete()
    with pytest.raises(Incomplete) as caught:
        carry_out(assessment=ready, action=Action.TO_LEAD, actor=cast.member, now=timezone.now())
    assert caught.value.data == {"codes": ["A.I.2.i.a"]}


def test_to_lead_with_silent_difference_names_it(ready: Assessment, cast: Cast) -> None:
    put_in(ready, "review_member", cast)
    Note.objects.all().delete()
    with pytest.raises(Incomplete) as caught:
        carry_out(assessment=ready, action=Action.TO_LEAD, actor=cast.member, now=timezone.now())
    assert caught.value.data == {"codes": ["A.I.1.i.b"]}


def test_return_without_note_for_the_unit_is_refused(ready: Assessment, cast: Cast) -> None:
    put_in(ready, "review_controller", cast)
    Note.objects.update(for_release=False)
    with pytest.raises(Incomplete):
        carry_out(assessment=ready, action=Action.RETURN, actor=cast.controller, now=timezone.now())


def test_return_releases_marked_notes_only_and_starts_a_round(ready: Assessment, cast: Cast) -> None:
    hidden = factories.note(ready, "A.I.2.i.a", cast.member)
    put_in(ready, "review_controller", cast)
    carry_out(assessment=ready, action=Action.RETURN, actor=cast.controller, now=timezone.now())
    hidden.refresh_from_db()
    assert (ready.state, ready.round) == ("returned", 2)
    assert hidden.released_at is None
    assert Note.objects.filter(released_at__isnull=False).count() == 1


@pytest.mark.parametrize("part", ["scorer", "submitter"])
def test_finalise_by_somebody_who_scored_or_submitted_is_refused(part: str, ready: Assessment, cast: Cast) -> None:
    if part == "scorer":
        ready.answers.filter(stage="member", question__code="A.I.2.i.a").update(updated_by=cast.controller)
    else:
        ready.submitted_by = cast.controller
    put_in(ready, "review_controller", cast)
    with pytest.raises(SecondPersonNeeded):
        carry_out(assessment=ready, action=Action.FINALISE, actor=cast.controller, now=timezone.now())


def test_finalise_by_the_head_of_an_earlier_submission_is_refused(ready: Assessment, cast: Cast) -> None:
    put_in(ready, "review_controller", cast)
    TransitionRecord.objects.create(
        assessment=ready,
        action="submit",
        from_state="draft",
        to_state="submitted",
        round=1,
        actor=cast.controller,
        at=timezone.now(),
    )
    with pytest.raises(SecondPersonNeeded):
        carry_out(assessment=ready, action=Action.FINALISE, actor=cast.controller, now=timezone.now())


def test_finalise_by_somebody_who_filled_an_answer_of_the_unit_is_refused(ready: Assessment, cast: Cast) -> None:
    ready.answers.filter(stage="unit", question__code="A.I.2.i.a").update(updated_by=cast.controller)
    put_in(ready, "review_controller", cast)
    with pytest.raises(SecondPersonNeeded):
        carry_out(assessment=ready, action=Action.FINALISE, actor=cast.controller, now=timezone.now())


def test_evaluator_who_joins_the_unit_loses_the_right_at_once(ready: Assessment, cast: Cast) -> None:
    put_in(ready, "review_controller", cast)
    factories.MembershipFactory(user=cast.controller, agency=cast.agency, unit=cast.unit_a)
    with pytest.raises(PermissionDenied):
        carry_out(assessment=ready, action=Action.FINALISE, actor=cast.controller, now=timezone.now())


def test_snapshots_hold_tpi_only_when_final_and_the_scores_agree(
    ready: Assessment, cast: Cast, golden: Callable[[str], dict[str, Any]]
) -> None:
    put_in(ready, "draft", cast)
    carry_out(assessment=ready, action=Action.SUBMIT, actor=cast.head, now=timezone.now())
    put_in(ready, "review_controller", cast)
    carry_out(assessment=ready, action=Action.FINALISE, actor=cast.controller, now=timezone.now())
    submitted, final = Snapshot.objects.order_by("pk")
    assert (submitted.kind, final.kind) == ("submitted", "final")
    assert set(submitted.summary) == {"self"}
    assert "Catatan uji" not in submitted.content
    expected = golden("22")["expected"]["TOTAL"]
    assert abs(eval_fraction(submitted.summary["self"]["total"]) - expected) < 1e-11
    assert eval_fraction(final.summary["tpi"]["total"]) < eval_fraction(final.summary["self"]["total"])


def eval_fraction(text: str) -> float:
    above, _, below = text.partition("/")
    return int(above) / int(below or 1)


@pytest.mark.parametrize("table", ["assessments_snapshot", "assessments_transitionrecord", "units_auditevent"])
@pytest.mark.parametrize("statement", ["UPDATE {table} SET id = id", "DELETE FROM {table}"])
def test_database_refuses_to_change_history(table: str, statement: str, ready: Assessment, cast: Cast) -> None:
    put_in(ready, "draft", cast)
    carry_out(assessment=ready, action=Action.SUBMIT, actor=cast.head, now=timezone.now())
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table=table))


# Ways round the triggers of single rows: REPLACE deletes without telling them, TRUNCATE asks none of them.
WAYS_ROUND = {
    "sqlite": "REPLACE INTO {table} SELECT * FROM {table}",
    "postgresql": "SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE {table} CASCADE",
}


@pytest.mark.parametrize("table", ["assessments_snapshot", "assessments_transitionrecord", "units_auditevent"])
def test_database_refuses_to_lose_history_at_once(table: str, ready: Assessment, cast: Cast) -> None:
    put_in(ready, "draft", cast)
    carry_out(assessment=ready, action=Action.SUBMIT, actor=cast.head, now=timezone.now())
    with pytest.raises(DatabaseError, match="are frozen"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(WAYS_ROUND[connection.vendor].format(table=table))
