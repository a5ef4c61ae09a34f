"""What an uploaded worksheet would change: question by question, against what the unit's answers say now.

`WorkbookImport.content` is what importers/child.py read: `answers` (code -> raw), `cells` and `notes` (code -> where
and what), `proofs`, `problems` and `leftovers` (cell, value, reason, code), `missing` codes, `rows` that ask for
something and how many of them were `placed`, and the `stamp` of a workbook that the portal wrote.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from assessments import scoring
from assessments.models import NOTE_MAX, Answer, Assessment, WorkbookImport
from assessments.queries.answers import Sheet, unit_sheet
from assessments.queries.progress import area_number
from assessments.queries.worksheet import lock_reason
from assessments.services.texts import TextRefused, checked_text
from assessments.services.transitions import open_questions
from units.models import User

Mode = WorkbookImport.Mode
RECENT = 5


class Status(StrEnum):
    """What becomes of a question; each question has exactly one."""

    REJECTED = "rejected"
    STALE = "stale"
    CHANGED = "changed"
    NEW = "new"
    LOCKED = "locked"
    SAME = "same"
    EMPTY = "empty"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Flaw:
    """A cell that is not taken over; `reason` as importers/reasons.py names it."""

    cell: str
    value: str
    reason: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Take:
    """What is written to a question: the answer as it will stand, and the note, None where it stays."""

    line: "Line"
    answer: scoring.Answer | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """One question. `given` and `note` are what the sheet says, None and empty where it says nothing.

    `lock` tells why the person may not write here; `stale` that somebody saved since the workbook was exported.
    """

    question: scoring.Question
    row: Answer | None
    before: scoring.Answer | None
    given: scoring.Answer | None
    note: str
    cell: str
    note_cell: str
    flaws: tuple[Flaw, ...]
    missing: bool
    stale: bool
    lock: str

    @property
    def code(self) -> str:
        return self.question.code

    @property
    def version(self) -> int:
        return self.row.version if self.row else 0

    @property
    def note_before(self) -> str:
        return self.row.note if self.row else ""

    def answer_after(self, mode: str) -> scoring.Answer | None:
        """The answer that this mode leaves behind; blanks of the sheet never erase anything."""
        filled = _joined(self.given, self.before)
        return filled if mode == Mode.FILL else _joined(self.before, self.given)

    def note_after(self, mode: str) -> str:
        if mode == Mode.FILL:
            return self.note_before or self.note
        return self.note or self.note_before

    def changes(self, mode: str) -> bool:
        return self.answer_after(mode) != self.before or self.note_after(mode) != self.note_before

    @property
    def differs(self) -> bool:
        return self.changes(Mode.OVERWRITE)

    @property
    def note_differs(self) -> bool:
        return self.note_after(Mode.OVERWRITE) != self.note_before

    @property
    def answer_differs(self) -> bool:
        return self.answer_after(Mode.OVERWRITE) != self.before

    @property
    def before_raw(self) -> Any:
        return scoring.to_raw(self.before)

    @property
    def after_raw(self) -> Any:
        return scoring.to_raw(self.answer_after(Mode.OVERWRITE))

    @property
    def status(self) -> Status:
        if self.flaws:
            return Status.REJECTED
        if self.missing:
            return Status.MISSING
        if self.given is None and not self.note:
            return Status.EMPTY
        if not self.differs:
            return Status.SAME
        return self._difference()

    def _difference(self) -> Status:
        if self.lock:
            return Status.LOCKED
        if self.stale:
            return Status.STALE
        overwrites = self.answer_after(Mode.FILL), self.note_after(Mode.FILL)
        only_adds = overwrites == (self.answer_after(Mode.OVERWRITE), self.note_after(Mode.OVERWRITE))
        return Status.NEW if only_adds else Status.CHANGED

    def take(self, mode: str, *, with_stale: bool) -> Take | None:
        """What is written in this mode; None where nothing is."""
        if self.lock or not self.changes(mode) or (self.stale and not with_stale):
            return None
        note = self.note_after(mode)
        return Take(self, self.answer_after(mode), None if note == self.note_before else note)


@dataclass(frozen=True)
class Preview:
    """Everything that an import would do. `lock` tells why this person cannot apply anything at all."""

    lines: tuple[Line, ...]
    leftovers: tuple[Flaw, ...]
    content: Mapping[str, Any]
    same_period: bool
    lock: str

    @cached_property
    def groups(self) -> Mapping[Status, tuple[Line, ...]]:
        return {status: tuple(line for line in self.lines if line.status == status) for status in Status}

    @cached_property
    def counts(self) -> Mapping[Status, int]:
        found = Counter(line.status for line in self.lines)
        return {status: found[status] for status in Status}

    @property
    def stamp(self) -> Mapping[str, Any] | None:
        stamp: Mapping[str, Any] | None = self.content["stamp"]
        return stamp

    @cached_property
    def flaws(self) -> tuple[Flaw, ...]:
        """Cells that were refused, those without a question first."""
        return (*self._without_question, *(flaw for line in self.lines for flaw in line.flaws))

    @property
    def _without_question(self) -> Iterable[Flaw]:
        return (flaw for flaw in _flaws(self.content["problems"]) if not flaw.code)

    @cached_property
    def proofs(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Evidence that the sheet names, by question in the order of the worksheet; only shown."""
        named = self.content["proofs"]
        return tuple((line.code, tuple(named[line.code])) for line in self.lines if line.code in named)

    @cached_property
    def versions(self) -> dict[str, int]:
        """Versions of everything that could be written: what an apply must find unchanged."""
        return {line.code: line.version for line in self.lines if not line.lock and line.differs}

    def takes(self, mode: str, *, with_stale: bool = False) -> tuple[Take, ...]:
        found = (line.take(mode, with_stale=with_stale) for line in self.lines)
        return tuple(take for take in found if take is not None)

    @property
    def fills(self) -> int:
        return len(self.takes(Mode.FILL))

    @property
    def overwrites(self) -> int:
        return len(self.takes(Mode.OVERWRITE))


def preview_of(content: Mapping[str, Any], assessment: Assessment, user: User, now: datetime) -> Preview:
    """The differences for this person at this moment; one query, two in a returned round."""
    sheet = unit_sheet(assessment)
    opened = open_questions(assessment)
    same = _is_same_place(content["stamp"], assessment)
    reader = _Reader(content, sheet, same)
    instrument = sheet.instrument
    locks = {
        node.code: lock_reason(user, assessment, now, area_number(instrument.value, node.code))
        for node in instrument.value.subareas
    }
    lines = []
    for question in instrument.value.questions:
        closed = opened is not None and instrument.question_ids[question.code] not in opened
        lines.append(reader.line(question, locks[question.node] or ("not_noted" if closed else "")))
    whole = lock_reason(user, assessment, now, None)
    return Preview(tuple(lines), tuple(_flaws(content["leftovers"])), content, same, whole)


@dataclass(frozen=True)
class _Reader:
    content: Mapping[str, Any]
    sheet: Sheet
    same: bool

    @cached_property
    def values(self) -> Mapping[str, scoring.Answer]:
        return self.sheet.values

    @cached_property
    def flaws(self) -> Mapping[str, tuple[Flaw, ...]]:
        found: dict[str, tuple[Flaw, ...]] = {}
        for flaw in _flaws(self.content["problems"]):
            found[flaw.code] = (*found.get(flaw.code, ()), flaw)
        return found

    def line(self, question: scoring.Question, lock: str) -> Line:
        code = question.code
        row = self.sheet.rows.get(code)
        note, flaws = self._note(code)
        return Line(
            question=question,
            row=row,
            before=self.values.get(code),
            given=scoring.read_answer(question, self.content["answers"].get(code)),
            note=note,
            cell=self.content["cells"].get(code, ""),
            note_cell=self.content["notes"].get(code, {}).get("cell", ""),
            flaws=(*self.flaws.get(code, ()), *flaws),
            missing=code in self.content["missing"],
            stale=self.same and (row.version if row else 0) > self.content["stamp"]["versions"].get(code, 0),
            lock=lock,
        )

    def _note(self, code: str) -> tuple[str, tuple[Flaw, ...]]:
        found = self.content["notes"].get(code)
        if not found:
            return "", ()
        try:
            return checked_text(found["text"], NOTE_MAX), ()
        except TextRefused:
            return "", (Flaw(found["cell"], found["text"][:100], "note_not_storable", code),)


def _flaws(found: Iterable[Mapping[str, str]]) -> Iterable[Flaw]:
    return (Flaw(item["cell"], item["value"], item["reason"], item["code"]) for item in found)


def _joined(below: scoring.Answer | None, above: scoring.Answer | None) -> scoring.Answer | None:
    """The second answer laid over the first: what it leaves blank shows what lies below."""
    if below is None or above is None:
        return below if above is None else above
    if isinstance(below, scoring.Counts) and isinstance(above, scoring.Counts):
        return scoring.Counts({**below.values, **above.values})
    if isinstance(below, scoring.Index) and isinstance(above, scoring.Index):
        return scoring.Index(
            below.value if above.value is None else above.value,
            below.respondents if above.respondents is None else above.respondents,
        )
    return above


def _is_same_place(stamp: Mapping[str, Any] | None, assessment: Assessment) -> bool:
    """Whether the portal wrote the workbook from this very worksheet."""
    if stamp is None:
        return False
    unit = assessment.unit
    here = (unit.agency.code, unit.code, assessment.period.code)
    return (stamp["agency"], stamp["unit"], stamp["period"]) == here


def recent_imports(assessment: Assessment) -> list[WorkbookImport]:
    """The newest few, with who and when; one query."""
    rows = WorkbookImport.objects.filter(assessment=assessment).select_related("uploaded_by", "applied_by")
    return list(rows.defer("content", "outcome")[:RECENT])
