"""Threads on notes: TPI writes and asks, the unit answers, TPI closes; nothing reaches the unit before its time.

Only what is for the unit and already with it turns the thread: its answer makes it `answered`, TPI's reply `open`
again. What TPI writes while it deliberates waits for the release (services/releasing.py); a clarification, which is
asked before scoring, does not wait.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from assessments import permissions
from assessments.models import NOTE_MAX, Assessment, Note, NoteFile, NoteMessage
from assessments.queries.instruments import stored_instrument
from assessments.queries.paired import keeps_apart
from assessments.queries.progress import area_number
from assessments.queries.threads import IN_DELIBERATION, closed_in_deliberation
from assessments.services import telling
from assessments.services.message_budget import refuse_flood
from assessments.services.notes import note_stage
from assessments.services.texts import checked_text
from assessments.services.transitions import Closed, WrongState, lock
from units import audit
from units.files import CONTENT_TYPES, new_path, stored
from units.models import User
from units.services.scans import request_scan
from units.uploads import ScannedFile
from zi_portal.errors import Refused

State = Assessment.State
FILES_PER_MESSAGE = 5


class WordsMissing(Refused):
    status = 422
    message = _("Tuliskan pesannya.")


class TooManyFiles(Refused):
    """`data`: maximum."""

    status = 422


class NotForTheUnit(Refused):
    status = 422
    message = _("Catatan ini hanya untuk TPI. Kirim pesannya sebagai pesan internal, atau tandai dulu catatannya.")


class ThreadClosed(Refused):
    message = _("Pembahasan ini sudah dinyatakan selesai. Pesan Anda belum dikirim.")


class AnsweredMeanwhile(Refused):
    message = _("Ada pesan baru pada pembahasan ini. Baca dulu, lalu nyatakan selesai.")


class AlreadyAsked(Refused):
    """`data`: note, the clarification that stands."""

    message = _("Klarifikasi untuk pertanyaan ini sudah diminta dan belum selesai. Lanjutkan pada pembahasan itu.")


class BlindScoring(Refused):
    """Two members score without knowing of each other; a word between them would end that."""

    message = _("Selama penilaian berpasangan berlangsung, hanya klarifikasi kepada unit yang dapat ditulis.")


class EarlierVerdict(Refused):
    message = _("Pembahasan yang sudah selesai bagi unit baru dapat dibuka lagi setelah evaluasi ini disampaikan.")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came, and what the scanner says of it."""

    content: "File[bytes]"
    scanned: ScannedFile


@dataclass(frozen=True, slots=True)
class Words:
    """What somebody says; the same `key` again is the same message."""

    text: str
    key: UUID | None = None
    files: tuple[Upload, ...] = ()


def clarify(*, assessment: Assessment, code: str, words: Words, actor: User, now: datetime) -> Note:
    """Ask the unit about its answer before scoring; it sees the question at once. One open at a time per question.

    The same question by the same person again is not asked twice. KeyError for an unknown code. Raises
    PermissionDenied, WordsMissing, TextRefused, TooManyFiles, TooManyMessages, WrongState, Closed, AlreadyAsked.
    """
    question_id = stored_instrument(assessment.period.instrument).question_ids[code]
    if not permissions.evaluator_roles(actor, assessment):
        raise PermissionDenied
    text = _checked(words)
    with _stored(words, actor, now) as rows, transaction.atomic():
        locked = lock(assessment)
        stage = note_stage(actor, locked)
        if stage is None:
            raise WrongState(state=locked.state, action="clarify")
        _refuse_late(locked, now)
        standing = (
            Note.objects.filter(assessment=locked, question=question_id, kind=Note.Kind.CLARIFICATION)
            .exclude(thread=Note.Thread.CLOSED)
            .first()
        )
        if standing is not None:
            if (standing.author_id, standing.text) == (actor.pk, text):
                _forget(rows)
                return standing
            raise AlreadyAsked(note=standing)
        refuse_flood(actor, now)
        note = Note.objects.create(
            assessment=locked,
            question_id=question_id,
            stage=stage,
            round=locked.round,
            kind=Note.Kind.CLARIFICATION,
            text=text,
            for_release=True,
            released_at=now,
            author=actor,
            updated_at=now,
        )
        _keep_files(note, None, rows)
        _record("note.clarify", locked, note, actor, now, after={"question": code, "text": text})
        telling.clarification_asked(assessment=locked, note=note, now=now)
    return note


def reply(
    *, assessment: Assessment, note: Note, words: Words, is_internal: bool, actor: User, now: datetime
) -> NoteMessage:
    """TPI's message: internal, or for the unit, which sees it at once or with the release (`reaches_unit`).

    Raises PermissionDenied, WordsMissing, TextRefused, TooManyFiles, TooManyMessages, Closed, ThreadClosed,
    NotForTheUnit, BlindScoring.
    """
    if not permissions.evaluator_roles(actor, assessment):
        raise PermissionDenied
    text = _checked(words)
    with _stored(words, actor, now) as rows, transaction.atomic():
        locked = lock(assessment)
        held = _held(locked, note)
        if again := _again(held, words, text, actor):
            _forget(rows)
            return again
        _refuse_late(locked, now)
        if held.thread == Note.Thread.CLOSED:
            raise ThreadClosed
        if not is_internal and not held.for_release:
            raise NotForTheUnit
        arrives = not is_internal and reaches_unit(locked, held)
        if not arrives and keeps_apart(locked):
            raise BlindScoring
        refuse_flood(actor, now)
        row = NoteMessage.objects.create(
            note=held,
            text=text,
            is_internal=is_internal,
            released_at=now if arrives else None,
            author=actor,
            at=now,
            key=_fresh(held, words),
        )
        _keep_files(held, row, rows)
        if arrives:
            _turn(held, Note.Thread.OPEN)
        _record("note.reply", locked, held, actor, now, after=_as_json(row))
        telling.message_written(assessment=locked, message=row, now=now)
    return row


def answer(*, assessment: Assessment, note: Note, words: Words, actor: User, now: datetime) -> NoteMessage:
    """The unit's word on a note that it was given, whether or not its worksheet is open.

    Raises PermissionDenied, WordsMissing, TextRefused, TooManyFiles, TooManyMessages, ThreadClosed.
    """
    stands = stored_instrument(assessment.period.instrument)
    area = area_number(stands.value, stands.codes[note.question_id])
    if not permissions.can_fill(actor, assessment, area):
        raise PermissionDenied
    text = _checked(words)
    with _stored(words, actor, now) as rows, transaction.atomic():
        locked = lock(assessment)
        held = _held(locked, note)
        if held.released_at is None or held.stage == Note.Stage.ASSISTANCE:
            raise PermissionDenied
        if again := _again(held, words, text, actor):
            _forget(rows)
            return again
        # What TPI closed while it deliberates is not known to the unit, whose answer opens it again.
        if held.thread == Note.Thread.CLOSED and not closed_in_deliberation(locked, held):
            raise ThreadClosed
        refuse_flood(actor, now)
        row = NoteMessage.objects.create(
            note=held, text=text, by_unit=True, released_at=now, author=actor, at=now, key=_fresh(held, words)
        )
        _keep_files(held, row, rows)
        _turn(held, Note.Thread.ANSWERED)
        _record("note.answer", locked, held, actor, now, after=_as_json(row))
        telling.message_written(assessment=locked, message=row, now=now)
    return row


def close(*, assessment: Assessment, note: Note, seen: int, actor: User, now: datetime) -> Note:
    """TPI has nothing more to ask; `seen` is the last message that the page showed, 0 for none.

    Closing what is closed changes nothing. Raises PermissionDenied, Closed, AnsweredMeanwhile, BlindScoring.
    """
    if not permissions.evaluator_roles(actor, assessment):
        raise PermissionDenied
    with transaction.atomic():
        locked = lock(assessment)
        held = _held(locked, note)
        _refuse_late(locked, now)
        if held.thread == Note.Thread.CLOSED:
            return held
        _refuse_verdict(locked, held)
        if held.messages.filter(pk__gt=seen, by_unit=True).exists():
            raise AnsweredMeanwhile
        before = held.thread
        held.closed_at, held.closed_by = now, actor
        _turn(held, Note.Thread.CLOSED)
        if _is_known(locked, held):
            telling.thread_settled(assessment=locked, note=held, now=now)
        _record("note.close", locked, held, actor, now, before={"thread": before}, after={"thread": held.thread})
    return held


def reopen(*, assessment: Assessment, note: Note, actor: User, now: datetime) -> Note:
    """Take a closing back; what is open stays as it is.

    Raises PermissionDenied, Closed, EarlierVerdict, AlreadyAsked, BlindScoring.
    """
    if not permissions.evaluator_roles(actor, assessment):
        raise PermissionDenied
    with transaction.atomic():
        locked = lock(assessment)
        held = _held(locked, note)
        _refuse_late(locked, now)
        if held.thread != Note.Thread.CLOSED:
            return held
        _refuse_verdict(locked, held)
        _refuse_reopening(locked, held)
        last = held.messages.filter(is_internal=False, released_at__isnull=False).order_by("pk").last()
        is_known = _is_known(locked, held)
        _turn(held, Note.Thread.ANSWERED if last is not None and last.by_unit else Note.Thread.OPEN)
        if is_known:
            telling.thread_settled(assessment=locked, note=held, now=now)
        _record("note.reopen", locked, held, actor, now, before={"thread": "closed"}, after={"thread": held.thread})
    return held


def reaches_unit(assessment: Assessment, note: Note) -> bool:
    """Whether what TPI writes for the unit on this note is with it at once; else it waits for the release."""
    if note.released_at is None:
        return False
    return note.kind == Note.Kind.CLARIFICATION or assessment.state not in IN_DELIBERATION


def _is_known(assessment: Assessment, note: Note) -> bool:
    """Whether the unit sees that this thread is closed."""
    return note.released_at is not None and not closed_in_deliberation(assessment, note)


def _refuse_verdict(assessment: Assessment, note: Note) -> None:
    """Whether a note is settled is a verdict on the answer, which one of two blind scorers does not tell the other."""
    if note.kind != Note.Kind.CLARIFICATION and keeps_apart(assessment):
        raise BlindScoring


def _refuse_reopening(assessment: Assessment, note: Note) -> None:
    if note.kind == Note.Kind.CLARIFICATION:
        others = Note.objects.filter(assessment=assessment, question=note.question_id, kind=note.kind)
        standing = others.exclude(thread=Note.Thread.CLOSED).first()
        if standing is not None:
            raise AlreadyAsked(note=standing)
    elif (
        note.released_at is not None
        and assessment.state in IN_DELIBERATION
        and not closed_in_deliberation(assessment, note)
    ):
        raise EarlierVerdict


def _refuse_late(assessment: Assessment, now: datetime) -> None:
    """While TPI evaluates, its phase must be open; what was released is followed up without an end."""
    window = permissions.window_of(assessment)
    if assessment.state in IN_DELIBERATION and not window.reviewers_may_write(now):
        raise Closed(deadline=window.review_until)


def _held(assessment: Assessment, note: Note) -> Note:
    """The note as it is now; advice of an assistance team is no thread. Raises Note.DoesNotExist."""
    rows = Note.objects.filter(assessment=assessment).exclude(stage=Note.Stage.ASSISTANCE)
    return rows.get(pk=note.pk)


def _again(note: Note, words: Words, text: str, actor: User) -> NoteMessage | None:
    """The message that this very request made before."""
    return note.messages.filter(key=words.key, author=actor, text=text).first() if words.key else None


def _fresh(note: Note, words: Words) -> UUID | None:
    """The key, unless a page that was gone back to sends another text under it."""
    is_used = words.key is not None and note.messages.filter(key=words.key).exists()
    return None if is_used else words.key


def _turn(note: Note, thread: Note.Thread) -> None:
    if thread != Note.Thread.CLOSED:
        note.closed_at = note.closed_by = None
    note.thread = thread
    note.save(update_fields=("thread", "closed_at", "closed_by"))


def _checked(words: Words) -> str:
    text = checked_text(words.text, NOTE_MAX)
    if not text:
        raise WordsMissing
    if len(words.files) > FILES_PER_MESSAGE:
        message = _("Satu pesan paling banyak memuat %(maximum)s berkas.") % {"maximum": FILES_PER_MESSAGE}
        raise TooManyFiles(message, maximum=FILES_PER_MESSAGE)
    return text


@contextmanager
def _stored(words: Words, actor: User, now: datetime) -> Iterator[list[NoteFile]]:
    """The files, durable before the rows that name them; gone again when the block fails."""
    with ExitStack() as stack:
        rows = []
        for upload in words.files:
            scanned = upload.scanned
            row = NoteFile(
                original_name=scanned.safe_name,
                content_type=CONTENT_TYPES[scanned.kind],
                size=scanned.size,
                sha256=scanned.sha256,
                uploaded_by=actor,
                uploaded_at=now,
            )
            row.file.name = stack.enter_context(stored(upload.content, new_path(row, "file", scanned.safe_name)))
            rows.append(row)
        yield rows


def _keep_files(note: Note, message: NoteMessage | None, rows: list[NoteFile]) -> None:
    maximum = settings.UPLOAD_POLICY["max_files_per_answer"]
    if rows and note.files.count() + len(rows) > maximum:
        refusal = _("Satu catatan paling banyak memuat %(maximum)s berkas.") % {"maximum": maximum}
        raise TooManyFiles(refusal, maximum=maximum)
    for row in rows:
        row.note, row.message = note, message
        row.save(force_insert=True)
        request_scan(sha256=row.sha256, path=str(row.file.name), now=row.uploaded_at)


def _forget(rows: list[NoteFile]) -> None:
    """Of a request that came twice the second files are not needed."""
    for row in rows:
        default_storage.delete(str(row.file.name))


def _as_json(row: NoteMessage) -> dict[str, Any]:
    return {"message": row.pk, "text": row.text, "internal": row.is_internal, "at_once": row.released_at is not None}


def _record(
    verb: str,
    assessment: Assessment,
    note: Note,
    actor: User,
    now: datetime,
    *,
    after: dict[str, Any],
    before: dict[str, Any] | None = None,
) -> None:
    audit.record(verb=verb, target=note, actor=actor, now=now, unit=assessment.unit, before=before, after=after)
