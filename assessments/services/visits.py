"""Field visits (peninjauan lapangan): when and where TPI looked, and what it found on which question, with photos.

A finding is a note of TPI: it stands under the stage that wrote it, explains a score that differs, and reaches the
unit only when it is released.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from assessments import permissions
from assessments.models import NOTE_MAX, Assessment, Note, NoteFile, Visit
from assessments.queries.instruments import stored_instrument
from assessments.queries.paired import keeps_apart
from assessments.services.answers import VersionMissing
from assessments.services.notes import NoteReleased, note_stage
from assessments.services.previews import request_preview
from assessments.services.texts import checked_text
from assessments.services.threads import BlindScoring
from assessments.services.transitions import Closed, WrongState, lock
from units import audit
from units.files import CONTENT_TYPES, new_path, stored
from units.models import User
from units.services.scans import request_scan
from units.uploads import ScannedFile
from zi_portal.errors import Refused

PLACE_MAX: Final = 160
PEOPLE_MAX: Final = 2_000
PHOTOS_MAX: Final = 10
PHOTO_KINDS: Final = ("jpg", "png")
# Stands beside every finding that the unit reads.
SHOWN_TO_UNIT: Final = ("date", "place", "participants")


class VisitIncomplete(Refused):
    status = 422
    message = _("Tuliskan tempat dan peserta peninjauan.")


class VisitInFuture(Refused):
    status = 422
    message = _("Tanggal peninjauan paling lambat hari ini.")


class StaleVisit(Refused):
    """`data`: visit, as it stands."""

    message = _("Peninjauan ini baru saja diubah orang lain. Belum ada yang ditimpa.")


class VisitReleased(Refused):
    message = _(
        "Unit sudah menerima temuan peninjauan ini, sehingga tanggal, tempat, dan pesertanya tidak berubah lagi."
    )


class FindingEmpty(Refused):
    status = 422
    message = _("Tuliskan temuannya.")


class FindingExists(Refused):
    """Somebody recorded or changed a finding on this question meanwhile; `data`: finding, as it stands, or None."""

    message = _("Temuan pada pertanyaan ini baru saja diubah orang lain. Belum ada yang ditimpa.")


class FindingOfAnotherStage(Refused):
    message = _("Temuan ini dicatat pada tahap lain. Tulis tanggapan pada catatannya.")


class FindingDiscussed(Refused):
    message = _("Temuan ini sudah ditanggapi, sehingga tidak dapat dihapus.")


class TooManyPhotos(Refused):
    """`data`: maximum."""

    status = 422


class NotAPhoto(Refused):
    status = 422
    message = _("Foto harus berupa berkas JPG atau PNG.")


@dataclass(frozen=True, slots=True)
class VisitDraft:
    """What is said of a visit; `version` is the one that the page showed, 0 for a new visit."""

    date: date
    place: str
    participants: str
    summary: str = ""
    version: int | None = 0


@dataclass(frozen=True, slots=True)
class FindingDraft:
    """What a visit found on a question: `photos` come to it, those with the uuids `dropped` go.

    `version` is the one that the page showed, 0 for a new finding.
    """

    text: str
    for_release: bool = False
    version: int | None = 0
    photos: Sequence[tuple["File[bytes]", ScannedFile]] = field(default=())
    dropped: frozenset[UUID] = field(default=frozenset())


def can_visit(user: User, assessment: Assessment, now: datetime) -> bool:
    """Whether this person may record visits and findings now: TPI, in the stage whose turn it is."""
    return note_stage(user, assessment) is not None and permissions.window_of(assessment).reviewers_may_write(now)


def can_find(user: User, assessment: Assessment, now: datetime) -> bool:
    """Whether this person may record findings now: as can_visit, but not while two score blind."""
    return can_visit(user, assessment, now) and not keeps_apart(assessment)


def save_visit(*, assessment: Assessment, visit: Visit | None, draft: VisitDraft, actor: User, now: datetime) -> Visit:
    """Record a visit, or change what is said of it.

    Raises PermissionDenied, VersionMissing, VisitIncomplete, VisitInFuture, TextRefused, WrongState, Closed,
    StaleVisit, VisitReleased, BlindScoring.
    """
    if not permissions.evaluator_roles(actor, assessment):
        raise PermissionDenied
    if draft.version is None:
        raise VersionMissing
    if draft.date > now.astimezone(assessment.unit.agency.tz).date():
        raise VisitInFuture
    values = _visit_values(draft)
    with transaction.atomic():
        locked, _stage = _locked(assessment, actor, now)
        known = Visit.objects.get(pk=visit.pk, assessment=locked) if visit else None
        before = _visit_as_json(known) if known else None
        _refuse_visit(locked, known, values)
        row = _changed(known, values, draft.version) if known else _made(locked, values, actor, now)
        _record("visit.save", row, locked, actor, now, before, _visit_as_json(row))
    return row


def _refuse_visit(locked: Assessment, known: Visit | None, values: dict[str, Any]) -> None:
    """What a released finding shows of its visit stays (SEC-05); blind scorers do not tell what they made of it."""
    if values["summary"] != (known.summary if known else "") and keeps_apart(locked):
        raise BlindScoring
    if known is None or all(getattr(known, name) == values[name] for name in SHOWN_TO_UNIT):
        return
    if Note.objects.filter(visit=known, released_at__isnull=False).exists():
        raise VisitReleased


def _visit_values(draft: VisitDraft) -> dict[str, Any]:
    place = checked_text(draft.place, PLACE_MAX).strip()
    participants = checked_text(draft.participants, PEOPLE_MAX).strip()
    if not place or not participants:
        raise VisitIncomplete
    summary = checked_text(draft.summary, NOTE_MAX).strip()
    return {"date": draft.date, "place": place, "participants": participants, "summary": summary}


def _made(assessment: Assessment, values: dict[str, Any], actor: User, now: datetime) -> Visit:
    return Visit.objects.create(assessment=assessment, created_by=actor, created_at=now, **values)


def _changed(known: Visit, values: dict[str, Any], version: int) -> Visit:
    """The row as it says now; the same again changes nothing."""
    if all(getattr(known, name) == value for name, value in values.items()):
        return known
    mine = Visit.objects.filter(pk=known.pk)
    if not mine.filter(version=version).update(**values, version=F("version") + 1):
        raise StaleVisit(visit=known)
    return mine.get()


def save_finding(
    *, assessment: Assessment, visit: Visit, code: str, draft: FindingDraft, actor: User, now: datetime
) -> Note:
    """Record or change what a visit found on a question, with its photos; one finding for each visit and question.

    A photo that the finding has already is not stored again. KeyError for an unknown code. Raises PermissionDenied,
    VersionMissing, FindingEmpty, TextRefused, TooManyPhotos, NotAPhoto, WrongState, Closed, FindingExists,
    FindingOfAnotherStage, NoteReleased, BlindScoring.
    """
    if not permissions.evaluator_roles(actor, assessment):
        raise PermissionDenied
    if draft.version is None:
        raise VersionMissing
    text = checked_text(draft.text, NOTE_MAX).strip()
    if not text:
        raise FindingEmpty
    _refuse_photos(draft.photos)
    with _kept(draft.photos, actor, now) as photos, transaction.atomic():
        locked, stage = _locked(assessment, actor, now)
        _refuse_blind(locked)
        question_id = stored_instrument(locked.period.instrument).question_ids[code]
        found = _finding(locked, visit, question_id)
        _refuse_finding(found, stage, draft.version)
        before = _finding_as_json(found, code)
        said = {"text": text, "for_release": draft.for_release, "author": actor, "updated_at": now}
        if found is None:
            here = {"assessment": locked, "visit": visit, "question_id": question_id}
            row = _insert(Note(**here, **said, kind=Note.Kind.FINDING, stage=stage, round=locked.round))
        else:
            row = _update(found, said, draft)
        gone = _drop(row, draft.dropped) + _add(row, photos, now)
        _record("finding.save", row, locked, actor, now, before, _finding_as_json(row, code))
        transaction.on_commit(partial(_forget, gone))
    return row


def remove_finding(
    *, assessment: Assessment, visit: Visit, code: str, version: int | None, actor: User, now: datetime
) -> None:
    """Take back a finding that nobody outside TPI has seen. Raises as `save_finding`, and FindingDiscussed."""
    if not permissions.evaluator_roles(actor, assessment):
        raise PermissionDenied
    if version is None:
        raise VersionMissing
    with transaction.atomic():
        locked, stage = _locked(assessment, actor, now)
        _refuse_blind(locked)
        question_id = stored_instrument(locked.period.instrument).question_ids[code]
        found = _finding(locked, visit, question_id)
        if found is None:
            raise FindingExists(finding=None)
        _refuse_finding(found, stage, version)
        if found.messages.exists():
            raise FindingDiscussed
        before, pk = _finding_as_json(found, code), found.pk
        gone = _drop(found, None)
        found.delete()
        found.pk = pk
        _record("finding.remove", found, locked, actor, now, before, None)
        transaction.on_commit(partial(_forget, gone))


def _locked(assessment: Assessment, actor: User, now: datetime) -> tuple[Assessment, Note.Stage]:
    """The assessment, held, and the stage whose turn it is. Raises WrongState, Closed."""
    locked = lock(assessment)
    stage = note_stage(actor, locked)
    if stage is None:
        raise WrongState(state=locked.state, action="visit")
    window = permissions.window_of(locked)
    if not window.reviewers_may_write(now):
        raise Closed(deadline=window.deadline(locked.state))
    return locked, stage


def _refuse_blind(locked: Assessment) -> None:
    """A finding is a note, which would tell one of two blind scorers where the other differs."""
    if keeps_apart(locked):
        raise BlindScoring


def _finding(assessment: Assessment, visit: Visit, question_id: int) -> Note | None:
    return Note.objects.filter(assessment=assessment, visit=visit, question=question_id).first()


def _refuse_finding(found: Note | None, stage: str, version: int) -> None:
    if version != (found.version if found else 0):
        raise FindingExists(finding=found)
    if found is not None and found.released_at is not None:
        raise NoteReleased
    if found is not None and found.stage != stage:
        raise FindingOfAnotherStage


def _insert(row: Note) -> Note:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        same = Note.objects.filter(visit=row.visit, question=row.question_id)
        raise FindingExists(finding=same.first()) from error
    return row


def _update(found: Note, said: dict[str, Any], draft: FindingDraft) -> Note:
    """The row as it says now; one that stays as it is keeps its author and version."""
    same = (found.text, found.for_release) == (said["text"], said["for_release"])
    if same and not draft.photos and not draft.dropped:
        return found
    mine = Note.objects.filter(pk=found.pk)
    mine.update(**said, version=F("version") + 1)
    return mine.get()


def _record(
    verb: str,
    row: Visit | Note,
    assessment: Assessment,
    actor: User,
    now: datetime,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    """One line, and only when something changed."""
    if before != after:
        unit = assessment.unit
        audit.record(verb=verb, target=row, actor=actor, now=now, unit=unit, before=before, after=after)


def _refuse_photos(photos: Sequence[tuple["File[bytes]", ScannedFile]]) -> None:
    if len(photos) > PHOTOS_MAX:
        raise _too_many()
    if any(scanned.kind not in PHOTO_KINDS for _upload, scanned in photos):
        raise NotAPhoto


def _too_many() -> TooManyPhotos:
    message = _("Satu temuan paling banyak memuat %(maximum)s foto.") % {"maximum": PHOTOS_MAX}
    return TooManyPhotos(message, maximum=PHOTOS_MAX)


@contextmanager
def _kept(photos: Sequence[tuple["File[bytes]", ScannedFile]], actor: User, now: datetime) -> Iterator[list[NoteFile]]:
    """Rows, not saved yet, whose bytes are on disk, and gone again if the block fails."""
    rows: list[NoteFile] = []
    with ExitStack() as stack:
        for upload, scanned in photos:
            row = NoteFile(
                original_name=scanned.safe_name,
                content_type=CONTENT_TYPES[scanned.kind],
                size=scanned.size,
                sha256=scanned.sha256,
                uploaded_by=actor,
                uploaded_at=now,
            )
            row.file.name = stack.enter_context(stored(upload, new_path(row, "file", scanned.safe_name)))
            rows.append(row)
        yield rows


def _add(finding: Note, photos: Sequence[NoteFile], now: datetime) -> list[str]:
    """Save the rows; gives the stored names of photos that the finding had already. Raises TooManyPhotos."""
    known = set(finding.files.filter(message__isnull=True).values_list("sha256", flat=True))
    left = []
    for photo in photos:
        if photo.sha256 in known:
            left.append(str(photo.file.name))
            continue
        known.add(photo.sha256)
        if len(known) > PHOTOS_MAX:
            raise _too_many()
        photo.note = finding
        photo.save(force_insert=True)
        kind = next(kind for kind in PHOTO_KINDS if CONTENT_TYPES[kind] == photo.content_type)
        request_preview(sha256=photo.sha256, kind=kind, now=now)
        request_scan(sha256=photo.sha256, path=str(photo.file.name), now=now)
    return left


def _drop(finding: Note, uuids: frozenset[UUID] | None) -> list[str]:
    """Remove photos, all of them with None; gives their stored names."""
    photos = finding.files.filter(message__isnull=True)
    if uuids is not None:
        photos = photos.filter(uuid__in=uuids)
    names = [str(photo.file.name) for photo in photos]
    photos.delete()
    return names


def _forget(names: Sequence[str]) -> None:
    for name in names:
        default_storage.delete(name)


def _visit_as_json(row: Visit) -> dict[str, Any]:
    return {
        "date": row.date.isoformat(),
        "place": row.place,
        "participants": row.participants,
        "summary": row.summary,
    }


def _finding_as_json(row: Note | None, code: str) -> dict[str, Any] | None:
    if row is None:
        return None
    photos = row.files.filter(message__isnull=True).order_by("pk")
    return {
        "question": code,
        "visit": row.visit_id,
        "text": row.text,
        "for_release": row.for_release,
        "photos": list(photos.values_list("sha256", flat=True)),
    }
