"""Where units stand in a year: stage, target, prerequisites of a proposal, predicates held."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from units.audit import record
from units.models import Agency, Predikat, Prerequisite, Unit, UnitYear, User
from units.services.changes import assign, locked_agency, plain, shown

PREDIKAT_FIELDS = ("kind", "year", "granted_by", "decree_number", "decree_date")


@dataclass(frozen=True, slots=True)
class Filled:
    """A prerequisite as filled in: value, proof (document), date of the proof."""

    value: str
    proof: str = ""
    proof_date: date | None = None


@transaction.atomic
def set_unit_year(*, unit: Unit, year: int, stage: str, target: str, actor: User, now: datetime) -> bool:
    """Stage and target of one unit in a year; False when nothing differs."""
    row = UnitYear.objects.select_for_update().filter(unit=unit, year=year).first()
    before = {"stage": row.stage, "target": row.target} if row else None
    after = {"stage": stage, "target": target}
    if before == after:
        return False
    row = row or UnitYear(unit=unit, year=year)
    row.stage, row.target = stage, target
    row.save()
    record(
        verb="unit_year.set",
        target=row,
        actor=actor,
        now=now,
        unit=unit,
        before=before,
        after={"year": year} | after,
    )
    return True


@transaction.atomic
def set_years(
    *, agency: Agency, year: int, units: Collection[Unit], stage: str, target: str, actor: User, now: datetime
) -> int:
    """The same for many units at once; returns how many changed. One audit record names them all."""
    locked_agency(agency)
    wanted = {unit.pk: unit for unit in units if unit.agency_id == agency.pk}
    rows = {row.unit_id: row for row in UnitYear.objects.filter(unit__in=wanted, year=year)}
    before = {wanted[pk].code: [row.stage, row.target] for pk, row in rows.items()}
    changing = [pk for pk in wanted if pk not in rows or (rows[pk].stage, rows[pk].target) != (stage, target)]
    if not changing:
        return 0
    UnitYear.objects.bulk_create(
        [UnitYear(unit_id=pk, year=year, stage=stage, target=target) for pk in changing],
        update_conflicts=True,
        unique_fields=["unit", "year"],
        update_fields=["stage", "target"],
    )
    codes = sorted(wanted[pk].code for pk in changing)
    record(
        verb="unit_year.set_many",
        target=agency,
        actor=actor,
        now=now,
        agency=agency,
        before={"year": year, "units": {code: before[code] for code in codes if code in before}},
        after={"year": year, "stage": stage, "target": target, "units": codes},
    )
    return len(changing)


@transaction.atomic
def set_prerequisites(
    *, agency: Agency, unit: Unit | None, year: int, filled: Mapping[str, Filled | None], actor: User, now: datetime
) -> bool:
    """What is filled in for a unit, or for the whole agency (`unit` None); None takes an entry back.

    The keys come from the published instrument, by way of the form. False when nothing differs.
    """
    locked_agency(agency)
    stored = {row.key: row for row in Prerequisite.objects.filter(agency=agency, unit=unit, year=year, key__in=filled)}
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for key, value in filled.items():
        row = stored.get(key)
        old = Filled(row.value, row.proof, row.proof_date) if row else None
        if old != value:
            before[key], after[key] = _told(old), _told(value)
            _write(row or Prerequisite(agency=agency, unit=unit, year=year, key=key), value)
    if not after:
        return False
    record(
        verb="prerequisite.set",
        target=unit or agency,
        actor=actor,
        now=now,
        agency=agency,
        unit=unit,
        before={"year": year} | before,
        after={"year": year} | after,
    )
    return True


def _told(value: Filled | None) -> list[Any] | None:
    return [value.value, value.proof, plain(value.proof_date)] if value else None


def _write(row: Prerequisite, value: Filled | None) -> None:
    if value is None:
        row.delete()
        return
    row.value, row.proof, row.proof_date = value.value, value.proof, value.proof_date
    row.save()


@transaction.atomic
def save_predikat(
    *, unit: Unit, predikat: Predikat | None, values: Mapping[str, Any], actor: User, now: datetime
) -> Predikat:
    """Records or corrects a predikat that the unit holds."""
    row = Predikat.objects.select_for_update().get(pk=predikat.pk) if predikat else Predikat(unit=unit)
    before, after = assign(row, values, PREDIKAT_FIELDS)
    row.save()
    if predikat is None:
        record(verb="predikat.add", target=row, actor=actor, now=now, unit=unit, after=shown(row, PREDIKAT_FIELDS))
    elif after:
        record(verb="predikat.update", target=row, actor=actor, now=now, unit=unit, before=before, after=after)
    return row


@transaction.atomic
def remove_predikat(*, predikat: Predikat, actor: User, now: datetime, reason: str) -> None:
    """Takes back an entry, because it was wrong or the predikat was withdrawn."""
    record(
        verb="predikat.remove",
        target=predikat,
        actor=actor,
        now=now,
        unit=predikat.unit,
        before=shown(predikat, PREDIKAT_FIELDS),
        reason=reason,
    )
    predikat.delete()
