"""How an agency's TPI works: later stages, the limit of units, and the way of scoring of a team."""

import pytest
from django.urls import reverse

from tests import factories
from units.models import Agency, AuditEvent, Team


def send(browser, name, agency, data, **where):
    return browser.post(reverse(name, kwargs={"agency": agency.code, **where}), data)


def agency_data(agency, **changes):
    values = ("name", "kind", "zone", "inspectorate", "letterhead", "city", "later_stages", "member_unit_limit")
    return {name: getattr(agency, name) for name in values} | changes


def test_agency_chooses_later_stages_and_limit_with_one_record(as_user, cast):
    data = agency_data(cast.agency, later_stages="empty", member_unit_limit=9)
    assert send(as_user(cast.admin), "manage_agency", cast.agency, data).status_code == 302
    row = Agency.objects.get(pk=cast.agency.pk)
    assert (row.later_stages, row.member_unit_limit) == ("empty", 9)
    (event,) = AuditEvent.objects.filter(verb="agency.update")
    assert event.before == {"later_stages": "agree", "member_unit_limit": 14}
    assert event.after == {"later_stages": "empty", "member_unit_limit": 9}


@pytest.mark.parametrize("limit", ["0", "-1", "", "40000", "empat belas"])
def test_limit_that_is_no_limit_is_refused(as_user, cast, limit):
    response = send(
        as_user(cast.admin), "manage_agency", cast.agency, agency_data(cast.agency, member_unit_limit=limit)
    )
    assert response.status_code == 422
    assert Agency.objects.get(pk=cast.agency.pk).member_unit_limit == 14


def test_team_is_made_paired_with_one_record(as_user, cast):
    team = Team.objects.get(kind="tpi", units=cast.unit_a)
    data = {"name": team.name, "decree": "", "scoring": "paired", "is_active": "on"}
    assert send(as_user(cast.admin), "manage_team_edit", cast.agency, data, pk=team.pk).status_code == 302
    assert Team.objects.get(pk=team.pk).scoring == "paired"
    (event,) = AuditEvent.objects.filter(verb="team.update")
    assert (event.before, event.after) == ({"scoring": "single"}, {"scoring": "paired"})
    html = as_user(cast.admin).get(reverse("manage_team", args=[cast.agency.code, team.pk])).content.decode()
    assert "Berpasangan: dua anggota menilai tanpa saling melihat" in html


def test_assistance_team_has_no_way_of_scoring(as_user, cast):
    team = factories.team_for(cast.unit_b, kind="assistance")
    where = reverse("manage_team_edit", args=[cast.agency.code, team.pk])
    assert 'name="scoring"' not in as_user(cast.admin).get(where).content.decode()
    data = {"name": "Tim Baru", "decree": "", "scoring": "paired", "is_active": "on"}
    assert as_user(cast.admin).post(where, data).status_code == 302
    row = Team.objects.get(pk=team.pk)
    assert (row.name, row.scoring) == ("Tim Baru", "single")
