"""The assignment board: its numbers are the database's, its forms give out and move, strangers see nothing."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.models import Answer, AnswerRevision, Assessment, BlindScore, EvidenceUse, Scorer
from assessments.queries.instruments import stored_instrument
from assessments.queries.scorers import active_scorers
from assessments.queries.workload import workload, workload_periods
from tests import factories
from units.models import AuditEvent, Team, TeamMember, User

TOTAL = 113


def tpi(unit):
    return Team.objects.get(kind="tpi", units=unit)


def fresh(user):
    return User.objects.get(pk=user.pk)


def scorer(assessment, user, by, slot=1, **fields):
    return Scorer.objects.create(
        assessment=assessment, user=user, slot=slot, assigned_by=by, assigned_at=timezone.now(), **fields
    )


def put(assessment, state, **fields):
    if state == "final":
        fields |= {"finalised_at": timezone.now(), "finalised_by": factories.UserFactory()}
    Assessment.objects.filter(pk=assessment.pk).update(state=state, **fields)


def codes(assessment, number):
    return list(stored_instrument(assessment.period.instrument).question_ids)[:number]


def score(assessment, number, by, **fields):
    for code in codes(assessment, number):
        row = factories.answer(assessment, code, {"index": "3"}, stage="member", by=by)
        Answer.every.filter(pk=row.pk).update(**fields)


def blind(assessment, number, by, slot, **fields):
    ids = stored_instrument(assessment.period.instrument).question_ids
    now = timezone.now()
    BlindScore.objects.bulk_create(
        BlindScore(
            assessment=assessment,
            question_id=ids[code],
            slot=slot,
            choice="Ya",
            updated_by=by,
            updated_at=now,
            **fields,
        )
        for code in codes(assessment, number)
    )


def another_unit(cast, period, name="Unit Lain"):
    unit = factories.UnitFactory(agency=cast.agency, name=name)
    tpi(cast.unit_a).assignments.create(unit=unit)
    return factories.AssessmentFactory(unit=unit, period=period)


def board_of(user, assessment, now=None):
    return workload(fresh(user), assessment.period, now or timezone.now())


def load_of(board, user):
    return next(load for team in board.teams for load in team.loads if load.user == user)


def where(assessment):
    return f"{reverse('workload')}?periode={assessment.unit.agency.code}:{assessment.period.code}"


@pytest.fixture
def colleague(cast):
    return factories.teammate(tpi(cast.unit_a), full_name="Rekan Penilai")


# Numbers


def test_numbers_of_an_evaluator_are_those_of_the_database(cast, assessment, colleague):
    states = ("draft", "submitted", "review_member", "review_lead", "returned", "final")
    sheets = [assessment, *(another_unit(cast, assessment.period, f"Unit {state}") for state in states[1:])]
    for number, (sheet, state) in enumerate(zip(sheets, states, strict=True)):
        scorer(sheet, cast.member, cast.lead)
        score(sheet, number, cast.member)
        put(sheet, state)
    board = board_of(cast.lead, assessment)
    load = load_of(board, cast.member)
    open_ones = Assessment.objects.filter(state__in=("submitted", "review_member"))
    given = Answer.objects.filter(stage="member", assessment__in=open_ones).count()
    assert given == 3
    assert (load.units, load.waiting, load.passed_on) == (6, 2, 2)
    assert (load.done, load.left) == (given + 2 * TOTAL, 2 * TOTAL - given)
    assert (board.units, board.unassigned, board.left) == (6, 0, load.left)
    assert (load_of(board, colleague).units, load_of(board, colleague).tasks) == (0, ())
    assert {task.assessment.state: (task.done, task.left) for task in load.tasks} == {
        "draft": (0, 0),
        "submitted": (1, TOTAL - 1),
        "review_member": (2, TOTAL - 2),
        "review_lead": (TOTAL, 0),
        "returned": (4, 0),
        "final": (TOTAL, 0),
    }


def test_withdrawn_scores_and_other_stages_are_not_counted(cast, assessment):
    scorer(assessment, cast.member, cast.lead)
    score(assessment, 3, cast.member)
    put(assessment, "review_member")
    row = Answer.objects.filter(stage="member").first()
    Answer.every.filter(pk=row.pk).update(is_withdrawn=True, choice="", inputs=None)
    factories.answer(assessment, codes(assessment, 5)[4], {"index": "3"}, stage="lead", by=cast.lead)
    assert load_of(board_of(cast.lead, assessment), cast.member).done == 2


def test_answers_and_evidence_of_a_returned_round_are_left_again(cast, assessment):
    scorer(assessment, cast.member, cast.lead)
    earlier = timezone.now() - timedelta(days=2)
    score(assessment, 4, cast.member, updated_at=earlier)
    changed, proven, same, _untouched = codes(assessment, 4)
    factories.answer(assessment, changed, {"index": "4"}, by=cast.operator)
    row = factories.answer(assessment, same, {"index": "3"}, by=cast.operator)
    Answer.objects.filter(pk=row.pk).update(updated_at=earlier - timedelta(days=1))
    factories.evidence_for(assessment, proven, cast.operator)
    put(assessment, "review_member", round=2)
    assert load_of(board_of(cast.lead, assessment), cast.member).left == TOTAL - 2
    EvidenceUse.objects.update(attached_at=earlier - timedelta(days=1))
    assert load_of(board_of(cast.lead, assessment), cast.member).left == TOTAL - 3


def test_blind_slots_are_counted_apart_and_only_of_this_round(cast, assessment, colleague):
    scorer(assessment, cast.member, cast.lead, 1)
    scorer(assessment, colleague, cast.lead, 2, handed_in_at=timezone.now())
    blind(assessment, 7, cast.member, 1)
    blind(assessment, 3, colleague, 2)
    put(assessment, "review_member", scoring="paired")
    board = board_of(cast.lead, assessment)
    first, second = (load_of(board, user) for user in (cast.member, colleague))
    assert (first.done, first.left, second.left, second.passed_on) == (7, TOTAL - 7, 0, 1)
    put(assessment, "review_member", round=2)
    assert load_of(board_of(cast.lead, assessment), cast.member).left == TOTAL


def test_overdue_and_days_left_follow_the_worksheets_own_deadline(cast, assessment):
    scorer(assessment, cast.member, cast.lead)
    put(assessment, "review_member")
    deadline = assessment.period.review_until
    for moment, overdue in ((deadline - timedelta(seconds=1), 0), (deadline, 1)):
        board = board_of(cast.lead, assessment, moment)
        assert (load_of(board, cast.member).overdue, board.overdue) == (overdue, overdue)
    later = deadline + timedelta(days=3)
    put(assessment, "review_member", review_until=later)
    load = load_of(board_of(cast.lead, assessment, deadline), cast.member)
    assert (load.overdue, load.next_deadline) == (0, later)
    put(assessment, "review_lead", review_until=None)
    load = load_of(board_of(cast.lead, assessment, deadline), cast.member)
    assert (load.overdue, load.next_deadline) == (0, None)


def test_median_time_leaves_pauses_and_bulk_out(cast, assessment, colleague):
    begin = timezone.now() - timedelta(days=1)
    seconds = (0, 40, 100, 220, 220 + 7200, 220 + 7200 + 60)
    for code, second in zip(codes(assessment, 6), seconds, strict=True):
        row = factories.answer(assessment, code, {"index": "3"}, stage="member", by=cast.member)
        at = begin + timedelta(seconds=second)
        AnswerRevision.objects.create(answer=row, version=1, by=cast.member, at=at, inputs={"index": "3"})
        at += timedelta(seconds=1)
        AnswerRevision.objects.create(answer=row, version=2, by=colleague, at=at, origin="bulk", inputs={"index": "3"})
    board = board_of(cast.lead, assessment)
    assert (load_of(board, cast.member).seconds, load_of(board, colleague).seconds) == (60.0, None)


# Who sees what


def test_gaps_follow_the_way_of_scoring(cast, assessment, assessment_b):
    board = board_of(cast.inspector, assessment)
    assert [(gap.assessment.pk, gap.slot) for team in board.teams for gap in team.gaps] == [
        (assessment.pk, 1),
        (assessment_b.pk, 1),
    ]
    Team.objects.filter(units=cast.unit_a, kind="tpi").update(scoring="paired")
    put(assessment_b, "review_lead")
    board = board_of(cast.inspector, assessment)
    assert (list(board.gaps), board.unassigned) == ([f"{assessment.pk}-1", f"{assessment.pk}-2"], 1)


def test_lead_sees_own_teams_and_inspector_all_but_their_own_unit(cast, assessment, assessment_b):
    assert (board_of(cast.lead, assessment).units, board_of(cast.inspector, assessment).units) == (1, 2)
    factories.MembershipFactory(user=cast.inspector, agency=cast.agency, unit=cast.unit_b)
    assert board_of(cast.inspector, assessment).units == 1
    assert workload_periods(fresh(cast.member)) == []


def test_evaluator_who_left_stays_on_the_board_until_the_work_is_moved(cast, assessment, colleague):
    scorer(assessment, colleague, cast.lead)
    TeamMember.objects.filter(user=colleague).update(valid_until=timezone.localdate() - timedelta(days=1))
    (team,) = board_of(cast.lead, assessment).teams
    assert [(load.user, load.is_member) for load in team.loads] == [(cast.member, True), (colleague, False)]
    assert team.members == (cast.member,)


def test_unit_without_a_team_is_named_to_the_inspector(cast, assessment, assessment_b, as_user):
    tpi(cast.unit_b).assignments.all().delete()
    board = board_of(cast.inspector, assessment)
    assert (board.teamless, board.unassigned, board.units) == ((assessment_b,), 2, 2)
    html = as_user(cast.inspector).get(where(assessment)).content.decode()
    assert "Unit tanpa TPI" in html
    assert cast.unit_b.name in html


@pytest.mark.parametrize(
    "person", ["operator", "head", "member", "controller", "assistant", "reader", "admin", "other_member", "stranger"]
)
def test_board_is_for_lead_and_inspector(as_user, cast, assessment, person):
    browser = as_user(getattr(cast, person))
    assert (browser.get(where(assessment)).status_code, browser.post(where(assessment), {}).status_code) == (403, 403)


def test_inspector_elsewhere_sees_nothing_of_this_agency(as_user, cast, assessment):
    response = as_user(cast.foreign_inspector).get(where(assessment))
    assert (response.status_code, cast.unit_a.name in response.content.decode()) == (200, False)
    data = {"tindakan": "tugaskan", "tempat": [f"{assessment.pk}-1"], "orang": cast.member.pk}
    as_user(cast.foreign_inspector).post(where(assessment), data)
    assert not Scorer.objects.exists()


# Forms


def test_lead_assigns_and_is_warned_over_the_limit(as_user, cast, assessment):
    cast.agency.member_unit_limit = 1
    cast.agency.save()
    second = another_unit(cast, assessment.period)
    places = [f"{assessment.pk}-1", f"{second.pk}-1"]
    data = {"tindakan": "tugaskan", "tempat": places, "orang": cast.member.pk}
    response = as_user(cast.lead).post(where(assessment), data, follow=True)
    html = response.content.decode()
    assert "2 unit ditugaskan kepada" in html
    assert "sekarang memegang 2 unit, lebih dari batas 1 unit" in html
    assert "di atas batas" in html
    assert Scorer.objects.filter(user=cast.member, ended_at=None).count() == 2


def test_lead_moves_and_ends_with_a_reason(as_user, cast, assessment, colleague):
    row = scorer(assessment, cast.member, cast.lead)
    data = {"tindakan": "pindahkan", "tugas": [row.pk], "orang": colleague.pk, "alasan": "Cuti"}
    assert as_user(cast.lead).post(where(assessment), data).status_code == 302
    (now_held,) = active_scorers(assessment.pk)
    assert now_held.user == colleague
    data = {"tindakan": "akhiri", "tugas": [now_held.pk], "orang": "", "alasan": "Keliru"}
    assert as_user(cast.inspector).post(where(assessment), data).status_code == 302
    assert active_scorers(assessment.pk) == ()
    assert AuditEvent.objects.filter(verb__startswith="scorer.").count() == 2


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"tindakan": "tugaskan"}, "Pilih paling sedikit satu unit."),
        ({"tindakan": "pindahkan", "alasan": "Cuti"}, "Pilih orangnya."),
        ({"tindakan": "akhiri", "alasan": " "}, "Tuliskan alasannya."),
        ({"tindakan": "lain"}, "Ada isian yang perlu diperbaiki"),
        ({}, "Ada isian yang perlu diperbaiki"),
    ],
)
def test_form_that_lacks_something_says_so(as_user, cast, assessment, data, words):
    row = scorer(assessment, cast.member, cast.lead)
    response = as_user(cast.lead).post(where(assessment), {"tugas": [row.pk]} | data)
    assert (response.status_code, words in response.content.decode()) == (422, True)
    assert [item.user for item in active_scorers(assessment.pk)] == [cast.member]


def test_conflict_of_interest_is_named_on_the_page(as_user, cast, assessment):
    factories.MembershipFactory(user=cast.member, agency=cast.agency, unit=cast.unit_a)
    data = {"tindakan": "tugaskan", "tempat": [f"{assessment.pk}-1"], "orang": cast.member.pk}
    response = as_user(cast.lead).post(where(assessment), data)
    assert (response.status_code, "Benturan kepentingan" in response.content.decode()) == (422, True)
    assert not Scorer.objects.exists()


def test_one_foreign_worksheet_refuses_the_whole_request(as_user, cast, assessment, assessment_b):
    """SEC-09: the lead of A's team posts one own worksheet and one of another team."""
    data = {"tindakan": "tugaskan", "tempat": [f"{assessment.pk}-1", f"{assessment_b.pk}-1"], "orang": cast.member.pk}
    assert as_user(cast.lead).post(where(assessment), data).status_code == 422
    foreign = scorer(assessment_b, cast.other_member, cast.inspector)
    own = scorer(assessment, cast.member, cast.lead)
    data = {"tindakan": "akhiri", "tugas": [own.pk, foreign.pk], "alasan": "Keliru"}
    assert as_user(cast.lead).post(where(assessment), data).status_code == 422
    assert Scorer.objects.filter(ended_at=None).count() == 2


def test_slot_that_was_filled_meanwhile_is_not_offered_any_more(as_user, cast, assessment, colleague):
    scorer(assessment, colleague, cast.lead)
    data = {"tindakan": "tugaskan", "tempat": [f"{assessment.pk}-1"], "orang": cast.member.pk}
    assert as_user(cast.lead).post(where(assessment), data).status_code == 422


def test_other_methods_are_refused(as_user, cast, assessment):
    assert as_user(cast.lead).put(where(assessment)).status_code == 405


def test_lead_without_a_period_gets_an_explanation(as_user, cast):
    response = as_user(cast.lead).get(reverse("workload"))
    assert (response.status_code, "Belum ada yang dapat dibagi" in response.content.decode()) == (200, True)


@pytest.mark.parametrize("count", [1, 20])
def test_board_asks_a_fixed_number_of_queries(as_user, cast, assessment, colleague, count, django_assert_num_queries):
    sheets = [assessment, *(another_unit(cast, assessment.period, f"Unit {n}") for n in range(count - 1))]
    for number, sheet in enumerate(sheets):
        scorer(sheet, (cast.member, colleague)[number % 2], cast.lead)
        score(sheet, 2, cast.member)
        put(sheet, "review_member")
    browser = as_user(cast.lead)
    browser.get(where(assessment))
    with django_assert_num_queries(12):
        browser.get(where(assessment))
