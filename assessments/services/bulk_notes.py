"""One note for many questions in one step, all or nothing, and taking the step back (UX-24, SEC-09)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from assessments import permissions
from assessments.models import NOTE_MAX, Assessment, BulkScore, Note, TransitionRecord
from assessments.queries.answers import Sheet, disagreements, stage_sheets
from assessments.queries.bulk_notes import NotePlan, note_plan
from assessments.queries.instruments import stored_instrument
from assessments.queries.note_templates import filled, names_for
from assessments.queries.paired import own_scores, with_slot
from assessments.services.bulk_steps import NothingPicked, NotUndoable, follow, record_step, refuse_rows
from assessments.services.notes import note_as_json, take_note_turn
from assessments.services.paired import save_blind_notes, slot_held
from assessments.services.score_drafts import NoteDraft
from assessments.services.texts import checked_text, has_words
from assessments.services.transitions import Action
from units import audit
from units.models import User
from zi_portal.errors import Refused

REFUSED = _("Sebagian pertanyaan tidak dapat diberi catatan ini. Tidak ada catatan yang disimpan.")
CHANGED = _("Sebagian pertanyaan berubah sesudah pratinjau dibuka. Tidak ada catatan yang disimpan.")


class NoteTextMissing(Refused):
    status = 422
    message = _("Tuliskan catatannya dengan kata-kata.")


def write_in_bulk(
    *, assessment: Assessment, tokens: Sequence[str], actor: User, text: str, for_release: bool, now: datetime
) -> BulkScore:
    """Write the same note on every question of the tokens that a preview gave, with the names of each filled in.

    A question on which the stage has its own note in this round refuses all. Raises PermissionDenied, NothingPicked,
    NoteTextMissing, RowsRefused, RowsChanged, TextRefused, and what take_note_turn and services/paired.py refuse.
    """
    if not permissions.evaluator_roles(actor, assessment):
        raise PermissionDenied
    text = checked_text(text, NOTE_MAX)
    if not tokens:
        raise NothingPicked
    if not has_words(text):
        raise NoteTextMissing
    with transaction.atomic():
        locked, _stage = take_note_turn(assessment, actor, now)
        plan = note_plan(locked, actor, (token.partition("@")[0] for token in tokens))
        refuse_rows(plan, tokens, REFUSED, CHANGED)
        drafts = _drafts(locked, plan, text, for_release)
        rows = (_write_blind if plan.is_blind else _write)(locked, plan, drafts, actor, now)
        step = BulkScore.objects.create(
            assessment=locked, kind=BulkScore.Kind.NOTE, actor=actor, reason="", rows=rows, at=now
        )
        record_step(step, "note.bulk", locked, now)
    follow(assessment, locked)
    return step


def _drafts(locked: Assessment, plan: NotePlan, text: str, for_release: bool) -> dict[str, NoteDraft]:
    """Question code -> its note. Raises TextRefused where the names make it too long."""
    texts = ((row.code, filled(text, names_for(locked, row.question))) for row in plan.written)
    return {code: NoteDraft(checked_text(text, NOTE_MAX), for_release) for code, text in texts}


def _write(
    locked: Assessment, plan: NotePlan, drafts: Mapping[str, NoteDraft], actor: User, now: datetime
) -> list[dict[str, Any]]:
    ids = stored_instrument(locked.period.instrument).question_ids
    place = {"assessment": locked, "stage": plan.stage, "round": locked.round, "author": actor, "updated_at": now}
    notes = [
        Note(question_id=ids[code], text=draft.text, for_release=draft.for_release, **place)
        for code, draft in drafts.items()
    ]
    Note.objects.bulk_create(notes)
    for row, note in zip(plan.written, notes, strict=True):
        _record("note.save", locked, row.code, note, (None, note), actor, now)
    return [
        _row_as_json(locked, plan, row.code, 1) | {"note": note.pk}
        for row, note in zip(plan.written, notes, strict=True)
    ]


def _write_blind(
    locked: Assessment, plan: NotePlan, drafts: Mapping[str, NoteDraft], actor: User, now: datetime
) -> list[dict[str, Any]]:
    """Into the actor's slot; the audit log hears nothing of the text."""
    versions = save_blind_notes(locked=locked, drafts=drafts, actor=actor, now=now)
    return [_row_as_json(locked, plan, code, version) for code, version in versions.items()]


def _row_as_json(locked: Assessment, plan: NotePlan, code: str, version: int) -> dict[str, Any]:
    """What undoing needs; never the text."""
    return {
        "code": code,
        "stage": plan.stage.value,
        "round": locked.round,
        "blind": plan.is_blind,
        "version_before": version - 1,
        "version_after": version,
    }


def take_notes_back(locked: Assessment, step: BulkScore, actor: User, now: datetime) -> None:
    """Remove the notes of a step, within the caller's lock. Raises NotUndoable, and what services/paired.py refuses."""
    codes = {row["code"] for row in step.rows}
    slot = slot_held(actor, locked).slot if step.rows[0]["blind"] else None
    if leaning := sorted(codes & _explained_by_it(locked, step, slot)):
        raise NotUndoable(codes=leaning)
    if slot is None:
        _remove(locked, step, actor, now)
    else:
        _remove_blind(locked, step, slot, actor, now)


def _explained_by_it(locked: Assessment, step: BulkScore, slot: int | None) -> set[str]:
    """Questions that the actor's stage scored otherwise since: the note is the reason of the score."""
    sheets, stage = stage_sheets(locked, names=False), step.rows[0]["stage"]
    own, judged = sheets.of(stage), sheets.below(stage)
    if slot is not None:
        own = with_slot(Sheet(sheets.instrument, {}), own_scores(locked, slot))
    return {code for code in disagreements(judged, own) if own.rows[code].updated_at > step.at}


def _remove(locked: Assessment, step: BulkScore, actor: User, now: datetime) -> None:
    notes = {note.pk: note for note in _untouched(step)}
    if moved := [row["code"] for row in step.rows if row["note"] not in notes]:
        raise NotUndoable(codes=moved)
    for row in step.rows:
        note = notes[row["note"]]
        _record("note.bulk_undo", locked, row["code"], note, (note, None), actor, now)
    Note.objects.filter(pk__in=notes).delete()


def _untouched(step: BulkScore) -> Iterator[Note]:
    """Notes of the step that still stand as they were written, that nobody answered, settled or released."""
    versions = {row["note"]: row["version_after"] for row in step.rows}
    standing = Note.objects.filter(pk__in=versions, thread=Note.Thread.OPEN, released_at__isnull=True)
    for note in standing.filter(messages__isnull=True, files__isnull=True):
        if note.version == versions[note.pk]:
            yield note


def _remove_blind(locked: Assessment, step: BulkScore, slot: int, actor: User, now: datetime) -> None:
    """Once both notes were joined, what stands in a slot is no longer all of it."""
    if TransitionRecord.objects.filter(assessment=locked, action=Action.TO_LEAD, at__gt=step.at).exists():
        raise NotUndoable(codes=[])
    codes = stored_instrument(locked.period.instrument).codes
    standing = {codes[row.question_id]: row.note_version for row in own_scores(locked, slot) if row.note}
    if moved := [row["code"] for row in step.rows if standing.get(row["code"]) != row["version_after"]]:
        raise NotUndoable(codes=moved)
    drafts = {row["code"]: NoteDraft("", version=row["version_after"]) for row in step.rows}
    save_blind_notes(locked=locked, drafts=drafts, actor=actor, now=now)


def _record(
    verb: str,
    locked: Assessment,
    code: str,
    target: Note,
    change: tuple[Note | None, Note | None],
    actor: User,
    now: datetime,
) -> None:
    """One line for each question, in the shape of a single note's."""
    before, after = ({"question": code, "note": note_as_json(note)} for note in change)
    audit.record(verb=verb, target=target, actor=actor, now=now, unit=locked.unit, before=before, after=after)
