"""What the database refuses by itself, whoever writes: constraints and frozen histories, by plain SQL (REL-08)."""

import uuid
from datetime import date, timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from assessments.models import (
    AnswerCopy,
    AnswerRevision,
    BlindScore,
    BulkScore,
    EvidenceFile,
    Extension,
    FollowUp,
    Note,
    NoteMessage,
    NoteTemplate,
    Presence,
    Preview,
    PreviewPage,
    QuestionDuty,
    Scorer,
    TransitionRecord,
    Visit,
    WorkbookImport,
)
from assessments.services.revisions import keep
from assessments.services.snapshots import take_snapshot
from tests import factories

CODE = "A.I.1.i.b"
NOW = timezone.now()
EARLIER = NOW - timedelta(days=1)
KEY = uuid.uuid4()
# Constraint, the row to write once more, what is wrong with the second one. Empty: the row itself, twice.
CASES = {
    "answer_once_per_stage": ("answer", {}),
    "answer_stage_known": ("answer", {"stage": "lain"}),
    "answer_one_kind": ("answer", {"inputs": {"agents": 1}}),
    "answer_withdrawn_is_an_empty_score": ("answer", {"is_withdrawn": True}),
    "answer_revision_once_per_version": ("answerrevision", {"key": None}),
    "answer_revision_once_per_key": ("answerrevision", {"version": 2}),
    "answer_revision_one_kind": ("answerrevision", {"inputs": {"agents": 1}}),
    "answer_revision_origin_known": ("answerrevision", {"origin": "lain"}),
    "answer_copy_once": ("answercopy", {}),
    "answer_copy_one_kind": ("answercopy", {"inputs": {"agents": 1}}),
    "assessment_once_per_unit_period": ("assessment", {}),
    "assessment_state_known": ("assessment", {"state": "lain"}),
    "assessment_final_has_finaliser": ("assessment", {"state": "final"}),
    "assessment_round_positive": ("assessment", {"round": 0}),
    "assessment_scoring_known": ("assessment", {"scoring": "lain"}),
    "assessment_later_stages_known": ("assessment", {"later_stages": "lain"}),
    "transition_once_per_key": ("transitionrecord", {}),
    "note_once_per_stage_and_round": ("note", {}),
    "note_not_empty": ("note", {"text": ""}),
    "note_released_only_if_marked": ("note", {"released_at": NOW}),
    "note_stage_known": ("note", {"stage": "lain"}),
    "note_kind_fits": ("note", {"kind": "finding"}),
    "note_thread_closed_by_somebody": ("note", {"thread": "closed"}),
    "note_one_open_clarification": ("clarification", {}),
    "note_one_finding_per_visit": ("finding", {}),
    "note_message_not_empty": ("notemessage", {"text": ""}),
    "note_message_visibility": ("notemessage", {"is_internal": True, "released_at": NOW}),
    "note_message_once_per_key": ("notemessage", {}),
    "note_template_title_once": ("notetemplate", {}),
    "note_template_not_empty": ("notetemplate", {"text": ""}),
    "visit_has_place_and_people": ("visit", {"place": ""}),
    "scorer_one_per_slot": ("scorer", {"user": 0}),
    "scorer_one_slot_per_person": ("scorer", {"slot": 2}),
    "scorer_slot_known": ("scorer", {"slot": 3}),
    "scorer_ended_by_somebody": ("scorer", {"ended_at": NOW}),
    "blind_score_once_per_slot": ("blindscore", {}),
    "blind_score_slot_known": ("blindscore", {"slot": 3}),
    "blind_score_one_kind": ("blindscore", {"inputs": {"agents": 1}}),
    "blind_score_withdrawn_is_empty": ("blindscore", {"is_withdrawn": True}),
    "blind_score_note_by_somebody": ("blindscore", {"note": "isi"}),
    "bulk_score_kind_known": ("bulkscore", {"kind": "lain"}),
    "bulk_score_has_reason": ("bulkscore", {"reason": ""}),
    "bulk_score_undone_by_somebody": ("bulkscore", {"undone_at": NOW}),
    "extension_phase_known": ("extension", {"phase": "lain"}),
    "extension_has_reason": ("extension", {"reason": ""}),
    "extension_moves_the_deadline": ("extension", {"until": EARLIER}),
    "question_duty_one_person": ("questionduty", {}),
    "question_duty_ended_by_somebody": ("questionduty", {"ended_at": NOW}),
    "presence_one_place_each": ("presence", {}),
    "followup_reported_by_somebody": ("followup", {"reported_at": NOW}),
    "followup_closed_by_somebody": ("followup", {"closed_at": NOW}),
    "snapshot_kind_known": ("snapshot", {"kind": "lain"}),
    "evidence_link_has_url": ("evidence", {"url": ""}),
    "evidence_withdrawn_with_reason": ("evidence", {"withdrawn_at": NOW}),
    "evidence_file_once": ("evidencefile", {"uuid": uuid.uuid4(), "slot": 2}),
    "evidence_file_one_per_revision": ("evidencefile", {"uuid": uuid.uuid4(), "sha256": "1" * 64}),
    "evidence_file_retired_with_reason": ("evidencefile", {"retired_at": NOW}),
    "evidence_file_kind_known": ("evidencefile", {"kind": "exe"}),
    "evidence_use_once": ("evidenceuse", {}),
    "preview_state_known": ("preview", {"state": "lain"}),
    "preview_page_once": ("previewpage", {}),
    "workbook_import_applied_in_a_mode": ("workbookimport", {"mode": "fill"}),
}


@pytest.fixture
def rows(assessment, cast):
    """One good row of each table, by the model's name."""
    by, question = cast.operator, factories.question_id(assessment, CODE)
    answer = factories.answer(assessment, CODE, "B", by=by)
    note = factories.note(assessment, CODE, cast.member)
    record = factories.evidence_for(assessment, CODE, by)
    file = EvidenceFile(evidence=record, original_name="a.pdf", kind="pdf", size=4, sha256="0" * 64, file="a")
    file.uploaded_by, file.uploaded_at = by, NOW
    preview = Preview.objects.create(sha256="0" * 64, requested_at=NOW)
    fresh = [
        AnswerCopy(assessment=assessment, question_id=question, source=assessment, choice="A"),
        TransitionRecord(assessment=assessment, action="submit", from_state="draft", to_state="submitted", round=1),
        QuestionDuty(unit=cast.unit_a, code=CODE, user=by, assigned_by=by, assigned_at=NOW),
        Presence(assessment=assessment, user=by, code=CODE, seen_at=NOW),
        FollowUp(note=note, unit=cast.unit_a, code=CODE, text="perbaiki", due=date(2024, 9, 1)),
        PreviewPage(preview=preview, number=1, image="a", width=1, height=1),
        WorkbookImport(assessment=assessment, file="a", original_name="a.xlsx", sha256="0" * 64, content={}),
        file,
        NoteMessage(note=note, text="isi"),
        NoteTemplate(agency=cast.agency, title="judul", text="isi"),
        Scorer(assessment=assessment, user=cast.member),
        BlindScore(assessment=assessment, question_id=question, slot=1, choice="A"),
        BulkScore(assessment=assessment, reason="alasan", rows=[]),
        Extension(assessment=assessment, phase="fill", previous=EARLIER, until=NOW, reason="alasan"),
        Visit(assessment=assessment, date=date(2024, 9, 1), place="aula", participants="semua"),
    ]
    for row in fresh:
        _sign(row, by)
        row.save()
    snapshot = take_snapshot(assessment=assessment, kind="submitted", actor=cast.head, now=NOW)
    found = [assessment, answer, keep(answer, key=KEY), note, record, record.uses.get(), preview, snapshot, *fresh]
    rows = {row._meta.model_name: row for row in found}
    return rows | {"clarification": _note(note), "finding": _note(note, visit=rows["visit"])}


def _note(note, **changes):
    """Another note of the same question, of one of the kinds that may stand beside it."""
    kind = "finding" if "visit" in changes else "clarification"
    row = Note(**{field.name: getattr(note, field.name) for field in Note._meta.fields if not field.primary_key})
    row.kind, row.for_release, row.released_at = kind, True, NOW
    row.visit = changes.get("visit")
    row.save()
    return row


def _sign(row, by):
    """Who made it and when, in all the names that tables have for it."""
    names = {field.name for field in row._meta.fields}
    for name in names & {
        "copied_by",
        "actor",
        "created_by",
        "uploaded_by",
        "updated_by",
        "assigned_by",
        "author",
        "by",
    }:
        setattr(row, name, by)
    for name in names & {"copied_at", "at", "created_at", "uploaded_at", "updated_at", "assigned_at"}:
        setattr(row, name, NOW)
    if "key" in names:
        row.key = KEY


def write_again(row, changes):
    """The same row by plain SQL, with changes, past every form, service and model."""
    fields = [field for field in row._meta.local_concrete_fields if not field.primary_key]
    values = [
        field.get_db_prep_save(changes.get(field.name, getattr(row, field.attname)), connection) for field in fields
    ]
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {row._meta.db_table} ({columns}) VALUES ({places})", values)


@pytest.mark.parametrize("name", CASES)
def test_constraint_refuses_a_row_that_breaks_it(rows, name):
    model_name, changes = CASES[name]
    row = rows[model_name]
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        write_again(row, changes)
    (constraint,) = (item for item in row._meta.constraints if item.name == name)
    words = str(refused.value)
    columns = [row._meta.get_field(field).column for field in getattr(constraint, "fields", ())]
    # SQLite names the columns of what must be unique, PostgreSQL the constraint.
    assert name in words or (columns and all(f".{column}" in words for column in columns))


def test_every_constraint_of_these_tables_is_tried():
    tried = {model_name for model_name, _changes in CASES.values()} - {"clarification", "finding"}
    names = {
        constraint.name
        for model in apps.get_app_config("assessments").get_models()
        if model._meta.model_name in tried
        for constraint in model._meta.constraints
        if isinstance(constraint, models.UniqueConstraint | models.CheckConstraint)
    }
    assert names == set(CASES)


@pytest.mark.parametrize("name", ["answerrevision", "transitionrecord", "snapshot"])
@pytest.mark.parametrize(
    "statement", ["UPDATE {table} SET round = 9 WHERE id = %s", "DELETE FROM {table} WHERE id = %s"]
)
def test_history_is_frozen(rows, name, statement):
    row = rows[name]
    with pytest.raises(IntegrityError, match="are frozen"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement.format(table=row._meta.db_table), (row.pk,))
    assert type(row).objects.get(pk=row.pk).round == 1


def test_answer_with_a_history_cannot_be_deleted(rows):
    with pytest.raises(IntegrityError), transaction.atomic():
        _delete(rows["answer"])
    assert AnswerRevision.objects.count() == 1


def _delete(row):
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {row._meta.db_table} WHERE id = %s", (row.pk,))
    connection.check_constraints()  # foreign keys are looked at when the transaction ends, else
