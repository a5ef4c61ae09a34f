"""A total a hair below 75 never stands as 75,00 on any page, whoever reads it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from assessments.models import Assessment, Snapshot
from tests.assessments.test_board import finalise, period
from tests.conftest import Cast
from units.models import User

__all__ = ["period"]

LogIn = Callable[[User], Client]
ROUNDED = re.compile(r"\b(75,00|75\.00|14,00</a>)")


@pytest.fixture
def hairline(period: Any, cast: Cast, golden: Callable[[str], dict[str, Any]]) -> Assessment:
    """Exactly 75 but for an IPKP of 3.1999: total 74.99956, B.II 13.99956."""
    return finalise(cast.unit_a, period, golden("35")["answers"] | {"B.II.a": "3.1999"}, cast)


def actual_numbers(html: str) -> str:
    """The page without what it prints as a minimum or maximum."""
    return re.sub(r'<td class="num" data-label="(Ambang|Bobot)">[^<]*</td>', "", html)


@pytest.mark.parametrize(
    ("who", "page", "shown"),
    [
        ("inspector", "board_period", "74,9996"),
        ("reader", "board_period", "74,9996"),
        ("inspector", "evaluation", "74,9996"),
        ("inspector", "explain total", "74,9996"),
        ("inspector", "explain gate:WBBM:total", "74,9996"),
        ("inspector", "explain B.II", "13,9996"),
        ("member", "desk B.II", "74,9996"),
        ("member", "explain B.II", "13,9996"),
        ("head", "unit_home", "74,9996"),
        ("head", "worksheet B.II", "13,9996"),
        ("head", "check", "74,9996"),
        ("head", "receipt", "74,9996"),
        ("head", "explain total", "74,9996"),
    ],
)
def test_hairline_total_is_not_shown_as_met(
    who: str, page: str, shown: str, hairline: Assessment, cast: Cast, as_user: LogIn
) -> None:
    name, _, key = page.partition(" ")
    place = [hairline.unit.agency.code, hairline.unit.code, hairline.period.code]
    if name == "board_period":
        place.remove(hairline.unit.code)
    path = reverse(name, args=[*place, *filter(None, [key])])
    html = as_user(getattr(cast, who)).get(path, {"sisi": "tpi"}, follow=True).content.decode()
    assert shown in html
    assert ROUNDED.findall(actual_numbers(html)) == []


def test_hairline_explanation_from_the_snapshot(hairline: Assessment, cast: Cast, as_user: LogIn) -> None:
    snapshot = Snapshot.objects.get(assessment=hairline, kind="final")
    path = reverse("explain", args=[hairline.unit.agency.code, hairline.unit.code, hairline.period.code, "total"])
    html = as_user(cast.inspector).get(path, {"sisi": "tpi", "rekaman": snapshot.uuid}).content.decode()
    assert "74,9996" in html
    assert "75,00" not in html
