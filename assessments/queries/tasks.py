"""The task list of a unit: areas and sub-areas with what is open in them, and whose it is."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from assessments import scoring
from assessments.queries.checks import findings
from assessments.queries.duties import UnitTeam
from assessments.queries.progress import Tally, UnitWork
from assessments.queries.worksheet import Group, Row, outline
from units.models import User

# Of what the check finds, these say that an answer must be mended; the others are advice.
CONTRADICTIONS = frozenset({"exceeds", "differs"})


@dataclass(frozen=True)
class Marks:
    """What lies on questions, by code. `opened`: those that a returned round has opened, None for all.

    `repairs`: TPI's note waits, nothing was saved or attached since; `contradicted`: numbers that cannot be right.
    """

    opened: frozenset[str] | None = None
    repairs: frozenset[str] = frozenset()
    contradicted: frozenset[str] = frozenset()
    copies: frozenset[str] = frozenset()
    duties: Mapping[str, User] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Todo:
    """Codes that something is to be done about, each tuple in the order of the worksheet."""

    blank: tuple[str, ...] = ()
    bare: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.blank or self.bare or self.repairs or self.copies)


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A sub-area: its tally, what is open, and the persons who were given questions of it, with how many."""

    node: scoring.Node
    tally: Tally
    todo: Todo
    people: tuple[tuple[User, int], ...]

    @property
    def status(self) -> str:
        """`repair`, else `not_started`, `incomplete` or `complete`."""
        return "repair" if self.todo.repairs else self.tally.status


@dataclass(frozen=True, slots=True)
class TaskGroup:
    """An area, or hasil (`number` None), with its halves; `pokja` are the people to whom it was given."""

    number: int | None
    name: str
    tally: Tally
    score: scoring.NodeScore
    halves: tuple[tuple[str, tuple[TaskRow, ...]], ...]
    todo: Todo
    pokja: tuple[User, ...]

    @property
    def key_text(self) -> str:
        """The number as an id ends with it; `hasil` without one."""
        return str(self.number or "hasil")


def contradictions(work: UnitWork) -> frozenset[str]:
    """Questions whose numbers contradict each other."""
    found = findings(work.sheet.instrument.value, work.sheet.values)
    return frozenset(item.code for item in found if item.kind in CONTRADICTIONS)


def todo_of(work: UnitWork, marks: Marks, codes: Iterable[str]) -> Todo:
    """What is to be done about these questions; in a returned round only about those that are open."""
    open_codes = [code for code in codes if marks.opened is None or code in marks.opened]
    bare, repairs = work.answered - work.proven, marks.repairs | marks.contradicted
    return Todo(
        blank=tuple(code for code in open_codes if code not in work.answered),
        bare=tuple(code for code in open_codes if code in bare),
        repairs=tuple(code for code in open_codes if code in repairs),
        copies=tuple(code for code in open_codes if code in marks.copies),
    )


def task_groups(
    work: UnitWork, marks: Marks, team: UnitTeam, mine: frozenset[str] | None = None
) -> tuple[TaskGroup, ...]:
    """The whole task list; with `mine` only the sub-areas with these questions, counting nothing else."""
    found = (_group(work, marks, team, group, mine) for group in outline(work))
    return tuple(group for group in found if group.halves)


def _group(work: UnitWork, marks: Marks, team: UnitTeam, group: Group, mine: frozenset[str] | None) -> TaskGroup:
    halves = []
    for name, rows in group.halves:
        shown = tuple(row for row in (_row(work, marks, row, mine) for row in rows) if row.tally.questions)
        if shown:
            halves.append((name, shown))
    rows_shown = [row for _name, rows in halves for row in rows]
    codes = [code for row in group.rows for code in _codes(work, row.node, mine)]
    return TaskGroup(
        number=group.number,
        name=group.name,
        tally=sum((row.tally for row in rows_shown), Tally()),
        score=group.score,
        halves=tuple(halves),
        todo=todo_of(work, marks, codes),
        pokja=team.pokja(group.number),
    )


def _row(work: UnitWork, marks: Marks, row: Row, mine: frozenset[str] | None) -> TaskRow:
    codes = _codes(work, row.node, mine)
    users = {user.pk: user for user in marks.duties.values()}
    counts = Counter(marks.duties[code].pk for code in codes if code in marks.duties)
    people = tuple((users[pk], count) for pk, count in counts.items())
    return TaskRow(row.node, work.tally_of(codes), todo_of(work, marks, codes), people)


def _codes(work: UnitWork, node: scoring.Node, mine: frozenset[str] | None) -> list[str]:
    questions = work.sheet.instrument.value.questions_of(node.code)
    return [question.code for question in questions if mine is None or question.code in mine]
