"""Writes the audit log. Every service calls `record` once, inside its transaction (SEC-90)."""

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models

from units.models import Agency, AuditEvent, Unit, User


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the current request comes from; empty outside a request (commands)."""

    ip: str | None = None
    request_id: str = ""


origin: ContextVar[Origin] = ContextVar("origin", default=Origin())  # noqa: B039 - Origin is frozen


def record(
    *,
    verb: str,
    target: models.Model,
    actor: User | None,
    now: datetime,
    agency: Agency | int | None = None,
    unit: Unit | int | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> AuditEvent:
    """One row: `actor` did `verb` (`answer.save`, `assessment.submit`, ...) to `target`."""
    here = origin.get()
    return AuditEvent.objects.create(
        at=now,
        actor=actor,
        agency_id=_pk(agency) if agency is not None else getattr(unit, "agency_id", None),
        unit_id=_pk(unit),
        verb=verb,
        object_type=target._meta.label_lower,
        object_id=str(target.pk),
        before=dict(before) if before is not None else None,
        after=dict(after) if after is not None else None,
        reason=reason,
        ip=here.ip,
        request_id=here.request_id,
    )


def _pk(row: models.Model | int | None) -> int | None:
    return row.pk if isinstance(row, models.Model) else row
