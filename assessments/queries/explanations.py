"""Where a number comes from: live answers, or those of the snapshot that a page or PDF was made from."""

import json
from dataclasses import dataclass
from enum import StrEnum

from assessments import scoring
from assessments.models import Assessment, Instrument, Snapshot
from assessments.queries.answers import unit_sheet
from assessments.queries.instruments import stored_instrument
from assessments.queries.paired import seen_by
from assessments.queries.progress import holds_wbk
from assessments.scoring.explain import GATE_PREFIX
from assessments.scoring.gates import gate_node
from assessments.scoring.kinds import AREA_PREFIX, HOLDS_WBK, TOTAL
from units.models import User


class Side(StrEnum):
    """Whose number it is, as the address says it."""

    UNIT = "unit"
    TPI = "tpi"


@dataclass(frozen=True)
class Explained:
    """One number with what made it, and the way up to the total: (key, name) pairs."""

    instrument: scoring.Instrument
    explanation: scoring.Explanation
    result: scoring.Result
    parents: tuple[tuple[str, str], ...]

    @property
    def question(self) -> scoring.Question | None:
        """The question that is explained, if it is one."""
        key = self.explanation.key
        return self.instrument.question(key) if self.instrument.has_question(key) else None


def explain_live(assessment: Assessment, key: str, side: Side, reader: User | None = None) -> Explained:
    """The number as the stored answers give it now; two queries.

    Who scores blind gets it with their own scores, as on their desk. Raises KeyError for an unknown key.
    """
    sheet = unit_sheet(assessment) if side is Side.UNIT else seen_by(reader, assessment)[1]
    result = sheet.result(holds_wbk=holds_wbk(assessment))
    return _explained(sheet.instrument.value, sheet.values, result, key)


def explain_snapshot(snapshot: Snapshot, key: str, side: Side) -> Explained:
    """The number as the snapshot has it, to the last digit. Raises KeyError for an unknown key."""
    content = json.loads(snapshot.content)
    named = content["instrument"]
    row = Instrument.objects.get(code=named["code"], version=named["version"])
    instrument = stored_instrument(row).value
    field = "self" if side is Side.UNIT else "tpi"
    answers = {
        code: scoring.read_answer(instrument.question(code), entry.get(field))
        for code, entry in content["answers"].items()
    }
    result = scoring.score(instrument, answers, holds_wbk=content["holds_wbk"])
    return _explained(instrument, answers, result, key)


def _explained(
    instrument: scoring.Instrument,
    answers: dict[str, scoring.Answer] | dict[str, scoring.Answer | None],
    result: scoring.Result,
    key: str,
) -> Explained:
    found = scoring.explain(instrument, dict(answers), result, key)
    return Explained(instrument, found, result, parents_of(instrument, key))


def parents_of(instrument: scoring.Instrument, key: str) -> tuple[tuple[str, str], ...]:
    """What a number is a part of, the total first; a gate's parent is the number that it judges."""
    if key == TOTAL:
        return ()
    top = ((TOTAL, ""),)
    if key.startswith(GATE_PREFIX):
        inner = key.removeprefix(GATE_PREFIX).partition(":")[2]
        return top if inner in (TOTAL, HOLDS_WBK) else (*top, _named(instrument, gate_node(inner)))
    if key.startswith(AREA_PREFIX):
        return top
    code = instrument.question(key).node if instrument.has_question(key) else instrument.node(key).parent
    found: list[tuple[str, str]] = []
    while code is not None:
        found.insert(0, _named(instrument, code))
        code = instrument.node(code).parent
    return (*top, *found)


def _named(instrument: scoring.Instrument, key: str) -> tuple[str, str]:
    """A node by its name, a result item by its code."""
    if key.startswith(AREA_PREFIX):
        return key, instrument.areas[int(key.removeprefix(AREA_PREFIX)) - 1].name
    return key, "" if instrument.has_question(key) else instrument.node(key).name
