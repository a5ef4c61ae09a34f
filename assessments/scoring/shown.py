"""Points as people see them: on the right side of every minimum that judges them."""

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

from assessments.scoring.gates import gate_node
from assessments.scoring.kinds import HOLDS_WBK, TOTAL, area_key
from assessments.scoring.rounding import DISPLAY_PLACES, display_among
from assessments.scoring.structure import Instrument


def shown_points(instrument: Instrument, code: str, points: Fraction) -> Decimal:
    """Points of `total`, a node or `area:n`; two places unless these would contradict a gate."""
    return display_among(points, minima_of(instrument, code))


def shown_percent(
    instrument: Instrument, code: str, points: Fraction, maximum: Fraction, places: int = DISPLAY_PLACES
) -> Decimal:
    """The same points in per cent of `maximum`, likewise."""
    scale = 100 / maximum
    return display_among(points * scale, [minimum * scale for minimum in minima_of(instrument, code)], places)


def minima_of(instrument: Instrument, code: str) -> tuple[Fraction, ...]:
    """The minima, in points, of every predicate for `total`, a node or `area:n`; empty where no gate looks."""
    return instrument.once(_minima).get(code, ())


def _minima(instrument: Instrument) -> dict[str, tuple[Fraction, ...]]:
    weights = {area_key(area.number): Fraction(area.weight) for area in instrument.areas}
    found: dict[str, list[Fraction]] = defaultdict(list)
    for predicate in instrument.predicates.values():
        for gate in predicate.gates:
            if gate.key != HOLDS_WBK:
                found[gate_node(gate.key) or TOTAL].append(Fraction(gate.required) * weights.get(gate.key, 1))
    return {code: tuple(minima) for code, minima in found.items()}
