"""One unit's evaluation at a glance: sub-areas, running scores, gates, what waits in the queue, history."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from assessments import scoring
from assessments.models import Assessment, Note, TransitionRecord
from assessments.queries.answers import Sheet
from assessments.queries.desk import Tally, path_to, tally
from assessments.queries.desk_queue import DeskQueue, desk_queue
from assessments.queries.paired import sheets_for
from assessments.queries.progress import holds_wbk
from units.models import User


@dataclass(frozen=True)
class SubareaRow:
    """A sub-area with its counts and both scores."""

    node: scoring.Node
    tally: Tally
    notes: int
    own_score: scoring.NodeScore
    score: scoring.NodeScore


@dataclass(frozen=True)
class Group:
    """An area of one half (or a part of hasil) with its sub-areas."""

    path: tuple[scoring.Node, ...]
    rows: tuple[SubareaRow, ...]

    @property
    def node(self) -> scoring.Node:
        return self.path[-1]


@dataclass(frozen=True)
class QuestionRow:
    """A question that something is said of: what each side says, as `manage.py score` writes it."""

    question: scoring.Question
    own: object
    theirs: object
    is_scored: bool


@dataclass(frozen=True)
class Overview:
    """Everything that the page of one evaluation shows."""

    mine: Sheet
    theirs: Sheet
    own_result: scoring.Result
    result: scoring.Result
    notes: Mapping[str, int]
    queue: DeskQueue
    history: tuple[TransitionRecord, ...]

    @property
    def instrument(self) -> scoring.Instrument:
        return self.mine.instrument.value

    @cached_property
    def changed(self) -> frozenset[str]:
        """What the reader's stage scored before the answer or its evidence changed."""
        return frozenset(item.code for item in self.queue.every if item.is_answer_newer or item.is_evidence_newer)

    @cached_property
    def whole(self) -> Tally:
        codes = [item.code for item in self.instrument.questions]
        found = tally(self.mine, self.theirs, codes)
        return Tally(found.scored, found.total, found.different, len(self.changed))

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        found: dict[str, list[SubareaRow]] = {}
        for node in self.instrument.subareas:
            found.setdefault(node.parent or node.code, []).append(self._row(node))
        return tuple(Group(path_to(self.instrument, code), tuple(rows)) for code, rows in found.items())

    def _row(self, node: scoring.Node) -> SubareaRow:
        codes = [item.code for item in self.instrument.questions_of(node.code)]
        found = tally(self.mine, self.theirs, codes)
        changed = sum(code in self.changed for code in codes)
        return SubareaRow(
            node,
            Tally(found.scored, found.total, found.different, changed),
            sum(self.notes.get(code, 0) for code in codes),
            self.own_result.nodes[node.code],
            self.result.nodes[node.code],
        )

    def rows(self, codes: tuple[str, ...]) -> tuple[QuestionRow, ...]:
        return tuple(self._question(code) for code in codes)

    def _question(self, code: str) -> QuestionRow:
        own, theirs = self.mine.rows.get(code), self.theirs.rows.get(code)
        question = self.instrument.question(code)
        return QuestionRow(question, own.raw if own else None, theirs.raw if theirs else None, theirs is not None)


def overview(assessment: Assessment, reader: User) -> Overview:
    """The evaluation of one unit as the reader may see it; seven queries, three more in blind scoring."""
    mine, theirs = sheets_for(reader, assessment)
    held = holds_wbk(assessment)
    codes = mine.instrument.codes
    return Overview(
        mine=mine,
        theirs=theirs,
        own_result=mine.result(holds_wbk=held),
        result=theirs.result(holds_wbk=held),
        notes=Counter(codes[pk] for pk in _noted(assessment)),
        queue=desk_queue(assessment, reader, sheets=(mine, theirs)),
        history=tuple(TransitionRecord.objects.filter(assessment=assessment).select_related("actor")),
    )


def _noted(assessment: Assessment) -> Iterable[int]:
    """Question ids of TPI's notes in the present round, one for each note."""
    rows = Note.objects.filter(assessment=assessment, round=assessment.round)
    return rows.exclude(stage=Note.Stage.ASSISTANCE).values_list("question_id", flat=True).order_by()
