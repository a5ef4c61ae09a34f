"""Instruments as scoring values, built from their rows once per process and published version."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from assessments import scoring
from assessments.models import Gate, Input, Instrument, Node, Option, Question
from assessments.scoring.formula import parse_formula


@dataclass(frozen=True)
class StoredInstrument:
    """The value that scoring works with, and how its questions are called in the database."""

    value: scoring.Instrument
    question_ids: dict[str, int]
    codes: dict[int, str]


def stored_instrument(row: Instrument) -> StoredInstrument:
    """The instrument of a row; five queries at first, none later (published versions never change)."""
    if row.status != Instrument.Status.PUBLISHED:
        return _build(row)
    return _kept(row.pk, row.code, row.version, row.published_at)


def instrument_value(row: Instrument) -> scoring.Instrument:
    """The scoring value alone."""
    return stored_instrument(row).value


def forget_instruments() -> None:
    """Empty the cache; for tests, where rows vanish."""
    _kept.cache_clear()


@lru_cache(maxsize=16)
def _kept(pk: int, code: str, version: int, published_at: object) -> StoredInstrument:  # noqa: ARG001 - the key of the cache
    return _build(Instrument.objects.get(pk=pk))


def _build(row: Instrument) -> StoredInstrument:
    nodes = list(Node.objects.filter(instrument=row).order_by("position"))
    node_codes = {node.pk: node.code for node in nodes}
    questions = list(Question.objects.filter(instrument=row).order_by("position"))
    options = _by_question(Option.objects.filter(question__instrument=row).order_by("position"))
    inputs = _by_question(Input.objects.filter(question__instrument=row).order_by("position"))
    value = scoring.Instrument(
        code=row.code,
        title=row.title,
        regulation=row.regulation,
        citation=row.citation,
        nodes=tuple(
            scoring.Node(node.code, node.key, node.name, node.weight, node_codes.get(node.parent_id or 0))
            for node in nodes
        ),
        questions=tuple(
            _question(item, node_codes[item.node_id], options[item.pk], inputs[item.pk]) for item in questions
        ),
        predicates=_predicates(row),
        prerequisites=_prerequisites(row.prerequisites),
    )
    ids = {item.code: item.pk for item in questions}
    return StoredInstrument(value, ids, {pk: code for code, pk in ids.items()})


def _by_question(rows: Iterable[Any]) -> defaultdict[int, list[Any]]:
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.question_id].append(row)
    return found


def _question(row: Question, node: str, options: list[Option], inputs: list[Input]) -> scoring.Question:
    return scoring.Question(
        code=row.code,
        node=node,
        text=row.text,
        scale=scoring.Scale(row.scale),
        weight=row.weight,
        options=tuple(scoring.Option(item.label, Decimal(item.score), item.criterion) for item in options),
        criterion=row.criterion,
        inputs=tuple(scoring.Input(item.key, item.label, used=item.used) for item in inputs),
        derived=tuple(
            scoring.Derived(item["key"], item["label"], parse_formula(item["formula"])) for item in row.derived
        ),
        formula=parse_formula(row.formula) if row.formula else None,
        cap=_decimal(row.cap),
        minimum=_decimal(row.minimum),
        maximum=_decimal(row.maximum),
        respondents_min=row.respondents_min,
        zero_denominator=_zero(row.zero_denominator),
        evidence=tuple(row.evidence),
        help=row.help,
    )


def _zero(data: dict[str, Any] | None) -> scoring.ZeroDenominator | None:
    if data is None:
        return None
    return scoring.ZeroDenominator(
        Decimal(data["score"]),
        data["note"],
        data["local_rule"],
        data["if_zero_key"],
        _decimal(data["if_zero_score"]),
    )


def _predicates(row: Instrument) -> dict[str, scoring.Predicate]:
    gates: defaultdict[str, list[scoring.Gate]] = defaultdict(list)
    for gate in Gate.objects.filter(instrument=row).order_by("position"):
        gates[gate.predikat].append(scoring.Gate(gate.key, Decimal(gate.required)))
    return {
        code: scoring.Predicate(code, data["name"], tuple(gates[code]), data["requires"])
        for code, data in row.predicates.items()
    }


def _prerequisites(data: dict[str, Any]) -> scoring.Prerequisites:
    return scoring.Prerequisites(
        citation=data["citation"],
        items=tuple(scoring.Prerequisite(**item) for item in data["items"]),
        rating_orders={key: tuple(order) for key, order in data["rating_orders"].items()},
        affirmative_kinds=tuple((key, name) for key, name in data["affirmative_kinds"]),
        affirmative_note=data["affirmative_note"],
        proposal_deadline=data["proposal_deadline"],
    )


def _decimal(text: str | None) -> Decimal | None:
    return Decimal(text) if text else None
