"""What the unit said in its latest earlier quarter, and what became of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from assessments import scoring
from assessments.models import Answer, Assessment
from assessments.queries.answers import Sheet, by_force
from assessments.queries.instruments import stored_instrument
from assessments.scoring.values import question_value


@dataclass(frozen=True, slots=True)
class Before:
    """One question in the earlier quarter; values 0..1, None where nothing was answered or TPI's is not released."""

    question: scoring.Question
    row: Answer | None
    value: Fraction | None
    tpi: Answer | None
    tpi_value: Fraction | None

    @property
    def difference(self) -> Fraction | None:
        """TPI's value less the unit's; a blank counts 0, as in the score."""
        if self.tpi is None:
            return None
        return (self.tpi_value or Fraction(0)) - (self.value or Fraction(0))


@dataclass(frozen=True)
class Previous:
    """The earlier assessment with its rows: the unit's, and TPI's once they are final."""

    assessment: Assessment
    unit: Sheet
    tpi: Sheet

    def of(self, code: str) -> Before | None:
        """None for a question that the instrument of that quarter did not have, or that nobody touched."""
        row, judged = self.unit.rows.get(code), self.tpi.rows.get(code)
        if row is None and judged is None:
            return None
        question = self.unit.instrument.value.question(code)
        return Before(question, row, _value(question, row), judged, _value(question, judged))


def previous_answers(assessment: Assessment, codes: Iterable[str] | None = None) -> Previous | None:
    """The latest earlier quarter in which the unit answered anything, with its answers to `codes` or to everything.

    One query. None where there was no such quarter, or where it says nothing to these codes.
    """
    found = Answer.objects.filter(assessment=Subquery(_latest_answered(assessment).values("pk")[:1])).filter(
        Q(stage=Answer.Stage.UNIT) | Q(assessment__state=Assessment.State.FINAL)
    )
    if codes is not None:
        found = found.filter(question__code__in=list(codes))
    rows = list(found.select_related("assessment__period"))
    if not rows:
        return None
    earlier = rows[0].assessment
    earlier.unit = assessment.unit
    if earlier.period.instrument_id == assessment.period.instrument_id:
        earlier.period.instrument = assessment.period.instrument
    stored = stored_instrument(earlier.period.instrument)
    ranked = by_force(rows)
    mine = {stored.codes[row.question_id]: row for row in ranked if row.stage == Answer.Stage.UNIT}
    theirs = {stored.codes[row.question_id]: row for row in ranked if row.stage != Answer.Stage.UNIT}
    return Previous(earlier, Sheet(stored, mine), Sheet(stored, theirs))


def _latest_answered(assessment: Assessment) -> QuerySet[Assessment]:
    period = assessment.period
    earlier = Q(period__year__lt=period.year) | Q(period__year=period.year, period__quarter__lt=period.quarter)
    answered = Answer.objects.filter(assessment=OuterRef("pk"), stage=Answer.Stage.UNIT)
    return Assessment.objects.filter(earlier, Exists(answered), unit_id=assessment.unit_id).order_by(
        "-period__year", "-period__quarter"
    )


def _value(question: scoring.Question, row: Answer | None) -> Fraction | None:
    answer = None if row is None else scoring.read_answer(question, row.raw)
    value = question_value(question, answer)
    return None if value is None else value.number
