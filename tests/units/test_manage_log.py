"""The audit log as the administrator reads it."""

import pytest
from django.urls import reverse
from django.utils import timezone

from tests import factories
from tests.units.ladder import browser
from units.audit import record
from units.services.agencies import update_unit


def url(place, query=""):
    return reverse("manage_log", args=[place.agency.code]) + query


def verbs(page):
    return [entry.event.verb for entry in page.context["entries"]]


def test_log_shows_who_changed_what(place):
    update_unit(unit=place.unit_a, values={"name": "Nama Baru"}, actor=place.admin, now=timezone.now())
    page = browser(place.admin).get(url(place))
    (entry,) = page.context["entries"]
    (change,) = entry.changes
    assert (str(entry.what), entry.event.actor) == ("Mengubah unit kerja", place.admin)
    assert (str(change.name), change.before, change.after) == ("nama", place.unit_a.name, "Nama Baru")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["team.update", "unit.update"]),
        ("?hal=tim", ["team.update"]),
        ("?hal=unit", ["unit.update"]),
        ("?hal=asal", ["team.update", "unit.update"]),
        ("?orang=bukan+siapa", []),
    ],
)
def test_log_is_filtered(query, expected, place):
    for verb in ("unit.update", "team.update"):
        record(verb=verb, target=place.unit_a, actor=place.admin, now=timezone.now(), unit=place.unit_a)
    assert verbs(browser(place.admin).get(url(place, query))) == expected


def test_log_of_one_unit_leaves_out_the_others(place):
    for unit in (place.unit_a, place.unit_b):
        record(verb="unit.update", target=unit, actor=place.admin, now=timezone.now(), unit=unit)
    page = browser(place.admin).get(url(place, f"?unit={place.unit_b.code}"))
    assert [entry.event.unit for entry in page.context["entries"]] == [place.unit_b]


def test_log_of_another_agency_is_not_shown(place):
    foreign = factories.UnitFactory()
    record(verb="unit.update", target=foreign, actor=None, now=timezone.now(), unit=foreign)
    assert verbs(browser(place.admin).get(url(place))) == []


@pytest.mark.parametrize(
    ("verb", "shown"),
    [
        ("assessment.back_to_member", False),
        ("assessment.back_to_lead", False),
        ("assessment.return", False),
        ("assessment.reopen", True),
        ("evidence.withdraw", True),
        ("membership.end", True),
    ],
)
def test_log_tells_reasons_but_not_those_among_evaluators(verb, shown, place):
    record(verb=verb, target=place.unit_a, actor=place.admin, now=timezone.now(), unit=place.unit_a, reason="alasan-42")
    assert ("alasan-42" in browser(place.admin).get(url(place)).content.decode()) == shown


def test_log_keeps_scores_and_notes_to_itself(place):
    values = {"note": "catatan-rahasia-42"}
    record(
        verb="score.save", target=place.unit_a, actor=place.member, now=timezone.now(), unit=place.unit_a, after=values
    )
    page = browser(place.admin).get(url(place))
    assert verbs(page) == ["score.save"]
    assert b"catatan-rahasia-42" not in page.content


@pytest.mark.parametrize("count", [1, 3])
def test_log_costs_the_same_for_any_number(count, place, django_assert_num_queries):
    for _event in range(count):
        record(verb="unit.update", target=place.unit_a, actor=place.admin, now=timezone.now(), unit=place.unit_a)
    client = browser(place.admin)
    with django_assert_num_queries(7):  # session, user, access, agency; units of the filter, count, events
        client.get(url(place))
