"""The parts of the demo without a loaded one: calendar, papers, chance, size; and what load_demo refuses."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.test import override_settings
from django.utils import timezone

from assessments.demo.deeds import days_ago, spread
from assessments.demo.dice import dice
from assessments.demo.history import STANDINGS
from assessments.demo.load import load_government
from assessments.demo.papers import MAKERS, paper
from assessments.demo.places import read_places
from assessments.demo.quarters import moments, span_of
from tests import factories
from tests.assessments.demo_runs import run, storage_in
from units.models import Agency
from units.uploads import scan_upload

WIB = ZoneInfo("Asia/Jakarta")
WITA = ZoneInfo("Asia/Makassar")


@pytest.mark.parametrize(
    ("zone", "opens", "closes"),
    [
        (WIB, datetime(2024, 11, 1, tzinfo=WIB), datetime(2025, 2, 28, 23, 59, 59, tzinfo=WIB)),
        (WITA, datetime(2024, 12, 1, tzinfo=WITA), datetime(2025, 3, 31, 23, 59, 59, tzinfo=WITA)),
    ],
)
def test_open_quarter_follows_now_in_the_zone_of_the_agency(zone: ZoneInfo, opens: datetime, closes: datetime) -> None:
    now = datetime(2024, 12, 31, 23, 30, tzinfo=WIB)  # already January in the middle of the country
    span = span_of(4, zone, now)
    assert (span.fill_from, span.fill_until) == (opens, closes)


@pytest.mark.parametrize("day", [date(2027, 3, 1), date(2025, 1, 1), date(2024, 12, 8)])
def test_moments_lie_between_the_opening_and_now(day: date) -> None:
    now = datetime(day.year, day.month, day.day, 0, 30, tzinfo=WIB)
    for name, standing in STANDINGS.items():
        for quarter in (1, 4):
            span = span_of(quarter, WIB, now)
            times = moments(span, [(3, 6)] * len(standing.way), now, dice(name, quarter))
            assert times == sorted(times)
            assert all(span.fill_from < at < min(now, span.review_until) for at in times)


@pytest.mark.parametrize(
    ("start", "end", "first_hour"),
    [
        (datetime(2024, 12, 6, 15, 59, tzinfo=WIB), datetime(2024, 12, 9, 8, 0, tzinfo=WIB), 7),  # over a weekend
        (datetime(2024, 12, 6, 15, 59, tzinfo=WIB), datetime(2024, 12, 7, 0, 30, tzinfo=WIB), 17),  # in the night
        (datetime(2024, 12, 6, 9, 0, tzinfo=WIB), datetime(2024, 12, 6, 7, 0, tzinfo=UTC), 10),  # on one day
    ],
)
def test_deeds_lie_between_two_steps_at_work_where_time_is(start: datetime, end: datetime, first_hour: int) -> None:
    times = spread(start, end, 4)
    assert times == sorted(set(times))
    assert start < times[0] < times[-1] < end
    assert times[0].hour == first_hour


@pytest.mark.parametrize(("days", "day"), [(1, date(2024, 12, 6)), (3, date(2024, 12, 6)), (4, date(2024, 12, 5))])
def test_days_ago_are_working_mornings(days: int, day: date) -> None:
    found = days_ago(datetime(2024, 12, 9, 1, 0, tzinfo=WIB), days, WIB)
    assert (found.date(), found.hour) == (day, 9)


@pytest.mark.parametrize("kind", MAKERS)
def test_paper_passes_the_scanner_and_is_the_same_each_time(kind: str) -> None:
    content = paper(kind, "Rekap (contoh) & “lampiran”", ("Baris <satu>", "Baris dua"))
    assert content == paper(kind, "Rekap (contoh) & “lampiran”", ("Baris <satu>", "Baris dua"))
    assert scan_upload(ContentFile(content, name=f"rekap.{kind}")).kind == kind


def test_scale_multiplies_the_units() -> None:
    sizes = {plan.code: (len(plan.units), len(plan.building)) for plan in read_places(scale=3)}
    assert sizes == {
        "kalteng": (36, 36),
        "kobar": (30, 30),
        "kalsel": (759, 75),
        "bojonegoro": (12, 12),
        "kediri": (24, 21),
    }


def test_chance_is_the_same_in_every_process() -> None:
    assert dice("kalteng", "samsat-sampit", 2).randint(0, 10**9) == 437579241


def test_production_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALLOW_DEMO", raising=False)
    with override_settings(DEBUG=False), pytest.raises(CommandError) as caught:
        call_command("load_demo")
    assert caught.value.returncode == 1


def test_agency_of_real_life_is_left_alone(db: None) -> None:
    factories.AgencyFactory(code="kalteng", name="Pemerintah sungguhan")
    with pytest.raises(CommandError) as caught:
        run()
    assert caught.value.returncode == 1
    assert Agency.objects.filter(is_demo=True).count() == 0


def test_failed_load_leaves_no_row_and_no_file(db: None, tmp_path: Path) -> None:
    factories.UserFactory(username="inspektur.bojonegoro")
    (plan,) = [plan for plan in read_places() if plan.code == "bojonegoro"]
    instrument = factories.published_instrument()
    with storage_in(tmp_path), pytest.raises(IntegrityError):
        load_government(plan=plan, instrument=instrument, password="!", now=timezone.now())
    assert Agency.objects.filter(code="bojonegoro").count() == 0
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
