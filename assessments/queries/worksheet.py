"""The worksheet's pages: a sub-area (or a part of hasil), one question alone, and the whole sheet."""

from dataclasses import dataclass
from datetime import datetime

from assessments import permissions, scoring
from assessments.models import Assessment
from assessments.queries.answers import Sheet
from assessments.queries.cards import READING, Card, cards
from assessments.queries.progress import Tally, UnitWork, area_number, unit_work
from assessments.scoring.kinds import area_key
from assessments.services.transitions import open_questions
from units.models import User


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
    """A page of the worksheet: a sub-area with all its questions. `lock` says why none of them can be edited."""

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

    @property
    def first_open(self) -> str:
        """Where reading one question at a time begins: the first that is not answered, else the first."""
        return next((card.code for card in self.cards if card.status != "answered"), self.cards[0].code)


@dataclass(frozen=True)
class Focus:
    """A page with one question, `place` counted from 1 over the whole worksheet; neighbours are codes."""

    page: Page
    place: int
    count: int
    previous: str
    next: str

    @property
    def card(self) -> Card:
        return self.page.cards[0]


@dataclass(frozen=True, slots=True)
class Part:
    """An area (or hasil) of the whole sheet: its halves, each with rows of the outline and their cards."""

    group: Group
    halves: tuple[tuple[str, tuple[tuple[Row, tuple[Card, ...]], ...]], ...]
    lock: str


@dataclass(frozen=True)
class Whole:
    """The whole worksheet for reading and printing. `lock` says why nothing of it can be edited."""

    assessment: Assessment
    parts: tuple[Part, ...]
    groups: tuple[Group, ...]
    work: UnitWork
    lock: str

    @property
    def first_open(self) -> str:
        """The first question that is not answered, else the first."""
        codes = [question.code for question in self.work.sheet.instrument.value.questions]
        return next((code for code in codes if code not in self.work.answered), codes[0])

    @property
    def first_node(self) -> str:
        """The sub-area of that question."""
        return self.work.sheet.instrument.value.question(self.first_open).node


def worksheet_page(assessment: Assessment, node_code: str, user: User, now: datetime) -> Page:
    """Raises KeyError for a code that is no page of the worksheet; at most eleven queries."""
    work = unit_work(assessment)
    questions = work.sheet.instrument.value.questions_of(node_code)
    if not questions:
        raise KeyError(node_code)
    return _page(assessment, work, questions, user, now)


def focus_page(assessment: Assessment, code: str, user: User, now: datetime) -> Focus:
    """Raises KeyError for an unknown question; the queries of `worksheet_page`."""
    work = unit_work(assessment)
    instrument = work.sheet.instrument.value
    page = _page(assessment, work, (instrument.question(code),), user, now)
    codes = [question.code for question in instrument.questions]
    place = codes.index(code)
    return Focus(
        page=page,
        place=place + 1,
        count=len(codes),
        previous=codes[place - 1] if place else "",
        next=codes[place + 1] if place + 1 < len(codes) else "",
    )


def whole_page(assessment: Assessment, user: User, now: datetime) -> Whole:
    """Every question; the queries of `worksheet_page`. What could be edited is locked as `READING`."""
    work = unit_work(assessment)
    instrument = work.sheet.instrument.value
    opened = open_questions(assessment)
    lock = Locks(user, assessment, now, instrument, _codes(work.sheet, opened))
    found = cards(assessment, instrument.questions, work, lambda code: lock.of(code) or READING)
    by_node = {node.code: tuple(card for card in found if card.question.node == node.code) for node in instrument.nodes}
    groups = outline(work, repairs=lock.opened or frozenset())
    reasons = {lock.of_area(group.number) for group in groups}
    return Whole(
        assessment=assessment,
        parts=tuple(_part(group, by_node, lock.of_area(group.number)) for group in groups),
        groups=groups,
        work=work,
        lock=reasons.pop() if len(reasons) == 1 else "",
    )


def one_card(assessment: Assessment, code: str, work: UnitWork, user: User, now: datetime) -> Card:
    """One question as its page shows it; for an answer that replaces a part of the page."""
    instrument = work.sheet.instrument.value
    lock = Locks(user, assessment, now, instrument, _codes(work.sheet, open_questions(assessment)))
    (card,) = cards(assessment, [instrument.question(code)], work, lock.of)
    return card


def _page(
    assessment: Assessment, work: UnitWork, questions: tuple[scoring.Question, ...], user: User, now: datetime
) -> Page:
    instrument = work.sheet.instrument.value
    node = instrument.node(questions[0].node)
    number = area_number(instrument, node.code)
    lock = Locks(user, assessment, now, instrument, _codes(work.sheet, open_questions(assessment)))
    pages = list(instrument.subareas)
    place = pages.index(node)
    return Page(
        assessment=assessment,
        node=node,
        half=_half(instrument, node),
        area=None if number is None else instrument.areas[number - 1],
        cards=tuple(cards(assessment, questions, work, lock.of)),
        groups=outline(work, current=node.code, repairs=lock.opened or frozenset()),
        work=work,
        previous=pages[place - 1] if place else None,
        next=pages[place + 1] if place + 1 < len(pages) else None,
        lock=lock.of_area(number),
    )


def _part(group: Group, by_node: dict[str, tuple[Card, ...]], lock: str) -> Part:
    halves = tuple((name, tuple((row, by_node[row.node.code]) for row in rows)) for name, rows in group.halves)
    return Part(group, halves, lock)


@dataclass(frozen=True)
class Locks:
    """Why a person cannot edit a question or an area now; `opened` are the codes of a returned round, else None."""

    user: User
    assessment: Assessment
    now: datetime
    instrument: scoring.Instrument
    opened: frozenset[str] | None

    def of(self, code: str) -> str:
        """As `of_area`, and `not_noted` where TPI left no note in a returned round."""
        why = self.of_area(area_number(self.instrument, code))
        return why or ("" if self.opened is None or code in self.opened else "not_noted")

    def of_area(self, number: int | None) -> str:
        return lock_reason(self.user, self.assessment, self.now, number)


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


def _codes(sheet: Sheet, ids: frozenset[int] | None) -> frozenset[str] | None:
    return None if ids is None else frozenset(sheet.instrument.codes[pk] for pk in ids)
