"""How far unit, members, lead and controller are apart, by question, area, evaluator and unit; in points.

Only worksheets that members have passed on are compared, so that blind scores stay secret until both are in. The
unit's side is what it claimed in the first round: a unit that gives way to a note claimed it all the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from assessments import scoring
from assessments.models import Answer, AnswerRevision, Assessment, BlindScore, Period
from assessments.queries.answers import same_answer
from assessments.queries.instruments import stored_instrument
from assessments.queries.progress import area_number
from assessments.queries.reports import in_order
from assessments.queries.workload import assignable
from assessments.scoring.values import question_value
from units.models import Unit, User

State, Stage = Assessment.State, Answer.Stage
COMPARED = (State.REVIEW_LEAD, State.REVIEW_CONTROLLER, State.FINAL)
# What is compared: the first minus the second.
CLAIM, LEAD, CONTROLLER, BLIND = "claim", "lead", "controller", "blind"
MEASURES = (CLAIM, LEAD, CONTROLLER, BLIND)
RESULTS = 0  # the number of hasil among the areas
NOTHING = Fraction(0)


@dataclass
class Apart:
    """Pairs of scores: how many, how many differ, and by how many points with and without their sign."""

    compared: int = 0
    different: int = 0
    points: Fraction = NOTHING
    distance: Fraction = NOTHING
    units: set[int] = field(default_factory=set)

    def add(self, unit_id: int, gap: Fraction, *, differs: bool) -> None:
        self.compared += 1
        self.different += differs
        self.points += gap
        self.distance += abs(gap)
        self.units.add(unit_id)

    @property
    def per_unit(self) -> Fraction | None:
        """Points of an average worksheet: above 0 where the first side gives more."""
        return self.points / len(self.units) if self.units else None

    @property
    def distance_per_unit(self) -> Fraction | None:
        return self.distance / len(self.units) if self.units else None

    @property
    def share(self) -> Fraction | None:
        """How many of the pairs differ, 0 to 1."""
        return Fraction(self.different, self.compared) if self.compared else None


def _measures() -> dict[str, Apart]:
    return {name: Apart() for name in MEASURES}


@dataclass
class Line:
    """One question, area, unit or evaluator with what was compared there."""

    label: str
    code: str = ""
    unit: Unit | None = None
    by: dict[str, Apart] = field(default_factory=_measures)

    @property
    def claim(self) -> Apart:
        """Unit's claim and TPI's score in force; for an evaluator, and that evaluator's own score."""
        return self.by[CLAIM]

    @property
    def lead(self) -> Apart:
        return self.by[LEAD]

    @property
    def controller(self) -> Apart:
        return self.by[CONTROLLER]

    @property
    def blind(self) -> Apart:
        return self.by[BLIND]


@dataclass(frozen=True)
class Calibration:
    """The tables. `claims` is unit -> area (0: hasil) -> points claimed above TPI."""

    period: Period
    units: tuple[Line, ...]
    areas: tuple[Line, ...]
    questions: tuple[Line, ...]
    evaluators: tuple[Line, ...]
    claims: Mapping[int, Mapping[int, Apart]]
    total: int

    @cached_property
    def has_blind(self) -> bool:
        return any(line.blind.compared for line in self.units)

    @property
    def furthest(self) -> tuple[Line, ...]:
        """Questions where anything differs, the greatest distance of claim and score first."""
        moved = [line for line in self.questions if any(part.different for part in line.by.values())]
        return tuple(sorted(moved, key=lambda line: (-line.claim.distance, -line.blind.distance, -line.lead.distance)))


@dataclass(frozen=True, slots=True)
class _Said:
    """One side's score of a question: the answer as scoring reads it, its points, and who gave it."""

    answer: scoring.Answer | None
    points: Fraction
    by: int | None = None
    round: int = 1


def _still_holds(said: _Said | None, *before: _Said | None) -> _Said | None:
    """A later stage's score, unless an earlier stage scored again in a newer round (`answers.by_force`)."""
    newest = max((item.round for item in before if item), default=0)
    return said if said and said.round >= newest else None


def calibration(user: User, period: Period) -> Calibration:
    """What this person may compare in a period; six queries for any number of units."""
    rows = assignable(user).filter(period=period).select_related("unit", "period__instrument")
    everything = sorted(rows, key=lambda row: in_order(row.unit))
    found = {row.pk: row for row in everything if row.state in COMPARED}
    sums = _Reckoning(stored_instrument(period.instrument).value, period)
    sums.read(found)
    for assessment in found.values():
        sums.compare(assessment)
    names = dict(User.objects.filter(pk__in=sums.evaluators).values_list("pk", "full_name"))
    people = [_named(line, names.get(pk, "")) for pk, line in sums.evaluators.items()]
    return Calibration(
        period=period,
        units=tuple(sums.units.values()),
        areas=tuple(sums.areas[number] for number in (*range(1, len(sums.instrument.areas) + 1), RESULTS)),
        questions=tuple(sums.questions.values()),
        evaluators=tuple(sorted(people, key=lambda line: line.label)),
        claims=sums.claims,
        total=len(everything),
    )


def _named(line: Line, name: str) -> Line:
    line.label = name
    return line


class _Reckoning:
    """Sums up while it walks through the worksheets, question by question."""

    def __init__(self, instrument: scoring.Instrument, period: Period) -> None:
        self.instrument = instrument
        self.stored = stored_instrument(period.instrument)
        blank = scoring.score(instrument, {})
        self.maxima = {code: item.maximum for code, item in blank.questions.items()}
        self.area_of = {item.code: area_number(instrument, item.node) or RESULTS for item in instrument.questions}
        self.areas = {area.number: Line(area.name, str(area.number)) for area in instrument.areas}
        self.areas[RESULTS] = Line("Hasil", "B")
        self.questions = {item.code: Line(item.text, item.code) for item in instrument.questions}
        self.units: dict[int, Line] = {}
        self.evaluators: dict[int, Line] = {}
        self.claims: dict[int, dict[int, Apart]] = {}
        self.said: dict[tuple[int, str, str], _Said] = {}
        self.known: dict[tuple[str, str], _Said] = {}

    def read(self, found: Mapping[int, Assessment]) -> None:
        """What everybody said: claims of first rounds, the rows of each stage, the blind scores."""
        columns = ("question_id", "choice", "inputs")
        rows = Answer.objects.filter(assessment__in=found).order_by()
        for pk, stage, by, number, *said in rows.values_list(
            "assessment_id", "stage", "updated_by_id", "round", *columns
        ):
            self._hear(pk, stage, by, (said[0], said[1], said[2]), number)
        self._hear_first_claims({row.pk for row in found.values() if row.round > 1})
        blind = BlindScore.objects.filter(assessment__in=found, is_withdrawn=False).order_by()
        for pk, slot, by, *said in blind.values_list("assessment_id", "slot", "updated_by_id", *columns):
            self._hear(pk, f"slot{slot}", by, (said[0], said[1], said[2]))

    def _hear_first_claims(self, later: set[int]) -> None:
        """In place of what the unit says now, where it changed that in a later round."""
        for key in [key for key, said in self.said.items() if key[2] == Stage.UNIT and said.round > 1]:
            del self.said[key]
        first = AnswerRevision.objects.filter(answer__assessment__in=later, answer__stage=Stage.UNIT, round=1)
        columns = ("answer__assessment_id", "by_id", "answer__question_id", "choice", "inputs")
        for pk, by, *said in first.order_by("answer", "version").values_list(*columns):
            self._hear(pk, Stage.UNIT, by, (said[0], said[1], said[2]))

    def _hear(self, pk: int, side: str, by: int | None, said_row: tuple[int, str, Any], number: int = 1) -> None:
        question_id, choice, inputs = said_row
        code = self.stored.codes[question_id]
        key = (code, choice or repr(inputs))
        if key not in self.known:
            question = self.instrument.question(code)
            answer = scoring.read_answer(question, choice or inputs or None)
            value = question_value(question, answer)
            self.known[key] = _Said(answer, value.number * self.maxima[code] if value else NOTHING)
        said = self.known[key]
        self.said[pk, code, side] = _Said(said.answer, said.points, by, number)

    def compare(self, assessment: Assessment) -> None:
        """All pairs of one worksheet."""
        self.units[assessment.unit_id] = Line(assessment.unit.name, unit=assessment.unit)
        self.claims[assessment.unit_id] = {number: Apart() for number in self.areas}
        for code in self.questions:
            self._compare(assessment, code)

    def _compare(self, assessment: Assessment, code: str) -> None:
        own, member, lead, controller, one, two = (
            self.said.get((assessment.pk, code, side))
            for side in (Stage.UNIT, Stage.MEMBER, Stage.LEAD, Stage.CONTROLLER, "slot1", "slot2")
        )
        lead, controller = _still_holds(lead, member), _still_holds(controller, lead, member)
        in_force = controller or lead or member
        claim = own or _Said(None, NOTHING)
        lines = (self.questions[code], self.areas[self.area_of[code]], self.units[assessment.unit_id])
        where = [line.by for line in lines]
        if one and two:
            self._add(assessment, code, one, two, [line[BLIND] for line in where])
        self._compare_evaluators(assessment, code, claim, in_force, [one, two] if one and two else [member])
        if in_force is None:
            return
        self._add(assessment, code, claim, in_force, [line[CLAIM] for line in where])
        self._add(assessment, code, claim, in_force, [self.claims[assessment.unit_id][self.area_of[code]]])
        if member and (lead or assessment.state != State.REVIEW_LEAD):
            self._add(assessment, code, member, lead or member, [line[LEAD] for line in where])
        before = lead or member
        if before and (controller or assessment.state == State.FINAL):
            self._add(assessment, code, before, controller or before, [line[CONTROLLER] for line in where])

    def _compare_evaluators(
        self, assessment: Assessment, code: str, claim: _Said, in_force: _Said | None, given: Iterable[_Said | None]
    ) -> None:
        for said in given:
            if said is None or said.by is None:
                continue
            line = self.evaluators.setdefault(said.by, Line(""))
            self._add(assessment, code, claim, said, [line.by[CLAIM]])
            if in_force is not None:
                self._add(assessment, code, said, in_force, [line.by[LEAD]])

    def _add(self, assessment: Assessment, code: str, one: _Said, other: _Said, where: Iterable[Apart]) -> None:
        differs = not same_answer(self.instrument.question(code), one.answer, other.answer)
        for part in where:
            part.add(assessment.unit_id, one.points - other.points, differs=differs)
