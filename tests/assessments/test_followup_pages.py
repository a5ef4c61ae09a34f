"""Follow-ups on the pages of unit and TPI: what each is shown, the forms, who is refused, and what they cost."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.models import EvidenceFile, FollowUp
from assessments.queries.followups import notes_to_follow
from assessments.services.followups import close_followup, send_back_followup
from tests import factories
from tests.assessments.following import CODE, create, final_with_notes, promised, report, settle, today, url
from units.models import AuditEvent


@pytest.fixture
def final(assessment, cast):
    return final_with_notes(assessment, cast)


@pytest.fixture
def promise(final, cast):
    return promised(final, cast)


def test_page_of_tpi_offers_released_notes_and_never_internal_ones(as_user, cast, final):
    html = as_user(cast.member).get(url(final)).content.decode()
    assert ("Jadikan tindak lanjut" in html, "Lengkapi notulen." in html, "CATATAN INTERNAL" in html) == (
        True,
        True,
        False,
    )
    for person in (cast.operator, cast.inspector, cast.assistant):
        assert "Jadikan tindak lanjut" not in as_user(person).get(url(final)).content.decode()


def test_unit_sees_its_followups_on_the_list_on_home_and_beside_the_question(as_user, cast, final, promise):
    FollowUp.objects.update(due=today() - timedelta(days=3))
    browser = as_user(cast.operator)
    for page in (url(final), url(final, "unit_home")):
        html = browser.get(page).content.decode()
        assert ("Lengkapi notulen rapat." in html, "Lewat batas waktu" in html) == (True, True)
    assert "Lengkapi notulen rapat." in browser.get(url(final, "worksheet", "A.I.2.i")).content.decode()
    assert "Laporkan yang sudah dilakukan" in browser.get(url(final)).content.decode()


def test_whole_way_through_the_forms(as_user, cast, final):
    note, proof = notes_to_follow(final)[0], factories.evidence_for(final, CODE, cast.operator, title="Notulen")
    data = {"catatan": note.pk, "uraian": "Lengkapi", "batas": (today() + timedelta(days=9)).isoformat()}
    assert as_user(cast.member).post(url(final, "followup_create"), data).status_code == 302
    found = FollowUp.objects.get()
    data = {"uraian": "Sudah", "bukti": str(proof.uuid), "versi": "1"}
    response = as_user(cast.operator).post(url(final, "followup_report", found.pk), data)
    assert response["Location"] == f"{url(final)}#tl-{found.pk}"
    html = as_user(cast.lead).get(url(final)).content.decode()
    assert ("Notulen" in html, "Nyatakan selesai" in html, "Menunggu penilaian TPI" in html) == (True, True, True)
    data = {"uraian": "Sesuai", "aksi": "tutup", "versi": "2"}
    html = as_user(cast.lead).post(url(final, "followup_settle", found.pk), data, follow=True).content.decode()
    assert ("Dinyatakan selesai oleh TPI" in html, "Nyatakan selesai" in html) == (True, False)


@pytest.mark.parametrize("person", ["operator", "lead"])
def test_everything_that_was_said_stays_in_the_history(as_user, cast, final, person):
    made = create(final, cast.member, text="Lengkapi notulen")
    report(final, made, cast.operator, "Laporan pertama")
    settle(send_back_followup, final, made, cast.lead, "Tanda tangan kurang", version=2)
    report(final, made, cast.head, "Laporan kedua", version=3)
    settle(close_followup, final, made, cast.lead, "Sesuai", version=4)
    response = as_user(getattr(cast, person)).get(url(final))
    (item,) = response.context["rows"]
    assert [(step.verb.partition(".")[2], step.name, step.text) for step in item.steps] == [
        ("create", cast.member.full_name, "Lengkapi notulen"),
        ("report", cast.operator.full_name, "Laporan pertama"),
        ("send_back", cast.lead.full_name, "Tanda tangan kurang"),
        ("report", cast.head.full_name, "Laporan kedua"),
        ("close", cast.lead.full_name, "Sesuai"),
    ]
    html = response.content.decode()
    assert ("Laporan pertama" in html, "Tanda tangan kurang" in html) == (True, True)


def test_proof_opens_in_the_viewer_and_only_its_files_in_force(as_user, cast, final, promise):
    proof = factories.evidence_for(final, CODE, cast.operator, title="Notulen")
    old, new = (factories.evidence_file(proof, cast.operator, revision=number) for number in (1, 2))
    EvidenceFile.objects.filter(pk=new.pk).update(label="Notulen rapat Mei")
    report(final, promise, cast.operator, proof=proof)
    html = as_user(cast.lead).get(url(final)).content.decode()
    links = [reverse("evidence_view", args=(file.uuid,)) in html for file in (old, new)]
    assert (links, "Buka Notulen rapat Mei" in html) == ([False, True], True)


LADDER = {
    "followup_create": ("member", ("operator", "head", "assistant", "inspector", "admin")),
    "followup_owner": ("head", ("member", "lead", "assistant", "inspector", "admin")),
    "followup_due": ("lead", ("operator", "head", "assistant", "inspector", "admin")),
    "followup_report": ("operator", ("member", "lead", "assistant", "inspector", "admin")),
    "followup_settle": ("lead", ("operator", "head", "assistant", "inspector", "admin")),
}


@pytest.mark.parametrize("name", LADDER)
def test_ladder(as_user, cast, final, name):
    person, readers = LADDER[name]
    note = notes_to_follow(final)[0]
    promise = None if name == "followup_create" else factories.followup(note, cast.member)
    where = url(final, name, *([promise.pk] if promise else []))
    data = {
        "followup_create": {"catatan": note.pk, "uraian": "Lengkapi", "batas": today().isoformat()},
        "followup_owner": {"penanggung": str(cast.operator.pk), "versi": "1"},
        "followup_due": {"batas": (today() + timedelta(days=50)).isoformat(), "alasan": "Tertunda", "versi": "1"},
        "followup_report": {"uraian": "Sudah", "versi": "1"},
        "followup_settle": {"uraian": "Sesuai", "aksi": "tutup", "versi": "1"},
    }[name]
    actor = getattr(cast, person)
    assert as_user(cast.stranger).post(where, data).status_code == 404
    for reader in readers:
        assert as_user(getattr(cast, reader)).post(where, data).status_code == 403
    assert as_user(actor).get(where).status_code == 405
    before = AuditEvent.objects.count()
    wrong = {"followup_owner": {"penanggung": str(cast.stranger.pk)}, "followup_due": {"alasan": " "}}
    assert as_user(actor).post(where, data | wrong.get(name, {"uraian": " "})).status_code == 422
    if promise:
        assert as_user(actor).post(where, data | {"versi": ""}).status_code == 428
        assert as_user(actor).post(where, data | {"versi": "9"}).status_code == 409
    else:
        assert as_user(actor).post(where, data | {"batas": "2020-01-01"}).status_code == 422
    assert AuditEvent.objects.count() == before
    assert as_user(actor).post(where, data).status_code == 302
    assert AuditEvent.objects.count() == before + 1


def test_followup_of_another_unit_is_not_found(as_user, cast, final, promise, assessment_b):
    for name in ("followup_report", "followup_settle"):
        assert as_user(cast.stranger).post(url(assessment_b, name, promise.pk), {"uraian": "x"}).status_code == 404


def test_refused_report_keeps_what_was_typed(as_user, cast, final, promise):
    record = factories.evidence_for(final, CODE, cast.operator)
    data = {"uraian": "Teks yang panjang", "bukti": str(record.uuid), "versi": "1"}
    record.withdrawn_at, record.withdrawn_reason = timezone.now(), "Keliru"
    record.save()
    response = as_user(cast.operator).post(url(final, "followup_report", promise.pk), data)
    assert (response.status_code, "Teks yang panjang" in response.content.decode()) == (422, True)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("person", "queries"), [("operator", 9), ("member", 10)])
def test_page_asks_a_fixed_number_of_queries(as_user, cast, final, count, person, queries, django_assert_num_queries):
    codes = ("A.I.3.iii.b", "A.I.3.iii.c", "A.I.3.iii.d")[:count]
    for code in codes:
        note = factories.note(final, code, cast.member, for_release=True, released_at=timezone.now())
        promise = factories.followup(note, cast.member)
        report(final, promise, cast.operator, proof=factories.evidence_for(final, code, cast.operator))
    browser = as_user(getattr(cast, person))
    browser.get(url(final))
    with django_assert_num_queries(queries):
        browser.get(url(final))
