"""Member, lead and controller each score in a row of their own: whose turn it is, and what each may take over."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from assessments import permissions
from assessments.models import Answer, AnswerRevision, Assessment, Note, Period, Visit
from assessments.queries.answers import stage_sheets
from assessments.services.answers import VersionMissing
from assessments.services.evaluation import NoteMissing, ScoreMissing, StaleScore, withdraw_score
from assessments.services.scorers import move
from assessments.services.transitions import Action, Closed, ConflictOfInterest, Incomplete, NotAssigned, WrongState
from tests import factories
from tests.assessments.staged import (
    CODE,
    OTHER,
    STATES,
    agreed_by_the_member,
    follow,
    give,
    in_force,
    jot,
    put_in,
    rescore_all,
    step,
)
from tests.conftest import Cast
from units.models import AuditEvent


@pytest.fixture
def ready(assessment: Assessment, cast: Cast, golden: Callable[[str], dict[str, Any]]) -> Assessment:
    return agreed_by_the_member(assessment, cast, golden("22")["answers"])


# Whose turn it is


@pytest.mark.parametrize("state", Assessment.State.values)
def test_score_stage_follows_state_and_role(
    state: str, assessment: Assessment, cast: Cast, django_assert_num_queries: Any
) -> None:
    assessment.state = state
    turns = {"submitted": "member"} | {there: stage for stage, there in STATES.items()}
    people = ("member", "lead", "controller", "operator", "head", "assistant", "inspector", "admin", "other_member")
    for name in people:
        user = getattr(cast, name)
        expected = name if turns.get(state) == name else None
        permissions.evaluator_roles(user, assessment)
        with django_assert_num_queries(0):
            assert permissions.score_stage(user, assessment) == expected


@pytest.mark.parametrize("state", Assessment.State.values)
@pytest.mark.parametrize("act", ["save", "agree", "withdraw"])
def test_scoring_succeeds_only_for_its_state_and_role(act: str, state: str, ready: Assessment, cast: Cast) -> None:
    """Every state x role; whatever is refused leaves no trace."""
    turns = {there: stage for stage, there in STATES.items()} | {"submitted": "member"}
    rescore_all(ready, "lead", cast.lead)
    rescore_all(ready, "controller", cast.controller)
    people = (
        "member", "lead", "controller", "operator", "head", "assistant", "inspector", "admin", "reader", "stranger",
        "other_member", "foreign_inspector",
    )  # fmt: skip
    for name in people:
        put_in(ready, state, finalised_at=timezone.now(), finalised_by=cast.controller)
        actor, allowed = getattr(cast, name), turns.get(state) == name
        row = Answer.every.filter(question__code=CODE, stage=name).first()
        version = row.version if row else 1
        before = AuditEvent.objects.count(), AnswerRevision.objects.count()
        try:
            if act == "withdraw":
                withdraw_score(assessment=ready, code=CODE, actor=actor, version=version, now=timezone.now())
            elif act == "agree":
                follow(ready, actor, version=version)
            else:
                give(ready, actor, "A", version=version, note="Berbeda")
            done = True
        except (PermissionDenied, WrongState):
            done = False
        assert (name, done) == (name, allowed)
        if not allowed:
            ready.refresh_from_db()
            assert ready.state == state
            assert before == (AuditEvent.objects.count(), AnswerRevision.objects.count())


@pytest.mark.parametrize("stage", STATES)
def test_score_after_the_deadline_is_refused_at_every_stage(stage: str, ready: Assessment, cast: Cast) -> None:
    put_in(ready, STATES[stage])
    past = timezone.now() - timedelta(seconds=1)
    Period.objects.update(fill_until=past - timedelta(days=1), review_until=past)
    with pytest.raises(Closed):
        give(ready, getattr(cast, stage), "B", version=1 if stage == "member" else 0)


def test_member_to_whom_it_was_not_given_does_not_score(ready: Assessment, cast: Cast) -> None:
    colleague = factories.teammate(cast.member.team_memberships.get().team)
    factories.scorer(ready, cast.member)
    with pytest.raises(NotAssigned):
        give(ready, colleague, "A", version=1, note="Berbeda")
    assert give(ready, cast.member, "A", version=1, note="Berbeda").row.raw == "A"


@pytest.mark.parametrize("state", ["submitted", "review_member"])
@pytest.mark.parametrize("is_replaced", [False, True])
def test_member_to_whom_it_was_not_given_writes_no_note_and_takes_nothing_back(
    is_replaced: bool, state: str, ready: Assessment, cast: Cast
) -> None:
    """Nor does one who has been replaced since, from that moment on (SEC-06)."""
    colleague = factories.teammate(cast.member.team_memberships.get().team)
    if is_replaced:
        held = factories.scorer(ready, colleague)
        jot(ready, colleague)
        move(scorer=held, user=cast.member, reason="Cuti", actor=cast.lead, now=timezone.now())
    else:
        factories.scorer(ready, cast.member)
    put_in(ready, state)
    before = list(Note.objects.values("text", "version"))
    with pytest.raises(NotAssigned):
        jot(ready, colleague, "Bukan giliran saya", version=len(before))
    with pytest.raises(NotAssigned):
        withdraw_score(assessment=ready, code=CODE, actor=colleague, version=1, now=timezone.now())
    assert list(Note.objects.values("text", "version")) == before
    assert jot(ready, cast.member, "Giliran saya", version=len(before)).author == cast.member


@pytest.mark.parametrize("action", [Action.START, Action.RELEASE_CLAIM, Action.TO_LEAD])
def test_steps_of_a_member_belong_to_whom_it_was_given(action: Action, ready: Assessment, cast: Cast) -> None:
    colleague = factories.teammate(cast.member.team_memberships.get().team)
    factories.scorer(ready, cast.member)
    put_in(ready, "submitted" if action is Action.START else "review_member")
    with pytest.raises(NotAssigned):
        step(ready, action, colleague)
    step(ready, action, cast.member)


def test_nobody_scores_what_they_filled_for_the_unit(ready: Assessment, cast: Cast, caplog: Any) -> None:
    """Somebody who has left the unit for TPI since."""
    Answer.objects.filter(stage="unit", question__code=OTHER).update(updated_by=cast.member)
    with pytest.raises(ConflictOfInterest):
        give(ready, cast.member, "B", version=1)
    with pytest.raises(ConflictOfInterest):
        step(ready, Action.TO_LEAD, cast.member)
    with pytest.raises(ConflictOfInterest):
        jot(ready, cast.member)
    assert [record.message for record in caplog.records if record.name == "portal.security"] == ["authz_fail"] * 3


# Rows of their own


def test_lead_scores_beside_the_member_and_both_are_recorded(ready: Assessment, cast: Cast) -> None:
    put_in(ready, "review_lead")
    saved = give(ready, cast.lead, "A", note="Bukti cukup")
    assert in_force(ready) == ("lead", "A", cast.lead)
    assert saved.theirs.rows[CODE] == saved.row
    member = Answer.objects.get(question__code=CODE, stage="member")
    assert (member.raw, member.version, member.updated_by) == ("B", 1, cast.member)
    assert list(AnswerRevision.objects.values_list("answer__stage", "choice", "by")) == [("lead", "A", cast.lead.pk)]
    event = AuditEvent.objects.get(verb="score.save")
    assert (event.actor, event.after["answer"]) == (cast.lead, "A")


def test_controller_outweighs_the_lead_in_the_same_round(ready: Assessment, cast: Cast) -> None:
    put_in(ready, "review_lead")
    give(ready, cast.lead, "A", note="Bukti cukup")
    put_in(ready, "review_controller")
    give(ready, cast.controller, "C", note="Bukti lama")
    assert in_force(ready) == ("controller", "C", cast.controller)
    assert {row.stage: row.raw for row in Answer.objects.filter(question__code=CODE)} == {
        "unit": "B",
        "member": "B",
        "lead": "A",
        "controller": "C",
    }


def test_member_of_a_later_round_outweighs_the_lead_of_the_one_before(ready: Assessment, cast: Cast) -> None:
    factories.answer(ready, CODE, "A", stage="lead", by=cast.lead)
    put_in(ready, "review_member", round=2)
    follow(ready, cast.member, version=1)
    assert in_force(ready) == ("member", "B", cast.member)
    assert Answer.objects.get(question__code=CODE, stage="lead").raw == "A"


@pytest.mark.parametrize("stage", ["lead", "controller"])
def test_agreeing_takes_over_the_stage_before(stage: str, ready: Assessment, cast: Cast) -> None:
    Answer.objects.filter(stage="member", question__code=CODE).update(choice="C")
    if stage == "controller":
        factories.answer(ready, CODE, "A", stage="lead", by=cast.lead)
    put_in(ready, STATES[stage])
    saved = follow(ready, getattr(cast, stage))
    assert (saved.row.stage, saved.row.raw) == (stage, "C" if stage == "lead" else "A")


def test_difference_from_the_stage_before_needs_a_note_of_the_own_stage(ready: Assessment, cast: Cast) -> None:
    factories.note(ready, CODE, cast.member)
    put_in(ready, "review_lead")
    for words in (None, "", "   ", "/", "…"):
        with pytest.raises(NoteMissing):
            give(ready, cast.lead, "C", note=words)
    give(ready, cast.lead, "C", note="Rapat belum tercatat")
    assert Note.objects.get(stage="lead").text == "Rapat belum tercatat"


def test_finding_of_a_visit_counts_as_the_note(ready: Assessment, cast: Cast) -> None:
    visit = Visit.objects.create(
        assessment=ready, date=timezone.localdate(), place="Kantor", participants="Tim",
        created_by=cast.member, created_at=timezone.now(),
    )  # fmt: skip
    factories.note(ready, CODE, cast.member, kind="finding", visit=visit)
    assert give(ready, cast.member, "C", version=1).row.raw == "C"
    step(ready, Action.TO_LEAD, cast.member)


def test_clarification_is_no_reason_for_a_difference(ready: Assessment, cast: Cast) -> None:
    factories.note(ready, CODE, cast.member, kind="clarification", for_release=True, released_at=timezone.now())
    with pytest.raises(NoteMissing):
        give(ready, cast.member, "C", version=1)


def test_lead_finds_nothing_to_agree_with_where_no_score_stands(ready: Assessment, cast: Cast) -> None:
    Answer.objects.filter(stage="member", question__code=CODE).delete()
    put_in(ready, "review_lead")
    with pytest.raises(ScoreMissing):
        follow(ready, cast.lead)
    with pytest.raises(NoteMissing):
        give(ready, cast.lead, "B")
    assert give(ready, cast.lead, "B", note="Disepakati").row.raw == "B"


def test_stale_score_of_a_later_stage_is_refused(ready: Assessment, cast: Cast) -> None:
    put_in(ready, "review_lead")
    give(ready, cast.lead, "A", note="Bukti cukup")
    with pytest.raises(StaleScore) as caught:
        give(ready, cast.lead, "C", version=0)
    assert caught.value.data["row"].raw == "A"
    assert in_force(ready)[1] == "A"


# Taking back


def test_withdrawn_score_gives_way_to_the_stage_before_and_keeps_its_history(ready: Assessment, cast: Cast) -> None:
    put_in(ready, "review_lead")
    give(ready, cast.lead, "A", note="Bukti cukup")
    row = withdraw_score(assessment=ready, code=CODE, actor=cast.lead, version=1, now=timezone.now())
    assert (row.is_withdrawn, row.version, row.raw) == (True, 2, None)
    assert in_force(ready) == ("member", "B", cast.member)
    kept = AnswerRevision.objects.filter(answer__stage="lead").values_list("version", "choice", "origin")
    assert list(kept) == [(1, "A", "typed"), (2, "", "withdrawn")]
    event = AuditEvent.objects.get(verb="score.withdraw")
    assert (event.before["answer"], event.after["scored"]) == ("A", False)


def test_score_after_a_withdrawal_goes_on_in_the_same_row(ready: Assessment, cast: Cast) -> None:
    put_in(ready, "review_lead")
    give(ready, cast.lead, "A", note="Bukti cukup")
    withdraw_score(assessment=ready, code=CODE, actor=cast.lead, version=1, now=timezone.now())
    row = give(ready, cast.lead, "C", version=0).row
    assert (row.version, row.raw) == (3, "C")
    assert Answer.every.filter(stage="lead").count() == 1


@pytest.mark.parametrize(("version", "refusal"), [(2, StaleScore), (None, VersionMissing)])
def test_withdrawal_of_another_version_is_refused(
    version: int | None, refusal: type[Exception], ready: Assessment, cast: Cast
) -> None:
    with pytest.raises(refusal):
        withdraw_score(assessment=ready, code=CODE, actor=cast.member, version=version, now=timezone.now())
    assert in_force(ready) == ("member", "B", cast.member)


def test_withdrawal_where_no_score_stands_is_refused(ready: Assessment, cast: Cast) -> None:
    put_in(ready, "review_lead")
    with pytest.raises(ScoreMissing):
        withdraw_score(assessment=ready, code=CODE, actor=cast.lead, version=1, now=timezone.now())


def test_member_does_not_pass_on_a_question_whose_score_was_taken_back(ready: Assessment, cast: Cast) -> None:
    withdraw_score(assessment=ready, code=CODE, actor=cast.member, version=1, now=timezone.now())
    with pytest.raises(Incomplete) as caught:
        step(ready, Action.TO_LEAD, cast.member)
    assert caught.value.data == {"codes": [CODE]}


# Reading


def test_stages_are_read_with_one_query(ready: Assessment, cast: Cast, django_assert_num_queries: Any) -> None:
    factories.answer(ready, CODE, "A", stage="lead", by=cast.lead)
    with django_assert_num_queries(1):
        sheets = stage_sheets(ready)
        seen = {stage: sheets.of(stage).rows[CODE].updated_by for stage in ("unit", "member", "lead")}
        below = [sheets.below(stage).rows[CODE].stage for stage in ("member", "lead", "controller")]
    assert seen == {"unit": cast.operator, "member": cast.member, "lead": cast.lead}
    assert below == ["unit", "member", "lead"]
    assert [len(sheets.settled("lead", empty=empty).rows) for empty in (True, False)] == [1, 113]
