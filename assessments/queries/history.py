"""What the unit said to one question, save by save, newest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count

from assessments.models import Answer, AnswerRevision, Assessment
from assessments.queries.instruments import stored_instrument
from units.models import User

PER_PAGE = 20


@dataclass(frozen=True, slots=True)
class Text:
    """An answer in the format of `manage.py score`, and the note beside it."""

    raw: Any
    note: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One save: what it said, and what stood before it (None before the first)."""

    version: int
    by: User | None
    at: datetime
    round: int
    origin: str
    origin_name: str
    after: Text
    before: Text | None
    is_standing: bool

    @property
    def changes_answer(self) -> bool:
        return self.before is None or self.before.raw != self.after.raw

    @property
    def changes_note(self) -> bool:
        return (self.before.note if self.before else "") != self.after.note


@dataclass(frozen=True, slots=True)
class History:
    """A page of saves; `version` is that of the answer now, 0 while nobody has touched the question."""

    version: int
    entries: tuple[Entry, ...]
    number: int
    pages: int

    @property
    def newer(self) -> int:
        """The number of the page before this one; 0 on the first."""
        return self.number - 1

    @property
    def older(self) -> int:
        """The number of the next page; 0 on the last."""
        return self.number + 1 if self.number < self.pages else 0


def history_page(assessment: Assessment, code: str, number: int) -> History:
    """The saves of the unit's answer; a number beyond the last page gives the last. Two queries."""
    answer = unit_answer(assessment, code)
    if answer is None:
        return History(0, (), 1, 1)
    pages = max(1, -(-answer.saves // PER_PAGE))
    number = min(max(1, number), pages)
    start = (number - 1) * PER_PAGE
    found = AnswerRevision.objects.filter(answer=answer).select_related("by").order_by("-version")
    rows = list(found[start : start + PER_PAGE + 1])
    goes_on = len(rows) > PER_PAGE
    if number == 1 and (not rows or rows[0].version != answer.version):
        rows.insert(0, _standing(answer))  # a text that came past the services is no less a text
    shown = rows[:-1] if goes_on else rows
    earlier = rows[1:] if goes_on else [*rows[1:], None]
    entries = tuple(_entry(row, before, answer.version) for row, before in zip(shown, earlier, strict=True))
    return History(answer.version, entries, number, pages)


def unit_answer(assessment: Assessment, code: str) -> Any:
    """The unit's row with `saves`, how many revisions it has; one query."""
    question = stored_instrument(assessment.period.instrument).question_ids[code]
    rows = Answer.objects.filter(assessment=assessment, question=question, stage=Answer.Stage.UNIT)
    return rows.select_related("updated_by").annotate(saves=Count("revisions")).first()


def revision_of(assessment: Assessment, code: str, version: int) -> AnswerRevision | None:
    """One save of the unit's answer; one query."""
    question = stored_instrument(assessment.period.instrument).question_ids[code]
    rows = AnswerRevision.objects.filter(
        answer__assessment=assessment, answer__question=question, answer__stage=Answer.Stage.UNIT, version=version
    )
    return rows.first()


def _standing(answer: Answer) -> AnswerRevision:
    """The text that stands as a revision of its own, not stored."""
    revision = AnswerRevision.of(answer)
    revision.by = answer.updated_by
    return revision


def _entry(row: AnswerRevision, before: AnswerRevision | None, standing: int) -> Entry:
    return Entry(
        version=row.version,
        by=row.by,
        at=row.at,
        round=row.round,
        origin=row.origin,
        origin_name=row.get_origin_display(),
        after=Text(row.raw, row.note),
        before=Text(before.raw, before.note) if before else None,
        is_standing=row.version == standing,
    )
