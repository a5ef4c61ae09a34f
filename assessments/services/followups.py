"""Follow-ups (tindak lanjut): TPI sets them from a released note, the unit reports, TPI closes or sends back.

Whatever is said or moved stands in the audit log with all that reports print, so that a report can read them as they
stood at any moment (queries/followup_history.py).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from assessments import permissions
from assessments.models import NOTE_MAX, Assessment, Evidence, FollowUp, Note
from assessments.queries.duties import unit_team
from assessments.queries.instruments import stored_instrument
from assessments.queries.progress import area_number
from assessments.services import telling
from assessments.services.answers import VersionMissing
from assessments.services.evidence_rules import AlreadyWithdrawn, held_record
from assessments.services.texts import checked_text
from assessments.services.transitions import ReasonMissing, WrongState, lock
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


class SameDue(Refused):
    status = 422
    message = _("Pilih batas waktu yang lain dari yang sekarang.")


class OwnerElsewhere(Refused):
    status = 422
    message = _("Penanggung jawab harus anggota tim atau kepala unit ini.")


class ProofGone(Refused):
    status = 422
    message = _("Bukti yang dipilih tidak berlaku lagi. Pilih bukti lain.")


@dataclass(frozen=True, slots=True)
class Report:
    """What the unit did, with a record of its evidence or without."""

    text: str
    proof: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """What is to be done until which day (in the agency's zone), and by whom, where TPI names somebody of the unit."""

    text: str
    due: date
    owner: User | None = None


def create_followup(*, assessment: Assessment, note: Note, promise: Promise, actor: User, now: datetime) -> FollowUp:
    """Make a released note or finding of a returned or final assessment a follow-up.

    Raises PermissionDenied, WordsMissing, TextRefused, DueInThePast, OwnerElsewhere, WrongState, NoteNotReleased,
    AlreadySet.
    """
    if not permissions.can_follow_up(actor, assessment):
        raise PermissionDenied
    words = _words(promise.text)
    _refuse_past(promise.due, assessment, now)
    with transaction.atomic():
        locked = lock(assessment)
        if locked.state not in SETTING:
            raise WrongState(state=locked.state, action="followup")
        _refuse_note(note, locked)
        _refuse_stranger(promise.owner, locked, now)
        code = stored_instrument(locked.period.instrument).codes[note.question_id]
        row = FollowUp(note=note, unit=locked.unit, code=code, text=words, due=promise.due, owner=promise.owner)
        row.created_by, row.created_at = actor, now
        _insert(row)
        after = {"question": code, "text": words, **_named(row)}
        audit.record(verb="followup.create", target=row, actor=actor, now=now, unit=locked.unit, after=after)
        telling.followup_set(assessment=locked, followup=row, now=now)
    return row


def _refuse_note(note: Note, assessment: Assessment) -> None:
    """A clarification asks; it promises nothing."""
    is_asked = note.stage == Note.Stage.ASSISTANCE or note.kind == Note.Kind.CLARIFICATION
    if note.assessment_id != assessment.pk or note.released_at is None or is_asked:
        raise NoteNotReleased


def _refuse_past(due: date, assessment: Assessment, now: datetime) -> None:
    if due < _today(assessment, now):
        raise DueInThePast


def _refuse_stranger(owner: User | None, assessment: Assessment, now: datetime) -> None:
    if owner is not None and not unit_team(assessment.unit_id, _today(assessment, now)).has(owner.pk):
        raise OwnerElsewhere


def _today(assessment: Assessment, now: datetime) -> date:
    return now.astimezone(assessment.unit.agency.tz).date()


def assign_owner(
    *, assessment: Assessment, followup: FollowUp, owner: User | None, version: int | None, actor: User, now: datetime
) -> FollowUp:
    """Who of the unit looks after it; the unit shares it out as it shares out questions. None is nobody by name.

    Raises PermissionDenied, OwnerElsewhere, VersionMissing, AlreadyClosed, StaleFollowUp.
    """
    if not permissions.can_share_out(actor, assessment.unit_id):
        raise PermissionDenied
    with transaction.atomic():
        _refuse_stranger(owner, assessment, now)
        return _change("owner", assessment, followup, version, {"owner": owner}, actor, now)


def change_due(
    *,
    assessment: Assessment,
    followup: FollowUp,
    due: date,
    reason: str,
    version: int | None,
    actor: User,
    now: datetime,
) -> FollowUp:
    """TPI gives another day, with a reason that stays in the history.

    Raises PermissionDenied, ReasonMissing, TextRefused, DueInThePast, SameDue, VersionMissing, AlreadyClosed,
    StaleFollowUp.
    """
    if not permissions.can_follow_up(actor, assessment):
        raise PermissionDenied
    words = checked_text(reason, NOTE_MAX).strip()
    if not words:
        raise ReasonMissing
    _refuse_past(due, assessment, now)
    with transaction.atomic():
        row = _change("change_due", assessment, followup, version, {"due": due}, actor, now, reason=words)
        telling.followup_moved(assessment=assessment, followup=row, now=now)
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
        lock(assessment)
        if proof is not None:
            _hold(proof, followup)
        row = _change("report", assessment, followup, version, values, actor, now)
        telling.followup_reported(assessment=assessment, followup=row, now=now)
    return row


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
    with transaction.atomic():
        row = _change("close", assessment, followup, version, values, actor, now)
        telling.followup_closed(assessment=assessment, followup=row, now=now)
    return row


def send_back_followup(
    *, assessment: Assessment, followup: FollowUp, closing: str, version: int | None, actor: User, now: datetime
) -> FollowUp:
    """TPI asks for more: the report is open again and keeps its text. Raises as `close_followup`, and NotReported."""
    words = _closing(assessment, closing, actor)
    values: dict[str, Any] = {"closing": words, "reported_by": None, "reported_at": None}
    with transaction.atomic():
        row = _change("send_back", assessment, followup, version, values, actor, now)
        telling.followup_sent_back(assessment=assessment, followup=row, now=now)
    return row


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
    what: str,
    assessment: Assessment,
    followup: FollowUp,
    version: int | None,
    values: dict[str, Any],
    actor: User,
    now: datetime,
    reason: str = "",
) -> FollowUp:
    if version is None:
        raise VersionMissing
    with transaction.atomic():
        lock(assessment)
        row = FollowUp.objects.select_for_update(of=("self",)).select_related("unit", "owner").get(pk=followup.pk)
        _refuse_change(row, what, version, values)
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
            after=_as_audit(row) | ({"reason": reason} if reason else {}),
            reason=reason,
        )
    return row


def _refuse_change(row: FollowUp, what: str, version: int, values: dict[str, Any]) -> None:
    if row.closed_at is not None:
        raise AlreadyClosed
    if row.version != version:
        raise StaleFollowUp(followup=row)
    if what == "send_back" and row.reported_at is None:
        raise NotReported
    if what == "change_due" and row.due == values["due"]:
        raise SameDue


def _as_audit(row: FollowUp) -> dict[str, Any]:
    return {
        "question": row.code,
        **_named(row),
        "report": row.report,
        "proof": row.proof_id,
        "reported": row.reported_at is not None,
        "closing": row.closing,
        "closed": row.closed_at is not None,
    }


def _named(row: FollowUp) -> dict[str, Any]:
    """Until when and by whom, in the words of the moment."""
    return {"due": row.due.isoformat(), "owner": row.owner.full_name if row.owner else ""}
