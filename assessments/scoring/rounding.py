"""Rounding, for display only: half up, exact."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

DISPLAY_PLACES = 2
EXCHANGE_PLACES = 12
MOST_PLACES = 30


def round_half_up(number: Fraction, places: int) -> Decimal:
    """Round to `places` decimals; a half goes away from zero. Independent of the decimal context."""
    scaled = abs(number) * 10**places
    units = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    sign = 1 if number < 0 and units else 0
    return Decimal((sign, tuple(map(int, str(units))), -places))


def display(number: Fraction, places: int = DISPLAY_PLACES) -> Decimal:
    """The number as people see it."""
    return round_half_up(number, places)


def display_against(
    actual: Fraction, required: Fraction | Decimal, passed: bool, places: int = DISPLAY_PLACES
) -> Decimal:
    """`actual` with as many places as it takes to agree with the verdict beside `required`.

    74.996 against 75 that is not passed gives 74.996, not 75.00.
    """
    minimum = Fraction(required)
    for more in range(places, MOST_PLACES):
        shown = round_half_up(actual, more)
        if (Fraction(shown) >= minimum) == passed:
            return shown
    return round_half_up(actual, MOST_PLACES)


def display_among(actual: Fraction, minima: Iterable[Fraction | Decimal], places: int = DISPLAY_PLACES) -> Decimal:
    """`actual` with as many places as it takes to stand on the right side of every minimum that it is judged by.

    74.996 among 75 and 85 gives 74.996; 75 gives 75.00.
    """
    bounds = [Fraction(minimum) for minimum in minima]
    for more in range(places, MOST_PLACES):
        shown = Fraction(round_half_up(actual, more))
        if all((shown >= minimum) == (actual >= minimum) for minimum in bounds):
            return round_half_up(actual, more)
    return round_half_up(actual, MOST_PLACES)


def exchange(number: Fraction) -> str:
    """Twelve decimals, as other programs read it."""
    return format(round_half_up(number, EXCHANGE_PLACES), "f")


def plain(number: Decimal | Fraction) -> str:
    """A decimal without trailing zeros: 60, 17.5, 0.6."""
    text = exchange(Fraction(number)).rstrip("0").rstrip(".")
    return text or "0"
