"""The lead's list of what two members gave: where they differ, what was agreed and why; once both have handed in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from functools import cached_property

from assessments import scoring
from assessments.models import Answer, Assessment, Note
from assessments.queries.answers import StageSheets, stage_sheets
from assessments.queries.desk import Card, make_card, numbers_of, path_of
from assessments.queries.paired import Pair, pairs_of

HASIL = "hasil"


class Show(StrEnum):
    """Which pairs, by the word in the address."""

    OPEN = "belum"
    DIFFERENT = "beda"
    SAME = "sama"
    ALL = "semua"


@dataclass(frozen=True, slots=True)
class Line:
    """One number that a computed question asks for, as the unit and both members gave it."""

    key: str
    label: str
    used: bool
    own: object
    first: object
    second: object


@dataclass(frozen=True)
class AgreementRow:
    """One pair: `card` holds what the lead writes on, `reason` the lead's note of this round, `area` 1-6 or hasil."""

    pair: Pair
    card: Card
    reason: Note | None
    area: str
    stake: Fraction

    @property
    def code(self) -> str:
        return self.pair.code

    @property
    def note_version(self) -> int:
        return self.reason.version if self.reason else 0

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The inputs of a computed question."""
        question = self.pair.question
        sides = [
            numbers_of(scoring.read_answer(question, row.raw) if row else None)
            for row in (self.pair.own, self.pair.first, self.pair.second)
        ]
        return tuple(
            Line(item.key, item.label, item.used, *(side.get(item.key) for side in sides)) for item in question.inputs
        )

    def fits(self, show: Show) -> bool:
        if show is Show.OPEN:
            return not self.pair.is_settled
        return show is Show.ALL or self.pair.is_same == (show is Show.SAME)


@dataclass(frozen=True)
class Agreement:
    """All pairs of the last round, and those that were asked for; counts of one filter keep the other."""

    every: tuple[AgreementRow, ...]
    show: Show
    area: str
    areas: tuple[tuple[str, str], ...]

    @cached_property
    def rows(self) -> tuple[AgreementRow, ...]:
        return tuple(row for row in self._here(self.area) if row.fits(self.show))

    @cached_property
    def counts(self) -> Mapping[Show, int]:
        return {show: sum(row.fits(show) for row in self._here(self.area)) for show in Show}

    @cached_property
    def area_counts(self) -> tuple[tuple[str, str, int], ...]:
        """Key, name, how many of the chosen kind; parts without any left out unless chosen."""
        counted = ((key, name, sum(row.fits(self.show) for row in self._here(key))) for key, name in self.areas)
        return tuple(item for item in counted if item[2] or item[0] == self.area)

    @property
    def different(self) -> int:
        return sum(not row.pair.is_same for row in self.every)

    @property
    def settled(self) -> int:
        return sum(row.pair.is_settled and not row.pair.is_same for row in self.every)

    def _here(self, area: str) -> Iterable[AgreementRow]:
        return (row for row in self.every if area in ("", row.area))


def agreement(assessment: Assessment, show: str = "", area: str = "") -> Agreement:
    """The pairs of the last round; nothing while two score blind. Three queries."""
    sheets = stage_sheets(assessment)
    pairs = pairs_of(assessment, sheets)
    reasons = _reasons(assessment, [pair.first.question_id for pair in pairs])
    places = _places(sheets.instrument.value)
    results = sheets.unit.result(), sheets.tpi.result()
    rows = tuple(_row(sheets, pair, reasons, places, results) for pair in pairs)
    areas = (*((str(item.number), item.name) for item in sheets.instrument.value.areas), (HASIL, ""))
    first = Show.OPEN if any(not row.pair.is_settled for row in rows) else Show.DIFFERENT
    known = {key for key, _name in areas}
    return Agreement(rows, Show(show) if show in set(Show) else first, area if area in known else "", areas)


def _row(
    sheets: StageSheets,
    pair: Pair,
    reasons: Mapping[int, Note],
    places: Mapping[str, str],
    results: tuple[scoring.Result, scoring.Result],
) -> AgreementRow:
    own = {pair.code: pair.agreed} if pair.agreed else {}
    lead = replace(sheets.of(Answer.Stage.LEAD), rows=own)
    written = sheets.of(Answer.Stage.LEAD).rows.get(pair.code)
    return AgreementRow(
        pair=pair,
        card=make_card(sheets.unit, lead, pair.code, results, base=pair.own, version=written.version if written else 0),
        reason=reasons.get(pair.first.question_id),
        area=places[pair.question.node],
        stake=results[0].questions[pair.code].maximum,
    )


def _reasons(assessment: Assessment, questions: list[int]) -> dict[int, Note]:
    """Question id -> the lead's note of the round in which the pairs were given."""
    notes = Note.objects.filter(
        assessment=assessment, question__in=questions, stage=Note.Stage.LEAD, kind=Note.Kind.NOTE
    )
    return {note.question_id: note for note in notes.order_by("round").select_related("author")}


def _places(instrument: scoring.Instrument) -> dict[str, str]:
    """Sub-area -> the key of its area in the address."""
    halves = {code: str(area.number) for area in instrument.areas for code in (area.fulfilment, area.reform)}
    found = {}
    for node in instrument.subareas:
        above = [item.code for item in path_of(instrument, node.code)] + [node.code]
        found[node.code] = next((halves[code] for code in above if code in halves), HASIL)
    return found
