"""Rounds: what changed between them, what a returned unit may edit, and what stays agreed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from assessments.models import Answer, Assessment, Snapshot
from assessments.queries.bulk import bulk_plan
from assessments.queries.desk_queue import Filter, desk_queue
from assessments.queries.rounds import Change, RoundDiff, round_diff
from assessments.services.answers import NotNoted, save_answer
from assessments.services.bulk import agree_in_bulk
from assessments.services.evaluation import Given, ScoreDraft, save_score
from assessments.services.notes import NoteDraft
from assessments.services.snapshots import take_snapshot
from assessments.services.transitions import Action, carry_out
from tests import factories
from tests.conftest import Cast
from units.models import User

LogIn = Callable[[User], Client]
ONE, TWO, THREE = "A.I.1.i.b", "A.I.1.ii.b", "A.I.1.ii.c"
NOW = timezone.now()


class Story:
    """A worksheet that goes through rounds by the services, a minute a step."""

    def __init__(self, assessment: Assessment, cast: Cast) -> None:
        self.assessment, self.cast, self.steps = assessment, cast, 0

    @property
    def now(self) -> datetime:
        self.steps += 1
        return NOW + timedelta(minutes=self.steps)

    def go(self, action: Action, actor: User, reason: str = "") -> None:
        carry_out(assessment=self.assessment, action=action, actor=actor, now=self.now, reason=reason)

    def answer(self, code: str, raw: str) -> None:
        row = Answer.objects.filter(assessment=self.assessment, question__code=code, stage="unit").first()
        save_answer(
            assessment=self.assessment,
            code=code,
            given=raw,
            note=None,
            actor=self.cast.operator,
            now=self.now,
            version=row.version if row else 0,
        )

    def score(self, code: str, raw: str, note: str = "") -> None:
        row = Answer.objects.filter(assessment=self.assessment, question__code=code, stage="member").first()
        draft = ScoreDraft(Given(raw), row.version if row else 0, NoteDraft(note, for_release=True) if note else None)
        save_score(assessment=self.assessment, code=code, actor=self.cast.member, draft=draft, now=self.now)

    def agree_with_the_rest(self) -> None:
        member = self.cast.member
        codes = desk_queue(self.assessment, member, [Filter.UNSCORED]).codes
        seen = [row.token for row in bulk_plan(self.assessment, member, codes).rows]
        agree_in_bulk(assessment=self.assessment, tokens=seen, actor=member, reason="Sesuai", now=self.now)

    def to_controller(self) -> None:
        self.go(Action.TO_LEAD, self.cast.member)
        self.go(Action.TO_CONTROLLER, self.cast.lead)


@pytest.fixture
def story(assessment: Assessment, cast: Cast) -> Story:
    """Returned once: asked for ONE, which the unit improved; TWO was agreed with."""
    story = Story(assessment, cast)
    for code in (ONE, TWO):
        story.answer(code, "B")
    story.go(Action.SUBMIT, cast.head)
    story.score(ONE, "C", "Lengkapi buktinya")
    story.agree_with_the_rest()
    story.to_controller()
    story.go(Action.RETURN, cast.controller)
    return story


def changes(diff: RoundDiff | None) -> dict[str, Change]:
    assert diff is not None
    return {change.code: change for change in diff.changes}


def test_returned_unit_edits_only_what_notes_ask_for(story: Story) -> None:
    story.answer(ONE, "A")
    with pytest.raises(NotNoted):
        story.answer(TWO, "A")
    kept = Answer.objects.filter(assessment=story.assessment, stage="unit")
    assert dict(kept.values_list("question__code", "choice")) == {ONE: "A", TWO: "B"}


def test_agreed_questions_stay_agreed_and_only_the_changed_one_waits(story: Story, cast: Cast) -> None:
    story.answer(ONE, "A")
    story.go(Action.SUBMIT, cast.head)
    queue = desk_queue(story.assessment, cast.member)
    assert (queue.counts[Filter.UNSCORED], queue.counts[Filter.CHANGED], queue.counts[Filter.RETURNED]) == (0, 1, 1)
    story.score(ONE, "A")
    story.to_controller()
    rows = Answer.objects.filter(assessment=story.assessment, stage="member")
    assert sorted(set(rows.values_list("round", "version"))) == [(1, 1), (2, 2)]
    assert rows.get(round=2).question.code == ONE


def test_every_stage_sees_what_the_unit_changed_in_the_round(story: Story, cast: Cast) -> None:
    story.answer(ONE, "A")
    factories.evidence_for(story.assessment, TWO, cast.operator, when=story.now)
    story.go(Action.SUBMIT, cast.head)
    seen = []
    for user, forward in ((cast.member, Action.TO_LEAD), (cast.lead, Action.TO_CONTROLLER), (cast.controller, None)):
        queue = desk_queue(story.assessment, user)
        seen.append(
            [(item.code, item.answer_in_round, item.evidence_in_round) for item in queue.items if item.in_round]
        )
        if user == cast.member:
            story.score(ONE, "A")
            story.score(TWO, "B")
        if forward:
            story.go(forward, user)
    assert seen == [[(ONE, True, False), (TWO, False, True)]] * 3


def test_diff_shows_answers_evidence_scores_and_what_was_asked(story: Story, cast: Cast) -> None:
    story.answer(ONE, "A")
    factories.evidence_for(story.assessment, TWO, cast.operator, title="SK tim", when=story.now)
    story.go(Action.SUBMIT, cast.head)
    story.score(ONE, "B", "Belum seluruhnya")
    found = round_diff(story.assessment, None, None)
    one, two = changes(found)[ONE], changes(found)[TWO]
    assert (one.before.own, one.after.own, one.before.score, one.after.score) == ("B", "A", "C", "B")
    assert ([note.text for note in one.asked], one.is_ignored, one.by_unit) == (["Lengkapi buktinya"], False, True)
    assert (two.added, two.removed, two.replaced, two.answer_changed, two.score_changed) == (
        ("SK tim",),
        (),
        (),
        False,
        False,
    )
    assert found is not None
    assert (found.rounds, found.first, found.second, found.unchanged) == ((1, 2), 1, 2, 111)
    assert (found.began and found.began.action, found.own_totals[0].total < found.own_totals[1].total) == (
        "return",
        True,
    )


def test_diff_marks_what_was_asked_for_in_vain(story: Story, cast: Cast) -> None:
    story.go(Action.SUBMIT, cast.head)
    found = changes(round_diff(story.assessment, None, None))
    assert {code: change.is_ignored for code, change in found.items()} == {ONE: True}


def test_worksheet_reopened_three_times_keeps_every_round(story: Story, cast: Cast) -> None:
    story.go(Action.SUBMIT, cast.head)
    story.score(ONE, "B")
    story.to_controller()
    story.go(Action.FINALISE, cast.controller)
    for number, (unit, tpi) in enumerate((("A", "A"), ("C", "B"), ("A", "A")), 3):
        story.go(Action.REOPEN, cast.inspector, f"Koreksi {number}")
        story.answer(TWO, unit)
        story.go(Action.SUBMIT, cast.head)
        story.score(TWO, tpi, "" if tpi == unit else "Masih berlaku sebagian")
        story.to_controller()
        story.go(Action.FINALISE, cast.controller)
    kinds = Snapshot.objects.filter(assessment=story.assessment).values_list("kind", "round")
    assert sorted(kinds) == [("final", n) for n in (2, 3, 4, 5)] + [("submitted", n) for n in (1, 2, 3, 4, 5)]
    pairs = {}
    for first, second in ((2, 3), (3, 4), (4, 5), (2, 5)):
        change = changes(round_diff(story.assessment, first, second))[TWO]
        pairs[first, second] = (change.before.own, change.after.own, change.before.score, change.after.score)
    assert pairs == {
        (2, 3): ("B", "A", "B", "A"),
        (3, 4): ("A", "C", "A", "B"),
        (4, 5): ("C", "A", "B", "A"),
        (2, 5): ("B", "A", "B", "A"),
    }
    found = round_diff(story.assessment, 4, 5)
    assert found is not None
    assert found.began is not None
    assert (found.rounds, found.began.reason) == ((1, 2, 3, 4, 5), "Koreksi 5")


# ---- the page ----


def page(assessment: Assessment) -> str:
    return reverse("round_diff", args=(assessment.unit.agency.code, assessment.unit.code, assessment.period.code))


@pytest.fixture
def twice(assessment: Assessment, cast: Cast) -> Assessment:
    """Sent in two rounds, past all services."""
    for number in (1, 2):
        assessment.round = number
        assessment.save()
        take_snapshot(assessment=assessment, kind="submitted", actor=cast.head, now=timezone.now())
    return assessment


def test_page_says_when_there_is_nothing_to_compare(assessment: Assessment, cast: Cast, as_user: LogIn) -> None:
    answer = as_user(cast.lead).get(page(assessment))
    assert (answer.status_code, answer.context["diff"]) == (200, None)


@pytest.mark.parametrize("query", [{"dari": "9"}, {"ke": "x"}, {"dari": "-1"}, {"dari": "٣"}, {"ke": "1" * 400}])
def test_page_knows_no_other_rounds(query: dict[str, str], twice: Assessment, cast: Cast, as_user: LogIn) -> None:
    assert as_user(cast.lead).get(page(twice), query).status_code == 404


def test_page_is_closed_to_the_unit_and_unknown_to_strangers(twice: Assessment, cast: Cast, as_user: LogIn) -> None:
    names = ("operator", "head", "assistant", "admin", "stranger", "other_member", "inspector", "member")
    statuses = [as_user(getattr(cast, name)).get(page(twice)).status_code for name in names]
    assert statuses == [403, 403, 403, 403, 404, 404, 200, 200]


@pytest.mark.parametrize("count", [1, 3])
def test_page_costs_the_same_for_one_and_for_three(count: int, twice: Assessment, cast: Cast, as_user: LogIn) -> None:
    twice.round = 3
    twice.save()
    for code in (ONE, TWO, THREE)[:count]:
        factories.evidence_for(twice, code, cast.operator)
        factories.answer(twice, code, "B", stage="member", by=cast.member)
    take_snapshot(assessment=twice, kind="submitted", actor=cast.head, now=timezone.now())
    client = as_user(cast.lead)
    client.get(page(twice))
    with CaptureQueriesContext(connection) as queries:
        answer: Any = client.get(page(twice))
    assert (len(queries), len(answer.context["diff"].changes)) == (10, count)
