"""The queue of one evaluation: its questions filtered and sorted, with counts that are exact, for one reader."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Max, Q

from assessments import permissions, scoring
from assessments.models import Answer, Assessment, EvidenceUse, Note, TransitionRecord
from assessments.queries.answers import TPI_STAGES, Sheet, StageSheets, disagreements, same_answer, stage_sheets
from assessments.queries.asking import asks, with_replies
from assessments.queries.desk import path_to
from assessments.queries.paired import pairs_of, sheets_for
from units.models import Agency, User

# From so many points of the total a question weighs heavily.
HEAVY = Fraction(1)
# Up to so many questions are all in sight at once, also on a phone.
FEW = 10
LATER = (Answer.Stage.LEAD, Answer.Stage.CONTROLLER)


class Filter(StrEnum):
    """What a question can be, by the word in the address; several together mean all of them."""

    UNSCORED = "belum"
    DIFFERENT = "beda"
    SCORERS = "penilai"
    UNPROVEN = "tanpa-bukti"
    NEW_EVIDENCE = "bukti-baru"
    CHANGED = "berubah"
    BLANK = "kosong"
    OPEN_NOTE = "catatan"
    RETURNED = "dikembalikan"
    HEAVY = "berat"


class Sort(StrEnum):
    """By points at stake, or as the worksheet stands."""

    SHEET = "lke"
    STAKE = "dampak"


@dataclass(frozen=True, slots=True)
class QueueItem:
    """One question. `stake` is its weight share in the total, in points; `own` and `theirs` are raw answers.

    `answer_in_round` and `evidence_in_round`: the unit touched it since the round began, whoever looked at it since.
    """

    question: scoring.Question
    number: int
    stake: Fraction
    flags: frozenset[Filter]
    own: Any
    theirs: Any
    is_scored: bool
    answer_in_round: bool = False
    evidence_in_round: bool = False

    @property
    def code(self) -> str:
        return self.question.code

    @property
    def differs(self) -> bool:
        return Filter.DIFFERENT in self.flags

    @property
    def is_changed(self) -> bool:
        """Something to look at: since the reader's stage scored, or in this round."""
        return bool({Filter.CHANGED, Filter.NEW_EVIDENCE} & self.flags) or self.in_round

    @property
    def in_round(self) -> bool:
        return self.answer_in_round or self.evidence_in_round

    @property
    def is_answer_newer(self) -> bool:
        return Filter.CHANGED in self.flags

    @property
    def is_evidence_newer(self) -> bool:
        return Filter.NEW_EVIDENCE in self.flags

    @property
    def is_asked(self) -> bool:
        """Its improvement was asked for in the round before."""
        return Filter.RETURNED in self.flags

    @property
    def is_unproven(self) -> bool:
        return Filter.UNPROVEN in self.flags


@dataclass(frozen=True, slots=True)
class QueueGroup:
    """Listed questions of one area (or of hasil), and the way to it from the top; no way where areas are mixed."""

    path: tuple[scoring.Node, ...]
    items: tuple[QueueItem, ...]


@dataclass(frozen=True)
class DeskQueue:
    """All questions in the chosen order, and those of them that pass the chosen filters."""

    instrument: scoring.Instrument
    every: tuple[QueueItem, ...]
    chosen: tuple[Filter, ...]
    sort: Sort

    @cached_property
    def items(self) -> tuple[QueueItem, ...]:
        wanted = frozenset(self.chosen)
        return tuple(item for item in self.every if wanted <= item.flags)

    @cached_property
    def counts(self) -> Mapping[Filter, int]:
        """How many questions would be listed with each filter, the chosen ones kept."""
        return {name: sum(name in item.flags for item in self.items) for name in Filter}

    @property
    def groups(self) -> tuple[QueueGroup, ...]:
        """The listed questions in their order, by area where that is the order of the worksheet."""
        if self.sort is not Sort.SHEET:
            return (QueueGroup((), self.items),)
        found: dict[str, list[QueueItem]] = {}
        for item in self.items:
            node = self.instrument.node(item.question.node)
            found.setdefault(node.parent or node.code, []).append(item)
        return tuple(QueueGroup(path_to(self.instrument, code), tuple(items)) for code, items in found.items())

    @property
    def are_few(self) -> bool:
        return len(self.items) <= FEW

    @property
    def total(self) -> int:
        return len(self.every)

    @cached_property
    def codes(self) -> tuple[str, ...]:
        return tuple(item.code for item in self.items)

    @property
    def address(self) -> str:
        """The query string of this queue, empty for the whole worksheet in its own order."""
        return address_of(self.chosen, self.sort)

    def item(self, code: str) -> QueueItem:
        """Any question, whether listed or not; raises KeyError."""
        return self._places[code][1]

    def after(self, code: str) -> QueueItem | None:
        """The next listed question, also from one that has just left the list."""
        place = self._places[code][0]
        return next((item for item in self.items if self._places[item.code][0] > place), None)

    def before(self, code: str) -> QueueItem | None:
        place = self._places[code][0]
        return next((item for item in reversed(self.items) if self._places[item.code][0] < place), None)

    @cached_property
    def _places(self) -> Mapping[str, tuple[int, QueueItem]]:
        return {item.code: (place, item) for place, item in enumerate(self.every)}


@dataclass(frozen=True, slots=True)
class Moments:
    """When the newest evidence that stands came, and when any was last taken away; None for never."""

    came: datetime | None = None
    went: datetime | None = None


@dataclass(frozen=True)
class _Facts:
    """What the flags of the questions are read from, by question code."""

    mine: Sheet
    theirs: Sheet
    stage: Answer.Stage | None
    own_stage: Mapping[str, Answer]
    done: Mapping[str, Answer]
    below: Mapping[str, Answer]
    evidence: Mapping[str, Moments]
    open_notes: frozenset[str]
    asked: frozenset[str]
    contested: frozenset[str]
    round: int
    round_since: datetime | None


def read_filters(words: Iterable[str]) -> tuple[Filter, ...]:
    """Known words, each once, in the order of the screen."""
    given = set(words)
    return tuple(name for name in Filter if name.value in given)


def read_sort(word: str) -> Sort:
    return Sort.STAKE if word == Sort.STAKE else Sort.SHEET


def address_of(chosen: Sequence[Filter], sort: Sort) -> str:
    """`saring=belum&saring=beda&urut=dampak`; the same choice always gives the same text."""
    pairs = [("saring", name.value) for name in Filter if name in chosen]
    return urlencode(pairs + ([("urut", sort.value)] if sort is not Sort.SHEET else []))


def stakes(instrument: scoring.Instrument) -> Mapping[str, Fraction]:
    """Points of the total that each question can bring: the weight of its sub-area, shared out evenly."""
    return instrument.once(_stakes)


def _stakes(instrument: scoring.Instrument) -> dict[str, Fraction]:
    blank = scoring.score(instrument, {})
    return {code: question.maximum for code, question in blank.questions.items()}


def desk_queue(
    assessment: Assessment,
    user: User,
    filters: Iterable[Filter] = (),
    sort: Sort = Sort.SHEET,
    sheets: tuple[Sheet, Sheet] | None = None,
) -> DeskQueue:
    """The questions of one evaluation as this reader may see them; at most six queries besides the sheets."""
    facts = _facts(assessment, user, sheets or sheets_for(user, assessment))
    instrument = facts.mine.instrument.value
    share, own, given = stakes(instrument), facts.mine.values, set(disagreements(facts.mine, facts.theirs))
    every = [
        _item(facts, number, question, share[question.code], question.code in own, question.code in given)
        for number, question in enumerate(instrument.questions, 1)
    ]
    if sort is Sort.STAKE:
        every.sort(key=lambda item: (-item.stake, item.number))
    wanted = set(filters)
    return DeskQueue(instrument, tuple(every), tuple(name for name in Filter if name in wanted), sort)


def _item(
    facts: _Facts, number: int, question: scoring.Question, stake: Fraction, answered: bool, differs: bool
) -> QueueItem:
    code = question.code
    own, row, evidence = facts.mine.rows.get(code), facts.theirs.rows.get(code), facts.evidence.get(code, Moments())
    seen, newest = _seen_at(facts, code), evidence.came
    held = {
        Filter.UNSCORED: code not in facts.done,
        Filter.DIFFERENT: differs,
        Filter.SCORERS: code in facts.contested,
        Filter.UNPROVEN: answered and newest is None,
        Filter.NEW_EVIDENCE: bool(seen and newest and newest > seen),
        Filter.CHANGED: _is_changed(facts, code, seen),
        Filter.BLANK: not answered,
        Filter.OPEN_NOTE: code in facts.open_notes,
        Filter.RETURNED: code in facts.asked,
        Filter.HEAVY: stake >= HEAVY,
    }
    since = facts.round_since
    return QueueItem(
        question=question,
        number=number,
        stake=stake,
        flags=frozenset(name for name, is_so in held.items() if is_so),
        own=own.raw if own else None,
        theirs=row.raw if row else None,
        is_scored=row is not None,
        answer_in_round=bool(since and own and own.round == facts.round),
        evidence_in_round=bool(since and any(moment and moment > since for moment in (newest, evidence.went))),
    )


def _seen_at(facts: _Facts, code: str) -> datetime | None:
    """When the reader's stage last looked at a scored question.

    A later stage has not seen what came in this round merely because the stage before it has.
    """
    row, own = facts.done.get(code) or facts.theirs.rows.get(code), facts.own_stage.get(code)
    if row is None or facts.stage not in LATER:
        return row.updated_at if row else None
    if own is not None and own.round == facts.round:
        return own.updated_at
    return min(row.updated_at, facts.round_since or row.updated_at)


def _is_changed(facts: _Facts, code: str, seen: datetime | None) -> bool:
    """What a stage judged is newer than its look: the answer, evidence that is gone, the score of the stage before."""
    if seen is None:
        return False
    own, below = facts.mine.rows.get(code), facts.below.get(code) if code in facts.own_stage else None
    moments = (own and own.updated_at, facts.evidence.get(code, Moments()).went, below and below.updated_at)
    return any(moment and moment > seen for moment in moments)


def _facts(assessment: Assessment, user: User, sheets: tuple[Sheet, Sheet]) -> _Facts:
    mine, theirs = sheets
    codes, stage = mine.instrument.codes, permissions.score_stage(user, assessment)
    stages = stage_sheets(assessment, names=False)
    notes = _notes(assessment)
    return _Facts(
        mine=mine,
        theirs=theirs,
        stage=stage,
        own_stage=stages.of(stage).rows if stage else {},
        done=_done(assessment, stages, theirs, stage),
        below=stages.below(stage).rows if stage in LATER and stage else {},
        evidence={codes[pk]: moments for pk, moments in _evidence(assessment).items()},
        open_notes=frozenset(codes[note.question_id] for note in notes if note.thread != Note.Thread.CLOSED),
        asked=frozenset(codes[note.question_id] for note in notes if asks(note, assessment.round - 1)),
        contested=_contested(assessment, stages),
        round=assessment.round,
        round_since=round_since(assessment),
    )


def _done(
    assessment: Assessment, stages: StageSheets, theirs: Sheet, stage: Answer.Stage | None
) -> Mapping[str, Answer]:
    """What the reader's stage is done with; for those who only look, or score blind, what they see of TPI."""
    if stage is None or permissions.is_blind(assessment):
        return theirs.rows
    return stages.settled(stage, empty=assessment.later_stages == Agency.LaterStages.EMPTY).rows


def _evidence(assessment: Assessment) -> dict[int, Moments]:
    """By question id; one query."""
    stands = Q(evidence__withdrawn_at__isnull=True)
    rows = (
        EvidenceUse.objects.filter(assessment=assessment)
        .values("question_id")
        .annotate(
            attached=Max("attached_at", filter=stands),
            uploaded=Max("evidence__files__uploaded_at", filter=stands),
            retired=Max("evidence__files__retired_at"),
            withdrawn=Max("evidence__withdrawn_at"),
        )
        .order_by()
    )
    return {
        row["question_id"]: Moments(
            came=max(filter(None, (row["attached"], row["uploaded"])), default=None),
            went=max(filter(None, (row["retired"], row["withdrawn"])), default=None),
        )
        for row in rows
    }


def round_since(assessment: Assessment) -> datetime | None:
    """When the present round began for the unit; None in the first one. At most one query."""
    if assessment.round == 1:
        return None
    steps = TransitionRecord.objects.filter(assessment=assessment, action__in=("return", "reopen"))
    return steps.order_by("-id").values_list("at", flat=True).first()


def _notes(assessment: Assessment) -> list[Note]:
    """TPI's notes of all rounds; an assistance team's advice waits for nobody."""
    rows = Note.objects.filter(assessment=assessment).exclude(stage=Note.Stage.ASSISTANCE)
    rows = rows.only("question_id", "kind", "thread", "round", "released_at").order_by()
    return list(with_replies(rows, (assessment.round - 1,)))


def _contested(assessment: Assessment, stages: StageSheets) -> frozenset[str]:
    """Questions on which stages differ, or the two scorers once both have handed in."""
    groups: dict[str, list[Answer]] = {}
    for stage in TPI_STAGES:
        for code, row in stages.of(stage).rows.items():
            groups.setdefault(code, []).append(row)
    question = stages.instrument.value.question
    disputed = {code for code, rows in groups.items() if _differ(question(code), rows)}
    return frozenset(disputed.union(pair.code for pair in pairs_of(assessment, stages) if not pair.is_same))


def _differ(question: scoring.Question, rows: Sequence[Answer]) -> bool:
    first, *others = (scoring.read_answer(question, row.raw) for row in rows)
    return not all(same_answer(question, first, other) for other in others)
