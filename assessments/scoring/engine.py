"""The roll-up: questions -> sub-areas -> areas -> components -> total, and the gates over them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

from assessments.scoring.answers import Answer, AnswerError, Choice, Reason
from assessments.scoring.gates import GateReport, check_gates, gate_node
from assessments.scoring.kinds import AREA_PREFIX, HOLDS_WBK, TOTAL, Komponen, area_key
from assessments.scoring.rounding import display_among, exchange, plain
from assessments.scoring.shown import minima_of
from assessments.scoring.structure import Instrument, Predicate, Question
from assessments.scoring.values import question_value

ENGINE_VERSION: Final = "1"

Minima = tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class QuestionScore:
    """`value` is 0..1; `points` is what the question adds to the total, at most `maximum`."""

    code: str
    value: Fraction
    points: Fraction
    maximum: Fraction
    answered: bool
    zero_denominator_used: bool = False
    clipped: bool = False
    minima: Minima = field(default=(), compare=False, repr=False)

    @property
    def shown_text(self) -> str:
        """The points for display, on the right side of every gate."""
        return _shown_text(self.points, self.minima)


@dataclass(frozen=True, slots=True)
class NodeScore:
    """Points of a node, a joined area or a result item; blanks count 0 and stand in `unanswered`."""

    code: str
    score: Fraction
    maximum: Fraction
    children: tuple[str, ...]
    unanswered: tuple[str, ...]
    minima: Minima = field(default=(), compare=False, repr=False)

    @property
    def shown_text(self) -> str:
        """The points for display, on the right side of every gate."""
        return _shown_text(self.score, self.minima)

    @property
    def share(self) -> Fraction:
        """Part of the maximum, 0..1."""
        return self.score / self.maximum


@dataclass(frozen=True, slots=True)
class Result:
    """All numbers of one worksheet; nodes and questions in file order, each joined area after the components."""

    instrument: str
    total: Fraction
    maximum: Fraction
    nodes: Mapping[str, NodeScore]
    questions: Mapping[str, QuestionScore]
    unanswered: tuple[str, ...]
    gates: Mapping[str, GateReport]
    minima: Minima = field(default=(), compare=False, repr=False)

    @property
    def shown_text(self) -> str:
        """The total for display, on the right side of every gate."""
        return _shown_text(self.total, self.minima)


def _shown_text(points: Fraction, minima: Minima) -> str:
    return format(display_among(points, minima), "f")


@dataclass(frozen=True, slots=True)
class _QuestionPlan:
    question: Question
    maximum: Fraction
    minima: Minima
    blank: QuestionScore
    options: Mapping[str, QuestionScore]

    def score(self, answer: Answer | None) -> QuestionScore:
        if answer is None:
            return self.blank
        if isinstance(answer, Choice) and answer.label in self.options:
            return self.options[answer.label]
        value = question_value(self.question, answer)
        if value is None:
            return self.blank
        points = value.number * self.maximum
        return QuestionScore(
            self.question.code,
            value.number,
            points,
            self.maximum,
            answered=True,
            zero_denominator_used=value.zero_denominator_used,
            clipped=value.clipped,
            minima=self.minima,
        )


@dataclass(frozen=True, slots=True)
class _NodePlan:
    """`parts` are node codes, or question codes when `leaf`."""

    code: str
    maximum: Fraction
    parts: tuple[str, ...]
    leaf: bool
    minima: Minima


@dataclass(frozen=True, slots=True)
class _Plan:
    """What scoring needs of an instrument, made once."""

    questions: Mapping[str, _QuestionPlan]
    bottom_up: tuple[_NodePlan, ...]
    order: tuple[str, ...]
    roots: tuple[str, ...]
    maximum: Fraction
    minima: Minima
    behind: Mapping[str, tuple[str, ...]]
    predicates: tuple[Predicate, ...]


def score(instrument: Instrument, answers: Mapping[str, Answer | None], *, holds_wbk: bool = False) -> Result:
    """Score a worksheet; a missing code is unanswered. Raises AnswerError for a foreign code or kind."""
    plan = instrument.once(_plan)
    for code in answers:
        if code not in plan.questions:
            raise AnswerError(code, Reason.UNKNOWN_CODE, code)
    questions = {code: item.score(answers.get(code)) for code, item in plan.questions.items()}
    nodes = _roll_up(plan, questions)
    total = sum((nodes[code].score for code in plan.roots), Fraction(0))

    def actual(key: str) -> Fraction:
        if key == TOTAL:
            return total
        if key == HOLDS_WBK:
            return Fraction(int(holds_wbk))
        node = nodes[gate_node(key)]
        return node.share if key.startswith(AREA_PREFIX) else node.score

    return Result(
        instrument=instrument.code,
        total=total,
        maximum=plan.maximum,
        nodes={code: nodes[code] for code in plan.order},
        questions=questions,
        unanswered=tuple(code for code, item in questions.items() if not item.answered),
        gates={item.code: check_gates(item, actual, plan.behind) for item in plan.predicates},
        minima=plan.minima,
    )


def _roll_up(plan: _Plan, questions: Mapping[str, QuestionScore]) -> dict[str, NodeScore]:
    nodes: dict[str, NodeScore] = {}
    for node in plan.bottom_up:
        points, blanks = Fraction(0), []
        for code in node.parts:
            if node.leaf:
                item = questions[code]
                points += item.points
                if not item.answered:
                    blanks.append(code)
            else:
                points += nodes[code].score
                blanks.extend(nodes[code].unanswered)
        nodes[node.code] = NodeScore(node.code, points, node.maximum, node.parts, tuple(blanks), node.minima)
    return nodes


def result_as_json(result: Result, target: str | None = None) -> dict[str, Any]:
    """The contract of `manage.py score`: numbers with twelve decimals; gates of both predicates or of `target`."""
    chosen = result.gates if target is None else {target: result.gates[target]}
    return {
        "instrument": result.instrument,
        "total": exchange(result.total),
        "nodes": {
            code: {"score": exchange(node.score), "max": plain(node.maximum)} for code, node in result.nodes.items()
        },
        "unanswered": list(result.unanswered),
        "problems": [],
        "gates": {code: _report_as_json(report) for code, report in chosen.items()},
    }


def _report_as_json(report: GateReport) -> dict[str, Any]:
    return {
        "passed": report.passed,
        "results": [
            {
                "key": item.key,
                "required": plain(item.required),
                "actual": exchange(item.actual),
                "margin": exchange(item.margin),
                "passed": item.passed,
            }
            for item in report.results
        ],
    }


def _plan(instrument: Instrument) -> _Plan:
    questions = {item.code: _question_plan(instrument, item) for item in instrument.questions}
    nodes = _node_plans(instrument, questions)
    by_code = {node.code: node for node in nodes}
    order = tuple(reversed(nodes))
    areas = tuple(
        _NodePlan(key, Fraction(area.weight), (area.fulfilment, area.reform), False, minima_of(instrument, key))
        for area in instrument.areas
        for key in (area_key(area.number),)
    )
    by_code |= {area.code: area for area in areas}
    roots = tuple(node.code for node in instrument.nodes if node.parent is None)
    gates = {gate.key for predicate in instrument.predicates.values() for gate in predicate.gates}
    return _Plan(
        questions=questions,
        bottom_up=(*order, *areas),
        order=(*(node.code for node in nodes), *(area.code for area in areas)),
        roots=roots,
        maximum=sum((by_code[code].maximum for code in roots), Fraction(0)),
        minima=minima_of(instrument, TOTAL),
        behind={key: _behind(key, by_code, tuple(questions)) for key in gates},
        predicates=tuple(instrument.predicates.values()),
    )


def _question_plan(instrument: Instrument, question: Question) -> _QuestionPlan:
    """Even shares of the sub-area's weight; a question with a weight of its own has that."""
    if question.weight is None:
        siblings = len(instrument.questions_of(question.node))
        maximum = Fraction(instrument.node(question.node).weight) / siblings
    else:
        maximum = Fraction(question.weight)
    minima = minima_of(instrument, question.code)
    blank = QuestionScore(question.code, Fraction(0), Fraction(0), maximum, answered=False, minima=minima)
    options = {}
    for option in question.options:
        value = Fraction(option.score)
        points = value * maximum
        options[option.label] = QuestionScore(question.code, value, points, maximum, answered=True, minima=minima)
    return _QuestionPlan(question, maximum, minima, blank, options)


def _node_plans(instrument: Instrument, questions: Mapping[str, _QuestionPlan]) -> list[_NodePlan]:
    """Nodes in file order, parents first; each result item is a node of its own."""
    plans = []
    for node in instrument.nodes:
        codes = tuple(item.code for item in instrument.questions_of(node.code))
        children = tuple(child.code for child in instrument.children(node.code))
        is_result = node.code.split(".")[0] == Komponen.HASIL
        leaf = bool(codes) and not is_result
        minima = minima_of(instrument, node.code)
        plans.append(_NodePlan(node.code, Fraction(node.weight), codes or children, leaf, minima))
        if is_result:
            plans.extend(
                _NodePlan(code, questions[code].maximum, (code,), True, minima_of(instrument, code)) for code in codes
            )
    return plans


def _behind(key: str, nodes: Mapping[str, _NodePlan], questions: tuple[str, ...]) -> tuple[str, ...]:
    """Questions that feed a gate, in file order."""
    if key == TOTAL:
        return questions
    if key == HOLDS_WBK:
        return ()
    return _behind_node(gate_node(key), nodes)


def _behind_node(code: str, nodes: Mapping[str, _NodePlan]) -> tuple[str, ...]:
    node = nodes[code]
    return node.parts if node.leaf else tuple(item for part in node.parts for item in _behind_node(part, nodes))
