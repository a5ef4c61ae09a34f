"""The board: what each reader sees, filters and order, and the same cost for 10 and for 250 units."""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment, Period
from assessments.queries.board import Board, Picked, board, periods_of
from assessments.services.snapshots import take_snapshot
from tests import factories
from tests.conftest import Cast
from units.models import Unit, User

LogIn = Callable[[User], Client]
Golden = Callable[[str], dict[str, Any]]


@pytest.fixture
def period(cast: Cast) -> Period:
    return factories.PeriodFactory(agency=cast.agency)


def finalise(
    unit: Unit, period: Period, answers: dict[str, Any], cast: Cast, tpi: dict[str, Any] | None = None
) -> Assessment:
    """A final assessment with its snapshots, past all services but theirs."""
    now = timezone.now()
    made = factories.AssessmentFactory(
        unit=unit, period=period, state="final", finalised_at=now, finalised_by=cast.controller
    )
    factories.answer_everything(made, answers, by=cast.operator)
    take_snapshot(assessment=made, kind="submitted", actor=cast.head, now=now)
    factories.answer_everything(made, tpi or answers, stage="member", by=cast.member)
    take_snapshot(assessment=made, kind="final", actor=cast.controller, now=now)
    return made


def submit(unit: Unit, period: Period, answers: dict[str, Any], cast: Cast) -> Assessment:
    made = factories.AssessmentFactory(unit=unit, period=period, state="submitted")
    factories.answer_everything(made, answers, by=cast.operator)
    take_snapshot(assessment=made, kind="submitted", actor=cast.head, now=timezone.now())
    return made


@pytest.fixture
def filled(period: Period, cast: Cast, golden: Golden) -> Period:
    """Unit A final with everything best, unit B sent in, and a unit that builds without a worksheet."""
    finalise(cast.unit_a, period, golden("20")["answers"], cast)
    submit(cast.unit_b, period, golden("22")["answers"], cast)
    factories.unit_year(cast.unit_a, stage="proposed")
    factories.unit_year(factories.UnitFactory(agency=cast.agency, name="Tanpa Lembar"))
    factories.unit_year(factories.UnitFactory(agency=cast.agency, name="Baru Mencanangkan"), stage="declared")
    return period


def seen(user: User, period: Period, **picked: Any) -> Board:
    return board(user, period, periods_of(period.agency_id), Picked(**picked))


def names(found: Board) -> list[str]:
    return [row.unit.name for row in found.rows]


def test_inspector_sees_states_and_scores_from_snapshots(filled: Period, cast: Cast) -> None:
    found = seen(cast.inspector, filled)
    rows = {row.unit.pk: row for row in found.everything}
    final, sent = rows[cast.unit_a.pk], rows[cast.unit_b.pk]
    assert final.tpi is not None
    assert final.own is not None
    assert (final.tpi.total, final.own.total) == (Fraction(100), Fraction(100))
    assert final.tpi.passed == {"WBK": True, "WBBM": False}
    assert final.tpi.lacking["WBBM"] == ("holds_wbk",)
    assert sent.tpi is None
    assert sent.own is not None
    assert (found.building, found.units, found.final, found.meeting("WBK")) == (3, 4, 1, 1)
    assert found.states == {"not_started": 1, "submitted": 1, "final": 1}


def test_answers_changed_after_the_snapshot_move_nothing(filled: Period, cast: Cast) -> None:
    Assessment.objects.get(unit=cast.unit_b).answers.update(choice="")
    rows = {row.unit.pk: row for row in seen(cast.inspector, filled).everything}
    assert rows[cast.unit_b.pk].own.total > 70


def test_reader_sees_released_results_only(filled: Period, cast: Cast, as_user: LogIn) -> None:
    found = seen(cast.reader, filled)
    assert names(found) == [cast.unit_a.name]
    assert (found.building, found.units) == (3, 4)
    page = as_user(cast.reader).get(reverse("board_period", args=[cast.agency.code, "2024-2"])).content.decode()
    assert cast.unit_b.name not in page


def test_administrator_sees_states_without_scores(filled: Period, cast: Cast, as_user: LogIn) -> None:
    found = seen(cast.admin, filled)
    assert [(row.own, row.tpi) for row in found.everything] == [(None, None)] * 3
    page = as_user(cast.admin).get(reverse("board_period", args=[cast.agency.code, "2024-2"])).content.decode()
    assert "100,00" not in page
    assert "/angka/" not in page


def test_inspector_of_a_unit_sees_nothing_unreleased_of_it(filled: Period, cast: Cast) -> None:
    factories.MembershipFactory(user=cast.inspector, agency=cast.agency, unit=cast.unit_b)
    rows = {row.unit.pk: row for row in seen(cast.inspector, filled).everything}
    assert (rows[cast.unit_b.pk].own, rows[cast.unit_b.pk].can_open) == (None, False)


def test_reopened_assessment_shows_no_released_score(filled: Period, cast: Cast) -> None:
    Assessment.objects.filter(unit=cast.unit_a).update(state="reopened")
    rows = {row.unit.pk: row for row in seen(cast.inspector, filled).everything}
    assert rows[cast.unit_a.pk].tpi is None
    assert seen(cast.inspector, filled).meeting("WBK") == 0


def test_trend_is_against_the_quarter_before(filled: Period, cast: Cast, golden: Golden) -> None:
    earlier = factories.PeriodFactory(agency=cast.agency, quarter=1)
    oldest = factories.PeriodFactory(agency=cast.agency, year=2023, quarter=4)
    finalise(cast.unit_a, earlier, golden("22")["answers"], cast)
    finalise(cast.unit_a, oldest, golden("21")["answers"], cast)
    rows = {row.unit.pk: row for row in seen(cast.inspector, filled).everything}
    expected = 100 - Fraction(golden("22")["expected"]["TOTAL"])
    assert abs(rows[cast.unit_a.pk].trend - expected) < Fraction(1, 10**9)
    assert rows[cast.unit_b.pk].trend is None


def test_trend_is_not_told_against_a_quarter_that_was_reopened(filled: Period, cast: Cast, golden: Golden) -> None:
    earlier = factories.PeriodFactory(agency=cast.agency, quarter=1)
    reopened = finalise(cast.unit_a, earlier, golden("22")["answers"], cast)
    Assessment.objects.filter(pk=reopened.pk).update(state="reopened")
    rows = {row.unit.pk: row for row in seen(cast.inspector, filled).everything}
    assert (rows[cast.unit_a.pk].previous, rows[cast.unit_a.pk].trend) == (None, None)


@pytest.mark.parametrize(
    ("picked", "count"),
    [
        ({"text": "tanpa LEMBAR"}, 1),
        ({"text": "tidak ada"}, 0),
        ({"state": "final"}, 1),
        ({"state": "not_started"}, 1),
        ({"stage": "proposed"}, 1),
        ({"predikat": "WBK"}, 1),
        ({"predikat": "-WBK"}, 0),
        ({"predikat": "-WBBM"}, 1),
        ({"predikat": "-"}, 2),
        ({"state": "final", "predikat": "-"}, 0),
    ],
)
def test_filters_join(picked: dict[str, str], count: int, filled: Period, cast: Cast) -> None:
    assert len(seen(cast.inspector, filled, **picked).rows) == count


def test_order_by_score_keeps_rows_without_one_last(filled: Period, cast: Cast) -> None:
    upward, downward = (
        names(seen(cast.inspector, filled, sort="mandiri", descending=descending)) for descending in (False, True)
    )
    assert upward == [cast.unit_b.name, cast.unit_a.name, "Tanpa Lembar"]
    assert downward == [cast.unit_a.name, cast.unit_b.name, "Tanpa Lembar"]


@pytest.mark.parametrize("sort", ["unit", "keadaan", "kemajuan", "mandiri", "tpi", "tren"])
@pytest.mark.parametrize("sign", ["", "-"])
def test_every_order_opens(sort: str, sign: str, filled: Period, cast: Cast, as_user: LogIn) -> None:
    path = reverse("board_period", args=[cast.agency.code, "2024-2"])
    assert as_user(cast.inspector).get(path, {"urut": f"{sign}{sort}"}).status_code == 200


@pytest.mark.parametrize("query", ["keadaan=x&tahap=y&predikat=z&urut=q", "cari=%00", "urut=-"])
def test_filters_that_nobody_knows_are_left_out(query: str, filled: Period, cast: Cast, as_user: LogIn) -> None:
    path = reverse("board_period", args=[cast.agency.code, "2024-2"])
    assert as_user(cast.inspector).get(f"{path}?{query}").status_code == 200


def test_numbers_lead_to_their_snapshot(filled: Period, cast: Cast, as_user: LogIn) -> None:
    page = as_user(cast.inspector).get(reverse("board_period", args=[cast.agency.code, "2024-2"])).content.decode()
    snapshot = Assessment.objects.get(unit=cast.unit_a).snapshots.get(kind="final")
    path = reverse("explain", args=[cast.agency.code, cast.unit_a.code, "2024-2", "area:1"])
    assert f'href="{path}?sisi=tpi&amp;rekaman={snapshot.uuid}"' in page


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("inspector", 200),
        ("reader", 200),
        ("admin", 200),
        ("member", 404),
        ("operator", 404),
        ("foreign_inspector", 404),
    ],
)
def test_board_opens_for_those_who_watch(who: str, status: int, period: Period, cast: Cast, as_user: LogIn) -> None:
    path = reverse("board_period", args=[cast.agency.code, "2024-2"])
    assert as_user(getattr(cast, who)).get(path).status_code == status


def test_board_of_an_unknown_period_is_404(period: Period, cast: Cast, as_user: LogIn) -> None:
    assert as_user(cast.inspector).get(reverse("board_period", args=[cast.agency.code, "2023-1"])).status_code == 404


def test_board_leads_to_the_newest_period(period: Period, cast: Cast, as_user: LogIn) -> None:
    factories.PeriodFactory(agency=cast.agency, quarter=3)
    response = as_user(cast.inspector).get(reverse("board"))
    assert response["Location"] == reverse("board_period", args=[cast.agency.code, "2024-3"])


def test_board_without_a_period_says_so(cast: Cast, as_user: LogIn) -> None:
    response = as_user(cast.inspector).get(reverse("board"))
    assert "Belum ada periode" in response.content.decode()
    assert as_user(cast.member).get(reverse("board")).status_code == 403


@pytest.mark.parametrize("units", [10, 250])
def test_board_costs_the_same_for_10_and_250_units(
    units: int, period: Period, cast: Cast, as_user: LogIn, golden: Golden, django_assert_num_queries: Any
) -> None:
    earlier = factories.PeriodFactory(agency=cast.agency, quarter=1)
    answers = dict(list(golden("20")["answers"].items())[:3])
    for number in range(units):
        unit = factories.UnitFactory(agency=cast.agency)
        factories.unit_year(unit)
        if number % 2:
            finalise(unit, period, answers, cast)
            finalise(unit, earlier, answers, cast)
        elif number % 3:
            submit(unit, period, answers, cast)
    client = as_user(cast.inspector)
    path = reverse("board_period", args=[cast.agency.code, "2024-2"])
    client.get(path)
    with django_assert_num_queries(10):
        client.get(path)
