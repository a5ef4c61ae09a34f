"""The evaluator's queue: whose turn, how far, and the same cost for one unit and for many."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.models import Answer, Assessment, BlindScore
from assessments.queries.queues import Progress, Queue, evaluation_queue
from tests import factories
from tests.conftest import Cast
from units.models import TeamAssignment, User

LogIn = Callable[[User], Client]
CHOICE, OTHER, RATIO, INDEX = "A.I.1.i.b", "A.I.1.ii.b", "A.II.1.i.a", "B.I.a"


def put_in(assessment: Assessment, state: str, cast: Cast) -> None:
    assessment.state, assessment.finalised_at, assessment.finalised_by = state, timezone.now(), cast.controller
    assessment.save()


def queue_of(user: User, chosen: str = "") -> Queue:
    return evaluation_queue(user, timezone.now(), chosen)


@pytest.mark.parametrize(
    ("state", "turn"),
    [
        ("draft", ""),
        ("submitted", "member"),
        ("review_member", "member"),
        ("review_lead", "lead"),
        ("review_controller", "controller"),
        ("returned", ""),
        ("final", ""),
    ],
)
def test_turn_follows_the_state(state: str, turn: str, assessment: Assessment, cast: Cast) -> None:
    put_in(assessment, state, cast)
    waiting = [name for name in ("member", "lead", "controller") if queue_of(getattr(cast, name)).mine]
    assert waiting == ([turn] if turn else [])


def test_nobody_has_the_turn_after_the_deadline(assessment: Assessment, cast: Cast) -> None:
    put_in(assessment, "submitted", cast)
    later = assessment.period.review_until + timedelta(seconds=1)
    assert evaluation_queue(cast.member, later).mine == ()


def test_progress_counts_answers_scores_and_differences(assessment: Assessment, cast: Cast) -> None:
    factories.answer(assessment, CHOICE, "B")
    factories.answer(assessment, OTHER, "A")
    factories.answer(assessment, RATIO, {"agents": 4, "changes": 3})
    factories.answer(assessment, INDEX, {"index": "3.60"})
    factories.answer(assessment, "A.I.1.i.a", "")
    factories.answer(assessment, CHOICE, "C", stage="member")
    factories.answer(assessment, RATIO, {"agents": 4, "changes": 2}, stage="member")
    factories.answer(assessment, INDEX, {"index": "3.6", "respondents": 40}, stage="member")
    factories.answer(assessment, "A.I.1.i.a", "", stage="member")
    factories.answer(assessment, "A.I.1.ii.a", "", stage="member")
    factories.answer(assessment, "A.I.1.ii.c", "A", stage="member")
    (row,) = queue_of(cast.member).rows
    assert row.progress == Progress(answered=4, scored=6, different=3)
    assert row.total == 113


def test_progress_counts_a_question_once_and_reads_the_row_in_force(assessment: Assessment, cast: Cast) -> None:
    """Later stages add no question; a withdrawn score is none; a newer round outweighs a later stage."""
    ratio = {"agents": 4, "changes": 3}
    for code, raw in ((CHOICE, "B"), (RATIO, ratio), ("A.I.1.i.a", "Ya"), ("A.I.1.ii.a", "Ya")):
        factories.answer(assessment, code, raw)
        factories.answer(assessment, code, raw, stage="member")
    factories.answer(assessment, CHOICE, "C", stage="lead")
    factories.answer(assessment, RATIO, {"agents": 4, "changes": 2}, stage="controller")
    factories.answer(assessment, "A.I.1.i.a", "Tidak", stage="lead")
    Answer.objects.filter(stage="member", question__code="A.I.1.i.a").update(round=2)
    Answer.objects.filter(stage="member", question__code="A.I.1.ii.a").update(is_withdrawn=True, choice="")
    (row,) = queue_of(cast.member).rows
    assert row.progress == Progress(answered=4, scored=3, different=2)


def test_turn_of_a_worksheet_that_is_given_to_another_member_is_not_mine(assessment: Assessment, cast: Cast) -> None:
    put_in(assessment, "submitted", cast)
    colleague = factories.teammate(cast.member.team_memberships.get().team)
    assert queue_of(colleague).rows[0].is_my_turn
    factories.scorer(assessment, cast.member)
    assert [queue_of(user).rows[0].is_my_turn for user in (cast.member, colleague)] == [True, False]


def test_blind_scorer_sees_only_the_own_progress(assessment: Assessment, cast: Cast) -> None:
    colleague = factories.teammate(cast.member.team_memberships.get().team)
    put_in(assessment, "review_member", cast)
    Assessment.objects.update(scoring="paired")
    factories.answer(assessment, CHOICE, "B")
    for slot, user, codes in ((1, cast.member, (CHOICE, OTHER)), (2, colleague, (CHOICE,))):
        factories.scorer(assessment, user, slot=slot)
        for code in codes:
            BlindScore.objects.create(
                assessment=assessment, question_id=factories.question_id(assessment, code), slot=slot, choice="C",
                updated_by=user, updated_at=timezone.now(),
            )  # fmt: skip
    seen = [queue_of(user).rows[0].progress for user in (cast.member, colleague, cast.lead)]
    assert seen == [Progress(1, 2, 2), Progress(1, 1, 1), Progress(1, 0, 0)]


def test_queue_holds_assigned_units_only(assessment: Assessment, assessment_b: Assessment, cast: Cast) -> None:
    assert [row.assessment for row in queue_of(cast.member).rows] == [assessment]
    assert [row.assessment for row in queue_of(cast.other_member).rows] == [assessment_b]


def test_own_unit_is_listed_without_a_way_in(assessment: Assessment, cast: Cast, as_user: LogIn) -> None:
    factories.MembershipFactory(user=cast.member, agency=cast.agency, unit=cast.unit_a)
    put_in(assessment, "submitted", cast)
    (row,) = queue_of(cast.member).rows
    assert (row.is_own_unit, row.is_evaluator, row.is_my_turn) == (True, False, False)
    text = as_user(cast.member).get(reverse("evaluation_queue")).content.decode()
    assert "Unit Anda sendiri" in text
    path = [cast.agency.code, cast.unit_a.code, "2024-2"]
    assert reverse("evaluation", args=path) not in text


def test_newest_period_is_shown_first_and_others_on_request(assessment: Assessment, cast: Cast) -> None:
    older = factories.PeriodFactory(agency=cast.agency, year=2023, quarter=4)
    factories.AssessmentFactory(unit=cast.unit_a, period=older)
    queue = queue_of(cast.member)
    assert (queue.chosen, queue.periods) == ("2024-2", (("2024-2", "TW II 2024"), ("2023-4", "TW IV 2023")))
    assert queue_of(cast.member, "2023-4").rows[0].assessment.period == older
    assert queue_of(cast.member, "1999-1").chosen == "2024-2"


def test_assistant_is_led_to_the_worksheet_and_sees_no_counts_of_tpi(
    assessment: Assessment, cast: Cast, as_user: LogIn
) -> None:
    factories.answer(assessment, CHOICE, "C", stage="member")
    text = as_user(cast.assistant).get(reverse("evaluation_queue")).content.decode()
    path = [cast.agency.code, cast.unit_a.code, "2024-2"]
    assert f'href="{reverse("unit_home", args=path)}"' in text
    assert '<span class="of">/113</span>' in text
    assert text.count('<span class="of">/113</span>') == 1


@pytest.mark.parametrize(
    ("who", "status"),
    [("member", 200), ("assistant", 200), ("operator", 403), ("inspector", 403), ("reader", 403), ("admin", 403)],
)
def test_queue_opens_for_teams_only(who: str, status: int, assessment: Assessment, cast: Cast, as_user: LogIn) -> None:
    assert as_user(getattr(cast, who)).get(reverse("evaluation_queue")).status_code == status


def test_queue_without_units_says_why(cast: Cast, as_user: LogIn) -> None:
    text = as_user(cast.member).get(reverse("evaluation_queue")).content.decode()
    assert "Belum ada unit yang ditugaskan" in text


def test_queue_with_nothing_to_do_says_so(assessment: Assessment, cast: Cast, as_user: LogIn) -> None:
    text = as_user(cast.member).get(reverse("evaluation_queue"), {"tampil": "giliran"}).content.decode()
    assert "Tidak ada yang menunggu Anda" in text


@pytest.mark.parametrize("more", [0, 2, 30])
def test_queue_costs_the_same_for_any_number_of_units(
    more: int, assessment: Assessment, cast: Cast, as_user: LogIn, django_assert_num_queries: Any
) -> None:
    team = cast.member.team_memberships.get().team
    for _ in range(more):
        unit = factories.UnitFactory(agency=cast.agency)
        TeamAssignment.objects.create(team=team, unit=unit)
        factories.answer(factories.AssessmentFactory(unit=unit, period=assessment.period), CHOICE, "C", stage="member")
    client = as_user(cast.member)
    client.get(reverse("evaluation_queue"))
    with django_assert_num_queries(9):
        client.get(reverse("evaluation_queue"))
