"""Stores instruments. A published version is frozen; a change is a clone with the next version number."""

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from assessments import scoring
from assessments.models import Gate, Input, Instrument, Node, Option, Question
from assessments.queries.instruments import instrument_value
from units import audit
from units.models import User
from zi_portal.errors import Refused


class InstrumentDiffers(Refused):
    """The stored, published version says something else than the file; `data["where"]` names the first difference."""

    message = _("Instrumen yang berlaku berbeda dari berkas ini. Perubahan harus menjadi versi baru.")


@transaction.atomic
def load_instrument(
    *, value: scoring.Instrument, sha256: str, actor: User | None, now: datetime
) -> tuple[Instrument, bool]:
    """Store and publish `value`, or verify that the published version says the same.

    Returns the row and whether it is new. Raises InstrumentDiffers.
    """
    stored = Instrument.objects.filter(code=value.code, status=Instrument.Status.PUBLISHED).order_by("-version").first()
    if stored is not None:
        where = first_difference(instrument_value(stored), value)
        if where:
            raise InstrumentDiffers(where=where)
        return stored, False
    row = _create(value, version=1, sha256=sha256)
    publish(instrument=row, actor=actor, now=now)
    return row, True


@transaction.atomic
def publish(*, instrument: Instrument, actor: User | None, now: datetime) -> None:
    """From here on the database refuses changes of this version."""
    instrument.status = Instrument.Status.PUBLISHED
    instrument.published_at = now
    instrument.save(update_fields=("status", "published_at"))
    audit.record(
        verb="instrument.publish",
        target=instrument,
        actor=actor,
        now=now,
        after={"code": instrument.code, "version": instrument.version, "sha256": instrument.source_sha256},
    )


@transaction.atomic
def clone(*, instrument: Instrument, actor: User, now: datetime) -> Instrument:
    """A draft copy with the next version number, free to be changed until it is published."""
    latest = Instrument.objects.select_for_update().filter(code=instrument.code).order_by("-version")[0]
    row = _create(instrument_value(instrument), version=latest.version + 1, sha256=instrument.source_sha256)
    audit.record(
        verb="instrument.clone",
        target=row,
        actor=actor,
        now=now,
        before={"version": instrument.version},
        after={"version": row.version},
    )
    return row


def first_difference(stored: scoring.Instrument, given: scoring.Instrument) -> str:
    """Path of the first difference between two instruments; empty when they say the same."""
    return _difference(_as_data(stored), _as_data(given), "")


def _as_data(value: scoring.Instrument) -> dict[str, Any]:
    data = scoring.dump_instrument(value)
    keys = [node.key for node in value.nodes]
    extra = {"regulation": value.regulation, "citation": value.citation, "keys": keys}
    return data | extra | {"prerequisites": asdict(value.prerequisites)}


def _difference(stored: Any, given: Any, path: str) -> str:
    if isinstance(stored, dict) and isinstance(given, dict):
        pairs = [(f"{path}.{key}".lstrip("."), stored.get(key), given.get(key)) for key in {**stored, **given}]
    elif isinstance(stored, list | tuple) and isinstance(given, list | tuple) and len(stored) == len(given):
        pairs = [(f"{path}[{index}]", one, other) for index, (one, other) in enumerate(zip(stored, given, strict=True))]
    else:
        return "" if stored == given else path or "."
    return next((found for where, one, other in pairs if (found := _difference(one, other, where))), "")


def _create(value: scoring.Instrument, *, version: int, sha256: str) -> Instrument:
    row = Instrument.objects.create(
        code=value.code,
        version=version,
        title=value.title,
        regulation=value.regulation,
        citation=value.citation,
        predicates={code: {"name": item.name, "requires": item.requires} for code, item in value.predicates.items()},
        prerequisites=asdict(value.prerequisites),
        source_sha256=sha256,
    )
    nodes: dict[str, Node] = {}
    for position, node in enumerate(value.nodes):
        parent = nodes[node.parent] if node.parent else None
        nodes[node.code] = Node.objects.create(
            instrument=row,
            parent=parent,
            code=node.code,
            key=node.key,
            name=node.name,
            weight=node.weight,
            position=position,
        )
    questions = Question.objects.bulk_create(
        _question_row(row, nodes[item.node], item, position) for position, item in enumerate(value.questions)
    )
    _create_parts(value, {item.code: item for item in questions})
    Gate.objects.bulk_create(
        Gate(instrument=row, predikat=code, key=gate.key, required=str(gate.required), position=100 * number + position)
        for number, (code, predicate) in enumerate(value.predicates.items())
        for position, gate in enumerate(predicate.gates)
    )
    return row


def _create_parts(value: scoring.Instrument, rows: dict[str, Question]) -> None:
    Option.objects.bulk_create(
        Option(
            question=rows[item.code],
            label=option.label,
            score=str(option.score),
            criterion=option.criterion,
            position=position,
        )
        for item in value.questions
        for position, option in enumerate(item.options)
    )
    Input.objects.bulk_create(
        Input(question=rows[item.code], key=part.key, label=part.label, used=part.used, position=position)
        for item in value.questions
        for position, part in enumerate(item.inputs)
    )


def _question_row(instrument: Instrument, node: Node, item: scoring.Question, position: int) -> Question:
    zero = item.zero_denominator
    return Question(
        instrument=instrument,
        node=node,
        code=item.code,
        text=item.text,
        scale=item.scale.value,
        weight=item.weight,
        criterion=item.criterion,
        formula=item.formula.text if item.formula else "",
        cap=_text(item.cap),
        minimum=_text(item.minimum),
        maximum=_text(item.maximum),
        respondents_min=item.respondents_min,
        derived=[{"key": part.key, "label": part.label, "formula": part.formula.text} for part in item.derived],
        zero_denominator=None
        if zero is None
        else {
            "score": str(zero.score),
            "note": zero.note,
            "local_rule": zero.local_rule,
            "if_zero_key": zero.if_zero_key,
            "if_zero_score": _text(zero.if_zero_score),
        },
        evidence=list(item.evidence),
        help=item.help,
        position=position,
    )


def _text(number: Decimal | None) -> str:
    return "" if number is None else str(number)
