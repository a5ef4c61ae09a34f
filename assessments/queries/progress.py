"""How far a unit's worksheet is: one reckoning for every page (answered and proven apart, score so far)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from assessments import scoring
from assessments.models import Answer, Assessment, EvidenceUse
from assessments.queries.answers import Sheet
from assessments.queries.instruments import stored_instrument
from assessments.scoring.kinds import area_key
from units.models import Predikat, UnitYear


@dataclass(frozen=True, slots=True)
class Tally:
    """Of `questions`, so many are `answered`; of these, so many are `proven` by evidence that stands."""

    questions: int = 0
    answered: int = 0
    proven: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.questions + other.questions, self.answered + other.answered, self.proven + other.proven)

    @property
    def missing(self) -> int:
        return self.questions - self.answered

    @property
    def unproven(self) -> int:
        """Answered without evidence."""
        return self.answered - self.proven

    @property
    def status(self) -> str:
        """`not_started`, `incomplete`, `complete`; evidence is counted apart and does not change it."""
        if not self.answered:
            return "not_started"
        return "incomplete" if self.missing else "complete"


@dataclass(frozen=True)
class UnitWork:
    """A unit's answers with what follows from them."""

    sheet: Sheet
    evidenced: frozenset[str]

    @cached_property
    def result(self) -> scoring.Result:
        """Without the WBK predicate, which concerns one gate of WBBM only."""
        return self.sheet.result()

    @cached_property
    def answered(self) -> frozenset[str]:
        return frozenset(code for code, item in self.result.questions.items() if item.answered)

    @cached_property
    def proven(self) -> frozenset[str]:
        return self.answered & self.evidenced

    @cached_property
    def tallies(self) -> Mapping[str, Tally]:
        """By node code, `area:1`..`area:6` and `total`."""
        instrument = self.sheet.instrument.value
        found: dict[str, Tally] = {}
        for node in reversed(instrument.nodes):
            own = self.tally_of(question.code for question in instrument.questions_of(node.code))
            parts = (found[child.code] for child in instrument.children(node.code))
            found[node.code] = sum(parts, own)
        for area in instrument.areas:
            found[area_key(area.number)] = found[area.fulfilment] + found[area.reform]
        roots = (found[node.code] for node in instrument.nodes if node.parent is None)
        return found | {"total": sum(roots, Tally())}

    def tally_of(self, codes: Iterable[str]) -> Tally:
        wanted = set(codes)
        return Tally(len(wanted), len(wanted & self.answered), len(wanted & self.proven))

    @property
    def total(self) -> Tally:
        return self.tallies["total"]


def unit_work(assessment: Assessment) -> UnitWork:
    """The unit's side of a worksheet; one query.

    Evidence of a question that has no answer row yet is not looked for: without an answer nothing is proven.
    """
    instrument = stored_instrument(assessment.period.instrument)
    rows = list(answers_with_evidence(assessment))
    codes = instrument.codes
    return UnitWork(
        Sheet(instrument, {codes[row.question_id]: row for row in rows}),
        frozenset(codes[row.question_id] for row in rows if row.has_evidence),
    )


def answers_with_evidence(assessment: Assessment) -> QuerySet[Any]:
    """The unit's answer rows, each with `has_evidence`."""
    return (
        Answer.objects.filter(assessment=assessment, stage=Answer.Stage.UNIT)
        .select_related("updated_by")
        .annotate(has_evidence=Exists(standing_evidence(assessment, OuterRef("question_id"))))
    )


def standing_evidence(assessment: Any, question: Any) -> QuerySet[EvidenceUse]:
    """Uses by a question of evidence that is not withdrawn."""
    return EvidenceUse.objects.filter(assessment=assessment, question=question, evidence__withdrawn_at__isnull=True)


def area_number(instrument: scoring.Instrument, node_code: str) -> int | None:
    """Number 1-6 of the area that a node or question lies in; None for results."""
    for area in instrument.areas:
        if any(node_code == part or node_code.startswith(f"{part}.") for part in (area.fulfilment, area.reform)):
            return area.number
    return None


def holds_wbk(assessment: Assessment) -> bool:
    """Whether the unit holds the WBK predicate in the year of the period; one query."""
    held = Predikat.objects.filter(unit_id=assessment.unit_id, kind="WBK", year__lte=assessment.period.year)
    return held.exists()


def target_of(assessment: Assessment) -> str:
    """The predicate that the unit aims at in the year, WBK where nobody has said; one query."""
    year = UnitYear.objects.filter(unit_id=assessment.unit_id, year=assessment.period.year).first()
    return year.target if year else "WBK"
