"""Agreeing with many questions in one step, all or nothing, and taking the step back (UX-24, SEC-09)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils.dateparse import parse_datetime

from assessments import permissions
from assessments.models import NOTE_MAX, Answer, AnswerRevision, Assessment, BulkScore
from assessments.queries.answers import stage_sheets
from assessments.queries.bulk import BulkPlan, BulkRow, bulk_plan
from assessments.queries.instruments import stored_instrument
from assessments.services.bulk_notes import take_notes_back
from assessments.services.bulk_steps import (
    NothingPicked,
    NotUndoable,
    RowsChanged,
    RowsRefused,
    follow,
    record_step,
    refuse_rows,
)
from assessments.services.evaluation import take_turn
from assessments.services.notes import take_note_turn
from assessments.services.paired import save_blind, withdraw_blind
from assessments.services.revisions import keep_all
from assessments.services.score_drafts import ScoreDraft, ScoreMissing, StaleScore
from assessments.services.texts import checked_text
from assessments.services.transitions import ReasonMissing
from units import audit
from units.models import User

__all__ = ["NotUndoable", "NothingPicked", "RowsChanged", "RowsRefused", "agree_in_bulk", "undo_bulk"]
Origin = AnswerRevision.Origin
AGREE = "score.agree"
# What a score says, by whom and when.
COLUMNS = ("choice", "inputs", "round", "is_withdrawn", "updated_by_id", "updated_at")


def agree_in_bulk(
    *, assessment: Assessment, tokens: Sequence[str], actor: User, reason: str, now: datetime
) -> BulkScore | None:
    """Agree with every question of the tokens that a preview gave; None where all of it stood already.

    A member agrees with the unit, later stages with the stage before. Raises PermissionDenied, ReasonMissing,
    NothingPicked, RowsRefused, RowsChanged, TextRefused, and what take_turn and save_blind refuse.
    """
    if not permissions.evaluator_roles(actor, assessment):
        raise PermissionDenied
    reason = checked_text(reason, NOTE_MAX)
    if not tokens:
        raise NothingPicked
    if not reason:
        raise ReasonMissing
    with transaction.atomic():
        locked, _stage = take_turn(assessment, actor, now)
        plan = bulk_plan(locked, actor, (token.partition("@")[0] for token in tokens))
        refuse_rows(plan, tokens)
        step = _carry_out(locked, plan, actor, reason, now) if plan.written else None
    follow(assessment, locked)
    return step


def undo_bulk(*, assessment: Assessment, step_id: int, actor: User, now: datetime) -> BulkScore:
    """Bring every question of the actor's own step back to what it said before, as long as nothing moved on.

    Raises PermissionDenied, NotUndoable, BulkScore.DoesNotExist, and what take_turn (for notes take_note_turn) and
    services/paired.py refuse.
    """
    if not permissions.evaluator_roles(actor, assessment):
        raise PermissionDenied
    step = BulkScore.objects.get(pk=step_id, assessment=assessment)
    if step.actor_id != actor.pk:
        raise PermissionDenied
    is_note = step.kind == BulkScore.Kind.NOTE
    with transaction.atomic():
        locked, stage = (take_note_turn if is_note else take_turn)(assessment, actor, now)
        step = BulkScore.objects.get(pk=step_id)
        here = {"stage": stage.value, "round": locked.round}
        if step.undone_at is not None or not all(here.items() <= row.items() for row in step.rows):
            raise NotUndoable(codes=[])
        (take_notes_back if is_note else _restore)(locked, step, actor, now)
        step.undone_at, step.undone_by = now, actor
        step.save(update_fields=("undone_at", "undone_by"))
        record_step(step, "note.bulk_undone" if is_note else "score.bulk_undone", locked, now)
    follow(assessment, locked)
    return step


def _carry_out(locked: Assessment, plan: BulkPlan, actor: User, reason: str, now: datetime) -> BulkScore:
    versions = _agree_blind(locked, plan, actor, now) if plan.is_blind else _agree(locked, plan, actor, reason, now)
    rows = [_row_as_json(locked, plan, row, versions[row.code]) for row in plan.written]
    step = BulkScore.objects.create(assessment=locked, actor=actor, reason=reason, rows=rows, at=now)
    record_step(step, "score.bulk", locked, now)
    return step


def _agree_blind(locked: Assessment, plan: BulkPlan, actor: User, now: datetime) -> dict[str, int]:
    """Each question by itself, into the actor's slot; the audit log hears nothing of values."""
    versions = {}
    for row in plan.written:
        draft = ScoreDraft(None, row.version)
        saved = save_blind(locked=locked, code=row.code, actor=actor, draft=draft, now=now, verb=AGREE)
        versions[row.code] = saved.row.version if saved.row else 0
    return versions


def _agree(locked: Assessment, plan: BulkPlan, actor: User, reason: str, now: datetime) -> dict[str, int]:
    ids = stored_instrument(locked.period.instrument).question_ids
    given = {"assessment": locked, "stage": plan.stage, "round": locked.round, "updated_by": actor, "updated_at": now}
    written = {row.code: Answer(question_id=ids[row.code], **given, **_taken_over(row)) for row in plan.written}
    Answer.every.bulk_create(written[row.code] for row in plan.written if row.kept is None)
    for row in plan.written:
        if row.kept is not None:
            _overwrite(row.kept, written[row.code])
    keep_all(written.values(), origin=Origin.BULK)
    for row in plan.written:
        audit.record(
            verb=AGREE,
            target=written[row.code],
            actor=actor,
            now=now,
            unit=locked.unit,
            before=_as_json(row.code, row.said),
            after=_as_json(row.code, written[row.code]),
            reason=reason,
        )
    return {code: answer.version for code, answer in written.items()}


def _taken_over(row: BulkRow) -> dict[str, Any]:
    """What stands before this stage, as columns; a blank answer is confirmed as one."""
    if row.base is None:
        return {"choice": "", "inputs": None}
    return {"choice": row.base.choice, "inputs": row.base.inputs}


def _overwrite(kept: Answer, written: Answer) -> None:
    """Bring a stored row to what `written` says; the lock on the worksheet keeps its version in step."""
    written.pk, written.version = kept.pk, kept.version + 1
    values = {name: getattr(written, name) for name in COLUMNS}
    if not Answer.every.filter(pk=kept.pk, version=kept.version).update(**values, version=F("version") + 1):
        raise RowsChanged(codes=[])


def _as_json(code: str, row: Answer | None) -> dict[str, Any]:
    """In the shape that a single score has in the audit log."""
    is_scored = row is not None and not row.is_withdrawn
    return {"question": code, "scored": is_scored, "answer": row.raw if row else None, "note": None}


def _row_as_json(locked: Assessment, plan: BulkPlan, row: BulkRow, version: int) -> dict[str, Any]:
    """What undoing needs. Of a blind score nothing is kept that says what was given."""
    found: dict[str, Any] = {
        "code": row.code,
        "stage": plan.stage.value,
        "round": locked.round,
        "blind": plan.is_blind,
        "version_before": row.version,
        "version_after": version,
    }
    if not plan.is_blind and row.kept is not None:
        before = {name: getattr(row.kept, name) for name in COLUMNS if name != "updated_at"}
        found["before"] = before | {"updated_at": row.kept.updated_at.isoformat()}
    return found


def _restore(locked: Assessment, step: BulkScore, actor: User, now: datetime) -> None:
    if step.rows[0]["blind"]:
        for row in step.rows:
            try:
                withdraw_blind(locked=locked, code=row["code"], actor=actor, version=row["version_after"], now=now)
            except (StaleScore, ScoreMissing) as refusal:
                raise NotUndoable(codes=[row["code"]]) from refusal
        return
    sheets, stage = stage_sheets(locked, names=False), step.rows[0]["stage"]
    standing = sheets.of(stage).rows
    moved = [row["code"] for row in step.rows if not _stands(standing.get(row["code"]), row["version_after"])]
    if moved:
        raise NotUndoable(codes=moved)
    for row in step.rows:
        _put_back(locked, standing[row["code"]], row, actor, now)


def _stands(answer: Answer | None, version: int) -> bool:
    return answer is not None and answer.version == version


def _put_back(locked: Assessment, now_there: Answer, row: dict[str, Any], actor: User, now: datetime) -> None:
    """The row as it was, with who scored it then and when; where there was none, a score that was taken back."""
    empty: dict[str, Any] = {"choice": "", "inputs": None, "is_withdrawn": True, "round": locked.round}
    values: dict[str, Any] = row.get("before") or empty | {"updated_by_id": actor.pk, "updated_at": now.isoformat()}
    restored = Answer(assessment=locked, question_id=now_there.question_id, stage=now_there.stage)
    for name, value in values.items():
        setattr(restored, name, parse_datetime(value) if name == "updated_at" else value)
    _overwrite(now_there, restored)
    revision = AnswerRevision.of(restored, origin=Origin.WITHDRAWN if restored.is_withdrawn else Origin.RESTORED)
    revision.by, revision.at = actor, now
    revision.save(force_insert=True)
    audit.record(
        verb="score.bulk_undo",
        target=restored,
        actor=actor,
        now=now,
        unit=locked.unit,
        before=_as_json(row["code"], now_there),
        after=_as_json(row["code"], restored),
    )
