"""Periods: opened with worksheets for the units that take part, extended with a reason."""

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from assessments.models import Assessment, Instrument, Period
from units.audit import record
from units.models import Agency, Unit, User
from zi_portal.errors import Refused


@dataclass(frozen=True, slots=True)
class Phases:
    """Units fill from `fill_from` until `fill_until`, TPI evaluates until `review_until`; aware times."""

    fill_from: datetime
    fill_until: datetime
    review_until: datetime


class InstrumentNotPublished(Refused):
    status = 422
    message = _("Instrumen ini masih rancangan dan belum dapat dipakai.")


@transaction.atomic
def open_period(
    *,
    agency: Agency,
    year: int,
    quarter: int,
    instrument: Instrument,
    phases: Phases,
    units: Iterable[Unit],
    actor: User | None,
    now: datetime,
) -> Period:
    """A new quarter with an empty worksheet for each unit of the agency. Raises InstrumentNotPublished."""
    if instrument.status != Instrument.Status.PUBLISHED:
        raise InstrumentNotPublished
    period = Period.objects.create(agency=agency, year=year, quarter=quarter, instrument=instrument, **asdict(phases))
    codes = _start_worksheets(period, units)
    after = {"year": year, "quarter": quarter, "instrument": str(instrument)} | _told(phases) | {"units": codes}
    record(verb="period.open", target=period, actor=actor, now=now, agency=agency, after=after)
    return period


@transaction.atomic
def add_units(*, period: Period, units: Collection[Unit], actor: User | None, now: datetime) -> int:
    """Worksheets for units that joined later; returns how many are new."""
    there = set(period.assessments.values_list("unit_id", flat=True))
    codes = _start_worksheets(period, [unit for unit in units if unit.pk not in there])
    if codes:
        record(
            verb="period.units",
            target=period,
            actor=actor,
            now=now,
            agency=period.agency_id,
            after={"year": period.year, "quarter": period.quarter, "units": codes},
        )
    return len(codes)


@transaction.atomic
def change_deadlines(*, period: Period, phases: Phases, actor: User, now: datetime, reason: str) -> bool:
    """Other times for the phases, with a reason that everybody can ask for; False when nothing differs."""
    row = Period.objects.select_for_update().get(pk=period.pk)
    old = Phases(row.fill_from, row.fill_until, row.review_until)
    if old == phases:
        return False
    for name, moment in asdict(phases).items():
        setattr(row, name, moment)
    row.save(update_fields=list(asdict(phases)))
    record(
        verb="period.deadlines",
        target=row,
        actor=actor,
        now=now,
        agency=row.agency_id,
        before=_told(old),
        after=_told(phases),
        reason=reason,
    )
    return True


def _start_worksheets(period: Period, units: Iterable[Unit]) -> list[str]:
    """Codes of the units that now have a worksheet; units of other agencies are left out."""
    own = [unit for unit in units if unit.agency_id == period.agency_id]
    Assessment.objects.bulk_create(Assessment(unit=unit, period=period) for unit in own)
    return sorted(unit.code for unit in own)


def _told(phases: Phases) -> dict[str, Any]:
    return {name: moment.isoformat() for name, moment in asdict(phases).items()}
