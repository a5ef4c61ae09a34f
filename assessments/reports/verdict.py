"""Whether a unit meets the criteria: gates ("ambang nilai") and prerequisites ("syarat pengusulan") together."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from assessments.reports import wording
from assessments.reports.facts import Facts
from assessments.scoring.prerequisites import Standing

STANDINGS = {"met": "memenuhi", "unmet": "belum memenuhi", "missing": "belum diisi"}
LEVELS = {"instance": "Instansi pemerintah", "unit": "Unit kerja"}
LOCAL_GOVERNMENT = "local_government"
"""The six affirmative kinds are units of local governments (PermenPAN-RB 5/2024)."""

_PLAIN_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,4})?")


class Conclusion(StrEnum):
    MEETS = "meets"
    WHILE_COMPLETING = "while_completing"
    GATES_ONLY = "gates_only"
    NOT_YET = "not_yet"


@dataclass(frozen=True, slots=True)
class PrerequisiteLine:
    level: str
    name: str
    required: str
    actual: str
    standing: str
    proof: str

    @property
    def verdict(self) -> str:
        return STANDINGS[self.standing]

    @property
    def lack(self) -> str:
        """`Opini BPK belum diisi`; empty for one that is met."""
        return "" if self.standing == Standing.MET else f"{self.name} ({self.verdict})"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of an LHE and of a unit's page, for the predicate that the unit aims at."""

    conclusion: Conclusion
    target: str
    gates_passed: int
    gates_asked: int
    prerequisites: tuple[PrerequisiteLine, ...]
    lacks: tuple[str, ...]

    @property
    def meets(self) -> bool:
        return self.conclusion is Conclusion.MEETS

    @property
    def passes_gates(self) -> bool:
        return self.gates_passed == self.gates_asked

    @property
    def prerequisites_met(self) -> int:
        return sum(item.standing == Standing.MET for item in self.prerequisites)

    @property
    def missing_prerequisites(self) -> list[str]:
        return [item.lack for item in self.prerequisites if item.lack]

    @property
    def headline(self) -> str:
        if self.meets:
            return f"memenuhi kriteria Menuju {self.target}"
        if self.conclusion is Conclusion.WHILE_COMPLETING:
            return "belum memenuhi kriteria; dapat diusulkan sambil melengkapi syarat"
        return f"belum memenuhi kriteria Menuju {self.target}"


def verdict_of(facts: Facts) -> Verdict:
    """Only gates and prerequisites together meet the criteria; six kinds of units may be proposed meanwhile."""
    lines = facts.gates(facts.target)
    wanted = tuple(_prerequisite(item) for item in facts.content["prerequisites"])
    passes = facts.passes(facts.target)
    complete = bool(wanted) and all(item.standing == Standing.MET for item in wanted)
    if passes and complete:
        conclusion = Conclusion.MEETS
    elif passes and _is_affirmative(facts.content):
        conclusion = Conclusion.WHILE_COMPLETING
    else:
        conclusion = Conclusion.GATES_ONLY if passes else Conclusion.NOT_YET
    return Verdict(
        conclusion=conclusion,
        target=facts.target,
        gates_passed=sum(line.passed for line in lines),
        gates_asked=len(lines),
        prerequisites=wanted,
        lacks=tuple(facts.lacks(facts.target)),
    )


def _is_affirmative(content: Mapping[str, Any]) -> bool:
    return bool(content["unit"]["affirmative"]) and content["agency"]["kind"] == LOCAL_GOVERNMENT


def _prerequisite(item: Mapping[str, str]) -> PrerequisiteLine:
    return PrerequisiteLine(
        level=LEVELS[item["level"]],
        name=item["name"],
        required=_in_unit(item["required"], item["unit"]),
        actual=_in_unit(item["actual"], item["unit"]) if item["actual"] else wording.DASH,
        standing=item["standing"],
        proof=item["proof"],
    )


def _in_unit(text: str, unit: str) -> str:
    """A value with its unit: `ya`, `100 %`, `level 3`, `1 tahun`; ranks as they are."""
    if unit == "boolean":
        return {"1": "ya", "0": "tidak"}.get(text, text)
    if not _PLAIN_NUMBER.fullmatch(text):
        return text
    patterns = {"percent": "{} %", "level": "level {}", "year": "{} tahun"}
    return patterns.get(unit, "{}").format(wording.short(Decimal(text))).replace(" ", wording.NO_BREAK)
