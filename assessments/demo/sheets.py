"""Invents the answers of a unit and of TPI for a quarter, so that the areas come out near their target.

Each question is a ladder of answers, best first; a sheet holds the rung of each question. Sheets of later quarters
start from the one before, so that units improve question by question.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from random import Random
from typing import Any

from assessments import scoring
from assessments.demo.dice import dice
from assessments.demo.profiles import Target, target_of
from assessments.demo.quarters import QUARTERS

Raw = str | dict[str, Any]
Rungs = dict[str, int]
STEPS = (Fraction(1), Fraction(3, 4), Fraction(1, 2), Fraction(1, 4), Fraction(0))
CLOSE_ENOUGH = 0.04  # points
MAX_TRIES = 500
SPREAD = 0.28
IPAK, PERFORMANCE, IPKP = "B.I.a", "B.I.b", "B.II.a"
COMPLAINTS = "A.II.5.ii.a"
WBK_TOTAL = 75
INDEX_POINTS = Fraction(35, 8)  # per 1.00 of an index: 17.50 / 4


@dataclass(frozen=True)
class Rung:
    """One answer of a ladder; `value` 0 to 1."""

    value: float
    raw: Raw


@dataclass(frozen=True)
class Ladder:
    """A question of one of the six areas: its answers, best first, and what full value is worth in points."""

    code: str
    area: int
    points: float
    rungs: tuple[Rung, ...]

    def score(self, rung: int) -> float:
        return self.points * self.rungs[rung].value


@dataclass(frozen=True)
class Pair:
    """What the unit and TPI say in a quarter; a code that is absent from `own` is not answered."""

    own: dict[str, Raw]
    tpi: dict[str, Raw]


def ladders_of(instrument: scoring.Instrument, agency: str, unit: str) -> tuple[Ladder, ...]:
    """The questions of pengungkit, with counts in the size of this unit."""
    chance = dice(agency, unit, "size")
    has_complaints = chance.random() > 0.15  # noqa: PLR2004 - one unit in seven had no complaint to handle
    found = []
    for code, area, points, scale in _plain(instrument):
        if scale is scoring.Scale.RATIO:
            rungs = _counts(code, 4 * chance.randint(1, 3), has_complaints=has_complaints)
        else:
            question = instrument.question(code)
            rungs = tuple(Rung(float(option.score), option.label) for option in question.options)
        found.append(Ladder(code, area, points, rungs))
    return tuple(found)


def _plain(instrument: scoring.Instrument) -> list[tuple[str, int, float, scoring.Scale]]:
    """Code, number of the area, points, scale; for the questions of pengungkit."""
    weights = {node.code: node.weight for node in instrument.nodes}
    questions = [item for item in instrument.questions if item.code.startswith("A.")]
    in_node = Counter(item.node for item in questions)
    return [
        (item.code, int(item.code.split(".")[2]), float(weights[item.node] / in_node[item.node]), item.scale)
        for item in questions
    ]


def _counts(code: str, whole: int, *, has_complaints: bool) -> tuple[Rung, ...]:
    """Counts that give 1, 3/4, 1/2, 1/4 and 0; `whole` is how many of something this unit has, a multiple of 4."""
    if code == COMPLAINTS and not has_complaints:
        nothing = {"complaints_due": 0, "complaints_in_process": 0, "complaints_resolved": 0}
        return (Rung(1.0, nothing),)
    return tuple(Rung(float(step), _filled(code, whole, int(step * whole))) for step in STEPS)


def _filled(code: str, whole: int, part: int) -> dict[str, int]:
    left = whole - part
    simple = {
        "A.II.1.i.a": {"agents": whole, "changes": part},
        "A.II.1.i.b": {"changes": whole, "integrated_changes": part},
        "A.II.3.iii.a": {
            "violations_previous": whole,
            "violations_current": left,
            "violations_sanctioned": left,
        },
        "A.II.4.i.a": {"targets": whole, "targets_achieved": part},
        "A.II.6.i.b": {"services_registered": whole, "services_simplified": part},
        COMPLAINTS: {"complaints_due": whole, "complaints_in_process": left, "complaints_resolved": part},
    }
    if code in simple:
        return simple[code]
    if code == "A.II.5.iii.a":
        return {
            "lhkpn_unit_heads": 1,
            "lhkpn_mandatory_officials": whole - 2,
            "lhkpn_others": 1,
            "lhkpn_reported": part,
        }
    staff = {"lhkasn_administrators": whole, "lhkasn_supervisors": whole, "lhkasn_functional_and_staff": 6 * whole}
    return staff | {"lhkasn_reported": 8 * part}


def sheets_of_year(instrument: scoring.Instrument, agency: str, unit: str, story: str) -> dict[int, Pair]:
    """Quarter -> what the unit and TPI say."""
    ladders = ladders_of(instrument, agency, unit)
    rungs: Rungs = {}
    pairs = {}
    for quarter in QUARTERS:
        target, chance = target_of(agency, unit, story, quarter), dice(agency, unit, quarter, "answers")
        rungs = rungs or _first_guess(ladders, target, chance)
        for area in range(1, 7):
            _settle([item for item in ladders if item.area == area], rungs, target.areas[area - 1], chance)
        pairs[quarter] = _pair(ladders, rungs, _results(instrument, ladders, rungs, target, chance), chance)
    return pairs


def _first_guess(ladders: Sequence[Ladder], target: Target, chance: Random) -> Rungs:
    rungs = {}
    for ladder in ladders:
        wish = target.areas[ladder.area - 1] + chance.uniform(-SPREAD, SPREAD)
        rungs[ladder.code] = min(range(len(ladder.rungs)), key=lambda rung: abs(ladder.rungs[rung].value - wish))
    return rungs


def _settle(ladders: Sequence[Ladder], rungs: Rungs, share: float, chance: Random) -> None:
    """Move single questions one rung until the area has its share of its points, as nearly as may be."""
    missing = sum(share * item.points - item.score(rungs[item.code]) for item in ladders)
    for _ in range(MAX_TRIES):
        if abs(missing) < CLOSE_ENOUGH:
            return
        item = chance.choice(ladders)
        here = rungs[item.code]
        there = here - 1 if missing > 0 else here + 1
        if not 0 <= there < len(item.rungs):
            continue
        gain = item.score(there) - item.score(here)
        if abs(missing - gain) < abs(missing):
            rungs[item.code] = there
            missing -= gain


def _results(
    instrument: scoring.Instrument, ladders: Sequence[Ladder], rungs: Rungs, target: Target, chance: Random
) -> dict[str, Raw]:
    respondents = chance.randint(34, 180)
    found: dict[str, Raw] = {
        IPAK: {"index": str(target.ipak), "respondents": respondents},
        PERFORMANCE: target.performance,
    }
    ipkp = target.ipkp
    if target.edge:
        ipkp = _hair_below(instrument, _raw(ladders, rungs) | found)
    return found | {IPKP: {"index": str(ipkp), "respondents": respondents}}


def _hair_below(instrument: scoring.Instrument, answers: Mapping[str, Raw]) -> Decimal:
    """The largest index of four decimals that leaves the total below 75."""
    readable = {code: scoring.read_answer(instrument.question(code), raw) for code, raw in answers.items()}
    total = scoring.score(instrument, {code: answer for code, answer in readable.items() if answer}).total
    wanted = (WBK_TOTAL - total) / INDEX_POINTS
    index = (Decimal(wanted.numerator) / wanted.denominator).quantize(Decimal("0.0001"), ROUND_FLOOR)
    return index - Decimal("0.0001") if Fraction(index) == wanted else index


def _raw(ladders: Sequence[Ladder], rungs: Rungs) -> dict[str, Raw]:
    return {item.code: item.rungs[rungs[item.code]].raw for item in ladders}


def _pair(ladders: Sequence[Ladder], rungs: Rungs, results: dict[str, Raw], chance: Random) -> Pair:
    """TPI's sheet, and the unit's own, which claims a little more here and there and leaves out very little."""
    tpi = _raw(ladders, rungs) | results
    own = dict(tpi)
    could_claim = [item for item in ladders if rungs[item.code] > 0]
    for item in chance.sample(could_claim, min(len(could_claim), chance.randint(6, 12))):
        own[item.code] = item.rungs[rungs[item.code] - 1].raw
    could_hide = [
        item for item in ladders if own[item.code] == tpi[item.code] and rungs[item.code] + 1 < len(item.rungs)
    ]
    for item in chance.sample(could_hide, chance.choice((0, 0, 1))):
        own[item.code] = item.rungs[rungs[item.code] + 1].raw
    lowest = [item.code for item in ladders if item.rungs[rungs[item.code]].value == 0]
    for code in chance.sample(lowest, min(len(lowest), chance.choice((0, 0, 0, 1, 2)))):
        del own[code]
    return Pair(own, tpi)
