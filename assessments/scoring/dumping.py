"""An instrument as JSON-able data, for comparison with its file."""

from decimal import Decimal
from typing import Any

from assessments.scoring.structure import Instrument, Question, ZeroDenominator


def dump_instrument(instrument: Instrument) -> dict[str, Any]:
    """Codes, weights, scales, option scores, formulas and gates; numbers are strings as the file has them."""
    return {
        "code": instrument.code,
        "title": instrument.title,
        "nodes": [
            {"code": node.code, "name": node.name, "weight": str(node.weight), "parent": node.parent}
            for node in instrument.nodes
        ],
        "questions": [_question(question) for question in instrument.questions],
        "gates": {
            code: [{"key": gate.key, "required": str(gate.required)} for gate in predicate.gates]
            for code, predicate in instrument.predicates.items()
        },
    }


def _question(question: Question) -> dict[str, Any]:
    return {
        "code": question.code,
        "text": question.text,
        "scale": question.scale.value,
        "weight": _text(question.weight),
        "options": [
            {"label": option.label, "score": str(option.score), "criterion": option.criterion}
            for option in question.options
        ],
        "inputs": [{"key": item.key, "label": item.label, "used": item.used} for item in question.inputs],
        "formula": None if question.formula is None else question.formula.text,
        "cap": _text(question.cap),
        "min": _text(question.minimum),
        "max": _text(question.maximum),
        "zero_denominator": _zero(question.zero_denominator),
        "derived": [{"key": item.key, "label": item.label, "formula": item.formula.text} for item in question.derived],
        "evidence": list(question.evidence),
        "help": question.help or None,
    }


def _zero(rule: ZeroDenominator | None) -> dict[str, Any] | None:
    if rule is None:
        return None
    dumped: dict[str, Any] = {"score": str(rule.score), "note": rule.note, "local_rule": rule.local_rule}
    if rule.if_zero_key:
        dumped["score_if_zero"] = {"key": rule.if_zero_key, "score": _text(rule.if_zero_score)}
    return dumped


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)
