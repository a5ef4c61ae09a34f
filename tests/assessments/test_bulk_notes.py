"""One note for many questions in one step: what is written, what is refused whole, and undoing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assessments.models import Assessment, BlindScore, BulkScore, Note, NoteMessage, Scorer
from assessments.queries.bulk import last_bulk
from assessments.queries.bulk_notes import note_plan
from assessments.queries.instruments import instrument_value
from assessments.services.bulk import NotUndoable
from assessments.services.bulk_notes import NoteTextMissing, write_in_bulk
from assessments.services.bulk_steps import NothingPicked, RowsChanged, RowsRefused
from assessments.services.evaluation import Given, ScoreDraft, save_score
from assessments.services.notes import NoteDraft, save_note
from assessments.services.paired import HandedIn
from assessments.services.review_checks import ConflictOfInterest, NotAssigned
from assessments.services.texts import TextRefused
from assessments.services.transitions import Closed, WrongState
from tests import factories
from tests.assessments.bulk_steps import (
    ONE,
    THREE,
    TWO,
    LogIn,
    answered_and_sent,
    differ,
    put_in,
    scored_in_pairs,
    spoken,
    undo,
    url,
)
from tests.conftest import Cast
from units.models import AuditEvent, User

CODES = (ONE, TWO, THREE)
TEXT = "Unggah bukti yang berlaku."


@pytest.fixture
def sent(assessment: Assessment, cast: Cast) -> Assessment:
    return answered_and_sent(assessment, cast)


@pytest.fixture
def paired(sent: Assessment, cast: Cast) -> Assessment:
    return scored_in_pairs(sent, cast)


def tokens(assessment: Assessment, user: User, codes: tuple[str, ...] = CODES) -> list[str]:
    return [row.token for row in note_plan(assessment, user, codes).rows]


def write(assessment: Assessment, user: User, codes: tuple[str, ...] = CODES, **changes: Any) -> BulkScore:
    if "tokens" not in changes:
        changes["tokens"] = tokens(assessment, user, codes)
    asked = {"text": TEXT, "for_release": True, "now": timezone.now()}
    return write_in_bulk(assessment=assessment, actor=user, **(asked | changes))


def notes(assessment: Assessment) -> list[tuple[str, str, bool]]:
    rows = Note.objects.filter(assessment=assessment).order_by("question__position", "round")
    return list(rows.values_list("question__code", "text", "for_release"))


# ---- what is written ----


@pytest.mark.parametrize(
    ("who", "state", "stage"),
    [
        ("member", "submitted", "member"),
        ("member", "review_member", "member"),
        ("lead", "review_lead", "lead"),
        ("controller", "review_controller", "controller"),
    ],
)
def test_whose_turn_it_is_writes_one_note_for_all(
    who: str, state: str, stage: str, sent: Assessment, cast: Cast
) -> None:
    actor = getattr(cast, who)
    step = write(put_in(sent, state), actor)
    assert notes(sent) == [(code, TEXT, True) for code in CODES]
    rows = Note.objects.filter(assessment=sent)
    assert set(rows.values_list("stage", "round", "version", "author", "released_at")) == {
        (stage, 1, 1, actor.pk, None)
    }
    assert (step.kind, step.reason, [row["code"] for row in step.rows]) == ("note", "", list(CODES))
    sent.refresh_from_db()
    assert sent.state == state


def test_note_may_stay_with_tpi(sent: Assessment, cast: Cast) -> None:
    write(sent, cast.member, (ONE,), for_release=False)
    assert notes(sent) == [(ONE, TEXT, False)]


NAMED = "{kode}: {pertanyaan} ({unit}, {periode}, {lain})"


def named(assessment: Assessment, code: str) -> str:
    question = instrument_value(assessment.period.instrument).question(code)
    return f"{code}: {question.text} ({assessment.unit.name}, TW II 2024, {{lain}})"


def test_names_in_the_text_mean_each_question(sent: Assessment, cast: Cast) -> None:
    write(sent, cast.member, (ONE, TWO), text=NAMED)
    assert notes(sent) == [(code, named(sent, code), True) for code in (ONE, TWO)]
    assert [line.after["note"]["text"] for line in spoken()[:2]] == [named(sent, code) for code in (ONE, TWO)]


def test_names_mean_each_question_in_a_blind_slot_too(paired: Assessment, cast: Cast) -> None:
    step = write(paired, cast.member, (ONE, TWO), text=NAMED)
    rows = BlindScore.objects.order_by("question__position").values_list("note", flat=True)
    assert list(rows) == [named(paired, code) for code in (ONE, TWO)]
    undo(paired, cast.member, step)
    assert set(BlindScore.objects.values_list("note", flat=True)) == {""}


def test_names_that_make_a_note_too_long_refuse_all(sent: Assessment, cast: Cast) -> None:
    with pytest.raises(TextRefused):
        write(sent, cast.member, text="{pertanyaan} " * 300)
    assert (notes(sent), spoken()) == ([], [])


def test_each_question_has_its_line_in_the_audit_log(sent: Assessment, cast: Cast) -> None:
    write(sent, cast.member, (ONE, TWO))
    stored = {"text": TEXT, "for_release": True, "stage": "member"}
    assert [(line.verb, line.before, line.after) for line in spoken()] == [
        ("note.save", {"question": ONE, "note": None}, {"question": ONE, "note": stored}),
        ("note.save", {"question": TWO, "note": None}, {"question": TWO, "note": stored}),
        ("note.bulk", None, {"questions": [ONE, TWO]}),
    ]


def test_note_of_an_earlier_round_stands_beside_the_new_one(sent: Assessment, cast: Cast) -> None:
    factories.note(sent, ONE, cast.member, "Putaran satu", for_release=True, released_at=timezone.now())
    write(put_in(sent, "review_member", round=2), cast.member, (ONE,))
    assert notes(sent) == [(ONE, "Putaran satu", True), (ONE, TEXT, True)]


def test_score_that_differs_may_lean_on_the_note(sent: Assessment, cast: Cast) -> None:
    write(sent, cast.member, (ONE,))
    differ(sent, cast.member, ONE)
    assert sent.answers.get(stage="member").raw == "C"


# ---- all or nothing ----


def test_question_with_an_own_note_refuses_all(sent: Assessment, cast: Cast) -> None:
    seen = tokens(sent, cast.member)
    draft = NoteDraft("Lebih dulu")
    save_note(assessment=sent, code=TWO, actor=cast.member, draft=draft, now=timezone.now())
    with pytest.raises(RowsRefused) as caught:
        write(sent, cast.member, tokens=seen)
    assert (caught.value.data["codes"], notes(sent)) == ([TWO], [(TWO, "Lebih dulu", False)])
    assert BulkScore.objects.count() == 0


def test_notes_of_other_stages_do_not_stand_in_the_way(sent: Assessment, cast: Cast) -> None:
    factories.note(sent, ONE, cast.member, "Anggota")
    factories.note(sent, TWO, cast.lead, "Tanya", stage="lead", kind="clarification", for_release=True,
                   released_at=timezone.now())  # fmt: skip
    put_in(sent, "review_lead")
    assert [row.is_written for row in note_plan(sent, cast.lead, CODES).rows] == [True, True, True]


def test_one_question_of_another_worksheet_refuses_all(sent: Assessment, cast: Cast) -> None:
    seen = [*tokens(sent, cast.member), "Z.9.x@1.0.0"]
    with pytest.raises(RowsRefused) as caught:
        write(sent, cast.member, tokens=seen)
    assert (caught.value.data["codes"], notes(sent), spoken()) == (["Z.9.x"], [], [])


@pytest.mark.parametrize("what", ["answer", "score", "round"])
def test_what_changed_after_the_preview_refuses_all(what: str, sent: Assessment, cast: Cast) -> None:
    put_in(sent, "review_member")
    seen = tokens(sent, cast.member)
    if what == "answer":
        sent.answers.filter(question__code=TWO, stage="unit").update(choice="A", version=2)
    elif what == "score":
        factories.answer(sent, TWO, "B", stage="member", by=cast.lead)
    else:
        put_in(sent, "review_member", round=2)
    with pytest.raises(RowsChanged) as caught:
        write(sent, cast.member, tokens=seen)
    assert (caught.value.data["codes"], notes(sent)) == (list(CODES) if what == "round" else [TWO], [])


@pytest.mark.parametrize("token", [ONE, f"{ONE}@", f"{ONE}@1.1.1", "@", ""])
def test_broken_or_invented_token_is_refused(token: str, sent: Assessment, cast: Cast) -> None:
    with pytest.raises((RowsChanged, RowsRefused)):
        write(sent, cast.member, tokens=[token])
    assert notes(sent) == []


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"text": "  "}, NoteTextMissing),
        ({"text": " / "}, NoteTextMissing),
        ({"text": "x" * 5001}, TextRefused),
        ({"tokens": []}, NothingPicked),
    ],
)
def test_words_and_a_selection_are_needed(
    changes: dict[str, Any], refusal: type[Exception], sent: Assessment, cast: Cast
) -> None:
    with pytest.raises(refusal):
        write(sent, cast.member, **changes)
    assert notes(sent) == []


def test_only_whose_turn_it_is_may(sent: Assessment, cast: Cast) -> None:
    seen = tokens(sent, cast.member)
    colleague = factories.teammate(cast.unit_a.teams.get(kind="tpi"))
    for user, refusal in (
        (cast.other_member, PermissionDenied),
        (cast.operator, PermissionDenied),
        (cast.inspector, PermissionDenied),
        (cast.lead, WrongState),
    ):
        with pytest.raises(refusal):
            write(sent, user, tokens=seen)
    with pytest.raises(Closed):
        write(sent, cast.member, tokens=seen, now=sent.period.review_until + timedelta(seconds=1))
    factories.scorer(sent, cast.member)
    with pytest.raises(NotAssigned):
        write(sent, colleague, tokens=seen)
    sent.answers.filter(question__code=ONE).update(updated_by=cast.member)
    with pytest.raises(ConflictOfInterest):
        write(sent, cast.member, tokens=seen)
    assert notes(sent) == []


# ---- undoing ----


def test_undo_removes_the_notes(sent: Assessment, cast: Cast) -> None:
    step = write(sent, cast.member, (ONE, TWO))
    assert last_bulk(sent, cast.member) == step
    undo(sent, cast.member, step)
    assert (notes(sent), last_bulk(sent, cast.member)) == ([], None)
    removed = [(line.verb, line.before["note"]["text"], line.after) for line in spoken()[3:5]]
    assert removed == [("note.bulk_undo", TEXT, {"question": code, "note": None}) for code in (ONE, TWO)]
    assert [line.verb for line in spoken()[5:]] == ["note.bulk_undone"]
    sent.refresh_from_db()
    assert sent.state == "submitted"
    with pytest.raises(NotUndoable):
        undo(sent, cast.member, step)


def _changed(note: Note, cast: Cast) -> None:
    draft = NoteDraft("Lebih jelas", note.for_release, 1)
    save_note(assessment=note.assessment, code=TWO, actor=cast.member, draft=draft, now=timezone.now())


def _released(note: Note, cast: Cast) -> None:
    Note.objects.filter(pk=note.pk).update(released_at=timezone.now())


def _settled(note: Note, cast: Cast) -> None:
    Note.objects.filter(pk=note.pk).update(thread="closed", closed_at=timezone.now(), closed_by=cast.member)


def _talked_about(note: Note, cast: Cast) -> None:
    NoteMessage.objects.create(note=note, text="Ya", is_internal=True, author=cast.lead, at=timezone.now())


def _photographed(note: Note, cast: Cast) -> None:
    factories.note_file(note, cast.member)


def _leaned_on(note: Note, cast: Cast) -> None:
    differ(note.assessment, cast.member, TWO)


@pytest.mark.parametrize("move_on", [_changed, _released, _settled, _talked_about, _photographed, _leaned_on])
def test_undo_is_refused_whole_when_one_note_has_moved_on(
    move_on: Callable[[Note, Cast], None], sent: Assessment, cast: Cast, storage: object
) -> None:
    step = write(put_in(sent, "review_member"), cast.member)
    move_on(Note.objects.get(assessment=sent, question__code=TWO), cast)
    with pytest.raises(NotUndoable) as caught:
        undo(sent, cast.member, step)
    assert (caught.value.data["codes"], len(notes(sent))) == ([TWO], 3)


def test_agreeing_since_does_not_hold_the_note(sent: Assessment, cast: Cast) -> None:
    put_in(sent, "review_member")
    differ(sent, cast.member, TWO, note=NoteDraft("Sudah lama"))
    step = write(sent, cast.member, (ONE,))
    draft = ScoreDraft(Given("B"))
    save_score(assessment=sent, code=ONE, actor=cast.member, draft=draft, now=timezone.now())
    undo(sent, cast.member, step)
    assert notes(sent) == [(TWO, "Sudah lama", False)]


def test_undo_is_refused_to_others_and_after_the_stage_or_the_round(sent: Assessment, cast: Cast) -> None:
    step = write(put_in(sent, "review_member"), cast.member)
    with pytest.raises(PermissionDenied):
        undo(sent, factories.teammate(cast.unit_a.teams.get(kind="tpi")), step)
    put_in(sent, "review_lead")
    with pytest.raises(WrongState):
        undo(sent, cast.member, step)
    put_in(sent, "review_member", round=2)
    with pytest.raises(NotUndoable):
        undo(sent, cast.member, step)
    assert len(notes(sent)) == 3


# ---- two who score blind ----


def test_blind_note_stands_in_the_own_slot_and_nowhere_else(paired: Assessment, cast: Cast) -> None:
    step = write(paired, cast.member)
    rows = BlindScore.objects.filter(assessment=paired).order_by("question__position")
    assert (
        list(rows.values_list("slot", "note", "for_release", "note_by", "is_withdrawn"))
        == [(1, TEXT, True, cast.member.pk, True)] * 3
    )
    assert notes(paired) == []
    assert [(line.verb, line.after, line.reason) for line in spoken()] == [
        ("score.blind", {"question": code, "slot": 1}, "") for code in CODES
    ]
    assert TEXT not in str([step.reason, step.rows])
    other = Scorer.objects.get(slot=2).user
    assert (last_bulk(paired, other), len(note_plan(paired, other, CODES).written)) == (None, 3)


def test_note_begins_the_review_of_two(sent: Assessment, cast: Cast) -> None:
    team = cast.unit_a.teams.get(kind="tpi")
    team.scoring = "paired"
    team.save()
    for slot, user in ((1, cast.member), (2, factories.teammate(team))):
        factories.scorer(sent, user, slot=slot)
    write(sent, cast.member, (ONE,))
    assert (sent.state, sent.scoring, notes(sent)) == ("review_member", "paired", [])
    assert BlindScore.objects.get().note == TEXT


def test_blind_note_does_not_touch_a_score_or_an_own_note(paired: Assessment, cast: Cast) -> None:
    differ(paired, cast.member, ONE, note=NoteDraft("Sudah ada"))
    plan = note_plan(paired, cast.member, CODES)
    assert [row.code for row in plan.refused] == [ONE]
    write(paired, cast.member, (TWO,))
    kept = BlindScore.objects.get(question__code=ONE)
    assert (kept.choice, kept.note, kept.note_version) == ("C", "Sudah ada", 1)


def test_blind_notes_are_undone_in_the_slot(paired: Assessment, cast: Cast) -> None:
    step = write(paired, cast.member)
    undo(paired, cast.member, step)
    assert set(BlindScore.objects.values_list("note", "for_release", "note_version")) == {("", False, 2)}
    assert len(note_plan(paired, cast.member, CODES).written) == 3


@pytest.mark.parametrize("how", ["changed", "leaned on", "handed on"])
def test_undo_of_a_blind_note_is_refused_when_it_moved_on(how: str, paired: Assessment, cast: Cast) -> None:
    step = write(paired, cast.member, (ONE, TWO))
    if how == "changed":
        draft = NoteDraft("Lebih jelas", version=1)
        save_note(assessment=paired, code=TWO, actor=cast.member, draft=draft, now=timezone.now())
    elif how == "leaned on":
        differ(paired, cast.member, TWO)
    else:
        here = {"from_state": "review_member", "to_state": "review_lead", "round": 1, "actor": cast.member}
        paired.transitions.create(action="to_lead", at=timezone.now(), **here)
    with pytest.raises(NotUndoable) as caught:
        undo(paired, cast.member, step)
    assert caught.value.data["codes"] == ([] if how == "handed on" else [TWO])
    assert BlindScore.objects.filter(note="").count() == 0


def test_nothing_is_written_once_handed_in(paired: Assessment, cast: Cast, as_user: LogIn) -> None:
    seen = tokens(paired, cast.member)
    paired.scorers.filter(slot=1).update(handed_in_at=timezone.now())
    with pytest.raises(HandedIn):
        write(paired, cast.member, tokens=seen)
    assert as_user(cast.member).get(url(paired, "bulk_note"), {"pilih": CODES}).status_code == 409
    assert not BlindScore.objects.exists()


@pytest.mark.parametrize(("count", "lines"), [(1, 2), (3, 4)])
def test_writing_costs_only_its_audit_lines_more(count: int, lines: int, sent: Assessment, cast: Cast) -> None:
    seen = tokens(sent, cast.member, CODES[:count])
    before = AuditEvent.objects.count()
    with CaptureQueriesContext(connection) as queries:
        write(sent, cast.member, tokens=seen)
    told = [query for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert (len(told) - lines, AuditEvent.objects.count() - before) == (8, lines)
