"""Follow-ups (tindak lanjut): TPI sets them from a released note, the unit reports, TPI closes or sends back."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from assessments import permissions
from assessments.models import NOTE_MAX, Assessment, Evidence, FollowUp, Note
from assessments.queries.instruments import stored_instrument
from assessments.queries.progress import area_number
from assessments.services.answers import VersionMissing
from assessments.services.evidence_rules import AlreadyWithdrawn, held_record
from assessments.services.texts import checked_text
from assessments.services.transitions import WrongState, lock
from units import audit
from units.models import User
from zi_portal.errors import Refused

State = Assessment.State
# A note is released with the result; while TPI reviews, it changes.
SETTING = (State.RETURNED, State.FINAL)


class WordsMissing(Refused):
    status = 422
    message = _("Tuliskan uraiannya.")


class DueInThePast(Refused):
    status = 422
    message = _("Batas waktu paling cepat hari ini.")


class NoteNotReleased(Refused):
    message = _("Catatan ini belum disampaikan kepada unit.")


class AlreadySet(Refused):
    message = _("Catatan ini sudah menjadi tindak lanjut.")


class StaleFollowUp(Refused):
    """`data`: followup, as it stands."""

    message = _("Tindak lanjut ini baru saja diubah orang lain. Belum ada yang ditimpa.")


class AlreadyClosed(Refused):
    message = _("Tindak lanjut ini sudah selesai.")


class NotReported(Refused):
    message = _("Unit belum melaporkan tindak lanjut ini.")


class ProofGone(Refused):
    status = 422
    message = _("Bukti yang dipilih tidak berlaku lagi. Pilih bukti lain.")


@dataclass(frozen=True, slots=True)
class Report:
    """What the unit did, with a record of its evidence or without."""

    text: str
    proof: Evidence | None = None


def create_followup(
    *, assessment: Assessment, note: Note, text: str, due: date, actor: User, now: datetime
) -> FollowUp:
    """Make a released note of a returned or final assessment a follow-up, due on a day in the agency's zone.

    Raises PermissionDenied, WordsMissing, TextRefused, DueInThePast, WrongState, NoteNotReleased, AlreadySet.
    """
    if not permissions.can_follow_up(actor, assessment):
        raise PermissionDenied
    words = _words(text)
    if due < now.astimezone(assessment.unit.agency.tz).date():
        raise DueInThePast
    with transaction.atomic():
        locked = lock(assessment)
        if locked.state not in SETTING:
            raise WrongState(state=locked.state, action="followup")
        if note.assessment_id != locked.pk or note.released_at is None or note.stage == Note.Stage.ASSISTANCE:
            raise NoteNotReleased
        code = stored_instrument(locked.period.instrument).codes[note.question_id]
        row = FollowUp(note=note, unit=locked.unit, code=code, text=words, due=due, created_by=actor, created_at=now)
        _insert(row)
        after = {"question": code, "text": words, "due": due.isoformat()}
        audit.record(verb="followup.create", target=row, actor=actor, now=now, unit=locked.unit, after=after)
    return row


def report_followup(
    *, assessment: Assessment, followup: FollowUp, report: Report, version: int | None, actor: User, now: datetime
) -> FollowUp:
    """What the unit did; it may report again until TPI closes. `assessment` is any quarter of the unit.

    Raises PermissionDenied, WordsMissing, TextRefused, ProofGone, VersionMissing, AlreadyClosed, StaleFollowUp.
    """
    instrument = stored_instrument(assessment.period.instrument).value
    if not permissions.can_fill(actor, assessment, area_number(instrument, followup.code)):
        raise PermissionDenied
    words, proof = _words(report.text), report.proof
    values: dict[str, Any] = {"report": words, "proof": proof, "reported_by": actor, "reported_at": now}
    with transaction.atomic():
        if proof is not None:
            _hold(proof, followup)
        return _change("report", followup, version, values, actor, now)


def _hold(proof: Evidence, followup: FollowUp) -> None:
    """Nobody withdraws it while the report is written. Raises ProofGone."""
    if proof.unit_id != followup.unit_id:
        raise ProofGone
    try:
        held_record(proof)
    except AlreadyWithdrawn as error:
        raise ProofGone from error


def close_followup(
    *, assessment: Assessment, followup: FollowUp, closing: str, version: int | None, actor: User, now: datetime
) -> FollowUp:
    """TPI's last word; also without a report, where the promise has lost its object.

    Raises PermissionDenied, WordsMissing, TextRefused, VersionMissing, AlreadyClosed, StaleFollowUp.
    """
    words = _closing(assessment, closing, actor)
    values: dict[str, Any] = {"closing": words, "closed_by": actor, "closed_at": now}
    return _change("close", followup, version, values, actor, now)


def send_back_followup(
    *, assessment: Assessment, followup: FollowUp, closing: str, version: int | None, actor: User, now: datetime
) -> FollowUp:
    """TPI asks for more: the report is open again and keeps its text. Raises as `close_followup`, and NotReported."""
    words = _closing(assessment, closing, actor)
    values: dict[str, Any] = {"closing": words, "reported_by": None, "reported_at": None}
    return _change("send_back", followup, version, values, actor, now)


def _closing(assessment: Assessment, closing: str, actor: User) -> str:
    if not permissions.can_follow_up(actor, assessment):
        raise PermissionDenied
    return _words(closing)


def _words(text: str) -> str:
    words = checked_text(text, NOTE_MAX).strip()
    if not words:
        raise WordsMissing
    return words


def _insert(row: FollowUp) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise AlreadySet from error


def _change(
    what: str, followup: FollowUp, version: int | None, values: dict[str, Any], actor: User, now: datetime
) -> FollowUp:
    if version is None:
        raise VersionMissing
    with transaction.atomic():
        row = FollowUp.objects.select_for_update(of=("self",)).select_related("unit").get(pk=followup.pk)
        if row.closed_at is not None:
            raise AlreadyClosed
        if row.version != version:
            raise StaleFollowUp(followup=row)
        if what == "send_back" and row.reported_at is None:
            raise NotReported
        before = _as_audit(row)
        FollowUp.objects.filter(pk=row.pk, version=version).update(**values, version=F("version") + 1)
        for name, value in values.items():
            setattr(row, name, value)
        row.version += 1
        audit.record(
            verb=f"followup.{what}",
            target=row,
            actor=actor,
            now=now,
            unit=row.unit,
            before=before,
            after=_as_audit(row),
        )
    return row


def _as_audit(row: FollowUp) -> dict[str, Any]:
    return {
        "question": row.code,
        "report": row.report,
        "proof": row.proof_id,
        "reported": row.reported_at is not None,
        "closing": row.closing,
        "closed": row.closed_at is not None,
    }
