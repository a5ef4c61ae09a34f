"""Reads fixtures/demo.yaml: which governments and units the demo has, N times as many for load tests."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from assessments.demo.dice import dice
from units.models import Unit

FILE = Path(settings.BASE_DIR) / "fixtures" / "demo.yaml"
EXAMPLE_KINDS = (Unit.Kind.OFFICE, Unit.Kind.TECHNICAL, Unit.Kind.DISTRICT, Unit.Kind.OFFICE, Unit.Kind.SECTION)


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """A unit of the demo; `declared` is None where ZI was not declared yet; `holds` maps a predicate to its year."""

    code: str
    name: str
    kind: str
    affirmative: str = ""
    builds: bool = True
    declared: date | None = None
    holds: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AgencyPlan:
    """A government of the demo and all its units, named ones first."""

    code: str
    name: str
    zone: str
    inspectorate: str
    city: str
    first_quarter: int
    units: tuple[UnitPlan, ...]

    @property
    def building(self) -> tuple[UnitPlan, ...]:
        return tuple(unit for unit in self.units if unit.builds)


def read_places(path: Path = FILE, scale: int = 1) -> list[AgencyPlan]:
    """The plan of every government; `scale` multiplies the number of units, building or not."""
    return [_agency(data, scale) for data in yaml.safe_load(path.read_text(encoding="utf-8"))["agencies"]]


def _agency(data: dict[str, Any], scale: int) -> AgencyPlan:
    named = [_named(data["code"], item) for item in data["units"]]
    return AgencyPlan(
        code=data["code"],
        name=data["name"],
        zone=data["zone"],
        inspectorate=data["inspectorate"],
        city=data["city"],
        first_quarter=data.get("first_quarter", 1),
        units=(*named, *_examples(data, named, scale)),
    )


def _named(agency: str, item: dict[str, Any]) -> UnitPlan:
    return UnitPlan(
        code=item["code"],
        name=item["name"],
        kind=item.get("kind", Unit.Kind.OFFICE.value),
        affirmative=item.get("affirmative", ""),
        builds=item.get("builds", True),
        declared=item["declared"] if "declared" in item else _some_day(agency, item["code"]),
        holds=item.get("holds", {}),
    )


def _examples(data: dict[str, Any], named: list[UnitPlan], scale: int) -> Iterator[UnitPlan]:
    building = data["building"] * scale - sum(unit.builds for unit in named)
    resting = (data["total"] - data["building"]) * scale - sum(not unit.builds for unit in named)
    for number in range(1, building + resting + 1):
        builds = number <= building
        code = f"unit-contoh-{number}"
        yield UnitPlan(
            code=code,
            name=f"Unit Contoh {number}",
            kind=EXAMPLE_KINDS[number % len(EXAMPLE_KINDS)].value,
            builds=builds,
            declared=_some_day(data["code"], code) if builds else None,
            holds={"WBK": 2022} if not named and number == 1 else {},
        )


def _some_day(agency: str, code: str) -> date:
    chance = dice(agency, code, "declared")
    return date(chance.choice((2021, 2022, 2023)), chance.randint(1, 6), chance.randint(3, 26))
