"""TPI's desk: the unit's answer, evidence and notes of a sub-area beside the evaluator's score."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from django.db.models import Q

from assessments import scoring
from assessments.models import Answer, Assessment, Evidence, EvidenceFile, EvidenceUse, Note
from assessments.queries.answers import Sheet, both_sheets, disagreements, same_answer
from assessments.queries.evidence import in_force
from assessments.scoring.kinds import INDEX_KEY, RESPONDENTS_KEY
from assessments.scoring.values import computed_value


@dataclass(frozen=True, slots=True)
class OptionLine:
    """One option, and who chose it."""

    label: str
    score: Decimal
    criterion: str
    own: bool
    theirs: bool


@dataclass(frozen=True, slots=True)
class InputLine:
    """One number that a computed question asks for, as each side gave it."""

    key: str
    label: str
    used: bool
    own: int | Decimal | None
    theirs: int | Decimal | None


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """One record of evidence; `is_new` where it came after the score."""

    record: Evidence
    files: tuple[EvidenceFile, ...]
    is_new: bool


@dataclass(frozen=True)
class Card:
    """One question on the desk. `score` and `own_score` are None while nothing stands on that side."""

    question: scoring.Question
    number: int
    own: Answer | None
    theirs: Answer | None
    own_answer: scoring.Answer | None
    answer: scoring.Answer | None
    own_score: scoring.QuestionScore
    score: scoring.QuestionScore
    evidence: tuple[EvidenceLine, ...] = ()
    withdrawn: int = 0
    note: Note | None = None
    notes: tuple[Note, ...] = ()

    @property
    def code(self) -> str:
        return self.question.code

    @property
    def is_scored(self) -> bool:
        return self.theirs is not None

    @property
    def is_blank(self) -> bool:
        """The unit gave nothing at all."""
        return self.own_answer is None

    @property
    def is_scored_blank(self) -> bool:
        return self.theirs is not None and self.answer is None

    @property
    def differs(self) -> bool:
        return self.is_scored and not same_answer(self.question, self.own_answer, self.answer)

    @property
    def state(self) -> str:
        """`unscored`, `same` or `different`."""
        if not self.is_scored:
            return "unscored"
        return "different" if self.differs else "same"

    @property
    def answer_changed(self) -> bool:
        """The unit wrote on its answer after the score was given."""
        return bool(self.own and self.theirs and self.own.updated_at > self.theirs.updated_at)

    @property
    def new_evidence(self) -> int:
        return sum(line.is_new for line in self.evidence)

    @property
    def has_changed(self) -> bool:
        return self.answer_changed or self.new_evidence > 0

    @property
    def version(self) -> int:
        return self.theirs.version if self.theirs else 0

    @property
    def note_version(self) -> int:
        return self.note.version if self.note else 0

    @cached_property
    def options(self) -> tuple[OptionLine, ...]:
        own, theirs = _label(self.own_answer), _label(self.answer)
        return tuple(
            OptionLine(item.label, item.score, item.criterion, item.label == own, item.label == theirs)
            for item in self.question.options
        )

    @cached_property
    def inputs(self) -> tuple[InputLine, ...]:
        own, theirs = numbers_of(self.own_answer), numbers_of(self.answer)
        return tuple(
            InputLine(item.key, item.label, item.used, own.get(item.key), theirs.get(item.key))
            for item in self.question.inputs
        )

    @cached_property
    def derived(self) -> tuple[InputLine, ...]:
        """Sums shown beside the inputs."""
        own, theirs = numbers_of(self.own_answer), numbers_of(self.answer)
        return tuple(
            InputLine(item.key, item.label, False, _derived(item, own), _derived(item, theirs))
            for item in self.question.derived
        )

    @property
    def own_ratio(self) -> Fraction | None:
        """The formula's outcome before it was clipped; None while inputs are missing or the denominator is 0."""
        return _ratio(self.question, self.own_answer)

    @property
    def ratio(self) -> Fraction | None:
        return _ratio(self.question, self.answer)


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of a sub-area (or of everything)."""

    scored: int = 0
    total: int = 0
    different: int = 0
    changed: int = 0

    @property
    def is_complete(self) -> bool:
        return self.scored == self.total


@dataclass(frozen=True)
class DeskPage:
    """A sub-area with its questions; `before` and `after` are its neighbours' codes, "" at the ends."""

    node: scoring.Node
    path: tuple[scoring.Node, ...]
    cards: tuple[Card, ...]
    tally: Tally
    whole: Tally
    own_score: scoring.NodeScore
    score: scoring.NodeScore
    before: str
    after: str
    outline: tuple[tuple[scoring.Node, Tally], ...] = field(default=())


def desk_page(assessment: Assessment, code: str, stage: str | None) -> DeskPage:
    """The desk of one sub-area for somebody who writes notes under `stage`; six queries.

    Raises KeyError for a code that is no sub-area.
    """
    mine, theirs = both_sheets(assessment)
    questions = mine.instrument.value.questions_of(code)
    if not questions:
        raise KeyError(code)
    ids = [mine.instrument.question_ids[item.code] for item in questions]
    notes = _notes(assessment, ids)
    evidence, withdrawn = _evidence(assessment, ids)
    results = mine.result(), theirs.result()
    cards = []
    for number, question in enumerate(questions, 1):
        key = mine.instrument.question_ids[question.code]
        row = theirs.rows.get(question.code)
        card = make_card(mine, theirs, question.code, number, results)
        own_note, others = _split(notes[key], stage, assessment.round)
        parts = {"note": own_note, "notes": others, "withdrawn": withdrawn.get(key, 0)}
        cards.append(_with(card, evidence=tuple(_line(item, row) for item in evidence[key]), **parts))
    return _page(mine, theirs, code, tuple(cards), results)


def standing(assessment: Assessment, code: str, stage: str | None) -> tuple[Answer | None, Note | None]:
    """TPI's score of a question and the note of a stage, as they are now; two queries."""
    here = {"assessment": assessment, "question__code": code}
    row = Answer.objects.filter(**here, stage=Answer.Stage.MEMBER).select_related("updated_by").first()
    note = Note.objects.filter(**here, stage=stage, round=assessment.round).select_related("author").first()
    return row, note


def _with(card: Card, **parts: Any) -> Card:
    return Card(**{name: getattr(card, name) for name in Card.__dataclass_fields__} | parts)


def make_card(
    mine: Sheet,
    theirs: Sheet,
    code: str,
    number: int = 0,
    results: tuple[scoring.Result, scoring.Result] | None = None,
) -> Card:
    """A card without evidence and notes, from sheets that were read already; no query."""
    own_result, result = results or (mine.result(), theirs.result())
    question = mine.instrument.value.question(code)
    own, row = mine.rows.get(code), theirs.rows.get(code)
    return Card(
        question=question,
        number=number,
        own=own,
        theirs=row,
        own_answer=scoring.read_answer(question, own.raw) if own else None,
        answer=scoring.read_answer(question, row.raw) if row else None,
        own_score=own_result.questions[code],
        score=result.questions[code],
    )


def tally(mine: Sheet, theirs: Sheet, codes: Iterable[str]) -> Tally:
    """How far these questions are; evidence is not looked at."""
    wanted = tuple(codes)
    different = set(disagreements(mine, theirs))
    return Tally(
        scored=sum(code in theirs.rows for code in wanted),
        total=len(wanted),
        different=sum(code in different for code in wanted),
        changed=sum(answer_changed(mine, theirs, code) for code in wanted),
    )


def answer_changed(mine: Sheet, theirs: Sheet, code: str) -> bool:
    own, row = mine.rows.get(code), theirs.rows.get(code)
    return bool(own and row and own.updated_at > row.updated_at)


def _page(
    mine: Sheet,
    theirs: Sheet,
    code: str,
    cards: tuple[Card, ...],
    results: tuple[scoring.Result, scoring.Result],
) -> DeskPage:
    instrument = mine.instrument.value
    order = [node.code for node in instrument.subareas]
    place = order.index(code)
    by_node = {node.code: [item.code for item in instrument.questions_of(node.code)] for node in instrument.subareas}
    here = tally(mine, theirs, by_node[code])
    return DeskPage(
        node=instrument.node(code),
        path=path_of(instrument, code),
        cards=cards,
        tally=Tally(here.scored, here.total, here.different, sum(card.has_changed for card in cards)),
        whole=tally(mine, theirs, instrument_codes(instrument)),
        own_score=results[0].nodes[code],
        score=results[1].nodes[code],
        before=order[place - 1] if place else "",
        after=order[place + 1] if place + 1 < len(order) else "",
        outline=tuple((node, tally(mine, theirs, by_node[node.code])) for node in instrument.subareas),
    )


def instrument_codes(instrument: scoring.Instrument) -> tuple[str, ...]:
    return tuple(item.code for item in instrument.questions)


def path_of(instrument: scoring.Instrument, code: str) -> tuple[scoring.Node, ...]:
    """The nodes above a node, from the top."""
    found: list[scoring.Node] = []
    parent = instrument.node(code).parent
    while parent is not None:
        node = instrument.node(parent)
        found.insert(0, node)
        parent = node.parent
    return tuple(found)


def numbers_of(answer: scoring.Answer | None) -> Mapping[str, int | Decimal]:
    """Numbers of an answer by input key."""
    if isinstance(answer, scoring.Counts):
        return dict(answer.values)
    if isinstance(answer, scoring.Index):
        pairs = ((INDEX_KEY, answer.value), (RESPONDENTS_KEY, answer.respondents))
        return {key: number for key, number in pairs if number is not None}
    return {}


def _label(answer: scoring.Answer | None) -> str:
    return answer.label if isinstance(answer, scoring.Choice) else ""


def _derived(item: scoring.Derived, given: Mapping[str, int | Decimal]) -> int | Decimal | None:
    if not item.formula.names <= given.keys():
        return None
    return scoring.display(item.formula.evaluate(given), 0)


def _ratio(question: scoring.Question, answer: scoring.Answer | None) -> Fraction | None:
    if isinstance(answer, scoring.Choice) or not scoring.is_answered(question, answer):
        return None
    return computed_value(question, dict(numbers_of(answer))).raw


def _notes(assessment: Assessment, ids: list[int]) -> defaultdict[int, list[Note]]:
    found: defaultdict[int, list[Note]] = defaultdict(list)
    rows = Note.objects.filter(assessment=assessment, question_id__in=ids).select_related("author")
    for note in rows.order_by("round", "id"):
        found[note.question_id].append(note)
    return found


def _split(notes: list[Note], stage: str | None, current: int) -> tuple[Note | None, tuple[Note, ...]]:
    """The note that the reader may still write, and all others."""
    own = next((note for note in notes if note.stage == stage and note.round == current), None)
    return own, tuple(note for note in notes if note is not own)


def _evidence(assessment: Assessment, ids: list[int]) -> tuple[defaultdict[int, list[EvidenceUse]], dict[int, int]]:
    """Uses of evidence by question, and how many were withdrawn."""
    found: defaultdict[int, list[EvidenceUse]] = defaultdict(list)
    withdrawn: defaultdict[int, int] = defaultdict(int)
    uses = (
        EvidenceUse.objects.filter(Q(assessment=assessment), question_id__in=ids)
        .select_related("evidence")
        .prefetch_related("evidence__files")
        .order_by("attached_at", "id")
    )
    for use in uses:
        if use.evidence.withdrawn_at is None:
            found[use.question_id].append(use)
        else:
            withdrawn[use.question_id] += 1
    return found, dict(withdrawn)


def _line(use: EvidenceUse, row: Answer | None) -> EvidenceLine:
    files = tuple(in_force(use.evidence.files.all()))
    newest = max([use.attached_at, *(file.uploaded_at for file in files)])
    return EvidenceLine(use.evidence, files, bool(row and newest > row.updated_at))
