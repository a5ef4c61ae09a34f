"""Follow-ups of all units of TPI or the Inspector: exact counts, overdue first, never one's own unit."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.models import FollowUp
from assessments.queries.followup_list import FollowUpFilter, all_followups
from tests import factories
from units.models import Agency

CODES = ("A.I.1.i.a", "A.I.1.i.b", "A.I.2.i.a", "A.I.3.iii.b")
LIST = "/tindak-lanjut/"


def promise(assessment, cast, code=CODES[0], *, days=10, text="Uji", **fields):
    """Due in so many days; `fields` say more of it."""
    note = factories.note(assessment, code, cast.member, for_release=True, released_at=timezone.now())
    made = factories.followup(note, cast.member, text=text, due=timezone.localdate() + timedelta(days=days))
    FollowUp.objects.filter(pk=made.pk).update(**fields)
    return made


@pytest.fixture
def four(assessment, assessment_b, cast):
    """Unit A: one overdue, one reported, one closed; unit B: one that is not due yet."""
    now = timezone.now()
    told = {"report": "Sudah", "reported_by": cast.operator, "reported_at": now}
    promise(assessment, cast, CODES[0], days=-3, text="TERLAMBAT", owner=cast.operator)
    promise(assessment, cast, CODES[1], days=-5, text="DILAPORKAN", **told)
    promise(assessment, cast, CODES[2], text="DITUTUP", closed_by=cast.lead, closed_at=now)
    promise(assessment_b, cast, CODES[3], days=1, text="BERJALAN")
    return assessment


def shown(browser, **query):
    """The texts of the rows in order, and the counts of the tabs."""
    context = browser.get(LIST, query).context
    return [item.followup.text for item in context["items"]], [count for _, _, count in context["tabs"]]


def test_list_shows_what_is_not_closed_overdue_first(as_user, cast, four):
    assert reverse("followup_list") == LIST
    everything = ["TERLAMBAT", "DILAPORKAN", "BERJALAN"]
    assert shown(as_user(cast.inspector)) == (everything, [3, 1, 1, 1, 1])
    assert shown(as_user(cast.member)) == (["TERLAMBAT", "DILAPORKAN"], [2, 1, 1, 0, 1])
    assert shown(as_user(cast.other_member)) == (["BERJALAN"], [1, 0, 0, 1, 0])
    assert shown(as_user(cast.foreign_inspector)) == ([], [0, 0, 0, 0, 0])


@pytest.mark.parametrize(
    ("state", "texts"),
    [
        ("lewat", ["TERLAMBAT"]),
        ("tunggu", ["DILAPORKAN"]),
        ("berjalan", ["BERJALAN"]),
        ("selesai", ["DITUTUP"]),
        ("apa-saja", ["TERLAMBAT", "DILAPORKAN", "BERJALAN"]),
    ],
)
def test_list_is_filtered_by_state_and_unit(as_user, cast, four, state, texts):
    browser = as_user(cast.inspector)
    assert shown(browser, keadaan=state)[0] == texts
    here = [text for text in texts if text != "BERJALAN"]
    assert shown(browser, keadaan=state, unit=str(cast.unit_a.pk)) == (here, [2, 1, 1, 0, 1])
    assert shown(browser, keadaan=state, unit="12x")[0] == texts


def test_unit_of_elsewhere_shows_nothing_of_it(as_user, cast, four):
    assert shown(as_user(cast.member), unit=str(cast.unit_b.pk)) == ([], [0, 0, 0, 0, 0])


def test_own_unit_is_left_out_for_an_inspector_who_belongs_to_it(as_user, cast, four):
    factories.MembershipFactory(user=cast.inspector, agency=cast.agency, unit=cast.unit_a)
    assert shown(as_user(cast.inspector))[0] == ["BERJALAN"]


@pytest.mark.parametrize("person", ["operator", "head", "assistant", "reader", "admin", "stranger"])
def test_list_is_for_tpi_and_the_inspector(as_user, cast, four, person):
    assert as_user(getattr(cast, person)).get(LIST).status_code == 403


def test_row_says_who_is_in_charge_how_late_and_leads_to_the_newest_quarter(as_user, cast, four):
    factories.AssessmentFactory(unit=cast.unit_a, period=factories.PeriodFactory(agency=cast.agency, quarter=3))
    html = as_user(cast.lead).get(LIST).content.decode()
    place = reverse("followups", args=(cast.agency.code, cast.unit_a.code, "2024-3"))
    row = FollowUp.objects.get(text="TERLAMBAT")
    assert (f"{place}#tl-{row.pk}" in html, cast.operator.full_name in html, "lewat 3 hari" in html) == (
        True,
        True,
        True,
    )
    assert as_user(cast.lead).get(place).status_code == 200


@pytest.mark.parametrize(("zone", "counts"), [("Asia/Jakarta", (0, 1)), ("Asia/Jayapura", (1, 0))])
def test_day_of_the_agency_decides_what_is_overdue(cast, assessment, zone, counts):
    Agency.objects.filter(pk=cast.agency.pk).update(zone=zone)
    made = promise(assessment, cast, days=0)
    # 15.30 UTC is 22.30 WIB of the same day and 0.30 WIT of the next.
    moment = timezone.now().replace(hour=15, minute=30)
    FollowUp.objects.filter(pk=made.pk).update(due=moment.date())
    found = all_followups(cast.inspector, FollowUpFilter(), moment).counts
    assert (found["lewat"], found["berjalan"]) == counts


def test_long_list_is_turned_page_by_page(as_user, cast, assessment):
    codes = list(factories.stored_instrument(assessment.period.instrument).question_ids)[:32]
    for code in codes:
        promise(assessment, cast, code, days=11)
    browser = as_user(cast.member)
    sizes = [len(browser.get(LIST, {"halaman": page}).context["items"]) for page in (1, 2)]
    assert sizes == [30, 2]


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_a_fixed_number_of_queries(as_user, cast, assessment, count, django_assert_num_queries):
    for code in CODES[:count]:
        promise(assessment, cast, code)
    browser = as_user(cast.inspector)
    browser.get(LIST)
    with django_assert_num_queries(7):
        browser.get(LIST)
