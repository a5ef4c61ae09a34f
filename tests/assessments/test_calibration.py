"""How far unit and TPI's stages are apart: every number against one that is worked out by hand."""

from fractions import Fraction

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments import scoring
from assessments.models import Answer, AnswerRevision, Assessment, BlindScore
from assessments.queries.calibration import calibration
from assessments.queries.instruments import instrument_value
from tests import factories
from units.models import Team, User

YES_NO, LETTER = "A.I.1.i.a", "A.I.1.iii.a"


def fresh(user):
    return User.objects.get(pk=user.pk)


def put(assessment, state, **fields):
    if state == "final":
        fields |= {"finalised_at": timezone.now(), "finalised_by": factories.UserFactory()}
    Assessment.objects.filter(pk=assessment.pk).update(state=state, **fields)


def worth(assessment, code):
    """Points of a question at full value."""
    return scoring.score(instrument_value(assessment.period.instrument), {}).questions[code].maximum


def value(assessment, code, label):
    question = instrument_value(assessment.period.instrument).question(code)
    return Fraction(next(option.score for option in question.options if option.label == label))


def labels(assessment, code):
    """The labels of a question, best first."""
    question = instrument_value(assessment.period.instrument).question(code)
    return [option.label for option in sorted(question.options, key=lambda option: -option.score)]


def say(assessment, code, position, stage, by):
    """An answer by its place among the options, 0 the best."""
    return factories.answer(assessment, code, labels(assessment, code)[position], stage=stage, by=by)


def points(assessment, code, position):
    return value(assessment, code, labels(assessment, code)[position]) * worth(assessment, code)


def blind(assessment, code, position, slot, by):
    BlindScore.objects.create(
        assessment=assessment,
        question_id=factories.question_id(assessment, code),
        slot=slot,
        choice=labels(assessment, code)[position],
        updated_by=by,
        updated_at=timezone.now(),
    )


def view_of(user, assessment):
    return calibration(fresh(user), assessment.period)


def line_of(lines, code):
    return next(line for line in lines if line.code == code)


@pytest.fixture
def staged(cast, assessment):
    """The unit claims the best twice; the member gives less on one, the lead less again, the controller a bit more."""
    for code in (YES_NO, LETTER):
        say(assessment, code, 0, "unit", cast.operator)
    say(assessment, YES_NO, 0, "member", cast.member)
    say(assessment, LETTER, 1, "member", cast.member)
    say(assessment, LETTER, 3, "lead", cast.lead)
    say(assessment, LETTER, 2, "controller", cast.controller)
    put(assessment, "final")
    return assessment


def test_distances_of_a_question_are_points_with_their_sign(cast, staged):
    line = line_of(view_of(cast.inspector, staged).questions, LETTER)
    given = [points(staged, LETTER, position) for position in range(4)]
    assert (line.claim.points, line.lead.points, line.controller.points) == (
        given[0] - given[2],
        given[1] - given[3],
        given[3] - given[2],
    )
    assert (line.controller.points < 0, line.controller.distance) == (True, given[2] - given[3])
    assert [(part.compared, part.different) for part in (line.claim, line.lead, line.controller)] == [(1, 1)] * 3


def test_area_and_unit_add_their_questions_up(cast, staged):
    view = view_of(cast.inspector, staged)
    (unit,) = view.units
    area = line_of(view.areas, "1")
    apart = points(staged, LETTER, 0) - points(staged, LETTER, 2)
    for part in (unit.claim, area.claim, view.claims[staged.unit_id][1]):
        assert (part.compared, part.different, part.points, part.share) == (2, 1, apart, Fraction(1, 2))
    assert (line_of(view.areas, "2").claim.compared, view.claims[staged.unit_id][0].compared) == (0, 0)
    assert [line.code for line in view.furthest] == [LETTER]


def test_evaluator_is_compared_with_the_unit_and_with_what_became_of_the_score(cast, staged):
    (line,) = view_of(cast.inspector, staged).evaluators
    given = [points(staged, LETTER, position) for position in range(3)]
    assert (line.label, line.claim.compared) == (cast.member.full_name, 2)
    assert (line.claim.points, line.lead.points) == (given[0] - given[1], given[1] - given[2])


def test_area_is_an_average_over_units(cast, staged, assessment_b):
    for code, stage, by in ((LETTER, "unit", cast.stranger), (LETTER, "member", cast.other_member)):
        say(assessment_b, code, 0, stage, by)
    put(assessment_b, "final")
    area = line_of(view_of(cast.inspector, staged).areas, "1")
    assert area.claim.per_unit == (points(staged, LETTER, 0) - points(staged, LETTER, 2)) / 2


def test_blank_claim_counts_nothing_and_differs(cast, assessment):
    say(assessment, LETTER, 0, "member", cast.member)
    put(assessment, "review_lead")
    line = line_of(view_of(cast.lead, assessment).questions, LETTER)
    assert (line.claim.points, line.claim.different) == (-points(assessment, LETTER, 0), 1)


def test_stage_that_is_not_finished_is_compared_only_where_it_scored(cast, assessment):
    for code in (YES_NO, LETTER):
        say(assessment, code, 0, "member", cast.member)
    say(assessment, LETTER, 1, "lead", cast.lead)
    compared = {}
    for state in ("review_lead", "review_controller", "final"):
        put(assessment, state)
        (unit,) = view_of(cast.inspector, assessment).units
        compared[state] = (unit.lead.compared, unit.controller.compared)
    assert compared == {"review_lead": (1, 0), "review_controller": (2, 0), "final": (2, 2)}


def test_claim_is_that_of_the_first_round(cast, assessment):
    row = say(assessment, LETTER, 0, "unit", cast.operator)
    AnswerRevision.objects.create(
        answer=row, version=1, choice=row.choice, round=1, by=cast.operator, at=row.updated_at
    )
    given_way = labels(assessment, LETTER)[2]
    AnswerRevision.objects.create(answer=row, version=2, choice=given_way, round=2, by=cast.operator, at=row.updated_at)
    type(row).objects.filter(pk=row.pk).update(choice=given_way, version=2, round=2)
    say(assessment, LETTER, 2, "member", cast.member)
    put(assessment, "final", round=2)
    line = line_of(view_of(cast.inspector, assessment).questions, LETTER)
    assert line.claim.points == points(assessment, LETTER, 0) - points(assessment, LETTER, 2)


@pytest.fixture
def paired(cast, assessment):
    """Two members; they differ on one question, on which the lead takes the lower score."""
    second = factories.teammate(Team.objects.get(kind="tpi", units=cast.unit_a), full_name="Rekan Penilai")
    for code in (YES_NO, LETTER):
        say(assessment, code, 0, "unit", cast.operator)
        blind(assessment, code, 0, 1, cast.member)
    blind(assessment, YES_NO, 0, 2, second)
    blind(assessment, LETTER, 1, 2, second)
    say(assessment, YES_NO, 0, "member", cast.member)
    say(assessment, LETTER, 1, "lead", cast.lead)
    Assessment.objects.filter(pk=assessment.pk).update(scoring="paired")
    return assessment


def test_two_blind_scores_are_compared_with_each_other_and_with_the_settled_one(cast, paired):
    put(paired, "review_lead")
    view = view_of(cast.lead, paired)
    apart = points(paired, LETTER, 0) - points(paired, LETTER, 1)
    (unit,) = view.units
    assert (view.has_blind, unit.blind.compared, unit.blind.different, unit.blind.distance) == (True, 2, 1, apart)
    found = {line.label: (line.claim.points, line.lead.points) for line in view.evaluators}
    assert found == {cast.member.full_name: (0, apart), "Rekan Penilai": (apart, 0)}


def test_difference_that_the_lead_has_not_settled_yet_is_between_the_two_alone(cast, paired):
    Answer.objects.filter(stage="lead").delete()
    put(paired, "review_lead")
    view = view_of(cast.lead, paired)
    line = line_of(view.questions, LETTER)
    assert (line.claim.compared, line.blind.different) == (0, 1)
    assert {line.label: line.lead.compared for line in view.evaluators} == {
        cast.member.full_name: 1,
        "Rekan Penilai": 1,
    }


@pytest.mark.parametrize("state", ["draft", "submitted", "review_member", "returned", "reopened"])
def test_nothing_is_compared_before_members_have_passed_it_on(as_user, cast, paired, state):
    put(paired, state)
    view = view_of(cast.lead, paired)
    assert (view.units, view.evaluators, view.total, view.has_blind) == ((), (), 1, False)
    html = as_user(cast.lead).get(where(paired)).content.decode()
    assert "Belum ada yang dapat dibandingkan" in html


# Who reads it


def where(assessment):
    return reverse("calibration", args=(assessment.unit.agency.code, assessment.period.code))


def test_lead_sees_own_teams_units_and_inspector_all(as_user, cast, staged, assessment_b):
    say(assessment_b, LETTER, 0, "member", cast.other_member)
    put(assessment_b, "final")
    lead, inspector = (as_user(user).get(where(staged)).content.decode() for user in (cast.lead, cast.inspector))
    assert (cast.unit_b.name in lead, cast.unit_b.name in inspector) == (False, True)
    assert (cast.other_member.full_name in lead, cast.other_member.full_name in inspector) == (False, True)


@pytest.mark.parametrize(
    ("person", "status"),
    [
        ("member", 403), ("controller", 403), ("operator", 403), ("head", 403), ("assistant", 403), ("reader", 403),
        ("admin", 403), ("other_member", 403), ("stranger", 403), ("foreign_inspector", 404), ("lead", 200),
        ("inspector", 200),
    ],
)  # fmt: skip
def test_calibration_is_for_lead_and_inspector(as_user, cast, staged, person, status):
    assert as_user(getattr(cast, person)).get(where(staged)).status_code == status


def test_unknown_period_is_not_found_and_writing_refused(as_user, cast, staged):
    browser = as_user(cast.inspector)
    assert browser.get(reverse("calibration", args=(cast.agency.code, "2031-1"))).status_code == 404
    assert browser.post(where(staged)).status_code == 405


def test_page_shows_points_to_two_places(as_user, cast, staged):
    html = as_user(cast.inspector).get(where(staged)).content.decode()
    apart = points(staged, LETTER, 0) - points(staged, LETTER, 2)
    text = f"+{scoring.display(apart):f}".replace(".", ",")
    assert (text in html, "(1/2)" in html) == (True, True)


@pytest.mark.parametrize("count", [1, 20])
def test_page_asks_a_fixed_number_of_queries(as_user, cast, staged, count, django_assert_num_queries):
    put(staged, "final", round=2)
    team = Team.objects.get(kind="tpi", units=cast.unit_a)
    for number in range(count - 1):
        unit = factories.UnitFactory(agency=cast.agency)
        team.assignments.create(unit=unit)
        sheet = factories.AssessmentFactory(unit=unit, period=staged.period)
        say(sheet, LETTER, number % 3, "unit", cast.operator)
        say(sheet, LETTER, 1, "member", cast.member)
        put(sheet, "final", round=1 + number % 2)
    browser = as_user(cast.lead)
    browser.get(where(staged))
    with django_assert_num_queries(11):
        browser.get(where(staged))
