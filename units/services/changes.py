"""What a change is made of: the values before and after, as the audit log keeps them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils import timezone

from units.models import Agency


def day_of(now: datetime) -> date:
    """The calendar day on which roles begin and end: that of units.permissions.access_of."""
    return timezone.localdate(now)


def locked_agency(agency: Agency | int) -> Agency:
    """The agency's row, locked: changes of people and teams of one agency happen one after the other."""
    return Agency.objects.select_for_update().get(pk=agency.pk if isinstance(agency, Agency) else agency)


def assign(
    row: models.Model, values: Mapping[str, Any], allowed: tuple[str, ...]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Sets what differs and returns it before and after; both empty when nothing does.

    Raises KeyError for a field outside `allowed`.
    """
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for name, value in values.items():
        if name not in allowed:
            raise KeyError(name)
        old = getattr(row, name)
        if old != value:
            before[name], after[name] = plain(old), plain(value)
            setattr(row, name, value)
    return before, after


def shown(row: models.Model, names: tuple[str, ...]) -> dict[str, Any]:
    """Values of a new row for the audit log; what is empty is left out."""
    return {name: plain(value) for name in names if (value := getattr(row, name)) not in (None, "")}


def plain(value: Any) -> Any:
    """As JSON can keep it: rows by their name and key, dates as ISO 8601."""
    if isinstance(value, models.Model):
        return f"{value} (#{value.pk})"
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if value is not None and not isinstance(value, str | int | bool) else value
