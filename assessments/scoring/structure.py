"""An instrument as frozen values: nodes, questions, gates, prerequisites.

Constructors only store; `parsing` checks a file, the database loader trusts what was checked before.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeVar

from assessments.scoring.formula import Formula
from assessments.scoring.kinds import Half, Scale

Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Option:
    """One choice: its label, its score 0..1 and when it applies."""

    label: str
    score: Decimal
    criterion: str = ""


@dataclass(frozen=True, slots=True)
class Input:
    """One count (or index) of a computed question; `used` is false where no formula reads it."""

    key: str
    label: str
    used: bool = True


@dataclass(frozen=True, slots=True)
class Derived:
    """A sum shown beside the inputs."""

    key: str
    label: str
    formula: Formula


@dataclass(frozen=True, slots=True)
class ZeroDenominator:
    """The reading of a denominator of 0: `score`, or `if_zero_score` when the input `if_zero_key` is 0 too."""

    score: Decimal
    note: str
    local_rule: bool
    if_zero_key: str = ""
    if_zero_score: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One line of the worksheet that is answered; `weight` only where the file gives one."""

    code: str
    node: str
    text: str
    scale: Scale
    weight: Decimal | None = None
    options: tuple[Option, ...] = ()
    criterion: str = ""
    inputs: tuple[Input, ...] = ()
    derived: tuple[Derived, ...] = ()
    formula: Formula | None = None
    cap: Decimal | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    respondents_min: int | None = None
    zero_denominator: ZeroDenominator | None = None
    evidence: tuple[str, ...] = ()
    help: str = ""

    @property
    def used_keys(self) -> tuple[str, ...]:
        """Keys of the inputs that the formula reads."""
        return tuple(item.key for item in self.inputs if item.used)


@dataclass(frozen=True, slots=True)
class Node:
    """A component, half, area or sub-area; `key` is empty where the file has none."""

    code: str
    key: str
    name: str
    weight: Decimal
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Gate:
    """A minimum: points, for `area:n` a share of the area's weight, for `holds_wbk` 1."""

    key: str
    required: Decimal


@dataclass(frozen=True, slots=True)
class Predicate:
    """A predicate's gates in the order in which they are shown."""

    code: str
    name: str
    gates: tuple[Gate, ...]
    requires: str | None = None


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """A requirement before a proposal; `level` is "instance" or "unit", `minimum` maps predicate -> value."""

    key: str
    level: str
    name: str
    minimum: Mapping[str, str]
    unit: str
    applies_to: str | None = None


@dataclass(frozen=True, slots=True)
class Prerequisites:
    """Everything asked for before a proposal; `proposal_deadline` is MM-DD."""

    citation: str
    items: tuple[Prerequisite, ...]
    rating_orders: Mapping[str, tuple[str, ...]]
    affirmative_kinds: tuple[tuple[str, str], ...]
    affirmative_note: str
    proposal_deadline: str


@dataclass(frozen=True, slots=True)
class AreaRef:
    """One of the six areas: pemenuhan (`fulfilment`) and reform joined; `weight` is their sum."""

    number: int
    name: str
    weight: Decimal
    fulfilment: str
    reform: str


@dataclass(frozen=True, slots=True)
class Instrument:
    """One version of the worksheet; nodes and questions stand in file order."""

    code: str
    title: str
    regulation: str
    citation: str
    nodes: tuple[Node, ...]
    questions: tuple[Question, ...]
    predicates: Mapping[str, Predicate]
    prerequisites: Prerequisites
    _made: dict[Callable[..., Any], Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def once(self, make: Callable[["Instrument"], Made]) -> Made:
        """What `make` builds from this instrument, built at the first call only."""
        if make not in self._made:
            self._made[make] = make(self)
        made: Made = self._made[make]
        return made

    def node(self, code: str) -> Node:
        """Raise KeyError for an unknown code."""
        return self.once(_nodes)[code]

    def question(self, code: str) -> Question:
        """Raise KeyError for an unknown code."""
        return self.once(_questions)[code]

    def has_question(self, code: str) -> bool:
        return code in self.once(_questions)

    def children(self, code: str) -> tuple[Node, ...]:
        """Nodes right below a node."""
        return self.once(_children).get(code, ())

    def questions_of(self, code: str) -> tuple[Question, ...]:
        """Questions right below a node."""
        return self.once(_questions_of).get(code, ())

    @property
    def areas(self) -> tuple[AreaRef, ...]:
        return self.once(_areas)

    @property
    def subareas(self) -> tuple[Node, ...]:
        """Nodes that hold questions, the two parts of hasil included."""
        return self.once(_subareas)

    def __reduce__(self) -> tuple[type["Instrument"], tuple[Any, ...]]:
        parts = (self.code, self.title, self.regulation, self.citation, self.nodes, self.questions)
        return Instrument, (*parts, self.predicates, self.prerequisites)


def _nodes(instrument: Instrument) -> dict[str, Node]:
    return {node.code: node for node in instrument.nodes}


def _questions(instrument: Instrument) -> dict[str, Question]:
    return {question.code: question for question in instrument.questions}


def _children(instrument: Instrument) -> dict[str, tuple[Node, ...]]:
    found: dict[str, list[Node]] = {}
    for node in instrument.nodes:
        if node.parent is not None:
            found.setdefault(node.parent, []).append(node)
    return {code: tuple(nodes) for code, nodes in found.items()}


def _questions_of(instrument: Instrument) -> dict[str, tuple[Question, ...]]:
    found: dict[str, list[Question]] = {}
    for question in instrument.questions:
        found.setdefault(question.node, []).append(question)
    return {code: tuple(questions) for code, questions in found.items()}


def _areas(instrument: Instrument) -> tuple[AreaRef, ...]:
    pairs = zip(instrument.children(Half.PEMENUHAN), instrument.children(Half.REFORM), strict=True)
    return tuple(
        AreaRef(number, first.name, first.weight + second.weight, first.code, second.code)
        for number, (first, second) in enumerate(pairs, 1)
    )


def _subareas(instrument: Instrument) -> tuple[Node, ...]:
    return tuple(node for node in instrument.nodes if instrument.questions_of(node.code))
