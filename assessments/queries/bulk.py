"""What agreeing with many questions at once would do to each of them, and whether the last such step can be undone."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from assessments import permissions, scoring
from assessments.models import Answer, Assessment, BulkScore
from assessments.queries.answers import Sheet, StageSheets, same_answer, stage_sheets
from assessments.queries.desk_queue import Filter, QueueItem, desk_queue
from assessments.queries.paired import is_blind, sheets_for, unsettled
from units.models import User

Stage = Answer.Stage


class Outcome(StrEnum):
    """NEW: no score yet. AGAIN: a score is renewed after a change. SAME: nothing happens. REFUSED: see Why."""

    NEW = "new"
    AGAIN = "again"
    SAME = "same"
    REFUSED = "refused"


class Why(StrEnum):
    """Why a question is not agreed with in bulk; each can be settled on the desk by itself."""

    DIFFERENT = "different"
    NOTHING_BELOW = "nothing_below"
    APART = "apart"


@dataclass(frozen=True, slots=True)
class BulkRow:
    """One question: `base` is what would be agreed with, `said` this stage's score, `kept` the row that keeps it."""

    item: QueueItem
    base: Answer | None
    said: Answer | None
    kept: Answer | None
    outcome: Outcome
    why: Why | None = None

    @property
    def code(self) -> str:
        return self.item.code

    @property
    def question(self) -> scoring.Question:
        return self.item.question

    @property
    def is_written(self) -> bool:
        return self.outcome in (Outcome.NEW, Outcome.AGAIN)

    @property
    def version(self) -> int:
        return self.kept.version if self.kept else 0

    @property
    def token(self) -> str:
        """What the page saw: the question with the versions of both sides."""
        return f"{self.code}@{self.version}.{self.base.version if self.base else 0}"


@dataclass(frozen=True)
class BulkPlan:
    """Rows in the order of the worksheet; `unknown` are codes that this worksheet does not have."""

    stage: Stage
    is_blind: bool
    rows: tuple[BulkRow, ...]
    unknown: tuple[str, ...]

    @property
    def written(self) -> tuple[BulkRow, ...]:
        return tuple(row for row in self.rows if row.is_written)

    @property
    def refused(self) -> tuple[BulkRow, ...]:
        return tuple(row for row in self.rows if row.outcome is Outcome.REFUSED)

    @property
    def same(self) -> tuple[BulkRow, ...]:
        return tuple(row for row in self.rows if row.outcome is Outcome.SAME)


def bulk_plan(assessment: Assessment, user: User, codes: Iterable[str]) -> BulkPlan:
    """What agreeing with these questions would do now, for whoever has the turn; a fixed number of queries.

    Raises ValueError for somebody who has not.
    """
    stage = permissions.score_stage(user, assessment)
    if stage is None:
        raise ValueError(assessment.state)
    sheets = sheets_for(user, assessment)
    queue = desk_queue(assessment, user, sheets=sheets)
    stages, wanted = stage_sheets(assessment, names=False), set(codes)
    waiting = frozenset(unsettled(assessment, stages)) if stage is Stage.LEAD else frozenset()
    plan = _Plan(stage, is_blind(assessment), sheets[1], stages, waiting)
    known = {item.code for item in queue.every}
    rows = tuple(plan.row(item) for item in queue.every if item.code in wanted)
    return BulkPlan(stage, plan.is_blind, rows, tuple(sorted(wanted - known)))


@dataclass(frozen=True)
class _Plan:
    stage: Stage
    is_blind: bool
    theirs: Sheet
    stages: StageSheets
    waiting: frozenset[str]

    def row(self, item: QueueItem) -> BulkRow:
        base = self.stages.below(self.stage).rows.get(item.code)
        said = self._said(item.code)
        outcome, why = self._outcome(item, base, said)
        return BulkRow(item, base, said, self._kept(item.code, said), outcome, why)

    def _said(self, code: str) -> Answer | None:
        return (self.theirs if self.is_blind else self.stages.of(self.stage)).rows.get(code)

    def _kept(self, code: str, said: Answer | None) -> Answer | None:
        """The row that a score is written to, one that was taken back too."""
        if said is not None or self.is_blind:
            return said
        return self.stages.withdrawn.get((self.stage, self.stages.instrument.question_ids[code]))

    def _outcome(self, item: QueueItem, base: Answer | None, said: Answer | None) -> tuple[Outcome, Why | None]:
        if item.code in self.waiting:
            return Outcome.REFUSED, Why.APART
        if base is None and self.stage is not Stage.MEMBER:
            return Outcome.REFUSED, Why.NOTHING_BELOW
        if said is None:
            return Outcome.NEW, None
        if not _same(item.question, base, said):
            newer = base is not None and base.updated_at > said.updated_at
            return (Outcome.AGAIN, None) if newer else (Outcome.REFUSED, Why.DIFFERENT)
        is_newer = bool({Filter.CHANGED, Filter.NEW_EVIDENCE} & item.flags)
        return (Outcome.AGAIN if is_newer else Outcome.SAME), None


def _same(question: scoring.Question, one: Answer | None, other: Answer) -> bool:
    answers = (scoring.read_answer(question, row.raw) if row else None for row in (one, other))
    return same_answer(question, *answers)


def last_bulk(assessment: Assessment, user: User) -> BulkScore | None:
    """The person's own last bulk step on this worksheet, if it still stands; at most one query."""
    stage = permissions.score_stage(user, assessment)
    if stage is None:
        return None
    step = BulkScore.objects.filter(assessment=assessment, actor=user).first()
    if step is None or step.undone_at is not None:
        return None
    here = {"stage": stage.value, "round": assessment.round}
    return step if all(here.items() <= row.items() for row in step.rows) else None
