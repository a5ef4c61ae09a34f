"""Agreeing with many questions in one step: what each stage takes over, what is refused whole, and undoing."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from assessments.models import Answer, AnswerRevision, Assessment, BlindScore, BulkScore, Scorer
from assessments.queries.bulk import Outcome, Why, bulk_plan, last_bulk
from assessments.queries.desk_queue import Filter, desk_queue
from assessments.services.bulk import (
    NothingPicked,
    NotUndoable,
    RowsChanged,
    RowsRefused,
    agree_in_bulk,
)
from assessments.services.evaluation import Given, ScoreDraft, save_score
from assessments.services.notes import NoteDraft
from assessments.services.transitions import Closed, ReasonMissing, WrongState
from tests import factories
from tests.assessments.bulk_steps import (
    ONE,
    THREE,
    TWO,
    answered_and_sent,
    differ,
    put_in,
    scored_in_pairs,
    spoken,
    undo,
)
from tests.conftest import Cast
from units.models import AuditEvent, User

COUNTS, BLANK, EXTRA = "A.II.1.i.a", "A.I.1.i.a", "A.I.1.ii.a"
CODES = (BLANK, ONE, TWO, THREE, COUNTS)
REASON = "Sama dengan hasil periode lalu."
UNPROVEN = NoteDraft("Bukti tidak cukup")


@pytest.fixture
def sent(assessment: Assessment, cast: Cast) -> Assessment:
    """Sent by the unit: three options, one set of counts, everything else blank."""
    factories.answer(assessment, COUNTS, {"agents": 4, "changes": 3}, by=cast.operator)
    return answered_and_sent(assessment, cast)


def tokens(assessment: Assessment, user: User, codes: tuple[str, ...] = CODES) -> list[str]:
    return [row.token for row in bulk_plan(assessment, user, codes).rows]


def agree(assessment: Assessment, user: User, codes: tuple[str, ...] = CODES, reason: str = REASON) -> Any:
    seen = tokens(assessment, user, codes)
    return agree_in_bulk(assessment=assessment, tokens=seen, actor=user, reason=reason, now=timezone.now())


def scores(assessment: Assessment, stage: str = "member") -> dict[str, Any]:
    rows = Answer.objects.filter(assessment=assessment, stage=stage).select_related("question")
    return {row.question.code: row.raw for row in rows}


def outcomes(assessment: Assessment, user: User, codes: tuple[str, ...] = CODES) -> dict[str, tuple[Any, Any]]:
    return {row.code: (row.outcome, row.why) for row in bulk_plan(assessment, user, codes).rows}


# ---- what a member does ----


def test_member_takes_over_the_units_answers_and_starts_the_review(sent: Assessment, cast: Cast) -> None:
    step = agree(sent, cast.member)
    counts = {"agents": 4, "changes": 3}
    assert scores(sent) == {BLANK: None, ONE: "B", TWO: "B", THREE: "B", COUNTS: counts}
    assert (sent.state, step.reason, [row["code"] for row in step.rows]) == ("review_member", REASON, list(CODES))
    rows = Answer.objects.filter(assessment=sent, stage="member")
    assert set(rows.values_list("updated_by", "round", "version")) == {(cast.member.pk, 1, 1)}
    revisions = AnswerRevision.objects.filter(answer__in=rows)
    assert set(revisions.values_list("origin", "version", "by")) == {("bulk", 1, cast.member.pk)}
    assert revisions.count() == 5


def test_each_question_has_its_line_in_the_audit_log_with_the_reason(sent: Assessment, cast: Cast) -> None:
    agree(sent, cast.member, (ONE, TWO))
    lines = AuditEvent.objects.filter(verb="score.agree").order_by("id")
    assert [(line.after["question"], line.after["answer"], line.reason) for line in lines] == [
        (ONE, "B", REASON),
        (TWO, "B", REASON),
    ]
    whole = AuditEvent.objects.get(verb="score.bulk")
    assert (whole.after, whole.reason, whole.actor) == ({"questions": [ONE, TWO]}, REASON, cast.member)


def test_preview_tells_what_happens_to_each_question(sent: Assessment, cast: Cast) -> None:
    agree(sent, cast.member, (ONE,))
    differ(sent, cast.member, TWO, note=UNPROVEN)
    factories.answer(sent, EXTRA, "Ya", stage="member")
    Answer.objects.filter(assessment=sent, question__code=ONE, stage="unit").update(
        choice="A", updated_at=timezone.now() + timedelta(seconds=5)
    )
    assert outcomes(sent, cast.member, (*CODES, EXTRA)) == {
        BLANK: (Outcome.NEW, None),
        ONE: (Outcome.AGAIN, None),
        EXTRA: (Outcome.REFUSED, Why.DIFFERENT),
        TWO: (Outcome.REFUSED, Why.DIFFERENT),
        THREE: (Outcome.NEW, None),
        COUNTS: (Outcome.NEW, None),
    }


def test_agreed_question_with_new_evidence_is_looked_at_again(sent: Assessment, cast: Cast) -> None:
    agree(sent, cast.member, (ONE, TWO))
    factories.evidence_for(sent, ONE, cast.operator, when=timezone.now() + timedelta(seconds=1))
    assert outcomes(sent, cast.member, (ONE, TWO)) == {ONE: (Outcome.AGAIN, None), TWO: (Outcome.SAME, None)}


def test_nothing_new_writes_nothing(sent: Assessment, cast: Cast) -> None:
    agree(sent, cast.member, (ONE,))
    before = AuditEvent.objects.count()
    assert agree(sent, cast.member, (ONE,)) is None
    assert (BulkScore.objects.count(), AuditEvent.objects.count()) == (1, before)


# ---- all or nothing ----


def test_one_question_of_another_worksheet_refuses_all_ten(sent: Assessment, cast: Cast) -> None:
    own = tuple(item.code for item in desk_queue(sent, cast.member).items[:9])
    seen = [*tokens(sent, cast.member, own), "Z.9.x@0.0"]
    with pytest.raises(RowsRefused) as caught:
        agree_in_bulk(assessment=sent, tokens=seen, actor=cast.member, reason=REASON, now=timezone.now())
    assert caught.value.data["codes"] == ["Z.9.x"]
    assert (scores(sent), BulkScore.objects.count(), spoken()) == ({}, 0, [])
    sent.refresh_from_db()
    assert sent.state == "submitted"


def test_one_question_scored_otherwise_refuses_all(sent: Assessment, cast: Cast) -> None:
    seen = tokens(sent, cast.member)
    differ(sent, cast.member, THREE, note=UNPROVEN)
    with pytest.raises(RowsRefused) as caught:
        agree_in_bulk(assessment=sent, tokens=seen, actor=cast.member, reason=REASON, now=timezone.now())
    assert (caught.value.data["codes"], scores(sent)) == ([THREE], {THREE: "C"})


def test_answer_that_changed_after_the_preview_refuses_all(sent: Assessment, cast: Cast) -> None:
    seen = tokens(sent, cast.member)
    Answer.objects.filter(assessment=sent, question__code=TWO, stage="unit").update(choice="A", version=2)
    with pytest.raises(RowsChanged) as caught:
        agree_in_bulk(assessment=sent, tokens=seen, actor=cast.member, reason=REASON, now=timezone.now())
    assert (caught.value.data["codes"], scores(sent)) == ([TWO], {})


@pytest.mark.parametrize("token", [ONE, f"{ONE}@", f"{ONE}@x.y", f"{ONE}@1.1", "@", ""])
def test_broken_or_invented_token_is_refused(token: str, sent: Assessment, cast: Cast) -> None:
    with pytest.raises((RowsChanged, RowsRefused)):
        agree_in_bulk(assessment=sent, tokens=[token], actor=cast.member, reason=REASON, now=timezone.now())
    assert scores(sent) == {}


@pytest.mark.parametrize(("reason", "codes", "refusal"), [("  ", (ONE,), ReasonMissing), (REASON, (), NothingPicked)])
def test_reason_and_selection_are_needed(
    reason: str, codes: tuple[str, ...], refusal: type[Exception], sent: Assessment, cast: Cast
) -> None:
    with pytest.raises(refusal):
        agree(sent, cast.member, codes, reason)
    assert scores(sent) == {}


def test_only_whose_turn_it_is_may(sent: Assessment, cast: Cast) -> None:
    seen = tokens(sent, cast.member)
    for user, refusal in (
        (cast.other_member, PermissionDenied),
        (cast.operator, PermissionDenied),
        (cast.lead, WrongState),
    ):
        with pytest.raises(refusal):
            agree_in_bulk(assessment=sent, tokens=seen, actor=user, reason=REASON, now=timezone.now())
    later = sent.period.review_until + timedelta(seconds=1)
    with pytest.raises(Closed):
        agree_in_bulk(assessment=sent, tokens=seen, actor=cast.member, reason=REASON, now=later)
    assert scores(sent) == {}


# ---- later stages ----


def test_lead_agrees_with_the_member_in_own_rows(sent: Assessment, cast: Cast) -> None:
    agree(sent, cast.member, (ONE,))
    differ(sent, cast.member, TWO, note=UNPROVEN)
    put_in(sent, "review_lead")
    assert outcomes(sent, cast.lead, (ONE, TWO, THREE)) == {
        ONE: (Outcome.NEW, None),
        TWO: (Outcome.NEW, None),
        THREE: (Outcome.REFUSED, Why.NOTHING_BELOW),
    }
    agree(sent, cast.lead, (ONE, TWO))
    assert scores(sent, "lead") == {ONE: "B", TWO: "C"}
    members = Answer.objects.filter(assessment=sent, stage="member")
    assert set(members.values_list("version", "updated_by")) == {(1, cast.member.pk)}


def test_controller_agrees_with_the_lead(sent: Assessment, cast: Cast) -> None:
    agree(sent, cast.member, (ONE, TWO))
    put_in(sent, "review_lead")
    differ(sent, cast.lead, TWO, "A", note=UNPROVEN)
    put_in(sent, "review_controller")
    agree(sent, cast.controller, (ONE, TWO))
    assert scores(sent, "controller") == {ONE: "B", TWO: "A"}


# ---- undoing ----


def test_undo_takes_new_scores_back(sent: Assessment, cast: Cast) -> None:
    step = agree(sent, cast.member)
    assert last_bulk(sent, cast.member) == step
    undo(sent, cast.member, step)
    assert (scores(sent), last_bulk(sent, cast.member)) == ({}, None)
    step.refresh_from_db()
    assert step.undone_by == cast.member
    taken = AnswerRevision.objects.filter(origin="withdrawn")
    assert set(taken.values_list("version", "choice", "by")) == {(2, "", cast.member.pk)}
    assert AuditEvent.objects.filter(verb="score.bulk_undo").count() == 5
    assert desk_queue(sent, cast.member).counts[Filter.UNSCORED] == 113


def test_scores_that_were_taken_back_are_given_again_in_the_same_rows(sent: Assessment, cast: Cast) -> None:
    undo(sent, cast.member, agree(sent, cast.member, (ONE,)))
    agree(sent, cast.member, (ONE,))
    row = Answer.every.get(assessment=sent, stage="member")
    assert (row.raw, row.is_withdrawn, row.version) == ("B", False, 3)


def test_undo_restores_an_older_score_with_who_and_when(sent: Assessment, cast: Cast) -> None:
    earlier = timezone.now() - timedelta(hours=3)
    old = factories.answer(sent, ONE, "C", stage="member", by=cast.controller)
    Answer.objects.filter(pk=old.pk).update(updated_at=earlier)
    step = agree(put_in(sent, "review_member", round=2), cast.member, (ONE,))
    assert scores(sent) == {ONE: "B"}
    undo(sent, cast.member, step)
    row = Answer.objects.get(pk=old.pk)
    assert (row.raw, row.round, row.updated_at, row.updated_by) == ("C", 1, earlier, cast.controller)
    assert row.version == 3
    assert list(row.revisions.values_list("version", "origin", "by")) == [
        (2, "bulk", cast.member.pk),
        (3, "restored", cast.member.pk),
    ]
    assert Filter.CHANGED in desk_queue(sent, cast.member).item(ONE).flags


def test_undo_is_refused_whole_when_one_score_has_moved_on(sent: Assessment, cast: Cast) -> None:
    step = agree(sent, cast.member, (ONE, TWO))
    draft = ScoreDraft(Given("C"), 1, UNPROVEN)
    save_score(assessment=sent, code=TWO, actor=cast.member, draft=draft, now=timezone.now())
    with pytest.raises(NotUndoable) as caught:
        undo(sent, cast.member, step)
    assert (caught.value.data["codes"], scores(sent)) == ([TWO], {ONE: "B", TWO: "C"})


def test_undo_is_refused_after_the_stage_the_round_or_the_undo_itself(sent: Assessment, cast: Cast) -> None:
    step = agree(sent, cast.member, (ONE,))
    put_in(sent, "review_lead")
    with pytest.raises(WrongState):
        undo(sent, cast.member, step)
    put_in(sent, "review_member", round=2)
    with pytest.raises(NotUndoable):
        undo(sent, cast.member, step)
    put_in(sent, "review_member", round=1)
    undo(sent, cast.member, step)
    with pytest.raises(NotUndoable):
        undo(sent, cast.member, step)


def test_undo_belongs_to_who_did_it(sent: Assessment, cast: Cast) -> None:
    step = agree(sent, cast.member, (ONE,))
    colleague = factories.teammate(cast.unit_a.teams.get(kind="tpi"))
    with pytest.raises(PermissionDenied):
        undo(sent, colleague, step)
    assert last_bulk(sent, colleague) is None


# ---- two who score blind ----


@pytest.fixture
def paired(sent: Assessment, cast: Cast) -> Assessment:
    return scored_in_pairs(sent, cast)


def test_blind_scorer_agrees_into_own_slot_without_a_trace_of_values(paired: Assessment, cast: Cast) -> None:
    step = agree(paired, cast.member, (ONE, COUNTS))
    rows = BlindScore.objects.filter(assessment=paired)
    assert [(row.question.code, row.slot, row.raw) for row in rows] == [
        (ONE, 1, "B"),
        (COUNTS, 1, {"agents": 4, "changes": 3}),
    ]
    assert Answer.objects.filter(assessment=paired, stage="member").count() == 0
    events = spoken()
    assert [event.verb for event in events] == ["score.blind", "score.blind"]
    assert [event.after for event in events if "answer" in (event.after or {}) or event.reason] == []
    assert {key for row in step.rows for key in row} == {
        "code", "stage", "round", "blind", "version_before", "version_after",
    }  # fmt: skip


def test_blind_step_is_undone_in_the_slot(paired: Assessment, cast: Cast) -> None:
    step = agree(paired, cast.member, (ONE, TWO))
    undo(paired, cast.member, step)
    assert list(BlindScore.objects.values_list("is_withdrawn", "choice")) == [(True, ""), (True, "")]
    assert desk_queue(paired, cast.member).counts[Filter.UNSCORED] == 113
    other = Scorer.objects.get(slot=2).user
    assert last_bulk(paired, other) is None


def test_lead_cannot_agree_in_bulk_where_two_scorers_differ(paired: Assessment, cast: Cast) -> None:
    for code, choices in ((ONE, ("B", "C")), (TWO, ("B", "B"))):
        for slot, choice in enumerate(choices, 1):
            BlindScore.objects.create(
                assessment=paired,
                question_id=factories.question_id(paired, code),
                slot=slot,
                choice=choice,
                updated_by=cast.member,
                updated_at=timezone.now(),
            )
        factories.answer(paired, code, "B", stage="member", by=cast.member)
    put_in(paired, "review_lead")
    assert outcomes(paired, cast.lead, (ONE, TWO)) == {
        ONE: (Outcome.REFUSED, Why.APART),
        TWO: (Outcome.NEW, None),
    }
