"""The pages of reports: who may read, number and make them; the shelf."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment, Report, Snapshot
from assessments.queries.reports import number_after, signatory_on, suggested_number
from assessments.reports import wording
from assessments.reports.making import make_quarterly
from assessments.services.reports import Rendered, store_lhe
from tests import factories
from tests.assessments.final_results import again, finalised, issued, pdf_text, squeezed
from tests.conftest import Cast
from units.models import AuditEvent, Signatory

Golden = Callable[[str], dict[str, Any]]
NOON = datetime(2024, 7, 31, 5, 0, tzinfo=UTC)


@pytest.fixture
def final(assessment: Assessment, cast: Cast, golden: Golden) -> Snapshot:
    """Unit A's final result: all best answers, two of them seen lower by TPI."""
    return finalised(assessment, cast, golden("20")["answers"], {"A.I.1.i.b": "C", "A.I.5.i.b": "C"})


@pytest.fixture
def stored(final: Snapshot, cast: Cast) -> Report:
    """An issued LHE whose bytes do not matter."""
    return store_lhe(
        assessment=final.assessment,
        snapshot=final,
        number="700/012/LHE",
        rendered=Rendered(b"%PDF-1.7 uji", "0" * 64),
        actor=cast.inspector,
        now=timezone.now(),
    )


def make(assessment: Assessment, cast: Cast, number: str = "") -> Report:
    return make_quarterly(period=assessment.period, actor=cast.inspector, now=timezone.now(), number=number)


# ---- who may ----


PEOPLE = (
    "operator", "head", "stranger", "member", "lead", "controller", "other_member", "assistant", "inspector", "reader",
    "admin", "foreign_inspector",
)  # fmt: skip
READS_LHE = {"operator", "head", "member", "lead", "controller", "assistant", "inspector", "reader"}


def test_lhe_is_read_by_its_unit_its_evaluators_and_the_heads(stored: Report, cast: Cast, as_user: Any) -> None:
    for name in PEOPLE:
        status = as_user(getattr(cast, name)).get(reverse("report_download", args=[stored.uuid])).status_code
        expected = 200 if name in READS_LHE else 403 if name == "admin" else 404
        assert (name, status) == (name, expected)


def test_quarterly_is_read_by_inspector_and_reader(final: Snapshot, cast: Cast, as_user: Any) -> None:
    report = make(final.assessment, cast)
    for name in PEOPLE:
        status = as_user(getattr(cast, name)).get(reverse("report_download", args=[report.uuid])).status_code
        expected = {"inspector": 200, "reader": 200, "admin": 403}.get(name, 404)
        assert (name, status) == (name, expected)


def path_of(assessment: Assessment, view: str = "lhe_issue") -> str:
    return reverse(view, args=[assessment.unit.agency.code, assessment.unit.code, assessment.period.code])


def test_lhe_is_issued_by_the_inspector_only(final: Snapshot, cast: Cast, as_user: Any) -> None:
    for name in PEOPLE:
        if name == "inspector":
            continue
        response = as_user(getattr(cast, name)).post(path_of(final.assessment), {"number": "700/1"})
        hidden = name in ("stranger", "other_member", "foreign_inspector")
        assert (name, response.status_code) == (name, 404 if hidden else 403)
    assert Report.objects.count() == 0


def test_issue_works_once(final: Snapshot, cast: Cast, as_user: Any) -> None:
    client = as_user(cast.inspector)
    assert client.get(path_of(final.assessment)).context["form"].initial == {"number": "700/001/LHE-ZI/TW-II/2024"}
    response = client.post(path_of(final.assessment), {"number": "700/1"})
    report = Report.objects.get()
    assert response["Location"] == reverse("report_download", args=[report.uuid])
    assert client.post(path_of(final.assessment), {"number": "700/2"}).status_code == 409
    assert client.get(path_of(final.assessment)).context["issued"] == report
    assert AuditEvent.objects.filter(verb="report.issue").count() == Report.objects.count() == 1


@pytest.mark.parametrize("number", ["", "   ", "x" * 81, "700\n1"])
def test_issue_with_an_unusable_number_is_refused(number: str, final: Snapshot, cast: Cast, as_user: Any) -> None:
    assert as_user(cast.inspector).post(path_of(final.assessment), {"number": number}).status_code == 422
    assert Report.objects.count() == 0


def test_issue_with_a_taken_number_is_refused(
    stored: Report, assessment_b: Assessment, cast: Cast, golden: Golden, as_user: Any
) -> None:
    finalised(assessment_b, cast, golden("20")["answers"])
    response = as_user(cast.inspector).post(path_of(assessment_b), {"number": stored.number})
    assert response.status_code == 422
    assert "sudah dipakai" in response.content.decode()
    assert Report.objects.count() == 1


@pytest.mark.parametrize("state", ["draft", "submitted", "review_controller", "returned", "reopened"])
@pytest.mark.parametrize("view", ["lhe_issue", "lhe_draft"])
def test_lhe_of_an_unfinished_assessment_is_refused(
    state: str, view: str, assessment: Assessment, cast: Cast, as_user: Any
) -> None:
    Assessment.objects.filter(pk=assessment.pk).update(state=state)
    assert as_user(cast.inspector).get(path_of(assessment, view)).status_code == 409


def test_inspector_does_not_number_the_lhe_of_their_own_unit(final: Snapshot, cast: Cast, as_user: Any) -> None:
    factories.MembershipFactory(user=cast.inspector, agency=cast.agency, unit=cast.unit_a)
    assert as_user(cast.inspector).post(path_of(final.assessment), {"number": "700/1"}).status_code == 403


def test_new_final_result_gets_an_lhe_that_names_the_one_it_replaces(
    stored: Report, final: Snapshot, cast: Cast
) -> None:
    again(final.assessment, cast)
    second = issued(final.assessment, cast, "700/2")
    day = wording.day(wording.day_in(stored.made_at, "Asia/Jakarta"))
    assert squeezed(f"LHE Nomor 700/012/LHE tanggal {day}") in squeezed(pdf_text(second.file.open().read()))


def test_wrong_methods_are_refused(final: Snapshot, cast: Cast, as_user: Any) -> None:
    client = as_user(cast.inspector)
    quarterly = reverse("quarterly_make", args=[cast.agency.code, "2024-2"])
    assert client.get(quarterly).status_code == 405
    assert client.put(path_of(final.assessment)).status_code == 405
    assert client.post(reverse("report_list")).status_code == 405


def test_quarterly_is_two_clicks_away(final: Snapshot, cast: Cast, as_user: Any) -> None:
    client = as_user(cast.inspector)
    shelf = client.get(reverse("report_list")).content.decode()
    target = reverse("quarterly_make", args=[cast.agency.code, "2024-2"])
    assert f'action="{target}"' in shelf
    response = client.post(target, follow=True)
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")


def test_quarterly_is_made_by_the_inspector_only(final: Snapshot, cast: Cast, as_user: Any) -> None:
    target = reverse("quarterly_make", args=[cast.agency.code, "2024-2"])
    for name in PEOPLE:
        if name != "inspector":
            expected = 404 if name == "foreign_inspector" else 403
            assert (name, as_user(getattr(cast, name)).post(target).status_code) == (name, expected)
    assert Report.objects.count() == 0


@pytest.mark.parametrize("number", ["x" * 81, "700/012/LHE"])
def test_quarterly_with_an_unusable_number_is_refused(number: str, stored: Report, cast: Cast, as_user: Any) -> None:
    target = reverse("quarterly_make", args=[cast.agency.code, "2024-2"])
    assert as_user(cast.inspector).post(target, {"number": number}).status_code == 422
    assert Report.objects.count() == 1


# ---- the shelf ----


@pytest.mark.parametrize("units", [1, 3])
def test_shelf_asks_the_same_queries_for_any_number_of_units(
    units: int, stored: Report, cast: Cast, as_user: Any, django_assert_num_queries: Any
) -> None:
    for _ in range(units - 1):
        factories.AssessmentFactory(
            unit=factories.UnitFactory(agency=cast.agency), period=stored.period, state="submitted"
        )
    client = as_user(cast.inspector)
    with django_assert_num_queries(7):  # session, user, access, periods, reports, assessments, used snapshots
        response = client.get(reverse("report_list"))
    assert len(response.context["shelf"].units) == units


def test_reader_sees_final_units_and_no_button(
    stored: Report, assessment_b: Assessment, cast: Cast, as_user: Any
) -> None:
    response = as_user(cast.reader).get(reverse("report_list"))
    assert [item.assessment.unit for item in response.context["shelf"].units] == [cast.unit_a]
    assert "quarterly" not in response.content.decode().replace("quarterly-title", "")
    assert reverse("report_download", args=[stored.uuid]) in response.content.decode()


def test_unit_finds_its_own_lhe(stored: Report, cast: Cast, as_user: Any) -> None:
    assert as_user(cast.operator).get(reverse("report_list")).context["own"] == [stored]
    assert as_user(cast.stranger).get(reverse("report_list")).context["own"] == []


def test_shelf_of_another_agency_is_unknown(final: Snapshot, cast: Cast, as_user: Any) -> None:
    foreign = factories.PeriodFactory()
    address = f"{reverse('report_list')}?instansi={foreign.agency.code}"
    assert as_user(cast.inspector).get(address).status_code == 404


@pytest.mark.parametrize(
    ("last", "suggested"),
    [
        ("", "700/001/LHE-ZI/TW-II/2024"),
        ("700/012/LHE-ZI/TW-II/2024", "700/013/LHE-ZI/TW-II/2024"),
        ("800.1.11/45/INSP/VI/2024", "800.1.11/46/INSP/VI/2024"),
        ("099/LHE/2024", "100/LHE/2024"),
        ("LHE/2024", "LHE/2024/2"),
    ],
)
def test_next_number_counts_on(last: str, suggested: str, assessment: Assessment) -> None:
    assert number_after(last, assessment.period) == suggested


def test_suggestion_skips_used_numbers(stored: Report, cast: Cast) -> None:
    assert suggested_number(stored.period) == "700/013/LHE"


def test_signatory_is_the_one_of_the_day(cast: Cast) -> None:
    for year in (2020, 2024):
        Signatory.objects.create(agency=cast.agency, position="Inspektur", name=str(year), valid_from=date(year, 1, 1))
    names = [getattr(signatory_on(cast.agency, date(year, 6, 1)), "name", None) for year in (2019, 2023, 2024)]
    assert names == [None, "2020", "2024"]
