"""Gates: minima of WBK and WBBM, compared unrounded. A gate informs; it locks nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from assessments.scoring.kinds import AREA_PREFIX, GATE_NODES, HOLDS_WBK, TOTAL
from assessments.scoring.structure import Predicate


@dataclass(frozen=True, slots=True)
class GateResult:
    """One minimum; `required` and `actual` are points, for areas shares of the area's weight, for holds_wbk 0 or 1."""

    key: str
    required: Fraction
    actual: Fraction
    passed: bool
    questions: tuple[str, ...]

    @property
    def margin(self) -> Fraction:
        """How far above the minimum; negative below it."""
        return self.actual - self.required


@dataclass(frozen=True, slots=True)
class GateReport:
    """All gates of one predicate; every one must hold."""

    predicate: str
    passed: bool
    results: tuple[GateResult, ...]

    def result(self, key: str) -> GateResult:
        """Raise KeyError for a key that the predicate does not have."""
        for result in self.results:
            if result.key == key:
                return result
        raise KeyError(key)


def gate_node(key: str) -> str:
    """Node behind a gate, as the result tree names it; "" for `total` and `holds_wbk`."""
    if key.startswith(AREA_PREFIX):
        return key
    return "" if key in (TOTAL, HOLDS_WBK) else GATE_NODES[key]


def check_gates(
    predicate: Predicate, actual: Callable[[str], Fraction], behind: Mapping[str, tuple[str, ...]]
) -> GateReport:
    """Compare every gate; `actual` gives the number of a gate key, `behind` the questions that feed it."""
    results = []
    for gate in predicate.gates:
        number, required = actual(gate.key), Fraction(gate.required)
        results.append(GateResult(gate.key, required, number, number >= required, behind.get(gate.key, ())))
    return GateReport(predicate.code, all(result.passed for result in results), tuple(results))
