"""Predicates on an assessment, as one table: who x act."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from assessments import permissions as may
from assessments.models import Assessment, Report
from tests import factories
from tests.conftest import Cast
from units.models import User

NOW = timezone.now
PEOPLE = (
    "operator", "head", "stranger", "member", "lead", "controller", "other_member", "assistant", "inspector", "reader",
    "admin", "foreign_inspector",
)  # fmt: skip
ACTS: dict[str, tuple[Callable[[User, Assessment], bool], set[str]]] = {
    "see answers": (
        may.can_see_answers,
        {"operator", "head", "member", "lead", "controller", "assistant", "inspector"},
    ),
    "fill": (may.can_fill, {"operator", "head"}),
    "fill area 1": (lambda user, found: may.can_fill(user, found, 1), {"operator", "head"}),
    "edit now": (lambda user, found: may.can_edit_answer(user, found, NOW()), {"operator", "head"}),
    "submit": (may.can_submit, {"head"}),
    "share out": (lambda user, found: may.can_share_out(user, found.unit_id), {"operator", "head"}),
    "assist": (may.can_assist, {"assistant"}),
    "see evaluation": (may.can_see_evaluation, {"member", "lead", "controller", "inspector"}),
    "score while the unit fills in": (may.can_score, set()),
    "assign": (may.can_assign, {"lead", "inspector"}),
    "oversee": (may.can_oversee, {"inspector"}),
    "watch board": (
        lambda user, found: may.can_watch_board(user, found.period.agency_id),
        {"inspector", "reader", "admin"},
    ),
    "make reports": (lambda user, found: may.can_make_reports(user, found.period.agency_id), {"inspector"}),
    "follow up": (may.can_follow_up, {"member", "lead", "controller"}),
    "issue lhe": (may.can_issue_lhe, {"inspector"}),
    "read reports": (lambda user, found: may.can_read_reports(user, found.period.agency_id), {"inspector", "reader"}),
}


@pytest.mark.parametrize("act", ACTS)
def test_act_is_allowed_to_exactly_these_people(act: str, assessment: Assessment, cast: Cast) -> None:
    predicate, expected = ACTS[act]
    assert {name for name in PEOPLE if predicate(getattr(cast, name), assessment)} == expected
    assert not predicate(AnonymousUser(), assessment)


def test_visible_assessments_before_and_after_final(assessment: Assessment, cast: Cast) -> None:
    def seers() -> set[str]:
        return {name for name in PEOPLE if Assessment.objects.visible_to(getattr(cast, name)).exists()}

    before = {"operator", "head", "member", "lead", "controller", "assistant", "inspector", "admin"}
    assert seers() == before
    assessment.state, assessment.finalised_at, assessment.finalised_by = "final", NOW(), cast.controller
    assessment.save()
    assert seers() == before | {"reader"}
    assert may.can_see_results(cast.operator, assessment)


def test_results_before_release_are_for_evaluators_and_inspector(assessment: Assessment, cast: Cast) -> None:
    seers = {name for name in PEOPLE if may.can_see_results(getattr(cast, name), assessment)}
    assert seers == {"member", "lead", "controller", "inspector"}


def test_member_limited_to_an_area_fills_only_that(assessment: Assessment, cast: Cast) -> None:
    limited = factories.member_of(cast.unit_a, areas="3")
    assert [may.can_fill(limited, assessment, area) for area in (2, 3)] == [False, True]
    assert may.can_fill(limited, assessment)
    assert not may.can_share_out(limited, assessment.unit_id)


def test_evaluator_or_inspector_of_their_own_unit_has_no_right(assessment: Assessment, cast: Cast) -> None:
    for user in (cast.member, cast.inspector):
        factories.MembershipFactory(user=user, agency=cast.agency, unit=cast.unit_a)
        fresh = User.objects.get(pk=user.pk)
        assert may.evaluator_roles(fresh, assessment) == frozenset()
        assert not may.can_oversee(fresh, assessment)
        assert not may.can_see_evaluation(fresh, assessment)


@pytest.mark.parametrize(("state", "is_open"), [("submitted", True), ("review_member", True), ("draft", False)])
def test_scoring_is_open_once_submitted(state: str, is_open: bool, assessment: Assessment) -> None:
    assessment.state = state
    assert may.is_open_for_scoring(assessment, NOW()) is is_open
    assert not may.is_open_for_scoring(assessment, assessment.period.review_until)


@pytest.mark.parametrize(
    ("state", "scorer"),
    [
        ("draft", None),
        ("submitted", "member"),
        ("review_member", "member"),
        ("review_lead", "lead"),
        ("review_controller", "controller"),
        ("returned", None),
        ("reopened", None),
        ("final", None),
    ],
)
def test_each_stage_scores_in_its_own_turn(state: str, scorer: str | None, assessment: Assessment, cast: Cast) -> None:
    assessment.state = state
    assert {name for name in PEOPLE if may.can_score(getattr(cast, name), assessment)} == {scorer} - {None}
    if scorer:
        assert may.score_stage(getattr(cast, scorer), assessment) == scorer


@pytest.mark.parametrize("scoring", ["single", "paired"])
def test_only_paired_scoring_by_members_is_blind(scoring: str, assessment: Assessment) -> None:
    assessment.scoring = scoring
    blind = set()
    for state in Assessment.State.values:
        assessment.state = state
        if may.is_blind(assessment):
            blind.add(state)
    assert blind == ({"submitted", "review_member"} if scoring == "paired" else set())


def test_path_finds_the_assessment_with_its_unit_and_period(assessment: Assessment, cast: Cast) -> None:
    found = Assessment.objects.for_path(cast.agency.code, cast.unit_a.code, "2024-2").get()
    assert found == assessment


@pytest.mark.parametrize(
    ("of_unit", "readers"),
    [
        (False, {"inspector", "reader"}),
        (True, {"inspector", "reader", "operator", "head", "member", "lead", "controller", "assistant"}),
    ],
    ids=["quarterly", "lhe"],
)
def test_report_is_read_by(cast: Cast, assessment: Assessment, of_unit: bool, readers: set[str]) -> None:
    report = Report(period=assessment.period, assessment=assessment if of_unit else None)
    assert {name for name in PEOPLE if may.can_read_report(getattr(cast, name), report)} == readers
