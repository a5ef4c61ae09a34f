"""The pages of a step over many questions: preview, confirmation, refusal, undoing, and what they cost."""

import re
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from assessments.models import Answer, Assessment, BulkScore, Note, NoteTemplate
from tests import factories
from tests.assessments.bulk_steps import ONE, THREE, TWO, LogIn, answered_and_sent, put_in, url
from tests.conftest import Cast

CODES = [ONE, TWO, THREE]
# What the form of each page says besides the questions.
WORDS = {
    "bulk_agree": {"alasan": "Sama dengan hasil periode lalu."},
    "bulk_note": {"note": "Unggah bukti yang berlaku.", "for_release": "1"},
}


@pytest.fixture
def sent(assessment: Assessment, cast: Cast) -> Assessment:
    return answered_and_sent(assessment, cast)


def previewed(client: Client, assessment: Assessment, name: str, codes: list[str]) -> list[str]:
    """Tokens that the page shows for a selection."""
    page = client.get(url(assessment, name), {"pilih": codes})
    return [row.token for row in page.context["plan"].rows]


def confirm(client: Client, assessment: Assessment, name: str, seen: list[str], **data: Any) -> HttpResponse:
    fields = {"baris": seen, "antrean": "saring=belum&x=1&urut=dampak"} | WORDS[name] | data
    return client.post(url(assessment, name), fields)  # type: ignore[return-value]


def written(assessment: Assessment) -> list[str]:
    """Codes of questions with a score or a note of TPI."""
    scored = Answer.objects.filter(assessment=assessment, stage="member")
    noted = Note.objects.filter(assessment=assessment)
    return [row.question.code for rows in (scored, noted) for row in rows.order_by("question__position")]


# ---- agreeing ----


def test_selection_is_agreed_with_and_undoing_is_offered(sent: Assessment, cast: Cast, as_user: LogIn) -> None:
    client = as_user(cast.member)
    preview = client.get(url(sent, "bulk_agree"), {"pilih": [ONE, TWO], "antrean": "saring=belum"})
    assert [row.code for row in preview.context["plan"].written] == [ONE, TWO]
    done = confirm(client, sent, "bulk_agree", previewed(client, sent, "bulk_agree", [ONE, TWO]))
    assert (done.status_code, done["Location"]) == (302, url(sent, "desk_queue") + "?saring=belum&urut=dampak")
    page = client.get(done["Location"])
    step = BulkScore.objects.get()
    assert page.context["undoable"] == step
    back = client.post(url(sent, "bulk_undo", step.pk))
    assert (back.status_code, written(sent)) == (302, [])


@pytest.mark.parametrize(("data", "extra", "status"), [({"alasan": ""}, [], 422), ({}, ["Z.1@0.0"], 409)])
def test_refused_agreement_shows_the_preview_again(
    data: dict[str, str], extra: list[str], status: int, sent: Assessment, cast: Cast, as_user: LogIn
) -> None:
    client = as_user(cast.member)
    seen = [*previewed(client, sent, "bulk_agree", [ONE]), *extra]
    answer = confirm(client, sent, "bulk_agree", seen, **data)
    assert (answer.status_code, written(sent)) == (status, [])
    assert [row.code for row in answer.context["plan"].written] == [ONE]  # type: ignore[attr-defined]


# ---- one note for all ----


def test_note_is_written_on_the_selection_and_undoing_is_offered(sent: Assessment, cast: Cast, as_user: LogIn) -> None:
    factories.note(sent, THREE, cast.member, "Sudah lebih dulu")
    client, here = as_user(cast.member), {"pilih": CODES, "antrean": "saring=tanpa-bukti"}
    preview = client.get(url(sent, "bulk_note"), here)
    page = preview.content.decode()
    assert [row.code for row in preview.context["plan"].written] == [ONE, TWO]
    assert ('name="for_release" value="1" aria-describedby="release-hint" checked' in page) is True
    assert "Sudah lebih dulu" in page
    assert f'<a href="{url(sent, "desk_question", THREE)}?saring=tanpa-bukti">Ubah di meja penilaian</a>' in page
    done = confirm(client, sent, "bulk_note", previewed(client, sent, "bulk_note", [ONE, TWO]))
    assert (done.status_code, done["Location"]) == (302, url(sent, "desk_queue") + "?saring=belum&urut=dampak")
    listed = client.get(done["Location"]).content.decode()
    assert "Anda menulis catatan yang sama pada 2 pertanyaan." in listed
    back = client.post(url(sent, "bulk_undo", BulkScore.objects.get().pk))
    assert (back.status_code, written(sent)) == (302, [THREE])


@pytest.mark.parametrize(
    ("data", "extra", "status"),
    [({"note": ""}, [], 422), ({"note": "-"}, [], 422), ({}, ["Z.1@1.0.0"], 409), ({}, [f"{ONE}@1.9.9"], 302)],
)
def test_refused_note_writes_nothing(
    data: dict[str, str], extra: list[str], status: int, sent: Assessment, cast: Cast, as_user: LogIn
) -> None:
    client = as_user(cast.member)
    seen = [*previewed(client, sent, "bulk_note", [ONE]), *extra]
    answer = confirm(client, sent, "bulk_note", seen, **data)
    assert (answer.status_code, written(sent)) == (status, [ONE] if status == 302 else [])


def test_refused_page_keeps_what_was_typed_and_unticked(sent: Assessment, cast: Cast, as_user: LogIn) -> None:
    client = as_user(cast.member)
    seen = [*previewed(client, sent, "bulk_note", [ONE]), "Z.1@1.0.0"]
    data = {"baris": seen, "note": "Catatan panjang saya"}
    page = client.post(url(sent, "bulk_note"), data).content.decode()
    assert "Catatan panjang saya</textarea>" in page
    assert 'aria-describedby="release-hint">' in page
    assert "Z.1" in page


def test_page_offers_templates_with_what_is_the_same_everywhere(sent: Assessment, cast: Cast, as_user: LogIn) -> None:
    kept = {"agency": sent.unit.agency, "updated_by": cast.admin, "updated_at": timezone.now()}
    NoteTemplate.objects.create(title="Bukti <kurang>", text="{unit} & {periode}: {kode} kurang.", **kept)
    NoteTemplate.objects.create(title="Mati", text="Mati", is_active=False, **kept)
    page = as_user(cast.member).get(url(sent, "bulk_note"), {"pilih": [ONE]}).content.decode()
    text = f"{sent.unit.name} &amp; TW II 2024: {{kode}} kurang."
    assert re.findall(r'data-template="(.*?)">(.*?)</button>', page) == [(text, "Bukti &lt;kurang&gt;")]


# ---- both ----


@pytest.mark.parametrize("name", WORDS)
def test_nothing_ticked_stays_on_the_queue_with_a_message(
    name: str, sent: Assessment, cast: Cast, as_user: LogIn
) -> None:
    client = as_user(cast.member)
    answer = client.get(url(sent, name), {"antrean": "saring=belum&urut=dampak"})
    assert (answer.status_code, answer["Location"]) == (302, url(sent, "desk_queue") + "?saring=belum&urut=dampak")
    page = client.get(answer["Location"])
    assert "Centang sekurang-kurangnya satu pertanyaan" in page.content.decode()
    assert client.get(url(sent, name), {"pilih": "Z.1"}).status_code == 302


@pytest.mark.parametrize("name", WORDS)
def test_out_of_turn_the_page_says_so(name: str, sent: Assessment, cast: Cast, as_user: LogIn) -> None:
    assert as_user(cast.lead).get(url(sent, name)).status_code == 409


@pytest.mark.parametrize("name", WORDS)
def test_pages_refuse_strangers_readers_and_wrong_methods(
    name: str, sent: Assessment, cast: Cast, as_user: LogIn
) -> None:
    member = as_user(cast.member)
    confirm(member, sent, "bulk_agree", previewed(member, sent, "bulk_agree", [ONE]))
    path, undoing = url(sent, name), url(sent, "bulk_undo", BulkScore.objects.get().pk)
    statuses = {
        person: [client.get(path).status_code, client.post(path).status_code, client.post(undoing).status_code]
        for person in ("stranger", "other_member", "operator", "inspector")
        if (client := as_user(getattr(cast, person)))
    }
    assert statuses == {
        "stranger": [404] * 3,
        "other_member": [404] * 3,
        "operator": [403] * 3,
        "inspector": [403] * 3,
    }
    assert (member.put(path).status_code, member.get(undoing).status_code) == (405, 405)


def test_undo_of_another_worksheets_step_is_unknown(
    sent: Assessment, assessment_b: Assessment, cast: Cast, as_user: LogIn
) -> None:
    step = BulkScore.objects.create(assessment=assessment_b, actor=cast.member, reason="x", rows=[], at=timezone.now())
    put_in(sent, "review_member")
    for pk in (step.pk, step.pk + 1):
        assert as_user(cast.member).post(url(sent, "bulk_undo", pk)).status_code == 404


@pytest.mark.parametrize(("name", "cost"), [("bulk_agree", 11), ("bulk_note", 9)])
@pytest.mark.parametrize("count", [1, 3])
def test_preview_costs_the_same_for_one_and_for_three(
    name: str, cost: int, count: int, sent: Assessment, cast: Cast, as_user: LogIn
) -> None:
    client, path, data = as_user(cast.member), url(sent, name), {"pilih": CODES[:count]}
    client.get(path, data)
    with CaptureQueriesContext(connection) as queries:
        client.get(path, data)
    assert len(queries) == cost
