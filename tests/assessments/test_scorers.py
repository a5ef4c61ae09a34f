"""Sharing TPI's worksheets out: who may be given what, moving work without losing it, and the limit that warns."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from assessments.models import Answer, BlindScore, Scorer, TransitionRecord
from assessments.queries.scorers import active_scorers, is_staffed, scoring_of, slot_of, units_of_scorer
from assessments.services import scorers as services
from assessments.services.scorers import Place
from assessments.services.texts import TextRefused
from assessments.services.transitions import Action, Incomplete, ReasonMissing, WrongState, carry_out
from tests import factories
from units.models import AuditEvent, Notice, Team, TeamMember, User
from units.services.changes import day_of
from units.services.conflicts import ConflictOfInterest

CODE = "A.I.1.i.a"


def tpi(unit):
    return Team.objects.get(kind="tpi", units=unit)


def fresh(user):
    """The person of the next request: access is read once per request."""
    return User.objects.get(pk=user.pk)


def assign(assessment, user, actor, slot=1):
    return services.assign(assessment=assessment, user=user, slot=slot, actor=actor, now=timezone.now())


def move(scorer, user, actor, reason="Cuti melahirkan"):
    return services.move(scorer=scorer, user=user, reason=reason, actor=actor, now=timezone.now())


def end(scorer, actor, reason="Salah menugaskan"):
    services.end(scorer=scorer, reason=reason, actor=actor, now=timezone.now())


def holders(assessment):
    return {row.slot: row.user for row in active_scorers(assessment.pk)}


@pytest.fixture
def colleague(cast):
    return factories.teammate(tpi(cast.unit_a), full_name="Rekan Penilai")


@pytest.fixture
def paired(cast, assessment):
    Team.objects.filter(units=cast.unit_a, kind="tpi").update(scoring="paired")
    return assessment


# Slots


def test_nobody_assigned_lets_every_member_score_alone(assessment, cast, colleague):
    found = [slot_of(fresh(person), assessment) for person in (cast.member, colleague)]
    others = [slot_of(fresh(person), assessment) for person in (cast.lead, cast.controller, cast.operator)]
    assert (found, others) == ([1, 1], [None, None, None])


def test_assigned_worksheet_is_scored_by_its_scorer_alone(assessment, cast, colleague):
    assign(assessment, cast.member, cast.lead)
    assert (slot_of(fresh(cast.member), assessment), slot_of(fresh(colleague), assessment)) == (1, None)


def test_paired_scoring_knows_only_its_two(paired, cast, colleague):
    assert slot_of(fresh(cast.member), paired) is None
    assign(paired, cast.member, cast.lead, 1)
    assert is_staffed(paired) is False
    assign(paired, colleague, cast.lead, 2)
    found = [slot_of(fresh(person), paired) for person in (cast.member, colleague, cast.lead, cast.inspector)]
    assert (found, is_staffed(paired)) == ([1, 2, None, None], True)


def test_scorer_who_left_the_team_or_joined_the_unit_scores_no_more(assessment, cast):
    assign(assessment, cast.member, cast.lead)
    factories.MembershipFactory(user=cast.member, agency=cast.agency, unit=cast.unit_a)
    assert slot_of(fresh(cast.member), assessment) is None
    cast.member.memberships.all().delete()
    assert slot_of(fresh(cast.member), assessment) == 1
    TeamMember.objects.filter(user=cast.member).update(valid_until=day_of(timezone.now()) - timedelta(days=1))
    assert slot_of(fresh(cast.member), assessment) is None


def test_way_of_scoring_is_the_teams_until_the_first_review_begins(assessment, cast):
    Team.objects.filter(units=cast.unit_a, kind="tpi").update(scoring="paired")
    assert scoring_of(assessment) == "paired"
    TransitionRecord.objects.create(
        assessment=assessment,
        action="start",
        from_state="submitted",
        to_state="review_member",
        round=1,
        actor=cast.member,
        at=timezone.now(),
    )
    assert scoring_of(assessment) == "single"
    assessment.state = "review_member"
    assert scoring_of(assessment) == "single"


@pytest.mark.parametrize("slots", [(), (1,), (2,)])
def test_paired_scoring_does_not_start_before_both_are_assigned(paired, cast, colleague, slots):
    paired.state = "submitted"
    paired.save()
    for slot in slots:
        assign(paired, cast.member, cast.lead, slot)
    with pytest.raises(Incomplete) as caught:
        carry_out(assessment=paired, action=Action.START, actor=cast.member, now=timezone.now())
    assert "dua penilai" in str(caught.value.message)
    if slots:
        assign(paired, colleague, cast.lead, 3 - slots[0])
        carry_out(assessment=paired, action=Action.START, actor=cast.member, now=timezone.now())
        assert paired.state == "review_member"


# Assigning


@pytest.mark.parametrize("person", ["lead", "inspector"])
def test_lead_and_inspector_assign_with_one_record_and_a_notice(assessment, cast, person):
    actor = getattr(cast, person)
    given = assign(assessment, cast.member, actor)
    (row,) = given.scorers
    assert (holders(assessment), row.assigned_by, given.units, given.limit, given.is_over) == (
        {1: cast.member},
        actor,
        1,
        14,
        False,
    )
    (event,) = AuditEvent.objects.filter(verb="scorer.assign")
    assert (event.actor, event.unit, event.after) == (
        actor,
        cast.unit_a,
        {"user": cast.member.full_name, "slot": 1},
    )
    assert list(Notice.objects.values_list("user", "kind")) == [(cast.member.pk, "scorer_assigned")]


@pytest.mark.parametrize(
    "person", ["member", "controller", "operator", "head", "assistant", "reader", "admin", "other_member", "stranger"]
)
def test_nobody_else_assigns_moves_or_ends(assessment, cast, colleague, person):
    actor = getattr(cast, person)
    with pytest.raises(PermissionDenied):
        assign(assessment, cast.member, actor)
    (row,) = assign(assessment, cast.member, cast.lead).scorers
    for write in (lambda: move(row, colleague, actor), lambda: end(row, actor)):
        with pytest.raises(PermissionDenied):
            write()
    assert holders(assessment) == {1: cast.member}


def test_lead_of_another_team_does_not_assign(assessment, cast):
    other_lead = factories.teammate(tpi(cast.unit_b), "lead")
    with pytest.raises(PermissionDenied):
        assign(assessment, cast.member, other_lead)


def test_inspector_who_belongs_to_the_unit_does_not_assign(assessment, cast):
    factories.MembershipFactory(user=cast.inspector, agency=cast.agency, unit=cast.unit_a)
    with pytest.raises(PermissionDenied):
        assign(assessment, cast.member, fresh(cast.inspector))


def test_member_of_the_unit_is_refused_as_a_conflict_of_interest_and_logged(assessment, cast, caplog):
    """SEC-07: the home unit of the evaluator is the unit that is evaluated."""
    factories.MembershipFactory(user=cast.member, agency=cast.agency, unit=cast.unit_a)
    with caplog.at_level("WARNING", "portal.security"), pytest.raises(ConflictOfInterest) as caught:
        assign(assessment, fresh(cast.member), cast.lead)
    assert cast.unit_a.name in str(caught.value.message)
    assert "authz_fail" in caplog.text
    assert not Scorer.objects.exists()


def test_membership_that_begins_later_is_a_conflict_of_interest_too(assessment, cast):
    factories.MembershipFactory(user=cast.member, agency=cast.agency, unit=cast.unit_a, valid_from=date(2120, 1, 1))
    with pytest.raises(ConflictOfInterest):
        assign(assessment, fresh(cast.member), cast.lead)


def test_who_filled_in_or_sent_the_worksheet_is_refused(assessment, cast, colleague):
    factories.answer(assessment, CODE, "Ya", by=cast.member)
    with pytest.raises(services.WorkedForUnit):
        assign(assessment, cast.member, cast.lead)
    TransitionRecord.objects.create(
        assessment=assessment,
        action="submit",
        from_state="draft",
        to_state="submitted",
        round=1,
        actor=colleague,
        at=timezone.now(),
    )
    with pytest.raises(services.WorkedForUnit):
        assign(assessment, colleague, cast.lead)


@pytest.mark.parametrize("person", ["lead", "controller", "other_member", "inspector", "assistant", "admin"])
def test_only_members_of_the_units_tpi_are_assigned(assessment, cast, person):
    with pytest.raises(services.NotInTeam):
        assign(assessment, getattr(cast, person), cast.lead)


def test_slot_is_given_once_and_only_where_there_is_one(assessment, cast, colleague):
    assign(assessment, cast.member, cast.lead)
    with pytest.raises(services.SlotTaken):
        assign(assessment, colleague, cast.lead)
    with pytest.raises(services.NoSuchSlot):
        assign(assessment, colleague, cast.lead, 2)
    assert holders(assessment) == {1: cast.member}


def test_nobody_holds_both_slots_even_one_after_the_other(paired, cast, colleague):
    (row,) = assign(paired, cast.member, cast.lead, 1).scorers
    with pytest.raises(services.OtherSlot):
        assign(paired, cast.member, cast.lead, 2)
    move(row, colleague, cast.lead)
    with pytest.raises(services.OtherSlot):
        assign(paired, cast.member, cast.lead, 2)
    assert holders(paired) == {1: colleague}


def test_released_worksheet_is_not_shared_out(assessment, cast, colleague):
    (row,) = assign(assessment, cast.member, cast.lead).scorers
    assessment.state, assessment.finalised_at, assessment.finalised_by = "final", timezone.now(), cast.controller
    assessment.save()
    for write in (
        lambda: assign(assessment, colleague, cast.lead),
        lambda: move(row, colleague, cast.lead),
        lambda: end(row, cast.lead),
    ):
        with pytest.raises(WrongState):
            write()


def test_several_worksheets_are_given_together_or_not_at_all(assessment, assessment_b, cast):
    """SEC-09: each worksheet is checked, not only the first one."""
    places = (Place(assessment, 1), Place(assessment_b, 1))
    with pytest.raises(PermissionDenied):
        services.assign_all(places=places, user=cast.member, actor=cast.lead, now=timezone.now())
    with pytest.raises(services.NotInTeam):
        services.assign_all(places=places, user=cast.member, actor=cast.inspector, now=timezone.now())
    recorded = AuditEvent.objects.filter(verb="scorer.assign")
    assert (Scorer.objects.count(), recorded.count(), Notice.objects.count()) == (0, 0, 0)
    TeamMember.objects.create(
        team=tpi(cast.unit_b), user=cast.member, role="member", home_body="BKPSDM", valid_from=factories.LONG_AGO
    )
    given = services.assign_all(places=places, user=fresh(cast.member), actor=cast.inspector, now=timezone.now())
    assert (given.units, recorded.count()) == (2, 2)


def test_limit_warns_and_does_not_refuse(assessment, cast):
    cast.agency.member_unit_limit = 1
    cast.agency.save()
    assert assign(assessment, cast.member, cast.lead).is_over is False
    unit = factories.UnitFactory(agency=cast.agency)
    tpi(cast.unit_a).assignments.create(unit=unit)
    second = factories.AssessmentFactory(unit=unit, period=assessment.period)
    given = assign(second, fresh(cast.member), fresh(cast.lead))
    assert (given.units, given.limit, given.is_over) == (2, 1, True)
    assert units_of_scorer(cast.member.pk, assessment.period_id) == 2


# Moving and ending


def test_moved_work_keeps_every_score_and_who_gave_it(assessment, cast, colleague):
    (row,) = assign(assessment, cast.member, cast.lead).scorers
    factories.answer(assessment, CODE, "Ya", stage="member", by=cast.member)
    move(row, colleague, cast.lead, "Pindah tugas, SK 12/2024")
    assert (slot_of(fresh(colleague), assessment), slot_of(fresh(cast.member), assessment)) == (1, None)
    score = Answer.objects.get(stage="member")
    assert (score.choice, score.updated_by) == ("Ya", cast.member)
    row.refresh_from_db()
    assert (row.user, row.ended_by, row.ended_reason) == (cast.member, cast.lead, "Pindah tugas, SK 12/2024")
    (event,) = AuditEvent.objects.filter(verb="scorer.move")
    assert (event.before, event.after, event.reason) == (
        {"user": cast.member.full_name, "slot": 1},
        {"user": "Rekan Penilai", "slot": 1},
        "Pindah tugas, SK 12/2024",
    )
    assert set(Notice.objects.exclude(kind="scorer_assigned", user=cast.member).values_list("user", "kind")) == {
        (cast.member.pk, "scorer_ended"),
        (colleague.pk, "scorer_assigned"),
    }


def test_blind_slot_keeps_its_scores_and_its_hand_in(paired, cast, colleague):
    (row,) = assign(paired, cast.member, cast.lead, 1).scorers
    handed = timezone.now() - timedelta(hours=1)
    Scorer.objects.filter(pk=row.pk).update(handed_in_at=handed)
    BlindScore.objects.create(
        assessment=paired,
        question_id=factories.question_id(paired, CODE),
        slot=1,
        choice="Ya",
        updated_by=cast.member,
        updated_at=handed,
    )
    move(row, colleague, cast.lead)
    (new,) = active_scorers(paired.pk)
    assert (new.user, new.slot, new.handed_in_at) == (colleague, 1, handed)
    score = BlindScore.objects.get()
    assert (score.slot, score.choice, score.updated_by) == (1, "Ya", cast.member)


def test_ended_slot_is_empty_and_may_be_given_again(assessment, cast, colleague):
    (row,) = assign(assessment, cast.member, cast.lead).scorers
    end(row, cast.lead)
    assert holders(assessment) == {}
    assert AuditEvent.objects.get(verb="scorer.end").reason == "Salah menugaskan"
    assign(assessment, colleague, cast.lead)
    assign_back = next(iter(active_scorers(assessment.pk)))
    move(assign_back, cast.member, cast.lead)
    assert (holders(assessment), Scorer.objects.count()) == ({1: cast.member}, 3)


@pytest.mark.parametrize(
    ("taker", "reason", "error"),
    [
        ("member", "Pindah", services.SamePerson),
        ("colleague", "  ", ReasonMissing),
        ("colleague", "x" * 241, TextRefused),
        ("other_member", "Pindah", services.NotInTeam),
        ("lead", "Pindah", services.NotInTeam),
    ],
)
def test_moving_is_refused_and_changes_nothing(assessment, cast, colleague, taker, reason, error):
    (row,) = assign(assessment, cast.member, cast.lead).scorers
    user = colleague if taker == "colleague" else getattr(cast, taker)
    with pytest.raises(error):
        move(row, user, cast.lead, reason)
    assert holders(assessment) == {1: cast.member}
    assert not AuditEvent.objects.filter(verb="scorer.move").exists()


def test_older_page_moves_and_ends_nothing(assessment, cast, colleague):
    (row,) = assign(assessment, cast.member, cast.lead).scorers
    move(row, colleague, cast.lead)
    for write in (lambda: move(row, colleague, cast.lead), lambda: end(row, cast.lead)):
        with pytest.raises(services.AlreadyMoved):
            write()
    assert holders(assessment) == {1: colleague}


def test_all_work_of_a_person_moves_together_or_not_at_all(assessment, cast, colleague):
    unit = factories.UnitFactory(agency=cast.agency)
    tpi(cast.unit_a).assignments.create(unit=unit)
    second = factories.AssessmentFactory(unit=unit, period=assessment.period)
    rows = [*assign(assessment, cast.member, cast.lead).scorers]
    rows += assign(second, fresh(cast.member), fresh(cast.lead)).scorers
    factories.MembershipFactory(user=colleague, agency=cast.agency, unit=unit)
    now = timezone.now()
    values = {"scorers": rows, "reason": "Mutasi", "actor": fresh(cast.lead), "now": now}
    with pytest.raises(ConflictOfInterest):
        services.move_all(user=fresh(colleague), **values)
    assert (holders(assessment), holders(second)) == ({1: cast.member}, {1: cast.member})
    colleague.memberships.all().delete()
    given = services.move_all(user=fresh(colleague), **values)
    assert (given.units, holders(assessment), holders(second)) == (2, {1: colleague}, {1: colleague})
    with pytest.raises(services.NothingToMove):
        services.move_all(user=fresh(colleague), **(values | {"scorers": []}))
