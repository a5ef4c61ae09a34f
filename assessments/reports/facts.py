"""What a snapshot says, read back with its exact numbers; nothing here is scored again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from assessments import scoring
from assessments.reports import wording
from assessments.scoring.gates import gate_node
from assessments.scoring.kinds import AREA_PREFIX, HOLDS_WBK, TOTAL
from assessments.scoring.rounding import DISPLAY_PLACES

SELF, TPI = "self", "tpi"
MOST_PLACES = 30


@dataclass(frozen=True, slots=True)
class GateLine:
    """One gate as it is printed: points throughout, also for areas; `held` only for the predicate held."""

    key: str
    name: str
    required: Fraction
    actual: Fraction
    passed: bool
    minimum: str
    shown: str
    margin: str
    is_points: bool = True

    @property
    def verdict(self) -> str:
        return "memenuhi" if self.passed else "belum memenuhi"

    @property
    def lack(self) -> str:
        """`Area 5 kurang 0,45`; empty for a gate that holds."""
        if self.passed:
            return ""
        if not self.is_points:
            return "belum berpredikat WBK"
        return f"{self.short_name} kurang{wording.NO_BREAK}{self.margin.removeprefix(wording.MINUS)}"

    @property
    def short_name(self) -> str:
        if self.key.startswith(AREA_PREFIX):
            return f"Area{wording.NO_BREAK}{self.key.removeprefix(AREA_PREFIX)}"
        return wording.SHORT_GATE_NAMES.get(self.key, self.name)


@dataclass(frozen=True)
class Facts:
    """A snapshot and the names of its instrument. `judged` is whose scores count: TPI's once it is final."""

    content: Mapping[str, Any]
    sha256: str
    instrument: scoring.Instrument

    @property
    def judged(self) -> str:
        return TPI if TPI in self.content["exact"] else SELF

    @property
    def unit_name(self) -> str:
        return self.content["unit"]["name"]

    @property
    def target(self) -> str:
        return self.content.get("target", "WBK")

    @property
    def taken_at(self) -> datetime:
        return datetime.fromisoformat(self.content["taken_at"])

    def points(self, code: str, who: str = "") -> Fraction:
        """Points of a node, a joined area, a result item or `total`."""
        who = who or self.judged
        if code == TOTAL:
            return Fraction(self.content["summary"][who]["total"])
        return Fraction(self.content["exact"][who]["nodes"][code])

    def maximum(self, code: str) -> Fraction:
        """Most points of a node; 100 for the total."""
        if code == TOTAL:
            return self.maximum("A") + self.maximum("B")
        return Fraction(self.content["scores"][SELF]["nodes"][code]["max"])

    def question_value(self, code: str, who: str) -> Fraction:
        """0 to 1."""
        return Fraction(self.content["exact"][who]["questions"][code])

    def passes(self, predicate: str) -> bool:
        """All gates of the predicate, as the snapshot judged them."""
        return bool(self.content["scores"][self.judged]["gates"][predicate]["passed"])

    def gates(self, predicate: str) -> tuple[GateLine, ...]:
        return tuple(self._gate(item) for item in self._stored_gates(predicate))

    def lacks(self, predicate: str) -> list[str]:
        """What is missing, in words."""
        return [line.lack for line in self.gates(predicate) if not line.passed]

    def shown(self, code: str) -> str:
        """The judged points of a node, with as many places as every verdict about it needs."""
        return wording.written(agreeing(self.points(code), list(self._verdicts(code))))

    def _stored_gates(self, predicate: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.content["scores"][self.judged]["gates"][predicate]["results"]
        return found

    def _gate(self, item: Mapping[str, Any]) -> GateLine:
        key, passed = item["key"], item["passed"]
        if key == HOLDS_WBK:
            held = "ya" if passed else "belum"
            name = wording.GATE_NAMES[key]
            return GateLine(key, name, Fraction(1), Fraction(passed), passed, "ya", held, wording.DASH, is_points=False)
        code = _node_of(key)
        required, actual = self._required(key, item["required"]), self.points(code)
        return GateLine(
            key=key,
            name=self._gate_name(key),
            required=required,
            actual=actual,
            passed=passed,
            minimum=wording.number(required),
            shown=self.shown(code),
            margin=wording.signed_as_written(scoring.display_against(actual - required, Fraction(0), passed)),
        )

    def _required(self, key: str, text: str) -> Fraction:
        """A minimum in points; the regulation gives areas as a share of their weight."""
        share = self.maximum(key) if key.startswith(AREA_PREFIX) else Fraction(1)
        return Fraction(text) * share

    def _gate_name(self, key: str) -> str:
        if key.startswith(AREA_PREFIX):
            index = int(key.removeprefix(AREA_PREFIX))
            return f"Area {index} {self.instrument.areas[index - 1].name}"
        return wording.GATE_NAMES[key]

    def _verdicts(self, code: str) -> Iterator[tuple[Fraction, bool]]:
        for predicate in self.content["scores"][self.judged]["gates"]:
            for item in self._stored_gates(predicate):
                if item["key"] != HOLDS_WBK and _node_of(item["key"]) == code:
                    yield self._required(item["key"], item["required"]), item["passed"]


def agreeing(actual: Fraction, verdicts: Sequence[tuple[Fraction, bool]]) -> Decimal:
    """`actual` with as many places as it takes to agree with every (minimum, passed) beside it; two at least."""
    for places in range(DISPLAY_PLACES, MOST_PLACES):
        shown = scoring.display(actual, places)
        if all((Fraction(shown) >= required) == passed for required, passed in verdicts):
            return shown
    return scoring.display(actual, MOST_PLACES)


def _node_of(key: str) -> str:
    return TOTAL if key == TOTAL else gate_node(key)
