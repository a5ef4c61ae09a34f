"""Stores reports: the file first, then its row, with one audit record. Rendering happens before, in reports."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from assessments import permissions
from assessments.models import Assessment, Period, Report, Snapshot
from assessments.queries.reports import final_snapshot, lhe_of
from assessments.services.transitions import lock
from units import audit
from units.files import new_path, stored
from units.models import User
from zi_portal.errors import Refused

FILE_NAME = "report.pdf"


class NotFinal(Refused):
    """`data`: state."""

    message = _("LHE hanya dapat diterbitkan untuk penilaian yang sudah final.")


class AlreadyIssued(Refused):
    """`data`: report."""

    message = _("LHE untuk hasil final ini sudah diterbitkan.")


class NumberTaken(Refused):
    status = 422
    message = _("Nomor laporan ini sudah dipakai pada periode yang sama.")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished PDF and the hash of everything that went into it."""

    content: bytes
    inputs_sha256: str


def snapshot_to_issue(*, assessment: Assessment, actor: User) -> Snapshot:
    """The final snapshot that still lacks its LHE. Raises PermissionDenied, NotFinal, AlreadyIssued."""
    if not permissions.can_issue_lhe(actor, assessment):
        raise PermissionDenied
    snapshot = final_snapshot(assessment)
    if snapshot is None:
        raise NotFinal(state=assessment.state)
    issued = lhe_of(snapshot)
    if issued is not None:
        raise AlreadyIssued(report=issued)
    return snapshot


def refuse_taken_number(period: Period, number: str) -> None:
    """Raises NumberTaken before anything is rendered; the constraint answers for the race."""
    if number and Report.objects.filter(period=period, number=number).exists():
        raise NumberTaken


def store_lhe(
    *, assessment: Assessment, snapshot: Snapshot, number: str, rendered: Rendered, actor: User, now: datetime
) -> Report:
    """Number the LHE of a final snapshot, once.

    Raises PermissionDenied, NotFinal (also when the assessment was reopened meanwhile), AlreadyIssued, NumberTaken.
    """
    report = Report(kind=Report.Kind.LHE, period=assessment.period, assessment=assessment, number=number)
    with _kept(report, rendered, actor, now), transaction.atomic():
        locked = lock(assessment)
        if snapshot_to_issue(assessment=locked, actor=actor) != snapshot:
            raise NotFinal(state=locked.state)
        try:
            _write(report, [snapshot])
        except IntegrityError as error:
            raise NumberTaken from error
        audit.record(
            verb="report.issue", target=report, actor=actor, now=now, unit=assessment.unit, after=_facts(report)
        )
    return report


def store_quarterly(
    *,
    period: Period,
    snapshots: Iterable[Snapshot],
    number: str,
    rendered: Rendered,
    actor: User | None,
    now: datetime,
) -> Report:
    """Keep a quarterly report; the one that stands when the same was made meanwhile. `actor` None is the command line.

    Raises PermissionDenied, NumberTaken.
    """
    if actor is not None and not permissions.can_make_reports(actor, period.agency_id):
        raise PermissionDenied
    report = Report(kind=Report.Kind.QUARTERLY, period=period, number=number)
    try:
        with _kept(report, rendered, actor, now), transaction.atomic():
            _write(report, snapshots)
            audit.record(
                verb="report.make", target=report, actor=actor, now=now, agency=period.agency_id, after=_facts(report)
            )
    except IntegrityError as error:
        same = stored_quarterly(period, rendered.inputs_sha256)
        if same is None:
            raise NumberTaken from error
        return same
    return report


def stored_quarterly(period: Period, inputs_sha256: str) -> Report | None:
    """The quarterly report that was made from the same inputs."""
    return Report.objects.filter(period=period, kind=Report.Kind.QUARTERLY, inputs_sha256=inputs_sha256).first()


@contextmanager
def _kept(report: Report, rendered: Rendered, actor: User | None, now: datetime) -> Iterator[None]:
    """The file of a report, on disk before its row and gone again without it."""
    report.made_by, report.made_at = actor, now
    report.inputs_sha256 = rendered.inputs_sha256
    report.sha256 = hashlib.sha256(rendered.content).hexdigest()
    report.size = len(rendered.content)
    with stored(ContentFile(rendered.content), new_path(report, "file", FILE_NAME)) as name:
        report.file.name = name
        yield


def _write(report: Report, snapshots: Iterable[Snapshot]) -> None:
    report.save(force_insert=True)
    report.snapshots.set(snapshots)


def _facts(report: Report) -> dict[str, str]:
    return {"kind": report.kind, "number": report.number, "sha256": report.sha256}
