"""One unit's evaluation at a glance: sub-areas, running scores, gates, lists of questions, history."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import Max

from assessments import scoring
from assessments.models import Assessment, EvidenceUse, Note, TransitionRecord
from assessments.queries.answers import Sheet, disagreements
from assessments.queries.desk import Tally, answer_changed, tally
from assessments.queries.paired import seen_by
from assessments.queries.progress import holds_wbk
from units.models import User

# Lists that an evaluator picks questions from, by the word in the address.
FILTERS = ("belum", "beda", "berubah", "tanpa-bukti", "kosong", "catatan")


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
    """A question in a picked list: what each side says, as `manage.py score` writes it."""

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
    lists: Mapping[str, tuple[str, ...]]
    history: tuple[TransitionRecord, ...]

    @property
    def instrument(self) -> scoring.Instrument:
        return self.mine.instrument.value

    @cached_property
    def whole(self) -> Tally:
        codes = [item.code for item in self.instrument.questions]
        found = tally(self.mine, self.theirs, codes)
        return Tally(found.scored, found.total, found.different, len(self.lists["berubah"]))

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        found: dict[str, list[SubareaRow]] = {}
        for node in self.instrument.subareas:
            found.setdefault(node.parent or node.code, []).append(self._row(node))
        return tuple(Group(self._path(code), tuple(rows)) for code, rows in found.items())

    def _path(self, code: str) -> tuple[scoring.Node, ...]:
        node: scoring.Node | None = self.instrument.node(code)
        path: list[scoring.Node] = []
        while node is not None:
            path.insert(0, node)
            node = self.instrument.node(node.parent) if node.parent else None
        return tuple(path)

    def _row(self, node: scoring.Node) -> SubareaRow:
        codes = [item.code for item in self.instrument.questions_of(node.code)]
        found = tally(self.mine, self.theirs, codes)
        changed = sum(code in self.lists["berubah"] for code in codes)
        return SubareaRow(
            node,
            Tally(found.scored, found.total, found.different, changed),
            sum(self.notes.get(code, 0) for code in codes),
            self.own_result.nodes[node.code],
            self.result.nodes[node.code],
        )

    def questions(self, name: str) -> tuple[QuestionRow, ...]:
        """The questions of a list of FILTERS."""
        return self.rows(self.lists[name])

    def rows(self, codes: tuple[str, ...]) -> tuple[QuestionRow, ...]:
        return tuple(self._question(code) for code in codes)

    def _question(self, code: str) -> QuestionRow:
        own, theirs = self.mine.rows.get(code), self.theirs.rows.get(code)
        question = self.instrument.question(code)
        return QuestionRow(question, own.raw if own else None, theirs.raw if theirs else None, theirs is not None)


def overview(assessment: Assessment, reader: User | None = None) -> Overview:
    """The evaluation of one unit as the reader may see it; five queries, three more in blind scoring."""
    mine, theirs = seen_by(reader, assessment)
    held = holds_wbk(assessment)
    codes = mine.instrument.codes
    evidence = {codes[pk]: moment for pk, moment in _newest_evidence(assessment).items()}
    notes = Counter(codes[pk] for pk in _noted(assessment))
    changed = tuple(
        code
        for code in mine.instrument.question_ids
        if answer_changed(mine, theirs, code)
        or (code in theirs.rows and code in evidence and evidence[code] > theirs.rows[code].updated_at)
    )
    values = mine.values
    order = mine.instrument.question_ids
    return Overview(
        mine=mine,
        theirs=theirs,
        own_result=mine.result(holds_wbk=held),
        result=theirs.result(holds_wbk=held),
        notes=notes,
        lists={
            "belum": tuple(code for code in order if code not in theirs.rows),
            "beda": disagreements(mine, theirs),
            "berubah": changed,
            "tanpa-bukti": tuple(code for code in order if code in values and code not in evidence),
            "kosong": tuple(code for code in order if code not in values),
            "catatan": tuple(code for code in order if code in notes),
        },
        history=tuple(TransitionRecord.objects.filter(assessment=assessment).select_related("actor")),
    )


def _newest_evidence(assessment: Assessment) -> dict[int, datetime]:
    """Question id -> when its newest evidence came, withdrawn records left out."""
    rows = (
        EvidenceUse.objects.filter(assessment=assessment, evidence__withdrawn_at__isnull=True)
        .values("question_id")
        .annotate(attached=Max("attached_at"), uploaded=Max("evidence__files__uploaded_at"))
        .order_by()
    )
    return {row["question_id"]: max(filter(None, (row["attached"], row["uploaded"]))) for row in rows}


def _noted(assessment: Assessment) -> Iterable[int]:
    """Question ids of TPI's notes in the present round, one for each note."""
    rows = Note.objects.filter(assessment=assessment, round=assessment.round)
    return rows.exclude(stage=Note.Stage.ASSISTANCE).values_list("question_id", flat=True).order_by()
