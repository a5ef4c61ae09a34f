"""Threads on notes: what TPI and the unit write on them, when the other side sees it, and who ends them."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment, Note, NoteFile, NoteMessage, Period, Snapshot
from assessments.queries.threads import all_threads, file_for, threads_of
from assessments.services import threads as services
from assessments.services.notes import NoteDraft, save_note
from assessments.services.score_drafts import NoteDiscussed
from assessments.services.threads import Upload, Words
from assessments.services.transitions import Action, Closed, WrongState, carry_out, open_questions
from tests import factories
from tests.units import upload_files as made
from units.models import AuditEvent, Notice
from units.uploads import scan_upload

CODE, OTHER = "A.I.2.i.a", "A.I.1.i.a"
INTERNAL = "CATATAN INTERNAL"


def put_in(assessment, state, **fields):
    Assessment.objects.filter(pk=assessment.pk).update(state=state, submitted_at=timezone.now(), **fields)
    assessment.refresh_from_db()
    return assessment


@pytest.fixture
def review(assessment):
    """Unit A's worksheet while a member scores it."""
    return put_in(assessment, "review_member")


@pytest.fixture
def returned(assessment, cast):
    """Given back in round 2 with one released note; one stays internal."""
    factories.note(assessment, CODE, cast.member, "Lengkapi notulen.", for_release=True, released_at=timezone.now())
    factories.note(assessment, OTHER, cast.member, INTERNAL)
    return put_in(assessment, "returned", round=2)


def note_of(assessment, code=CODE, kind="note"):
    return assessment.notes.get(question__code=code, kind=kind)


def act(service, assessment, actor, text="Isi pesan", *, files=(), key=None, **more):
    words = Words(text, key, tuple(files))
    return service(assessment=assessment, words=words, actor=actor, now=timezone.now(), **more)


def ask(assessment, actor, text="Mana SK-nya?", code=CODE, **more):
    return act(services.clarify, assessment, actor, text, code=code, **more)


def reply(assessment, note, actor, text="Belum lengkap", *, is_internal=False, **more):
    return act(services.reply, assessment, actor, text, note=note, is_internal=is_internal, **more)


def answer(assessment, note, actor, text="Sudah kami lengkapi", **more):
    return act(services.answer, assessment, actor, text, note=note, **more)


def close(assessment, note, actor, seen=10**9):
    return services.close(assessment=assessment, note=note, seen=seen, actor=actor, now=timezone.now())


def reopen(assessment, note, actor):
    return services.reopen(assessment=assessment, note=note, actor=actor, now=timezone.now())


def upload(name="foto.png"):
    content = made.upload(name, made.image_bytes("PNG"))
    return Upload(content, scan_upload(content))


def seen_by_unit(assessment, code=CODE):
    """State and texts of the question's threads as the unit reads them."""
    question = factories.question_id(assessment, code)
    threads = threads_of(assessment, [question], for_unit=True).get(question, [])
    return [(item.state, item.note.text, *(message.row.text for message in item.messages)) for item in threads]


def audited():
    return list(AuditEvent.objects.filter(verb__startswith="note.").order_by("pk").values_list("verb", "actor"))


def url(assessment, name, *more):
    unit = assessment.unit
    return reverse(name, args=(unit.agency.code, unit.code, assessment.period.code, *more))


# Clarifications


def test_clarification_is_with_the_unit_at_once_and_told(review, cast):
    note = ask(review, cast.member)
    assert seen_by_unit(review) == [("open", "Mana SK-nya?")]
    assert (note.kind, note.stage, note.for_release, note.thread) == ("clarification", "member", True, "open")
    assert audited() == [("note.clarify", cast.member.pk)]
    assert {notice.user for notice in Notice.objects.filter(kind="clarification_asked")} == {cast.operator, cast.head}


@pytest.mark.parametrize(
    ("state", "person", "stage"),
    [
        ("submitted", "member", "member"),
        ("review_member", "member", "member"),
        ("review_lead", "lead", "lead"),
        ("review_controller", "controller", "controller"),
    ],
)
def test_each_stage_asks_in_its_turn(assessment, cast, state, person, stage):
    put_in(assessment, state)
    assert ask(assessment, getattr(cast, person)).stage == stage


@pytest.mark.parametrize("state", ["draft", "review_lead", "review_controller", "returned", "reopened"])
def test_member_does_not_ask_out_of_turn(assessment, cast, state):
    put_in(assessment, state)
    with pytest.raises(WrongState):
        ask(assessment, cast.member)
    assert not Note.objects.exists()


@pytest.mark.parametrize("person", ["operator", "head", "assistant", "inspector", "other_member", "admin"])
def test_nobody_else_asks(review, cast, person):
    with pytest.raises(PermissionDenied):
        ask(review, getattr(cast, person))


def test_clarification_is_asked_once_at_a_time(review, cast):
    first = ask(review, cast.member)
    assert ask(review, cast.member) == first
    with pytest.raises(services.AlreadyAsked) as refusal:
        ask(review, cast.member, "Dan lampirannya?")
    assert refusal.value.data["note"] == first
    close(review, first, cast.member)
    assert ask(review, cast.member, "Dan lampirannya?") != first


def test_clarification_needs_the_open_phase_and_words(review, cast):
    with pytest.raises(services.WordsMissing):
        ask(review, cast.member, "  \n ")
    now = timezone.now()
    Period.objects.filter(pk=review.period_id).update(
        fill_from=now - timedelta(days=9), fill_until=now - timedelta(days=2), review_until=now - timedelta(seconds=1)
    )
    review.refresh_from_db()
    with pytest.raises(Closed):
        ask(review, cast.member)


def test_clarification_neither_explains_a_difference_nor_opens_a_question(review, cast):
    ask(review, cast.member)
    put_in(review, "review_controller")
    assert save_note(
        assessment=review, code=OTHER, actor=cast.controller, draft=NoteDraft("Lengkapi", True), now=timezone.now()
    )
    carry_out(assessment=review, action=Action.RETURN, actor=cast.controller, now=timezone.now())
    assert open_questions(review) == frozenset({factories.question_id(review, OTHER)})


# The unit answers


@pytest.mark.parametrize("state", ["review_member", "review_lead", "returned", "final"])
@pytest.mark.parametrize("person", ["operator", "head"])
def test_unit_answers_whether_or_not_its_worksheet_is_open(returned, cast, state, person):
    finality = {"finalised_at": timezone.now(), "finalised_by": cast.controller} if state == "final" else {}
    put_in(returned, state, **finality)
    answer(returned, note_of(returned), getattr(cast, person))
    assert seen_by_unit(returned) == [("answered", "Lengkapi notulen.", "Sudah kami lengkapi")]
    assert audited() == [("note.answer", getattr(cast, person).pk)]
    assert [notice.user for notice in Notice.objects.filter(kind="note_answered")] == [cast.member]


@pytest.mark.parametrize("person", ["member", "lead", "assistant", "inspector", "stranger", "admin"])
def test_nobody_else_answers_for_the_unit(returned, cast, person):
    with pytest.raises(PermissionDenied):
        answer(returned, note_of(returned), getattr(cast, person))


def test_member_of_another_area_does_not_answer(returned, cast):
    with pytest.raises(PermissionDenied):
        answer(returned, note_of(returned), factories.member_of(cast.unit_a, areas="3"))


def test_unit_does_not_answer_what_it_was_not_given(returned, cast):
    advice = factories.note(returned, CODE, cast.assistant, stage="assistance")
    for note in (note_of(returned, OTHER), advice):
        with pytest.raises((PermissionDenied, Note.DoesNotExist)):
            answer(returned, note, cast.operator)
    assert not NoteMessage.objects.exists()


def test_answer_sent_twice_is_one_and_another_text_under_its_key_is_a_second(returned, cast):
    key, note = uuid4(), note_of(returned)
    first = answer(returned, note, cast.operator, key=key, files=[upload()])
    assert answer(returned, note, cast.operator, key=key, files=[upload()]) == first
    answer(returned, note, cast.operator, "Tambahan", key=key)
    assert [message.text for message in note.messages.all()] == ["Sudah kami lengkapi", "Tambahan"]
    assert NoteFile.objects.count() == 1
    assert len(audited()) == 2


# TPI replies


def test_reply_on_a_released_note_opens_it_again_at_once(returned, cast):
    note = note_of(returned)
    answer(returned, note, cast.operator)
    reply(returned, note, cast.member)
    assert seen_by_unit(returned) == [("open", "Lengkapi notulen.", "Sudah kami lengkapi", "Belum lengkap")]
    assert {notice.user for notice in Notice.objects.filter(kind="note_message")} == {cast.operator, cast.head}


def test_internal_message_changes_nothing_for_the_unit(returned, cast):
    note = note_of(returned)
    answer(returned, note, cast.operator)
    reply(returned, note, cast.lead, INTERNAL, is_internal=True)
    assert seen_by_unit(returned) == [("answered", "Lengkapi notulen.", "Sudah kami lengkapi")]
    (thread,) = [item for item in all_threads(returned, for_unit=False) if item.note == note]
    assert [message.row.text for message in thread.messages] == ["Sudah kami lengkapi", INTERNAL]
    assert {notice.user for notice in Notice.objects.filter(kind="note_message")} == {cast.member}


@pytest.mark.parametrize("action", [Action.RETURN, Action.FINALISE])
def test_reply_while_tpi_deliberates_waits_for_the_release(returned, cast, golden, action):
    note = note_of(returned)
    answer(returned, note, cast.operator)
    put_in(returned, "review_controller")
    reply(returned, note, cast.controller)
    reply(returned, note, cast.controller, INTERNAL, is_internal=True)
    before = [("answered", "Lengkapi notulen.", "Sudah kami lengkapi")]
    assert seen_by_unit(returned) == before
    factories.note(returned, OTHER, cast.controller, stage="controller", for_release=True)
    if action is Action.FINALISE:
        answers = golden("20")["answers"]
        factories.answer_everything(returned, answers)
        factories.answer_everything(returned, answers, stage="member", by=cast.member)
    carry_out(assessment=returned, action=action, actor=cast.controller, now=timezone.now())
    assert seen_by_unit(returned) == [("open", "Lengkapi notulen.", "Sudah kami lengkapi", "Belum lengkap")]


def test_message_for_the_unit_needs_a_note_for_it(returned, cast):
    note = note_of(returned, OTHER)
    with pytest.raises(services.NotForTheUnit):
        reply(returned, note, cast.member)
    reply(returned, note, cast.member, INTERNAL, is_internal=True)
    assert seen_by_unit(returned, OTHER) == []


def test_note_that_was_taken_back_takes_its_messages_with_it(review, cast):
    factories.note(review, CODE, cast.member, "Untuk unit", for_release=True)
    note = note_of(review)
    reply(review, note, cast.member)
    Note.objects.filter(pk=note.pk).update(for_release=False)
    put_in(review, "review_controller")
    factories.note(review, OTHER, cast.controller, stage="controller", for_release=True)
    carry_out(assessment=review, action=Action.RETURN, actor=cast.controller, now=timezone.now())
    assert (seen_by_unit(review), note.messages.get().released_at) == ([], None)


@pytest.mark.parametrize("person", ["operator", "head", "assistant", "inspector", "other_member"])
def test_only_the_units_tpi_replies_and_settles(returned, cast, person):
    note, actor = note_of(returned), getattr(cast, person)
    for service in (reply, close, reopen):
        with pytest.raises(PermissionDenied):
            service(returned, note, actor)


def test_two_blind_members_do_not_talk(review, cast):
    factories.note(review, CODE, cast.member, "Dari putaran lalu", for_release=True, released_at=timezone.now())
    asked = ask(review, cast.member, code=OTHER)
    put_in(review, "review_member", scoring="paired")
    for is_internal in (True, False):
        with pytest.raises(services.BlindScoring):
            reply(review, note_of(review), cast.member, is_internal=is_internal)
    with pytest.raises(services.BlindScoring):
        reply(review, asked, cast.member, is_internal=True)
    assert reply(review, asked, cast.member).released_at is not None


def test_members_do_not_talk_before_blind_scoring_begins_either(review, cast):
    asked = ask(review, cast.member, code=OTHER)
    team = cast.member.team_memberships.get().team
    team.scoring = "paired"
    team.save()
    put_in(review, "submitted")
    with pytest.raises(services.BlindScoring):
        reply(review, asked, cast.member, is_internal=True)


def test_blind_member_does_not_say_what_is_settled(review, cast):
    """A verdict on the unit's improvement; of a clarification it only says that the question is answered."""
    factories.note(review, CODE, cast.member, "Dari putaran lalu", for_release=True, released_at=timezone.now())
    note, asked = note_of(review), ask(review, cast.member, code=OTHER)
    put_in(review, "review_member", scoring="paired")
    with pytest.raises(services.BlindScoring):
        close(review, note, cast.member)
    assert close(review, asked, cast.member).thread == "closed"
    Note.objects.filter(pk=note.pk).update(thread="closed", closed_at=timezone.now(), closed_by=cast.member)
    with pytest.raises(services.BlindScoring):
        reopen(review, note, cast.member)


# The end of a thread


def test_closed_thread_takes_no_more_until_it_is_opened_again(returned, cast):
    note = note_of(returned)
    assert close(returned, note, cast.lead).closed_by == cast.lead
    assert seen_by_unit(returned) == [("closed", "Lengkapi notulen.")]
    with pytest.raises(services.ThreadClosed):
        answer(returned, note, cast.operator)
    with pytest.raises(services.ThreadClosed):
        reply(returned, note, cast.member)
    reopen(returned, note, cast.member)
    assert seen_by_unit(returned) == [("open", "Lengkapi notulen.")]
    assert audited() == [("note.close", cast.lead.pk), ("note.reopen", cast.member.pk)]


def test_closing_and_opening_twice_is_once(returned, cast):
    note = note_of(returned)
    answer(returned, note, cast.operator)
    for _time in range(2):
        close(returned, note, cast.lead)
    for _time in range(2):
        reopen(returned, note, cast.lead)
    assert [verb for verb, _actor in audited()] == ["note.answer", "note.close", "note.reopen"]
    assert seen_by_unit(returned)[0][0] == "answered"


def test_thread_is_not_closed_over_an_unread_answer(returned, cast):
    note = note_of(returned)
    first = answer(returned, note, cast.operator)
    second = answer(returned, note, cast.operator, "Satu lagi")
    with pytest.raises(services.AnsweredMeanwhile):
        close(returned, note, cast.lead, seen=first.pk)
    assert close(returned, note, cast.lead, seen=second.pk).thread == "closed"


def test_closing_while_tpi_deliberates_stays_with_tpi_until_the_release(returned, cast):
    note = note_of(returned)
    answer(returned, note, cast.operator)
    put_in(returned, "review_controller")
    close(returned, note, cast.controller)
    assert seen_by_unit(returned)[0][0] == "answered"
    factories.note(returned, OTHER, cast.controller, stage="controller", for_release=True)
    carry_out(assessment=returned, action=Action.RETURN, actor=cast.controller, now=timezone.now())
    assert seen_by_unit(returned)[0][0] == "closed"


def test_answer_to_a_note_that_tpi_closed_unseen_opens_it(returned, cast):
    note = note_of(returned)
    put_in(returned, "review_controller")
    close(returned, note, cast.controller)
    answer(returned, note, cast.operator)
    note.refresh_from_db()
    assert (note.thread, note.closed_by) == ("answered", None)


def test_verdict_of_an_earlier_round_is_not_undone_before_the_release(returned, cast):
    note = note_of(returned)
    close(returned, note, cast.lead)
    put_in(returned, "review_lead")
    with pytest.raises(services.EarlierVerdict):
        reopen(returned, note, cast.lead)


def test_note_that_was_discussed_is_not_deleted(review, cast):
    note = factories.note(review, CODE, cast.member)
    reply(review, note, cast.lead, is_internal=True)
    with pytest.raises(NoteDiscussed):
        save_note(assessment=review, code=CODE, actor=cast.member, draft=NoteDraft("", False, 1), now=timezone.now())
    assert Note.objects.get() == note


# Files


def test_file_is_as_visible_as_its_message(returned, cast):
    note = note_of(returned)
    given = answer(returned, note, cast.operator, files=[upload("balasan.png")]).files.get()
    hidden = reply(returned, note, cast.member, is_internal=True, files=[upload("rapat.png")]).files.get()
    readers = {
        name: getattr(cast, name) for name in ("operator", "assistant", "lead", "inspector", "reader", "stranger")
    }
    assert {name for name, user in readers.items() if file_for(user, given.uuid)} == {
        "operator",
        "assistant",
        "lead",
        "inspector",
    }
    assert {name for name, user in readers.items() if file_for(user, hidden.uuid)} == {"lead", "inspector"}


def test_files_are_limited_and_leave_nothing_when_refused(storage, returned, cast):
    note = note_of(returned)
    with pytest.raises(services.TooManyFiles):
        answer(returned, note, cast.operator, files=[upload() for _ in range(6)])
    close(returned, note, cast.lead)
    with pytest.raises(services.ThreadClosed):
        answer(returned, note, cast.operator, files=[upload()])
    assert NoteFile.objects.count() == 0
    assert [path for path in storage.rglob("*") if path.is_file()] == []


def test_clarification_is_no_finding_of_the_lhe(review, cast, golden):
    ask(review, cast.member)
    answers = golden("20")["answers"]
    factories.answer_everything(review, answers)
    factories.answer_everything(review, answers, stage="member", by=cast.member)
    factories.note(review, OTHER, cast.member, "Untuk LHE", for_release=True)
    put_in(review, "review_controller")
    carry_out(assessment=review, action=Action.FINALISE, actor=cast.controller, now=timezone.now())
    content = json.loads(Snapshot.objects.get(assessment=review, kind="final").content)
    assert [note["text"] for note in content["notes"]] == ["Untuk LHE"]
