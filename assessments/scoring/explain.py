"""Where a number comes from ("dari mana angka ini?"): inputs, formula, weight, result, rounding."""

from collections.abc import Mapping
from fractions import Fraction

from assessments.scoring.answers import Answer, Choice, Counts, Index
from assessments.scoring.engine import Result
from assessments.scoring.explanation import Explanation, Kind, Line, Piece, ZeroReading
from assessments.scoring.gates import GateResult, gate_node
from assessments.scoring.kinds import AREA_PREFIX, HOLDS_WBK, INDEX_KEY, RESPONDENTS_KEY, TOTAL
from assessments.scoring.rounding import display
from assessments.scoring.shown import shown_percent, shown_points
from assessments.scoring.structure import Instrument, Question
from assessments.scoring.values import question_value
from assessments.scoring.words import in_words

__all__ = ["Explanation", "Kind", "Line", "Piece", "ZeroReading", "explain", "in_words"]

GATE_PREFIX = "gate:"


def explain(instrument: Instrument, answers: Mapping[str, Answer | None], result: Result, key: str) -> Explanation:
    """Explain `total`, a question, a node, `area:n` or `gate:WBK:total`; raises KeyError for any other key."""
    if key.startswith(GATE_PREFIX):
        predicate, _, gate = key.removeprefix(GATE_PREFIX).partition(":")
        found = result.gates[predicate].result(gate)
        if found.key == HOLDS_WBK:
            return _holds_wbk(key, predicate, found)
        inner = explain(instrument, answers, result, gate_node(found.key) or TOTAL)
        return _gate(instrument, key, predicate, found, inner)
    if instrument.has_question(key):
        return _question(instrument, answers.get(key), result, key)
    if key == TOTAL:
        return _total(instrument, result)
    if instrument.questions_of(key) and result.nodes[key].children[0] not in result.nodes:
        return _subarea(instrument, result, key)
    return _sum(instrument, result, key)


def _question(instrument: Instrument, answer: Answer | None, result: Result, code: str) -> Explanation:
    question, score = instrument.question(code), result.questions[code]
    value = question_value(question, answer)
    weight, siblings = _weight(instrument, question)
    zero = None
    if value is not None and value.zero_denominator_used:
        zero = ZeroReading(question.zero_denominator, value.number)
    formula, filled = _question_formula(question, answer, score.answered)
    return Explanation(
        key=code,
        kind=_kind(question),
        title=question.text,
        formula=formula,
        filled=filled,
        lines=_question_lines(question, answer),
        result=score.points,
        shown=shown_points(instrument, code, score.points),
        maximum=score.maximum,
        answered=score.answered,
        value=score.value,
        raw=None if value is None else value.raw,
        clipped=score.clipped,
        zero=zero,
        blanks=() if score.answered else (code,),
        weight=weight,
        shared_by=siblings,
        respondents_min=question.respondents_min,
    )


def _kind(question: Question) -> Kind:
    return Kind.CHOICE if question.scale.is_choice else Kind(question.scale.value)


def _weight(instrument: Instrument, question: Question) -> tuple[Fraction, int]:
    """Weight that the value is multiplied by, and by how many questions it is shared."""
    if question.weight is not None:
        return Fraction(question.weight), 1
    return Fraction(instrument.node(question.node).weight), len(instrument.questions_of(question.node))


def _question_formula(question: Question, answer: Answer | None, answered: bool) -> tuple[str, tuple[Piece, ...]]:
    if question.formula is None:
        label = answer.label if isinstance(answer, Choice) else ""
        chosen = [option for option in question.options if option.label == label]
        return f"nilai pilihan {label}".rstrip(), tuple(Fraction(option.score) for option in chosen)
    labels = {item.key: item.label for item in question.inputs}
    words = " ".join(map(str, question.formula.filled(labels))).replace("( ", "(").replace(" )", ")")
    if not answered:
        return words, ()
    return words, question.formula.filled(_given(answer))


def _given(answer: Answer | None) -> dict[str, Fraction]:
    """Numbers of an answer by input key."""
    if isinstance(answer, Counts):
        return {key: Fraction(count) for key, count in answer.values.items()}
    if isinstance(answer, Index):
        pairs = ((INDEX_KEY, answer.value), (RESPONDENTS_KEY, answer.respondents))
        return {key: Fraction(number) for key, number in pairs if number is not None}
    return {}


def _question_lines(question: Question, answer: Answer | None) -> tuple[Line, ...]:
    if isinstance(answer, Choice):
        chosen = [option for option in question.options if option.label == answer.label]
        return tuple(Line(item.label, Fraction(item.score), criterion=item.criterion) for item in chosen)
    given = _given(answer)
    lines = [Line(item.label, given.get(item.key), used=item.used) for item in question.inputs]
    for item in question.derived:
        known = item.formula.names <= given.keys()
        lines.append(Line(item.label, item.formula.evaluate(given) if known else None, used=False))
    return tuple(lines)


def _subarea(instrument: Instrument, result: Result, code: str) -> Explanation:
    node, score = instrument.node(code), result.nodes[code]
    scores = [result.questions[item] for item in score.children]
    lines = tuple(
        Line(instrument.question(item.code).text, item.value if item.answered else None, item.code, Fraction(1))
        for item in scores
    )
    weight = Fraction(node.weight)
    total = _joined("+", [item.value for item in scores])
    filled: tuple[Piece, ...] = ("(", *total, ")", "/", Fraction(len(scores)), "*", weight)
    return Explanation(
        key=code,
        kind=Kind.SUBAREA,
        title=node.name,
        formula="rata-rata nilai pertanyaan * bobot subarea",
        filled=filled,
        lines=lines,
        result=score.score,
        shown=shown_points(instrument, code, score.score),
        maximum=score.maximum,
        blanks=score.unanswered,
        weight=weight,
    )


def _sum(instrument: Instrument, result: Result, code: str) -> Explanation:
    """A node that adds up its parts, or a joined area."""
    score = result.nodes[code]
    parts = [result.nodes[part] for part in score.children]
    joined = code.startswith(AREA_PREFIX)
    lines = tuple(Line(_name(instrument, part.code, joined), part.score, part.code, part.maximum) for part in parts)
    return Explanation(
        key=code,
        kind=Kind.AREA if joined else Kind.SUM,
        title=instrument.node(parts[0].code).name if joined else instrument.node(code).name,
        formula=" + ".join(line.code if instrument.has_question(line.code) else line.label for line in lines),
        filled=_joined("+", [part.score for part in parts]),
        lines=lines,
        result=score.score,
        shown=shown_points(instrument, code, score.score),
        maximum=score.maximum,
        blanks=score.unanswered,
    )


def _name(instrument: Instrument, code: str, joined: bool) -> str:
    """Name of a part; the two parts of a joined area bear the names of their halves."""
    if instrument.has_question(code):
        return instrument.question(code).text
    node = instrument.node(code)
    return instrument.node(node.parent).name if joined and node.parent is not None else node.name


def _total(instrument: Instrument, result: Result) -> Explanation:
    roots = [node for node in instrument.nodes if node.parent is None]
    lines = tuple(
        Line(node.name, result.nodes[node.code].score, node.code, result.nodes[node.code].maximum) for node in roots
    )
    return Explanation(
        key=TOTAL,
        kind=Kind.TOTAL,
        title="Nilai evaluasi Zona Integritas",
        formula=" + ".join(line.label for line in lines),
        filled=_joined("+", [result.nodes[node.code].score for node in roots]),
        lines=lines,
        result=result.total,
        shown=shown_points(instrument, TOTAL, result.total),
        maximum=result.maximum,
        blanks=result.unanswered,
    )


def _joined(sign: str, numbers: list[Fraction]) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    for number in numbers:
        pieces.extend([sign, number] if pieces else [number])
    return tuple(pieces)


def _gate(instrument: Instrument, key: str, predicate: str, gate: GateResult, inner: Explanation) -> Explanation:
    """A gate; areas and their minima are shown in per cent of the weight, the others in points."""
    is_share = gate.key.startswith(AREA_PREFIX)
    over_weight: tuple[Piece, ...] = (inner.result, "/", inner.maximum) if is_share else (inner.result,)
    return Explanation(
        key=key,
        kind=Kind.GATE,
        title=inner.title,
        formula="nilai / bobot >= ambang" if is_share else "nilai >= ambang",
        filled=(*over_weight, ">=", gate.required),
        lines=(Line(inner.title, inner.result, inner.key, inner.maximum),),
        result=gate.actual,
        shown=shown_percent(instrument, gate.key, inner.result, inner.maximum) if is_share else inner.shown,
        maximum=Fraction(1) if is_share else inner.maximum,
        blanks=inner.blanks,
        predicate=predicate,
        required=gate.required,
        passed=gate.passed,
    )


def _holds_wbk(key: str, predicate: str, gate: GateResult) -> Explanation:
    return Explanation(
        key=key,
        kind=Kind.GATE,
        title="Predikat WBK sudah dipegang",
        formula="predikat WBK dipegang",
        filled=(),
        lines=(),
        result=gate.actual,
        shown=display(gate.actual, 0),
        maximum=Fraction(1),
        predicate=predicate,
        required=gate.required,
        passed=gate.passed,
    )
