"""Periods, prerequisites, instruments and the first page of the administrator."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment, Instrument, Period
from assessments.queries.manage_periods import next_quarter
from assessments.services.periods import InstrumentNotPublished, Phases, add_units, open_period
from tests import factories
from tests.units.ladder import RUNGS, Write, browser
from units.models import AuditEvent, Membership, Prerequisite, TeamAssignment

PHASES = {
    "fill_from": "01-07-2024",
    "fill_until": "20-07-2024 16.00",
    "review_until": "31-08-2024",
}


def where(_place):
    return {"year": 2024, "quarter": 2}


@pytest.fixture
def place(cast, instrument):
    """The cast with an open quarter; unit A has a worksheet in it."""
    factories.AssessmentFactory(unit=cast.unit_a)
    return cast


WRITES = (
    Write(
        "manage_period_new",
        "period.open",
        data=lambda place: (
            PHASES | {"year": 2024, "quarter": 3, "instrument": Instrument.objects.get().pk, "units": [place.unit_a.pk]}
        ),
        invalid=PHASES | {"year": 2024, "quarter": 2, "instrument": "", "fill_until": "20-07-2023"},
    ),
    Write(
        "manage_deadlines",
        "period.deadlines",
        where=where,
        data=lambda _place: PHASES | {"reason": "Libur bersama"},
        invalid=PHASES | {"reason": ""},
    ),
    Write(
        "manage_period_units",
        "period.units",
        where=where,
        data=lambda place: {"units": [place.unit_b.pk]},
    ),
    Write(
        "manage_agency_prerequisites",
        "prerequisite.set",
        where=lambda _place: {"year": 2024},
        data=lambda _place: {
            "bpk_opinion-value": "WTP",
            "bpk_opinion-proof": "LHP BPK",
            "bpk_opinion-date": "01-06-2024",
        },
        invalid={"bpk_opinion-value": "WTS", "spip_maturity-value": "3.5"},
    ),
    Write(
        "manage_unit_prerequisites",
        "prerequisite.set",
        where=lambda place: {"unit": place.unit_a.code, "year": 2024},
        data=lambda _place: {"core_service-value": "1", "audit_follow_up-value": "97,5"},
        invalid={"audit_follow_up-value": "101", "core_service-proof": "SK"},
    ),
)


@pytest.mark.parametrize("rung", RUNGS, ids=lambda rung: rung.__name__)
@pytest.mark.parametrize("write", WRITES, ids=lambda write: write.name)
def test_write_of_administrator(write, rung, place):
    rung(write, place)


def url(place, name, **kwargs):
    return reverse(name, kwargs={"agency": place.agency.code} | kwargs)


@pytest.mark.parametrize(("zone", "hour"), [("Asia/Jakarta", 9), ("Asia/Makassar", 8), ("Asia/Jayapura", 7)])
def test_period_times_are_those_of_the_agency(zone, hour, place):
    place.agency.zone = zone
    place.agency.save()
    browser(place.admin).post(url(place, "manage_period_new"), WRITES[0].data(place))
    period = Period.objects.get(quarter=3)
    assert period.fill_until == datetime(2024, 7, 20, hour, 0, tzinfo=UTC)
    assert period.fill_from == datetime(2024, 6, 30, hour + 8, 0, tzinfo=UTC)  # a day alone begins at midnight
    assert period.review_until == datetime(2024, 8, 31, hour + 7, 59, tzinfo=UTC)  # or ends at 23.59
    page = browser(place.admin).get(url(place, "manage_deadlines", year=2024, quarter=3))
    assert page.context["form"]["fill_until"].value() is not None
    assert 'value="20-07-2024 16.00"' in page.content.decode()


def test_period_opens_a_worksheet_for_each_chosen_unit(place):
    browser(place.admin).post(url(place, "manage_period_new"), WRITES[0].data(place))
    rows = Assessment.objects.filter(period__quarter=3)
    assert list(rows.values_list("unit", "state", "round")) == [(place.unit_a.pk, "draft", 1)]


def test_period_offers_the_units_that_take_part(place):
    factories.unit_year(place.unit_b, 2024, stage="proposed")
    factories.unit_year(place.unit_a, 2024, stage="declared")
    page = browser(place.admin).get(url(place, "manage_period_new"))
    assert list(page.context["form"].initial["units"]) == [place.unit_b]


def test_period_gives_no_worksheet_to_a_unit_of_another_agency(place):
    foreign = factories.UnitFactory()
    answer = browser(place.admin).post(url(place, "manage_period_new"), WRITES[0].data(place) | {"units": [foreign.pk]})
    assert answer.status_code == 422
    assert not Assessment.objects.filter(unit=foreign).exists()


def test_period_twice_is_refused(place):
    answer = browser(place.admin).post(url(place, "manage_period_new"), WRITES[0].data(place) | {"quarter": 2})
    assert answer.context["form"].non_field_errors() == ["Triwulan ini sudah ada pada instansi tersebut."]


def test_period_phases_out_of_order_are_refused(place):
    answer = browser(place.admin).post(
        url(place, "manage_period_new"), WRITES[0].data(place) | {"review_until": "10-07-2024"}
    )
    assert answer.context["form"].non_field_errors() == [
        "Urutan waktu: pengisian dibuka, batas pengiriman, kemudian batas evaluasi TPI."
    ]


@pytest.mark.parametrize("text", ["20 Juli 2024", "31-02-2024 10.00", "20-07-2024 25.00", "20-07-2024 16.00 WIB"])
def test_period_time_that_cannot_be_read_says_how_to_write_it(text, place):
    answer = browser(place.admin).post(url(place, "manage_period_new"), WRITES[0].data(place) | {"fill_until": text})
    assert answer.context["form"].errors["fill_until"] == ["Tulis sebagai hh-bb-tttt jj.mm, misalnya 31-03-2025 23.59."]


def test_period_needs_a_published_instrument(place):
    draft = Instrument.objects.get()
    draft.pk, draft.version, draft.status, draft.published_at = None, 2, "draft", None
    draft.save()
    now = timezone.now()
    phases = Phases(now, now + timedelta(days=1), now + timedelta(days=2))
    with pytest.raises(InstrumentNotPublished):
        open_period(
            agency=place.agency,
            year=2025,
            quarter=1,
            instrument=draft,
            phases=phases,
            units=[],
            actor=place.admin,
            now=now,
        )


def test_deadlines_are_audited_with_their_reason(place):
    before = Period.objects.get().fill_until
    browser(place.admin).post(
        url(place, "manage_deadlines", year=2024, quarter=2), PHASES | {"reason": "Libur bersama"}
    )
    event = AuditEvent.objects.get(verb="period.deadlines")
    assert event.reason == "Libur bersama"
    assert event.before["fill_until"] == before.isoformat()
    assert event.after["fill_until"] == "2024-07-20T09:00:00+00:00"


def test_deadlines_unchanged_leave_no_record(place):
    period = Period.objects.get()
    local = {name: getattr(period, name).astimezone(place.agency.tz).strftime("%d-%m-%Y %H.%M") for name in PHASES}
    Period.objects.update(**{name: getattr(period, name).replace(second=0, microsecond=0) for name in PHASES})
    browser(place.admin).post(url(place, "manage_deadlines", year=2024, quarter=2), local | {"reason": "Tidak jadi"})
    assert not AuditEvent.objects.filter(verb="period.deadlines").exists()


def test_unit_added_twice_has_one_worksheet(place):
    period = Period.objects.get()
    now = timezone.now()
    assert add_units(period=period, units=[place.unit_a, place.unit_b], actor=place.admin, now=now) == 1
    assert add_units(period=period, units=[place.unit_b], actor=place.admin, now=now) == 0
    assert period.assessments.count() == 2


def test_period_of_another_agency_is_not_found(place):
    foreign = factories.PeriodFactory(year=2030)
    answer = browser(place.admin).get(url(place, "manage_period", year=foreign.year, quarter=foreign.quarter))
    assert answer.status_code == 404


@pytest.mark.parametrize(("latest", "expected"), [((2024, 2), (2024, 3)), ((2024, 4), (2025, 1))])
def test_next_quarter_follows_the_latest(latest, expected, db):
    period = factories.PeriodFactory(year=latest[0], quarter=latest[1])
    assert next_quarter(period.agency, timezone.now()) == expected


@pytest.mark.parametrize(("zone", "quarter"), [("Asia/Jakarta", 1), ("Asia/Jayapura", 2)])
def test_next_quarter_of_a_new_agency_is_that_of_its_clock(zone, quarter, db):
    agency = factories.AgencyFactory(zone=zone)
    assert next_quarter(agency, datetime(2024, 3, 31, 16, 0, tzinfo=UTC)) == (2024, quarter)


@pytest.mark.parametrize("count", [1, 3])
def test_period_list_costs_the_same_for_any_number(count, instrument, django_assert_num_queries):
    agency = factories.AgencyFactory()
    for quarter in range(1, count + 1):
        period = factories.PeriodFactory(agency=agency, quarter=quarter)
        factories.AssessmentFactory(unit=factories.UnitFactory(agency=agency), period=period)
    client = browser(factories.official_of(agency, "admin"))
    with django_assert_num_queries(6):  # session, user, access, agency; count, periods
        page = client.get(reverse("manage_periods", args=[agency.code]))
    assert [(row.worksheets, row.with_units) for row in page.context["rows"]] == [(1, 1)] * count


@pytest.mark.parametrize("count", [1, 3])
def test_period_page_costs_the_same_for_any_number(count, place, django_assert_num_queries):
    period = Period.objects.get()
    for _unit in range(count):
        factories.AssessmentFactory(unit=factories.UnitFactory(agency=place.agency), period=period)
    client = browser(place.admin)
    with django_assert_num_queries(7):  # session, user, access, agency; period, worksheets, units without one
        client.get(url(place, "manage_period", year=2024, quarter=2))


def test_prerequisites_are_kept_as_the_instrument_compares_them(place):
    browser(place.admin).post(
        url(place, "manage_unit_prerequisites", unit=place.unit_a.code, year=2024),
        {"audit_follow_up-value": "97,5", "audit_follow_up-proof": "LHP", "internal_sakip_rating-value": "BB"},
    )
    assert set(Prerequisite.objects.values_list("agency", "unit", "year", "key", "value", "proof")) == {
        (place.agency.pk, place.unit_a.pk, 2024, "audit_follow_up", "97.5", "LHP"),
        (place.agency.pk, place.unit_a.pk, 2024, "internal_sakip_rating", "BB", ""),
    }
    page = browser(place.admin).get(url(place, "manage_unit_prerequisites", unit=place.unit_a.code, year=2024))
    assert 'value="97,5"' in page.content.decode()


def test_prerequisite_left_empty_is_taken_back(place):
    link = url(place, "manage_agency_prerequisites", year=2024)
    browser(place.admin).post(link, {"bpk_opinion-value": "WTP"})
    browser(place.admin).post(link, {"bpk_opinion-value": ""})
    assert not Prerequisite.objects.exists()
    assert [event.after["bpk_opinion"] for event in AuditEvent.objects.filter(verb="prerequisite.set")] == [
        ["WTP", "", None],
        None,
    ]


def test_prerequisites_of_the_agency_depend_on_its_kind(place):
    link = url(place, "manage_agency_prerequisites", year=2024)
    names = set(browser(place.admin).get(link).context["form"].fields)
    assert {"rb_index_local_government-value"} <= names
    assert "rb_index_ministry_agency-value" not in names


def test_instrument_page_lists_the_local_rules(place):
    page = browser(place.admin).get(url(place, "manage_instrument", code="permenpanrb-90-2021", version=1))
    assert len(page.context["rules"]) == len(
        [
            question
            for question in Instrument.objects.get().questions.exclude(zero_denominator=None)
            if question.zero_denominator["local_rule"]
        ]
    )
    assert page.context["rules"]


def test_instrument_list_counts_questions_and_periods(place):
    (row,) = browser(place.admin).get(url(place, "manage_instruments")).context["rows"]
    assert (row.question_count, row.period_count) == (113, 1)


def steps(page):
    return [str(step.text) for step in page.context["steps"]]


def test_start_of_a_new_agency_says_what_comes_first(db, instrument):
    agency = factories.AgencyFactory()
    admin = factories.official_of(agency, "admin")
    page = browser(admin).get(reverse("manage_start", args=[agency.code]))
    assert steps(page) == [
        "Kop surat belum diisi",
        "Belum ada penanda tangan laporan",
        "Belum ada akun Inspektur",
        "Belum ada unit kerja",
        "Tidak ada periode yang sedang berjalan",
    ]


def test_start_names_units_that_lack_people_or_evaluators(place):
    for unit in (place.unit_a, place.unit_b):
        factories.unit_year(unit, 2024)
    Membership.objects.filter(role="unit_head").delete()
    TeamAssignment.objects.filter(unit=place.unit_b).delete()
    page = browser(place.admin).get(url(place, "manage_start"))
    found = {str(step.text): str(step.detail) for step in page.context["steps"]}
    both = ", ".join(sorted((place.unit_a.name, place.unit_b.name)))
    assert found["2 unit belum mempunyai kepala unit"] == both
    assert found["1 unit belum mempunyai TPI"] == place.unit_b.name
    assert found["1 unit belum mempunyai lembar kerja"] == place.unit_b.name
    assert "TPI belum lengkap" in found  # the other team has one member only


def test_start_counts_the_agency(place):
    factories.unit_year(place.unit_a, 2024)
    counts = browser(place.admin).get(url(place, "manage_start")).context["counts"]
    assert (counts.units, counts.taking_part, counts.people, counts.teams) == (2, 1, 11, 3)


@pytest.mark.parametrize("count", [1, 3])
def test_start_costs_the_same_for_any_number(count, place, django_assert_num_queries):
    for _unit in range(count):
        factories.unit_year(factories.UnitFactory(agency=place.agency), 2024)
    client = browser(place.admin)
    with django_assert_num_queries(16):
        client.get(url(place, "manage_start"))


def test_home_leads_to_the_only_agency(place):
    answer = browser(place.admin).get(reverse("manage_home"))
    assert answer["Location"] == url(place, "manage_start")


def test_home_asks_which_of_several_agencies(place):
    other = factories.AgencyFactory(name="Aaa")
    factories.MembershipFactory(user=place.admin, role="admin", agency=other, unit=None)
    page = browser(place.admin).get(reverse("manage_home"))
    assert list(page.context["agencies"]) == [other, place.agency]


def test_home_is_for_administrators(place):
    assert browser(place.inspector).get(reverse("manage_home")).status_code == 403
