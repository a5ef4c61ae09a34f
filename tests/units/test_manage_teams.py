"""Teams: one TPI for a unit, and nobody evaluates their own."""

import pytest
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.units.ladder import browser
from units.models import AuditEvent, Team, TeamAssignment, TeamMember
from units.services.conflicts import AlreadyEvaluated, ConflictOfInterest
from units.services.teams import set_team_units, update_team

MEMBER = {"role": "member", "home_body": "BKPSDM", "valid_from": "01-02-2024"}


def url(place, name, **kwargs):
    return reverse(name, kwargs={"agency": place.agency.code} | kwargs)


def units(team):
    return set(TeamAssignment.objects.filter(team=team).values_list("unit__name", flat=True))


def test_member_of_a_unit_cannot_evaluate_it(place):
    answer = browser(place.admin).post(
        url(place, "manage_team_member_new", pk=place.tpi.pk), MEMBER | {"user": place.operator.pk}
    )
    assert answer.status_code == 422
    message = answer.context["form"].non_field_errors()[0]
    assert message == (
        f"Benturan kepentingan: {place.operator.full_name} adalah anggota unit {place.unit_a.name}, sedangkan "
        f"{place.tpi.name} menilai unit itu. Tidak seorang pun menilai unitnya sendiri."
    )
    assert not TeamMember.objects.filter(user=place.operator).exists()


def test_conflict_of_interest_is_logged(place, caplog):
    with pytest.raises(ConflictOfInterest):
        set_team_units(
            team=Team.objects.get(kind="tpi", units=place.unit_b),
            units=[factories.UnitFactory(agency=place.agency), _own_unit_of(place.other_member, place)],
            actor=place.admin,
            now=timezone.now(),
        )
    assert [record.event["reason"] for record in caplog.records if hasattr(record, "event")][-1] == (
        "conflict of interest"
    )


def _own_unit_of(person, place):
    unit = factories.UnitFactory(agency=place.agency)
    factories.MembershipFactory(user=person, role="unit_member", agency=place.agency, unit=unit)
    return unit


def test_member_of_a_unit_may_assist_it(place):
    answer = browser(place.admin).post(
        url(place, "manage_team_member_new", pk=place.assistance.pk), MEMBER | {"user": place.operator.pk}
    )
    assert answer.status_code == 302


def test_unit_is_evaluated_by_one_team(place):
    answer = browser(place.admin).post(
        url(place, "manage_team_units", pk=place.tpi.pk), {"units": [place.unit_a.pk, place.unit_b.pk]}
    )
    assert answer.status_code == 422
    assert "Satu unit dinilai oleh satu TPI." in answer.content.decode()
    assert units(place.tpi) == {place.unit_a.name}


def test_team_comes_back_only_without_the_units_of_another(place):
    other = Team.objects.get(kind="tpi", units=place.unit_b)
    update_team(team=other, values={"is_active": False}, actor=place.admin, now=timezone.now())
    set_team_units(team=place.tpi, units=[place.unit_a, place.unit_b], actor=place.admin, now=timezone.now())
    with pytest.raises(AlreadyEvaluated):
        update_team(team=other, values={"is_active": True}, actor=place.admin, now=timezone.now())
    other.refresh_from_db()
    assert other.is_active is False


def test_assistance_team_may_look_after_units_that_a_tpi_evaluates(place):
    set_team_units(team=place.assistance, units=[place.unit_a, place.unit_b], actor=place.admin, now=timezone.now())
    assert units(place.assistance) == {place.unit_a.name, place.unit_b.name}


def test_team_gets_no_unit_of_another_agency(place):
    foreign = factories.UnitFactory()
    answer = browser(place.admin).post(url(place, "manage_team_units", pk=place.tpi.pk), {"units": [foreign.pk]})
    assert answer.status_code == 422
    assert units(place.tpi) == {place.unit_a.name}


def test_units_of_a_team_are_audited_before_and_after(place):
    set_team_units(team=place.tpi, units=[], actor=place.admin, now=timezone.now())
    event = AuditEvent.objects.get(verb="team.units")
    assert (event.before, event.after) == ({"units": [place.unit_a.name]}, {"units": []})


def test_units_of_a_team_unchanged_leave_no_record(place):
    assert set_team_units(team=place.tpi, units=[place.unit_a], actor=place.admin, now=timezone.now()) is False
    assert not AuditEvent.objects.filter(verb="team.units").exists()


def test_person_of_another_agency_cannot_join(place):
    answer = browser(place.admin).post(
        url(place, "manage_team_member_new", pk=place.tpi.pk), MEMBER | {"user": place.foreign_inspector.pk}
    )
    assert answer.status_code == 422


def test_person_joins_once(place):
    answer = browser(place.admin).post(
        url(place, "manage_team_member_new", pk=place.tpi.pk), MEMBER | {"user": place.member.pk}
    )
    assert answer.context["form"].errors == {"user": ["Orang ini sudah menjadi anggota tim."]}


@pytest.mark.parametrize("count", [1, 3])
def test_team_list_costs_the_same_for_any_number(count, db, django_assert_num_queries):
    unit = factories.UnitFactory()
    client = browser(factories.official_of(unit.agency, "admin"))
    for _team in range(count):
        factories.teammate(factories.team_for(unit, kind="assistance"))
    with django_assert_num_queries(7):  # session, user, access, agency; teams, members, units
        client.get(reverse("manage_teams", args=[unit.agency.code]))
