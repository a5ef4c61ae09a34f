"""What a return asks the unit to mend: notes of the round, and replies on older ones; the same wherever it is shown."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment, Note
from assessments.queries.asking import asks, requests
from assessments.queries.desk_queue import Filter, desk_queue
from assessments.queries.home import unit_home
from assessments.queries.rounds import round_diff
from assessments.queries.worksheet import whole_page
from assessments.services import threads
from assessments.services.answers import NotNoted, save_answer
from assessments.services.review_checks import Incomplete
from assessments.services.snapshots import take_snapshot
from assessments.services.threads import Words
from assessments.services.transitions import Action, carry_out, open_questions
from tests import factories
from tests.conftest import Cast
from units.models import User

LogIn = Callable[[User], Client]
OLD, NEW, THIRD = "A.I.1.i.b", "A.I.1.ii.b", "A.I.1.ii.c"
AGAIN = "Notulennya masih belum lengkap"
START = timezone.now() - timedelta(hours=2)


class Rounds:
    """A worksheet in its second round before the controller, a minute a step; OLD was asked for in the first."""

    def __init__(self, assessment: Assessment, cast: Cast) -> None:
        self.assessment, self.cast, self.steps = assessment, cast, 0
        for code in (OLD, NEW, THIRD):
            factories.answer(assessment, code, "B")
        assessment.answers.update(updated_at=START)
        self.old = self.note(OLD)
        self.to_controller()
        self.give_back()
        self.to_controller()

    @property
    def now(self) -> datetime:
        self.steps += 1
        return START + timedelta(minutes=self.steps)

    def note(self, code: str, **fields: Any) -> Note:
        fields = {"stage": "controller", "for_release": True} | fields
        return factories.note(self.assessment, code, self.cast.controller, f"Lengkapi {code}", **fields)

    def to_controller(self) -> None:
        """As the unit's head sends it, and TPI passes it on."""
        now = self.now
        Assessment.objects.filter(pk=self.assessment.pk).update(state="review_controller", submitted_at=now)
        self.assessment.refresh_from_db()
        take_snapshot(assessment=self.assessment, kind="submitted", actor=self.cast.head, now=now)

    def give_back(self, action: Action = Action.RETURN) -> None:
        carry_out(assessment=self.assessment, action=action, actor=self.cast.controller, now=self.now)

    def reply(self, note: Note | None = None, *, is_internal: bool = False) -> None:
        where = {"assessment": self.assessment, "note": note or self.old, "actor": self.cast.controller}
        threads.reply(**where, words=Words(AGAIN), is_internal=is_internal, now=self.now)

    def close(self) -> None:
        where = {"assessment": self.assessment, "note": self.old, "actor": self.cast.controller}
        threads.close(**where, seen=10**9, now=self.now)

    def answer(self, code: str) -> None:
        row = self.assessment.answers.get(question__code=code, stage="unit")
        given = {"given": "A", "note": None, "version": row.version}
        save_answer(assessment=self.assessment, code=code, actor=self.cast.operator, now=self.now, **given)

    def asked(self) -> set[str]:
        """What the unit may edit; lock, task list and marks of the worksheet are held against it."""
        codes = {code for code in (OLD, NEW, THIRD) if factories.question_id(self.assessment, code) in self.opened}
        now = timezone.now()
        home = unit_home(self.assessment, self.cast.operator, now)
        assert home.repairs == codes
        steps = {step.kind: step for step in home.steps}
        assert steps["repair"].count == len(codes)
        sheet = whole_page(self.assessment, self.cast.operator, now)
        assert sum(row.repairs for group in sheet.groups for row in group.rows) == len(codes)
        cards = [card for part in sheet.parts for _name, rows in part.halves for _row, cards in rows for card in cards]
        assert {card.question.code for card in cards if card.lock != "not_noted"} == codes
        ended = self.assessment.round - 1
        assert {note.question.code for note in home.notes if asks(note, ended)} == codes
        return codes

    @property
    def opened(self) -> frozenset[int]:
        return open_questions(self.assessment) or frozenset()


@pytest.fixture
def rounds(assessment: Assessment, cast: Cast) -> Rounds:
    return Rounds(assessment, cast)


def home_of(rounds: Rounds, client: Client) -> str:
    unit = rounds.assessment.unit
    return client.get(
        reverse("unit_home", args=(unit.agency.code, unit.code, rounds.assessment.period.code))
    ).content.decode()


def test_reply_on_an_older_note_opens_its_question_once_more(rounds: Rounds, cast: Cast, as_user: LogIn) -> None:
    rounds.note(NEW)
    rounds.reply()
    operator = as_user(cast.operator)
    assert AGAIN not in home_of(rounds, operator)
    rounds.give_back()
    assert rounds.asked() == {OLD, NEW}
    with pytest.raises(NotNoted):
        rounds.answer(THIRD)
    rounds.answer(OLD)
    assert unit_home(rounds.assessment, cast.operator, timezone.now()).repairs == {NEW}
    page = home_of(rounds, operator)
    assert (page.count(AGAIN), page.count("Diminta lagi"), page.count("Sudah dikerjakan")) == (1, 1, 1)


def test_evidence_after_the_reply_is_something_done_and_before_it_is_not(rounds: Rounds, cast: Cast) -> None:
    use = factories.evidence_for(rounds.assessment, OLD, cast.operator).uses.get()
    type(use).objects.update(attached_at=rounds.now)
    rounds.reply()
    rounds.give_back()
    assert rounds.asked() == {OLD}
    type(use).objects.update(attached_at=rounds.now)
    assert unit_home(rounds.assessment, cast.operator, timezone.now()).repairs == set()


def test_what_is_internal_closed_or_only_a_clarification_opens_nothing(rounds: Rounds) -> None:
    rounds.note(NEW)
    rounds.reply(is_internal=True)
    asked = rounds.note(THIRD, kind="clarification", round=1, released_at=START)
    rounds.reply(asked)
    rounds.reply()
    rounds.close()
    moment = rounds.now
    asked.messages.update(released_at=moment)
    carry_out(assessment=rounds.assessment, action=Action.RETURN, actor=rounds.cast.controller, now=moment)
    assert rounds.asked() == {NEW}


def test_closing_or_writing_after_the_return_changes_nothing(rounds: Rounds) -> None:
    rounds.reply()
    other = rounds.note(THIRD, round=1, released_at=START)
    rounds.give_back()
    rounds.reply(other)
    rounds.close()
    assert rounds.asked() == {OLD}


def test_reply_asks_in_its_own_round_only(rounds: Rounds) -> None:
    rounds.reply()
    rounds.give_back()
    rounds.to_controller()
    rounds.note(NEW)
    rounds.give_back()
    assert rounds.asked() == {NEW}


def test_worksheet_is_returned_for_a_reply_alone(rounds: Rounds) -> None:
    def refused() -> bool:
        try:
            rounds.give_back()
        except Incomplete:
            return True
        return False

    rounds.reply(is_internal=True)
    assert refused()
    rounds.reply()
    rounds.close()
    assert refused()
    threads.reopen(assessment=rounds.assessment, note=rounds.old, actor=rounds.cast.lead, now=rounds.now)
    assert not refused()
    assert rounds.asked() == {OLD}


@pytest.mark.parametrize("action", [Action.RETURN, Action.FINALISE])
def test_comparison_of_rounds_shows_what_was_asked_again(
    rounds: Rounds, cast: Cast, as_user: LogIn, golden: Callable[[str], dict[str, Any]], action: Action
) -> None:
    rounds.reply()
    if action is Action.FINALISE:
        same = dict.fromkeys((OLD, NEW, THIRD), "B")
        answers = golden("20")["answers"]
        rest = {code: raw for code, raw in answers.items() if code not in same}
        factories.answer_everything(rounds.assessment, rest)
        factories.answer_everything(rounds.assessment, rest | same, stage="member", by=cast.member)
    rounds.give_back(action)
    if action is Action.FINALISE:
        where = {"assessment": rounds.assessment, "actor": cast.inspector, "now": rounds.now}
        carry_out(**where, action=Action.REOPEN, reason="Temuan baru")
    rounds.to_controller()
    diff = round_diff(rounds.assessment, 2, 3)
    assert diff is not None
    assert [(change.code, change.is_ignored) for change in diff.changes if change.asked] == [(OLD, True)]
    unit = rounds.assessment.unit
    address = reverse("round_diff", args=(unit.agency.code, unit.code, rounds.assessment.period.code))
    assert as_user(cast.lead).get(f"{address}?dari=2&ke=3").content.decode().count(AGAIN) == 1
    first = round_diff(rounds.assessment, 1, 2)
    assert first is not None
    assert [vars(note)["asked_again"] for change in first.changes for note in change.asked] == [None]


@pytest.mark.parametrize("count", [1, 3])
def test_locks_and_home_cost_the_same_for_any_number(
    rounds: Rounds, cast: Cast, as_user: LogIn, count: int, django_assert_num_queries: Callable[..., Any]
) -> None:
    for code in (NEW, THIRD)[: count - 1]:
        rounds.reply(rounds.note(code, round=1, released_at=START))
    rounds.reply()
    rounds.give_back()
    with django_assert_num_queries(1):
        assert len(rounds.opened) == count
    with django_assert_num_queries(1):
        assert len(requests(rounds.assessment, (2,))) == count
    operator = as_user(cast.operator)
    home_of(rounds, operator)
    with django_assert_num_queries(14):
        home_of(rounds, operator)


def test_desk_marks_what_the_return_asked_for(rounds: Rounds) -> None:
    rounds.note(NEW)
    rounds.reply()
    rounds.give_back()
    rounds.to_controller()
    assert desk_queue(rounds.assessment, rounds.cast.controller, [Filter.RETURNED]).codes == (OLD, NEW)
