from decimal import Decimal
from fractions import Fraction

import pytest

from assessments.scoring.rounding import display, display_against, display_among, exchange, plain, round_half_up


@pytest.mark.parametrize(
    ("number", "places", "expected"),
    [
        (Fraction(5, 1000), 2, "0.01"),
        (Fraction(4999, 1_000_000), 2, "0.00"),
        (Fraction(-5, 1000), 2, "-0.01"),
        (Fraction(-4, 1000), 2, "0.00"),
        (Fraction(2675, 1000), 2, "2.68"),
        (Fraction(1, 3), 0, "0"),
        (Fraction(10**40, 3), 3, "3" * 40 + ".333"),
    ],
)
def test_rounding_is_half_up_and_exact(number, places, expected):
    assert format(round_half_up(number, places), "f") == expected


@pytest.mark.parametrize(
    ("actual", "required", "passed", "shown"),
    [
        ("74.996", "75", False, "74.996"),
        ("74.99951", "75", False, "74.9995"),
        ("74.99", "75", False, "74.99"),
        ("75", "75", True, "75.00"),
        ("75.001", "75", True, "75.00"),
        ("2.624", "2.624", True, "2.624"),
        ("59.9999996", "60", False, "59.9999996"),
    ],
)
def test_display_shows_as_many_places_as_agree_with_the_verdict(actual, required, passed, shown):
    assert str(display_against(Fraction(actual), Decimal(required), passed)) == shown


def test_display_against_a_verdict_that_cannot_be_shows_all_places():
    assert display_against(Fraction(80), Decimal(75), passed=False) == 80


def test_display_has_two_places():
    assert str(display(Fraction(725648, 10000))) == "72.56"


def test_exchange_has_twelve_places():
    assert exchange(Fraction(2, 3)) == "0.666666666667"


@pytest.mark.parametrize(
    ("number", "text"), [("60.00", "60"), ("17.50", "17.5"), ("0.60", "0.6"), ("0", "0"), ("100", "100")]
)
def test_plain_has_no_trailing_zeros(number, text):
    assert plain(Decimal(number)) == text


@pytest.mark.parametrize(
    ("actual", "shown"),
    [
        ("74.996", "74.996"),
        ("75", "75.00"),
        ("75.004", "75.00"),
        ("84.99999", "84.99999"),
        ("85.001", "85.00"),
        ("60.005", "60.01"),
        ("0", "0.00"),
    ],
)
def test_display_among_stands_on_the_right_side_of_every_minimum(actual: str, shown: str) -> None:
    assert str(display_among(Fraction(actual), [Decimal("75.00"), Fraction(85)])) == shown


def test_display_among_gives_up_at_its_last_place() -> None:
    assert display_among(75 - Fraction(1, 10**40), [Decimal(75)]) == 75
