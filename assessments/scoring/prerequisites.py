"""Prerequisites of a proposal ("syarat pengusulan", Tabel 5 of PermenPAN-RB 5/2024), apart from the gates."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from assessments.scoring.structure import Prerequisite, Prerequisites


class Standing(StrEnum):
    """How one requirement stands."""

    MET = "met"
    UNMET = "unmet"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class PrerequisiteResult:
    """One requirement for a predicate: what is asked, what was filled in, and how that stands."""

    key: str
    level: str
    name: str
    unit: str
    required: str
    actual: str
    standing: Standing


def check_prerequisites(
    prerequisites: Prerequisites, values: Mapping[str, str], *, target: str, agency_kind: str
) -> tuple[PrerequisiteResult, ...]:
    """Compare the filled-in `values` (key -> text) with the minima of `target`; a blank is MISSING, never met."""
    return tuple(
        PrerequisiteResult(
            key=item.key,
            level=item.level,
            name=item.name,
            unit=item.unit,
            required=item.minimum[target],
            actual=values.get(item.key, "").strip(),
            standing=_standing(item, values.get(item.key, "").strip(), target, prerequisites),
        )
        for item in prerequisites.items
        if item.applies_to in (None, agency_kind)
    )


def is_valid_value(prerequisites: Prerequisites, item: Prerequisite, text: str) -> bool:
    """Whether `text` can be compared: a known rank, or a plain number that is not negative."""
    order = prerequisites.rating_orders.get(item.unit)
    if order is not None:
        return text in order
    number = _number(text)
    return number is not None and number >= 0


def _standing(item: Prerequisite, text: str, target: str, prerequisites: Prerequisites) -> Standing:
    if not text or not is_valid_value(prerequisites, item, text):
        return Standing.MISSING
    order = prerequisites.rating_orders.get(item.unit)
    if order is not None:
        met = order.index(text) >= order.index(item.minimum[target])
    else:
        met = Decimal(text) >= Decimal(item.minimum[target])
    return Standing.MET if met else Standing.UNMET


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
