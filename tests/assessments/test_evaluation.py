"""TPI scores and writes notes: what is stored, what is refused, and what the unit never reads."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assessments.models import Answer, Assessment, Note, TransitionRecord
from tests import factories
from tests.assessments.evaluating import (
    CHOICE,
    HTMX,
    INDEX,
    NODE,
    RATIO,
    YES_NO,
    LogIn,
    address,
    put_in,
    save,
    score_of,
    sent_in,
)
from tests.conftest import Cast
from units.models import AuditEvent


@pytest.fixture
def submitted(assessment: Assessment, cast: Cast) -> Assessment:
    return sent_in(assessment, cast)


@pytest.fixture
def member(cast: Cast, as_user: LogIn) -> Client:
    return as_user(cast.member)


# What is stored


@pytest.mark.parametrize(
    ("code", "fields", "raw"),
    [
        (CHOICE, {"choice": "B"}, "B"),
        (CHOICE, {"choice": "C", "note": "Rapat belum tercatat"}, "C"),
        (YES_NO, {"choice": "Tidak", "note": "Tidak diisi unit"}, "Tidak"),
        (YES_NO, {"choice": "-"}, None),
        (RATIO, {"in-agents": "4", "in-changes": "3"}, {"agents": 4, "changes": 3}),
        (RATIO, {"in-agents": "4", "in-changes": "2", "note": "Satu belum selesai"}, {"agents": 4, "changes": 2}),
        (RATIO, {"blank": "1", "note": "Tanpa bukti"}, None),
        (INDEX, {"in-index": "3,6"}, {"index": "3.6"}),
        (INDEX, {"in-index": "3,60", "in-respondents": "45"}, {"index": "3.60", "respondents": 45}),
    ],
)
def test_score_save_stores_what_was_given(
    code: str, fields: dict[str, str], raw: Any, submitted: Assessment, member: Client
) -> None:
    assert save(member, submitted, code, **fields).status_code == 200
    assert score_of(submitted, code) == raw


def test_first_score_starts_the_review_with_an_audit_record_of_its_own(submitted: Assessment, member: Client) -> None:
    before = AuditEvent.objects.count()
    save(member, submitted, choice="B")
    submitted.refresh_from_db()
    assert submitted.state == "review_member"
    verbs = list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True))[before:]
    assert verbs == ["assessment.start", "score.save"]
    assert TransitionRecord.objects.get().action == "start"


def test_second_score_leaves_exactly_one_audit_record(submitted: Assessment, member: Client) -> None:
    save(member, submitted, choice="B")
    before = AuditEvent.objects.count()
    save(member, submitted, RATIO, **{"in-agents": "4", "in-changes": "3"})
    (event,) = AuditEvent.objects.order_by("pk")[before:]
    assert (event.verb, event.before, event.after) == (
        "score.save",
        {"question": RATIO, "scored": False, "answer": None, "note": None},
        {"question": RATIO, "scored": True, "answer": {"agents": 4, "changes": 3}, "note": None},
    )


def test_same_score_again_changes_nothing(submitted: Assessment, member: Client) -> None:
    save(member, submitted, choice="B")
    before = AuditEvent.objects.count()
    assert save(member, submitted, choice="B", version="1").status_code == 200
    assert AuditEvent.objects.count() == before
    assert Answer.objects.get(stage="member").version == 1


def test_same_score_in_a_later_round_is_confirmed_anew(submitted: Assessment, member: Client) -> None:
    save(member, submitted, choice="B")
    Assessment.objects.update(round=2)
    save(member, submitted, choice="B", version="1")
    row = Answer.objects.get(stage="member")
    assert (row.round, row.version) == (2, 2)


def test_unit_answer_stays_as_it_was(submitted: Assessment, member: Client) -> None:
    save(member, submitted, choice="C", note="Berbeda")
    own = Answer.objects.get(question__code=CHOICE, stage="unit")
    assert (own.raw, own.version) == ("B", 1)


def test_scores_and_totals_from_the_browser_are_never_read(submitted: Assessment, member: Client) -> None:
    response = save(member, submitted, choice="B", score="1", value="1", total="100", stage="unit", state="final")
    submitted.refresh_from_db()
    assert (response.status_code, score_of(submitted), submitted.state) == (200, "B", "review_member")


# What is refused


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        (CHOICE, {}),
        (CHOICE, {"choice": "C"}),
        (CHOICE, {"choice": "F"}),
        (CHOICE, {"choice": "C", "note": "   "}),
        (CHOICE, {"choice": "C", "note": " /…\n"}),
        (CHOICE, {"choice": "C", "note": "x" * 5001}),
        (RATIO, {"in-agents": "4", "note": "Sebagian"}),
        (RATIO, {"in-agents": "4.0", "in-changes": "3"}),
        (RATIO, {"in-agents": "-4", "in-changes": "3"}),
        (RATIO, {"in-agents": "99999999", "in-changes": "3"}),
        (RATIO, {"in-agents": "4", "in-changes": "3", "blank": "1"}),
        (INDEX, {"in-index": "3.60"}),
        (INDEX, {"in-index": "4,01"}),
        (INDEX, {"in-index": "1e3"}),
        (INDEX, {"in-index": "NaN"}),
    ],
)
def test_score_save_invalid_is_422_and_stores_nothing(
    code: str, fields: dict[str, str], submitted: Assessment, member: Client
) -> None:
    before = AuditEvent.objects.count()
    assert save(member, submitted, code, **fields).status_code == 422
    submitted.refresh_from_db()
    assert (Answer.objects.filter(stage="member").count(), Note.objects.count()) == (0, 0)
    assert (submitted.state, AuditEvent.objects.count()) == ("submitted", before)


def test_refused_page_without_javascript_keeps_what_was_typed(submitted: Assessment, member: Client) -> None:
    data = {"version": "0", "note_version": "0", "in-agents": "4,5", "in-changes": "3", "note": "Catatan panjang saya"}
    response = member.post(address("score_save", submitted, RATIO), data)
    assert response.status_code == 422
    page = response.content.decode()
    assert 'value="4,5"' in page
    assert "Catatan panjang saya</textarea>" in page
    assert "<title>Kesalahan:" in page


def test_difference_needs_no_second_note_in_a_later_round(submitted: Assessment, member: Client) -> None:
    save(member, submitted, choice="C", note="Berbeda")
    Assessment.objects.update(round=2)
    assert save(member, submitted, choice="C", version="1").status_code == 200


def test_note_cannot_be_emptied_while_the_score_differs(submitted: Assessment, member: Client) -> None:
    save(member, submitted, choice="C", note="Berbeda")
    assert save(member, submitted, choice="C", version="1", note_version="1").status_code == 422
    assert Note.objects.get().text == "Berbeda"


def test_note_of_signs_alone_gives_no_reason(submitted: Assessment, member: Client) -> None:
    refused = save(member, submitted, choice="C", note="/")
    assert "Nilai berbeda dari jawaban unit. Tuliskan catatannya agar nilai dapat disimpan." in refused.content.decode()
    assert save(member, submitted, choice="B", note="/").status_code == 200
    assert save(member, submitted, choice="C", note="/", version="1", note_version="1").status_code == 422
    assert save(member, submitted, choice="C", note="/ 3", version="1", note_version="1").status_code == 200


def test_note_is_removed_once_the_score_agrees(submitted: Assessment, member: Client) -> None:
    save(member, submitted, choice="C", note="Berbeda")
    assert save(member, submitted, choice="B", version="1", note_version="1").status_code == 200
    assert Note.objects.count() == 0


def test_note_alone_is_kept_without_a_score(submitted: Assessment, member: Client) -> None:
    assert save(member, submitted, note="Tanyakan notulen", for_release="1").status_code == 200
    note = Note.objects.get()
    assert (note.text, note.for_release, note.stage, note.round) == ("Tanyakan notulen", True, "member", 1)
    assert not Answer.objects.filter(stage="member").exists()


def test_score_save_stale_is_409_and_shows_both(submitted: Assessment, member: Client, cast: Cast) -> None:
    factories.answer(submitted, CHOICE, "A", stage="member", by=cast.lead)
    factories.note(submitted, CHOICE, cast.lead, "Catatan lain")
    response = save(member, submitted, choice="C", note="Catatan saya", version="0")
    assert response.status_code == 409
    assert score_of(submitted) == "A"
    text = response.content.decode()
    assert cast.lead.full_name in text
    assert "Catatan lain" in text
    assert 'value="1.1"' in text


def test_use_mine_after_a_conflict_writes_over(submitted: Assessment, member: Client, cast: Cast) -> None:
    factories.answer(submitted, CHOICE, "A", stage="member", by=cast.lead)
    assert save(member, submitted, choice="C", note="Catatan saya", over="1.0").status_code == 200
    assert score_of(submitted) == "C"


@pytest.mark.parametrize("name", ["score_save", "score_agree", "score_withdraw", "note_save"])
def test_missing_version_is_428(name: str, submitted: Assessment, member: Client) -> None:
    data = {"choice": "B", "note": "Catatan", "version": "satu"}
    assert member.post(address(name, submitted, CHOICE), data).status_code == 428
    assert (Answer.objects.filter(stage="member").count(), Note.objects.count()) == (0, 0)


@pytest.mark.parametrize("name", ["score_save", "note_save"])
def test_use_what_is_stored_after_a_conflict_shows_it_and_saves_nothing(
    name: str, submitted: Assessment, member: Client, cast: Cast
) -> None:
    factories.answer(submitted, CHOICE, "A", stage="member", by=cast.lead)
    path, data = address(name, submitted, CHOICE), {"theirs": "1", "choice": "C", "note": "Catatan saya"}
    before = AuditEvent.objects.count()
    response = member.post(path, data, **HTMX)
    assert (response.status_code, response["HX-Retarget"]) == (200, "#q-A-I-1-i-b")
    assert 'value="A" checked' in response.content.decode()
    assert member.post(path, data).status_code == 303
    assert (AuditEvent.objects.count(), score_of(submitted)) == (before, "A")


def test_stale_note_is_409(submitted: Assessment, member: Client, cast: Cast) -> None:
    factories.note(submitted, CHOICE, cast.member, "Lebih dulu")
    assert save(member, submitted, choice="C", note="Belakangan").status_code == 409
    assert Note.objects.get().text == "Lebih dulu"
    assert not Answer.objects.filter(stage="member").exists()


# Agreeing


@pytest.mark.parametrize(
    ("code", "raw"),
    [
        (CHOICE, "B"),
        (YES_NO, None),
        (RATIO, {"agents": 4, "changes": 3}),
        (INDEX, {"index": "3.60", "respondents": 45}),
    ],
)
def test_agree_takes_the_unit_answer_as_it_stands(code: str, raw: Any, submitted: Assessment, member: Client) -> None:
    response = member.post(address("score_agree", submitted, code), {"version": "0"})
    assert response.status_code == 303
    assert score_of(submitted, code) == raw
    assert AuditEvent.objects.order_by("pk").last().verb == "score.agree"


def test_agree_goes_to_the_next_question(submitted: Assessment, member: Client) -> None:
    response = member.post(address("score_agree", submitted, YES_NO), {"version": "0"})
    assert response["Location"] == address("desk_question", submitted, CHOICE)


def test_agree_stale_is_409(submitted: Assessment, member: Client, cast: Cast) -> None:
    factories.answer(submitted, CHOICE, "A", stage="member", by=cast.lead)
    assert member.post(address("score_agree", submitted, CHOICE), {"version": "0"}).status_code == 409
    assert score_of(submitted) == "A"


def test_agree_leaves_the_note_alone(submitted: Assessment, member: Client, cast: Cast) -> None:
    factories.note(submitted, CHOICE, cast.member, "Tetap")
    member.post(address("score_agree", submitted, CHOICE), {"version": "0"})
    assert Note.objects.get().text == "Tetap"


# Notes of lead and controller


@pytest.mark.parametrize(("who", "state"), [("lead", "review_lead"), ("controller", "review_controller")])
def test_reviewers_write_their_own_note(
    who: str, state: str, submitted: Assessment, cast: Cast, as_user: LogIn
) -> None:
    factories.note(submitted, CHOICE, cast.member, "Catatan anggota")
    put_in(submitted, state, cast)
    before = AuditEvent.objects.count()
    data = {"note": "Catatan reviu", "for_release": "1", "note_version": "0"}
    response = as_user(getattr(cast, who)).post(address("note_save", submitted, CHOICE), data, **HTMX)
    assert response.status_code == 200
    note = Note.objects.get(stage=who)
    assert (note.text, note.for_release) == ("Catatan reviu", True)
    assert [event.verb for event in AuditEvent.objects.order_by("pk")[before:]] == ["note.save"]


@pytest.mark.parametrize(
    ("who", "state"), [("lead", "review_controller"), ("controller", "review_lead"), ("member", "review_lead")]
)
def test_note_out_of_turn_is_409(who: str, state: str, submitted: Assessment, cast: Cast, as_user: LogIn) -> None:
    put_in(submitted, state, cast)
    data = {"note": "Di luar giliran", "note_version": "0"}
    assert as_user(getattr(cast, who)).post(address("note_save", submitted, CHOICE), data).status_code == 409
    assert Note.objects.count() == 0


def test_note_of_an_earlier_round_is_never_written_over(submitted: Assessment, member: Client, cast: Cast) -> None:
    old = factories.note(
        submitted, CHOICE, cast.member, "Sudah disampaikan", for_release=True, released_at=timezone.now()
    )
    Assessment.objects.update(round=2, state="review_member")
    save(member, submitted, choice="C", note="Putaran dua")
    old.refresh_from_db()
    assert old.text == "Sudah disampaikan"
    assert list(Note.objects.order_by("round").values_list("round", "text")) == [
        (1, "Sudah disampaikan"),
        (2, "Putaran dua"),
    ]


def test_released_note_of_the_same_round_is_409(submitted: Assessment, member: Client, cast: Cast) -> None:
    factories.note(submitted, CHOICE, cast.member, "Lama", for_release=True, released_at=timezone.now())
    assert save(member, submitted, choice="C", note="Baru", note_version="1").status_code == 409
    assert Note.objects.get().text == "Lama"


# Nothing reaches the unit before release (SEC-05)


@pytest.mark.parametrize("state", ["submitted", "review_member", "review_lead", "review_controller", "returned"])
@pytest.mark.parametrize("who", ["operator", "head", "assistant"])
def test_unit_reads_nothing_of_the_evaluation(
    state: str, who: str, submitted: Assessment, cast: Cast, as_user: LogIn
) -> None:
    factories.answer(submitted, YES_NO, "Ya", stage="member", by=cast.member)
    factories.note(submitted, CHOICE, cast.member, "KENARI-7731")
    put_in(submitted, state, cast)
    client = as_user(getattr(cast, who))
    for path in (
        address("evaluation", submitted),
        address("desk", submitted, NODE),
        address("explain", submitted, "total") + "?sisi=tpi",
        address("explain", submitted, "total") + "?sisi=unit",
    ):
        response = client.get(path)
        assert response.status_code == (200 if path.endswith("unit") else 403)
        assert b"KENARI-7731" not in response.content


def statements(client_act: Callable[[], Any]) -> int:
    """Queries of one request, without the marks of transactions."""
    with CaptureQueriesContext(connection) as found:
        client_act()
    return sum("SAVEPOINT" not in query["sql"] for query in found.captured_queries)


def test_saving_costs_the_same_for_any_question(submitted: Assessment, member: Client) -> None:
    save(member, submitted, YES_NO, choice="-")
    counts = "in-agents", "in-changes"
    agreed = statements(lambda: save(member, submitted, RATIO, **dict(zip(counts, "43", strict=True))))
    noted = statements(lambda: save(member, submitted, choice="C", note="Berbeda"))
    # Session, user, access, assessment, lock, whose worksheet it is, answers, the write, its revision, audit; with a
    # note, that one is read and written.
    assert (agreed, noted) == (10, 12)
