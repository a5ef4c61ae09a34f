"""One page of a worksheet: a sub-area (or a part of hasil) with everything that stands beside its questions."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import Q

from assessments import permissions, scoring
from assessments.models import Answer, Assessment, Note
from assessments.queries.answers import Sheet, same_answer, tpi_sheet
from assessments.queries.checks import Finding, question_findings
from assessments.queries.evidence import Attached, evidence_by_question
from assessments.queries.progress import Tally, UnitWork, area_number, unit_work
from assessments.scoring.kinds import area_key
from assessments.services.transitions import open_questions
from units.models import User


@dataclass(frozen=True)
class Card:
    """One question as the page shows it. `lock` names why it cannot be edited, empty where it can."""

    question: scoring.Question
    row: Answer | None
    answer: scoring.Answer | None
    score: scoring.QuestionScore
    evidence: tuple[Attached, ...]
    notes: tuple[Note, ...]
    advice: Note | None
    tpi: Answer | None
    tpi_score: scoring.QuestionScore | None
    tpi_agrees: bool
    lock: str

    @property
    def code(self) -> str:
        return self.question.code

    @property
    def version(self) -> int:
        return self.row.version if self.row else 0

    @property
    def note(self) -> str:
        return self.row.note if self.row else ""

    @property
    def status(self) -> str:
        """`answered`, `partial` or `blank`."""
        if self.score.answered:
            return "answered"
        return "partial" if self.answer is not None else "blank"

    @property
    def proven(self) -> bool:
        return any(item.record.withdrawn_at is None for item in self.evidence)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(question_findings(self.question, self.answer))


@dataclass(frozen=True, slots=True)
class Row:
    """A sub-area in the outline."""

    node: scoring.Node
    tally: Tally
    score: scoring.NodeScore
    current: bool
    repairs: int = 0

    @property
    def status(self) -> str:
        """`repair` where TPI's notes wait in this round, else as counted."""
        return "repair" if self.repairs else self.tally.status


@dataclass(frozen=True, slots=True)
class Group:
    """An area (or hasil) in the outline: its halves with their rows; `number` is None for hasil."""

    number: int | None
    name: str
    tally: Tally
    score: scoring.NodeScore
    halves: tuple[tuple[str, tuple[Row, ...]], ...]
    current: bool

    @property
    def key_text(self) -> str:
        """The number as an id ends with it; `hasil` without one."""
        return str(self.number or "hasil")

    @property
    def rows(self) -> tuple[Row, ...]:
        return tuple(row for _name, rows in self.halves for row in rows)


@dataclass(frozen=True)
class Page:
    """A page of the worksheet."""

    assessment: Assessment
    node: scoring.Node
    half: scoring.Node
    area: scoring.AreaRef | None
    cards: tuple[Card, ...]
    groups: tuple[Group, ...]
    work: UnitWork
    previous: scoring.Node | None
    next: scoring.Node | None
    lock: str

    @property
    def tally(self) -> Tally:
        return self.work.tallies[self.node.code]

    @property
    def score(self) -> scoring.NodeScore:
        return self.work.result.nodes[self.node.code]


def worksheet_page(assessment: Assessment, node_code: str, user: User, now: datetime) -> Page:
    """Raises KeyError for a code that is no page of the worksheet; at most seven queries."""
    work = unit_work(assessment)
    instrument = work.sheet.instrument.value
    questions = instrument.questions_of(node_code)
    if not questions:
        raise KeyError(node_code)
    node = instrument.node(node_code)
    number = area_number(instrument, node_code)
    opened = open_questions(assessment)
    why = lock_reason(user, assessment, now, number)
    pages = list(instrument.subareas)
    place = pages.index(node)
    return Page(
        assessment=assessment,
        node=node,
        half=_half(instrument, node),
        area=None if number is None else instrument.areas[number - 1],
        cards=tuple(cards(assessment, questions, work, why, opened)),
        groups=outline(work, current=node_code, repairs=_codes(work.sheet, opened)),
        work=work,
        previous=pages[place - 1] if place else None,
        next=pages[place + 1] if place + 1 < len(pages) else None,
        lock=why,
    )


def lock_reason(user: User, assessment: Assessment, now: datetime, area: int | None) -> str:
    """Why somebody cannot edit an area: `role`, `area`, `final`, `review`, `early`, `late`; empty if they can."""
    if not permissions.can_fill(user, assessment):
        return "role"
    if not permissions.can_fill(user, assessment, area):
        return "area"
    if assessment.state == Assessment.State.FINAL:
        return "final"
    if assessment.state not in Assessment.EDITABLE:
        return "review"
    if permissions.is_open_for_unit(assessment, now):
        return ""
    return "early" if now < assessment.period.fill_from else "late"


def cards(
    assessment: Assessment,
    questions: Iterable[scoring.Question],
    work: UnitWork,
    lock: str,
    opened: frozenset[int] | None,
) -> list[Card]:
    """Cards of some questions; three queries, a fourth for TPI's scores of a final assessment."""
    asked = list(questions)
    ids = {item.code: work.sheet.instrument.question_ids[item.code] for item in asked}
    evidence = evidence_by_question(assessment, ids.values())
    notes = visible_notes(assessment, ids.values())
    tpi = tpi_sheet(assessment) if assessment.state == Assessment.State.FINAL else None
    tpi_scores = tpi.result().questions if tpi else {}
    judged = tpi.values if tpi else {}
    given = work.sheet.values
    return [
        Card(
            question=item,
            row=work.sheet.rows.get(item.code),
            answer=given.get(item.code),
            score=work.result.questions[item.code],
            evidence=tuple(evidence.get(ids[item.code], ())),
            notes=tuple(notes[ids[item.code]]),
            advice=_advice(assessment, notes[ids[item.code]]),
            tpi=tpi.rows.get(item.code) if tpi else None,
            tpi_score=tpi_scores.get(item.code),
            tpi_agrees=same_answer(item, given.get(item.code), judged.get(item.code)),
            lock=lock or ("" if opened is None or ids[item.code] in opened else "not_noted"),
        )
        for item in asked
    ]


def visible_notes(assessment: Assessment, question_ids: Iterable[int] | None = None) -> defaultdict[int, list[Note]]:
    """What the unit may read: TPI's notes once released, and advice of the assistance team (SEC-05); one query."""
    readable = Q(released_at__isnull=False) | Q(stage=Note.Stage.ASSISTANCE)
    notes = Note.objects.filter(readable, assessment=assessment).select_related("author")
    if question_ids is not None:
        notes = notes.filter(question__in=list(question_ids))
    found: defaultdict[int, list[Note]] = defaultdict(list)
    for note in notes.order_by("round", "pk"):
        found[note.question_id].append(note)
    return found


def _advice(assessment: Assessment, notes: list[Note]) -> Note | None:
    """The assistance team's note of this round."""
    mine = [note for note in notes if note.stage == Note.Stage.ASSISTANCE and note.round == assessment.round]
    return mine[-1] if mine else None


def outline(work: UnitWork, current: str = "", repairs: frozenset[str] = frozenset()) -> tuple[Group, ...]:
    """The whole worksheet as areas with their sub-areas, and hasil at the end; no query."""
    instrument = work.sheet.instrument.value
    groups = [
        _group(work, area.number, area.name, area_key(area.number), (area.fulfilment, area.reform), current, repairs)
        for area in instrument.areas
    ]
    results = next(node for node in instrument.nodes if node.code == "B")
    return (*groups, _group(work, None, results.name, "B", ("B",), current, repairs))


def _group(
    work: UnitWork,
    number: int | None,
    name: str,
    key: str,
    parts: tuple[str, ...],
    current: str,
    repairs: frozenset[str],
) -> Group:
    instrument = work.sheet.instrument.value
    halves = []
    for part in parts:
        rows = tuple(
            Row(
                node,
                work.tallies[node.code],
                work.result.nodes[node.code],
                node.code == current,
                sum(question.code in repairs for question in instrument.questions_of(node.code)),
            )
            for node in instrument.children(part)
        )
        halves.append((instrument.node(instrument.node(part).parent or part).name, rows))
    is_current = any(row.current for _name, rows in halves for row in rows)
    return Group(number, name, work.tallies[key], work.result.nodes[key], tuple(halves), is_current)


def _half(instrument: scoring.Instrument, node: scoring.Node) -> scoring.Node:
    """Pemenuhan or reform; for a part of hasil, hasil."""
    parent = instrument.node(node.parent or node.code)
    return instrument.node(parent.parent) if parent.parent else parent


def _codes(sheet: Sheet, ids: frozenset[int] | None) -> frozenset[str]:
    return frozenset(sheet.instrument.codes[pk] for pk in ids) if ids else frozenset()
