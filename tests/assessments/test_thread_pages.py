"""Pages of threads: the unit's list of notes, the worksheet's question, TPI's list and desk."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment, Note, NoteFile, NoteMessage
from assessments.services import message_budget
from assessments.services import threads as services
from assessments.services.threads import Words
from tests import factories
from tests.units import upload_files as made
from units.models import AuditEvent

CODES = ("A.I.1.i.a", "A.I.1.i.b", "A.I.1.ii.a")
NOTES_QUERIES, THREADS_QUERIES = 7, 7


def url(assessment, name, *more):
    unit = assessment.unit
    return reverse(name, args=(unit.agency.code, unit.code, assessment.period.code, *more))


def put_in(assessment, state, **fields):
    Assessment.objects.filter(pk=assessment.pk).update(state=state, submitted_at=timezone.now(), **fields)
    assessment.refresh_from_db()
    return assessment


def released(assessment, cast, code=CODES[0], text="Lengkapi notulen.", **fields):
    return factories.note(assessment, code, cast.member, text, for_release=True, released_at=timezone.now(), **fields)


@pytest.fixture
def returned(assessment, cast):
    released(assessment, cast)
    return put_in(assessment, "returned", round=2)


@pytest.fixture
def note(returned):
    return returned.notes.get()


def talked(assessment, cast, count):
    """So many notes, each answered by the unit with a file and replied to."""
    for code in CODES[:count]:
        head = released(assessment, cast, code)
        said = factories.note_message(head, cast.operator, by_unit=True)
        factories.note_file(head, cast.operator, message=said)
        factories.note_message(head, cast.member, is_internal=True)


def post(client, address, **data):
    return client.post(address, {"pesan": "Isi pesan", "kunci": str(uuid4()), **data})


# The unit


def test_unit_answers_on_the_list_and_comes_back_to_the_note(as_user, cast, returned, note):
    response = post(as_user(cast.operator), url(returned, "note_answer", note.pk), dari="catatan")
    assert (response.status_code, response["Location"]) == (302, f"{url(returned, 'notes')}#catatan-{note.pk}")
    page = as_user(cast.operator).get(url(returned, "notes")).content.decode()
    assert ("Isi pesan" in page, "Sudah dijawab, menunggu TPI" in page) == (True, True)


def test_unit_answers_beside_the_question_and_comes_back_there(as_user, cast, returned, note):
    page = as_user(cast.operator).get(url(returned, "worksheet_focus", CODES[0])).content.decode()
    assert url(returned, "note_answer", note.pk) in page
    response = post(as_user(cast.operator), url(returned, "note_answer", note.pk), tampilan="soal")
    assert response.status_code == 302
    answered = as_user(cast.operator).get(url(returned, "worksheet_focus", CODES[0])).content.decode()
    assert ("Isi pesan" in answered, "Dijawab unit" in answered) == (True, True)


def test_file_comes_with_an_answer_and_is_read_by_tpi(as_user, cast, returned, note):
    file = made.upload("notulen.png", made.image_bytes("PNG"))
    post(as_user(cast.operator), url(returned, "note_answer", note.pk), berkas=file)
    kept = NoteFile.objects.get()
    assert (kept.message.note, kept.original_name, kept.content_type) == (note, "notulen.png", "image/png")
    address = reverse("note_file", args=(kept.uuid,))
    response = as_user(cast.lead).get(address)
    assert (response.status_code, response["Content-Type"], response["Cache-Control"]) == (
        200,
        "image/png",
        "private, no-store",
    )
    assert as_user(cast.stranger).get(address).status_code == 404


def test_refused_file_keeps_the_words_and_sends_nothing(as_user, cast, returned, note):
    bad = made.upload("notulen.exe", b"MZ")
    response = post(as_user(cast.operator), url(returned, "note_answer", note.pk), berkas=bad, pesan="Kata-kata saya")
    assert (response.status_code, "Kata-kata saya" in response.content.decode()) == (422, True)
    assert "notulen.exe" in response.content.decode()
    assert not NoteMessage.objects.exists()


@pytest.mark.parametrize(("text", "status"), [("", 422), ("x" * 5001, 422), ("a\x00b", 422)])
def test_words_that_cannot_be_stored_are_said_beside_them(as_user, cast, returned, note, text, status):
    response = post(as_user(cast.operator), url(returned, "note_answer", note.pk), pesan=text)
    assert (response.status_code, NoteMessage.objects.count()) == (status, 0)
    assert f"pesan-salah-{note.pk}" in response.content.decode()


def test_words_for_a_closed_thread_are_not_lost(as_user, cast, returned, note):
    services.close(assessment=returned, note=note, seen=0, actor=cast.lead, now=timezone.now())
    response = post(as_user(cast.operator), url(returned, "note_answer", note.pk), pesan="Kata-kata saya")
    page = response.content.decode()
    assert (response.status_code, NoteMessage.objects.count(), "Kata-kata saya" in page) == (409, 0, True)


def test_answer_is_one_record_and_only_by_post(as_user, cast, returned, note):
    client, address, key = as_user(cast.head), url(returned, "note_answer", note.pk), str(uuid4())
    for _time in range(2):
        assert post(client, address, kunci=key).status_code == 302
    assert (NoteMessage.objects.count(), AuditEvent.objects.filter(verb="note.answer").count()) == (1, 1)
    assert client.get(address).status_code == 405


def test_note_that_was_not_released_is_not_there(as_user, cast, returned):
    hidden = factories.note(returned, CODES[1], cast.member, for_release=True)
    assert post(as_user(cast.operator), url(returned, "note_answer", hidden.pk)).status_code == 404
    assert post(as_user(cast.member), url(returned, "note_answer", hidden.pk)).status_code == 403
    assert post(as_user(cast.stranger), url(returned, "note_answer", hidden.pk)).status_code == 404


def test_home_says_that_tpi_asks_and_leads_to_the_list(as_user, cast, assessment):
    put_in(assessment, "review_member")
    released(assessment, cast, text="Mana SK-nya?", kind="clarification")
    page = as_user(cast.operator).get(url(assessment, "unit_home")).content.decode()
    assert "TPI meminta klarifikasi atas 1 pertanyaan." in page
    assert url(assessment, "notes") in page


@pytest.mark.parametrize(("state", "words"), [("open", 0), ("answered", 1), ("closed", 1)])
def test_home_tells_which_clarifications_wait_no_more(as_user, cast, assessment, state, words):
    put_in(assessment, "review_member")
    ended = {"closed_at": timezone.now(), "closed_by": cast.member} if state == "closed" else {}
    asked = released(assessment, cast, text="Mana SK-nya?", kind="clarification", thread=state, **ended)
    page = as_user(cast.operator).get(url(assessment, "unit_home")).content.decode()
    assert page.count(str(asked.get_thread_display())) == words


@pytest.mark.parametrize("count", [1, 3])
def test_list_of_notes_asks_a_fixed_number_of_queries(as_user, cast, assessment, count, django_assert_num_queries):
    talked(assessment, cast, count)
    client, address = as_user(cast.operator), url(assessment, "notes")
    client.get(address)
    with django_assert_num_queries(NOTES_QUERIES):
        client.get(address)


# TPI


def test_tpi_asks_from_the_desk_and_comes_back_to_it(as_user, cast, assessment):
    put_in(assessment, "review_member")
    desk = url(assessment, "desk_question", CODES[0])
    client = as_user(cast.member)
    assert url(assessment, "thread_ask", CODES[0]) in client.get(desk).content.decode()
    response = post(client, url(assessment, "thread_ask", CODES[0]), pesan="Mana SK-nya?", next=f"{desk}#desk-threads")
    assert (response.status_code, response["Location"]) == (302, f"{desk}#desk-threads")
    page = client.get(desk).content.decode()
    assert ("Mana SK-nya?" in page, url(assessment, "thread_ask", CODES[0]) in page) == (True, False)


@pytest.mark.parametrize(
    ("whom", "message"),
    [("internal", (True, False)), ("unit", (False, True))],
)
def test_tpi_replies_to_whom_it_says(as_user, cast, returned, note, whom, message):
    response = post(as_user(cast.member), url(returned, "thread_reply", note.pk), untuk=whom)
    row = NoteMessage.objects.get()
    assert (response["Location"], row.is_internal, row.released_at is not None) == (url(returned, "threads"), *message)


def test_reply_that_says_to_nobody_is_kept_in_its_place(as_user, cast, returned, note):
    response = post(as_user(cast.member), url(returned, "thread_reply", note.pk), pesan="Kata-kata saya")
    page = response.content.decode()
    assert (response.status_code, "Kata-kata saya" in page, NoteMessage.objects.count()) == (422, True, 0)


def test_question_that_was_asked_already_keeps_its_words(as_user, cast, assessment):
    put_in(assessment, "review_member")
    released(assessment, cast, text="Mana SK-nya?", kind="clarification")
    response = post(as_user(cast.member), url(assessment, "thread_ask", CODES[0]), pesan="Kata-kata saya")
    assert (response.status_code, "Kata-kata saya" in response.content.decode()) == (409, True)
    assert Note.objects.count() == 1


def test_tpi_closes_and_opens_again(as_user, cast, returned, note):
    client, address = as_user(cast.lead), url(returned, "thread_settle", note.pk)
    for action, state in (("selesai", "closed"), ("buka", "open")):
        assert client.post(address, {"aksi": action, "pesan_terakhir": "0"}).status_code == 302
        note.refresh_from_db()
        assert note.thread == state


def test_closing_over_an_unread_answer_is_refused(as_user, cast, returned, note):
    factories.note_message(note, cast.operator, "Baru saja", by_unit=True)
    response = as_user(cast.lead).post(
        url(returned, "thread_settle", note.pk), {"aksi": "selesai", "pesan_terakhir": "0"}
    )
    assert (response.status_code, "Baru saja" in response.content.decode()) == (409, True)


@pytest.mark.parametrize("name", ["thread_reply", "thread_settle"])
def test_advice_and_foreign_notes_are_no_threads(as_user, cast, returned, assessment_b, name):
    advice = factories.note(returned, CODES[1], cast.assistant, stage="assistance")
    foreign = factories.note(assessment_b, CODES[0], cast.other_member)
    for other in (advice, foreign):
        assert post(as_user(cast.member), url(returned, name, other.pk), aksi="selesai").status_code == 404


def test_inspector_reads_threads_and_writes_nothing(as_user, cast, returned, note):
    client = as_user(cast.inspector)
    page = client.get(url(returned, "threads")).content.decode()
    assert ("Lengkapi notulen." in page, url(returned, "thread_reply", note.pk) in page) == (True, False)
    assert post(client, url(returned, "thread_reply", note.pk), untuk="internal").status_code == 403


def test_blind_members_are_offered_no_internal_words(as_user, cast, assessment):
    put_in(assessment, "review_member", scoring="paired")
    factories.note(assessment, CODES[1], cast.member, "Putaran lalu", for_release=True)
    asked = services.clarify(
        assessment=assessment, code=CODES[0], words=Words("Mana?"), actor=cast.member, now=timezone.now()
    )
    page = as_user(cast.member).get(url(assessment, "threads")).content.decode()
    assert (page.count('value="internal"'), url(assessment, "thread_reply", asked.pk) in page) == (0, True)
    assert page.count('class="thread-settle"') == 1


# Not too much at once


def recorded():
    return AuditEvent.objects.filter(verb__startswith="note.").count()


@pytest.fixture
def two_an_hour(monkeypatch):
    monkeypatch.setattr(message_budget, "MAX_PER_HOUR", 2)


@pytest.mark.parametrize("where", ["thread_ask", "thread_reply", "note_answer"])
def test_who_says_too_much_waits_and_keeps_the_words(as_user, cast, assessment, two_an_hour, where):
    put_in(assessment, "review_member")
    note = released(assessment, cast)
    by_unit = where == "note_answer"
    actor = cast.operator if by_unit else cast.member
    said = factories.note_message(note, actor, by_unit=by_unit, at=timezone.now() - timedelta(minutes=50))
    if where == "thread_reply":
        released(assessment, cast, CODES[1], kind="clarification")
    else:
        factories.note_message(note, actor, by_unit=by_unit)
    factories.note_message(note, cast.lead, is_internal=True)
    client, address = as_user(actor), url(assessment, where, CODES[2] if where == "thread_ask" else note.pk)
    rows = NoteMessage.objects.count(), Note.objects.count()
    response = post(client, address, pesan="Kata-kata saya", untuk="internal")
    page = response.content.decode()
    assert (response.status_code, "Kata-kata saya" in page, "Tunggu 10 menit" in page) == (429, True, True)
    assert 590 <= int(response["Retry-After"]) <= 600
    assert (NoteMessage.objects.count(), Note.objects.count(), recorded()) == (*rows, 0)
    NoteMessage.objects.filter(pk=said.pk).update(at=timezone.now() - timedelta(hours=1))
    assert post(client, address, pesan="Kata-kata saya", untuk="internal").status_code == 302


def test_message_that_was_sent_already_is_not_held_back(as_user, cast, returned, note, two_an_hour):
    client, address, key = as_user(cast.operator), url(returned, "note_answer", note.pk), str(uuid4())
    assert [post(client, address, kunci=key).status_code for _time in range(3)] == [302, 302, 302]
    assert [post(client, address).status_code for _time in range(2)] == [302, 429]
    assert NoteMessage.objects.count() == 2


def test_budget_is_sixty_an_hour_and_one_query(cast, note, django_assert_num_queries):
    now = timezone.now()
    rows = [NoteMessage(note=note, author=cast.member, text="x", is_internal=True, at=now) for _ in range(59)]
    NoteMessage.objects.bulk_create(rows)
    with django_assert_num_queries(1):
        message_budget.refuse_flood(cast.member, now)
    factories.note_message(note, cast.member, at=now)
    with pytest.raises(message_budget.TooManyMessages) as refusal:
        message_budget.refuse_flood(cast.member, now)
    assert (refusal.value.status, refusal.value.data["retry_after"]) == (429, 3600)
    message_budget.refuse_flood(cast.lead, now)
    message_budget.refuse_flood(cast.member, now + timedelta(hours=1))


@pytest.mark.parametrize("count", [1, 3])
def test_list_of_threads_asks_a_fixed_number_of_queries(as_user, cast, assessment, count, django_assert_num_queries):
    talked(assessment, cast, count)
    put_in(assessment, "review_member")
    client, address = as_user(cast.member), url(assessment, "threads")
    client.get(address)
    with django_assert_num_queries(THREADS_QUERIES):
        client.get(address)
