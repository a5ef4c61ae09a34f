"""Taking a filled worksheet over: kept as it was read, then applied once, all of it or nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from assessments import permissions
from assessments.models import Answer, AnswerCopy, AnswerRevision, Assessment, WorkbookImport
from assessments.queries.instruments import stored_instrument
from assessments.queries.workbook_import import Preview, Take, preview_of
from assessments.services.answers import VersionMissing, columns_of, refuse_closed
from assessments.services.revisions import keep_all
from assessments.services.transitions import lock
from units import audit
from units.files import new_path, stored
from units.models import User
from zi_portal.errors import Refused
from zi_portal.retries import retried

MAX_PER_DAY = 50
DAY = timedelta(days=1)


class TooManyImports(Refused):
    """Imports are kept for ever and count in no quota, so a worksheet takes so many in 24 hours (SEC-34)."""

    status = 429
    message = _("Demi keamanan, permintaan ini ditahan sementara. Akun Anda tidak dikunci selamanya.")


class WrongOrigin(Refused):
    """The stamp of the workbook names another unit or another instrument; `data`: stamp."""

    status = 422
    message = _("Lembar kerja ini diekspor untuk unit lain, sehingga tidak dapat diimpor di sini.")


class ChangedSince(Refused):
    """Answers were saved, or rights changed, after the preview; `data`: codes."""

    message = _("Jawaban berubah setelah pratinjau ditampilkan. Belum ada yang diimpor. Periksa lagi pratinjaunya.")


class NothingToImport(Refused):
    status = 422
    message = _("Dengan pilihan ini tidak ada jawaban yang berubah. Belum ada yang diimpor.")


@dataclass(frozen=True, slots=True)
class Upload:
    """A workbook and what was read from it."""

    file: "File[bytes]"
    name: str
    sha256: str
    content: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wish:
    """How an import is applied; `seen` are the versions that the preview showed, None where the form named none."""

    mode: str
    seen: Mapping[str, int] | None
    with_stale: bool = False


def keep_import(
    *, assessment: Assessment, upload: Upload, actor: User, now: datetime, reason: str = ""
) -> WorkbookImport:
    """Store an uploaded worksheet for its preview; sending the same file again gives the same import.

    Raises PermissionDenied, WrongState, Closed, WrongOrigin, TooManyImports.
    """
    if not permissions.can_fill(actor, assessment):
        raise PermissionDenied
    refuse_closed(assessment, now)
    refuse_foreign(assessment, upload.content["stamp"])
    row = WorkbookImport(
        assessment=assessment,
        original_name=upload.name,
        sha256=upload.sha256,
        content=dict(upload.content),
        uploaded_by=actor,
        uploaded_at=now,
    )
    if waiting := _waiting(row):
        return waiting
    with stored(upload.file, new_path(row, "file", upload.name)) as name:
        return _store(row, name, reason)


def _store(row: WorkbookImport, name: str, reason: str) -> WorkbookImport:
    with transaction.atomic():
        locked = lock(row.assessment)
        refuse_closed(locked, row.uploaded_at)
        _refuse_many(locked, row.uploaded_at)
        row.file.name = name
        row.save(force_insert=True)
        audit.record(
            verb="import.upload",
            target=row,
            actor=row.uploaded_by,
            now=row.uploaded_at,
            unit=locked.unit,
            after={"name": row.original_name, "sha256": row.sha256, "answers": len(row.content["answers"])},
            reason=reason,
        )
    return row


def _refuse_many(locked: Assessment, now: datetime) -> None:
    recent = WorkbookImport.objects.filter(assessment=locked, uploaded_at__gt=now - DAY)
    if recent.count() >= MAX_PER_DAY:
        raise TooManyImports(retry_after=int(DAY.total_seconds()))


def _waiting(row: WorkbookImport) -> WorkbookImport | None:
    """The same file of the same person that waits for its decision."""
    same = WorkbookImport.objects.filter(
        assessment=row.assessment, sha256=row.sha256, uploaded_by=row.uploaded_by, applied_at=None
    )
    return next((found for found in same if found.content == row.content), None)


def refuse_foreign(assessment: Assessment, stamp: Mapping[str, Any] | None) -> None:
    """Raise WrongOrigin where a workbook of the portal belongs to another unit or instrument."""
    if stamp is None:
        return
    unit = assessment.unit
    if (stamp["agency"], stamp["unit"]) != (unit.agency.code, unit.code):
        raise WrongOrigin(stamp=stamp)
    if stamp["instrument"] != assessment.period.instrument.code:
        raise WrongOrigin(_("Lembar kerja ini memakai instrumen lain, sehingga tidak dapat diimpor."), stamp=stamp)


def apply_import(*, found: WorkbookImport, wish: Wish, actor: User, now: datetime, reason: str = "") -> WorkbookImport:
    """Write what the preview showed, all of it or nothing; a second time changes nothing and is no mistake.

    Every answer keeps a revision; copies from an earlier quarter that waited there are settled. Raises
    PermissionDenied, VersionMissing, WrongState, Closed, ChangedSince, NothingToImport.
    """
    if not permissions.can_fill(actor, found.assessment):
        raise PermissionDenied
    if wish.seen is None:
        raise VersionMissing
    return retried(lambda: _apply(found, wish, actor, now, reason))


def _apply(found: WorkbookImport, wish: Wish, actor: User, now: datetime, reason: str) -> WorkbookImport:
    with transaction.atomic():
        locked = lock(found.assessment)
        row = WorkbookImport.objects.select_for_update(of=("self",)).get(pk=found.pk)
        if row.applied_at is not None:
            return row
        refuse_closed(locked, now)
        preview = preview_of(row.content, locked, actor, now)
        _refuse_changed(preview, wish.seen or {})
        takes = preview.takes(wish.mode, with_stale=wish.with_stale)
        if not takes:
            raise NothingToImport
        answers = _write(locked, takes, actor, now)
        row.mode, row.applied_by, row.applied_at = wish.mode, actor, now
        row.outcome = _outcome(preview, takes)
        row.save(update_fields=("mode", "applied_by", "applied_at", "outcome"))
        audit.record(
            verb="import.apply",
            target=row,
            actor=actor,
            now=now,
            unit=locked.unit,
            before={"answers": [_as_audit(take.line.code, take.line.row) for take in takes if take.line.row]},
            after={
                "mode": wish.mode,
                "sha256": row.sha256,
                "answers": [_as_audit(take.line.code, answer) for take, answer in zip(takes, answers, strict=True)],
            },
            reason=reason,
        )
    return row


def _refuse_changed(preview: Preview, seen: Mapping[str, int]) -> None:
    now = preview.versions
    changed = sorted(code for code in now.keys() | seen.keys() if now.get(code) != seen.get(code))
    if changed:
        raise ChangedSince(codes=changed)


def _write(assessment: Assessment, takes: Iterable[Take], actor: User, now: datetime) -> list[Answer]:
    """All answers in one statement, their revisions in another; the lock on the assessment guards the versions."""
    ids = stored_instrument(assessment.period.instrument).question_ids
    answers = [_answer(assessment, take, ids[take.line.code], actor, now) for take in takes]
    written = Answer.objects.bulk_create(
        answers,
        update_conflicts=True,
        unique_fields=("assessment", "question", "stage"),
        update_fields=("choice", "inputs", "note", "version", "round", "updated_by", "updated_at"),
    )
    keep_all(written, origin=AnswerRevision.Origin.IMPORTED)
    AnswerCopy.objects.filter(assessment=assessment, question__in=[answer.question_id for answer in written]).delete()
    return written


def _answer(assessment: Assessment, take: Take, question_id: int, actor: User, now: datetime) -> Answer:
    choice, inputs = columns_of(take.answer)
    return Answer(
        assessment=assessment,
        question_id=question_id,
        stage=Answer.Stage.UNIT,
        choice=choice,
        inputs=inputs,
        note=take.line.note_before if take.note is None else take.note,
        version=take.line.version + 1,
        round=assessment.round,
        updated_by=actor,
        updated_at=now,
    )


def _outcome(preview: Preview, takes: Iterable[Take]) -> dict[str, Any]:
    """What was done, for people: the questions written, and how many questions had which status."""
    written = list(takes)
    return {
        "questions": [take.line.code for take in written],
        "answers": sum(take.answer != take.line.before for take in written),
        "notes": sum(take.note is not None for take in written),
        "counts": {status.value: count for status, count in preview.counts.items()},
        "rejected_cells": len(preview.flaws),
    }


def _as_audit(code: str, row: Answer) -> dict[str, Any]:
    return {"question": code, "answer": row.raw, "note": row.note, "version": row.version}
