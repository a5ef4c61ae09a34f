"""Numbers on pages never contradict the verdict beside them."""

from fractions import Fraction

import pytest

from assessments.models import Instrument
from assessments.queries.gates import shown_points
from assessments.queries.instruments import instrument_value


@pytest.mark.parametrize(
    ("code", "points", "shown"),
    [
        ("total", "74.9996", "74.9996"),
        ("total", "75", "75.00"),
        ("total", "84.9951", "84.995"),
        ("A", "39.999", "39.999"),
        ("area:2", "5.248", "5.248"),  # 75 % of 7 is 5.25
        ("area:1", "4.7999", "4.7999"),  # 60 % of 8 is 4.80
        ("B.II", "13.999", "13.999"),
        ("A.I.1.i", "0.3333", "0.33"),  # no gate looks at a sub-area
    ],
)
def test_shown_points_agree_with_every_gate(code: str, points: str, shown: str, instrument: Instrument) -> None:
    assert str(shown_points(instrument_value(instrument), code, Fraction(points))) == shown
