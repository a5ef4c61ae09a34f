"""The files of a record: revisions, moves, quota, what TPI sees of them, the same file again, several at once."""

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment, Evidence, EvidenceFile
from assessments.queries.evidence import in_force
from assessments.services import evidence_records as records
from assessments.services.evidence_rules import QuotaFull, StaleRecord
from assessments.services.snapshots import snapshot_content
from tests import factories
from tests.assessments.kept_record import doing, path, standing, use, used_record
from tests.assessments.stored_evidence import CODE, HTMX, OTHER, add_file, file_of, files_in, pdf, url, verbs

pytestmark = pytest.mark.usefixtures("storage")


@pytest.fixture
def record(cast, assessment):
    return used_record(cast, assessment)


# Files and revisions


def test_files_are_added_at_the_end(as_user, cast, assessment, record, storage):
    to = path("evidence_file_add", assessment, record)
    response = as_user(cast.operator).post(to, {"berkas": [pdf("b.pdf", 2), pdf("c.pdf", 3)], "versi": "1"})
    assert response.status_code == 302
    assert standing(record) == [("SK Tim Kerja.pdf", 1, 1), ("b.pdf", 2, 1), ("c.pdf", 3, 1)]
    assert len(files_in(storage)) == 3
    assert verbs() == ["evidence.add", "evidence.file_add", "evidence.file_add"]


def test_bad_file_does_not_spoil_the_others(as_user, cast, assessment, record):
    bad = pdf("kosong.pdf")
    bad.file.truncate(0)
    bad.size = 0
    to = path("evidence_file_add", assessment, record)
    response = as_user(cast.operator).post(to, {"berkas": [bad, pdf("b.pdf", 2)]})
    assert response.status_code == 422
    assert "Berkas ini kosong (0 byte)" in response.content.decode()
    assert standing(record) == [("SK Tim Kerja.pdf", 1, 1), ("b.pdf", 2, 1)]


def test_same_file_is_not_added_to_a_record_again(cast, record, storage):
    records.add_record_file(evidence=record, **file_of(1), **doing(cast))
    assert (standing(record), len(files_in(storage))) == ([("SK Tim Kerja.pdf", 1, 1)], 1)
    assert verbs() == ["evidence.add"]


def test_revision_keeps_the_old_file_readable(as_user, cast, assessment, record):
    old = record.files.get()
    response = as_user(cast.operator).post(
        path("evidence_file_add", assessment, record), {"berkas": pdf("rev.pdf", 2), "ganti": old.uuid, "versi": "1"}
    )
    assert (response.status_code, standing(record)) == (302, [("rev.pdf", 1, 2)])
    assert as_user(cast.member).get(reverse("evidence_download", args=(old.uuid,))).status_code == 200
    page = as_user(cast.operator).get(path("evidence_detail", assessment, record)).content.decode()
    assert "1 revisi sebelumnya" in page
    assert page.count("SHA-256") == 2


def test_revision_of_a_file_that_was_replaced_is_stale(cast, record):
    old = record.files.get()
    records.revise_file(file=old, **file_of(2), **doing(cast))
    with pytest.raises(StaleRecord):
        records.revise_file(file=old, **file_of(3), **doing(cast))
    assert standing(record) == [("berkas.pdf", 1, 2)]


def test_file_that_was_replaced_does_not_come_back_unnoticed(cast, record):
    records.revise_file(file=record.files.get(), **file_of(2), **doing(cast))
    with pytest.raises(records.FileAlreadyThere):
        records.add_record_file(evidence=record, **file_of(1), **doing(cast))


def test_replaced_file_is_not_offered_for_reuse(cast, assessment, record):
    records.revise_file(file=record.files.get(), **file_of(2), **doing(cast))
    added = add_file(assessment, cast.operator, code=OTHER)
    assert (added.reused, added.evidence == record) == (False, False)


def test_link_takes_no_file(cast, assessment):
    link = factories.evidence_for(assessment, CODE, cast.operator)
    with pytest.raises(records.NotForLinks):
        records.add_record_file(evidence=link, **file_of(1), **doing(cast))


def test_record_holds_as_many_files_as_the_settings_say(cast, record, settings, storage):
    settings.UPLOAD_POLICY = settings.UPLOAD_POLICY | {"max_files_per_answer": 2}
    records.add_record_file(evidence=record, **file_of(2), **doing(cast))
    with pytest.raises(records.TooManyFiles):
        records.add_record_file(evidence=record, **file_of(3), **doing(cast))
    assert len(files_in(storage)) == 2


def change(client, assessment, record, file, **data):
    return client.post(path("evidence_file_change", assessment, record, file.uuid), data)


@pytest.fixture
def three(cast, record):
    """The record with three files."""
    for pages in (2, 3):
        records.add_record_file(evidence=record, **file_of(pages, f"{pages}.pdf"), **doing(cast))
    record.refresh_from_db()
    return record


def test_file_is_renamed_for_people(as_user, cast, assessment, record):
    file = record.files.get()
    client = as_user(cast.operator)
    assert change(client, assessment, record, file, aksi="nama", nama="Surat Keputusan", versi="1").status_code == 302
    file.refresh_from_db()
    assert (file.label, file.original_name) == ("Surat Keputusan", "SK Tim Kerja.pdf")
    assert change(client, assessment, record, file, aksi="nama", nama="Lain", versi="1").status_code == 409
    assert verbs() == ["evidence.add", "evidence.file_rename"]


def test_files_are_moved_by_buttons(as_user, cast, assessment, three):
    first, second, _third = in_force(three.files.all())
    records.revise_file(file=second, **file_of(4, "2b.pdf"), **doing(cast))
    client = as_user(cast.operator)
    assert change(client, assessment, three, first, aksi="turun").status_code == 302
    assert [name for name, *_ in standing(three)] == ["2b.pdf", "SK Tim Kerja.pdf", "3.pdf"]
    assert change(client, assessment, three, first, aksi="naik").status_code == 302
    assert [name for name, *_ in standing(three)] == ["SK Tim Kerja.pdf", "2b.pdf", "3.pdf"]
    assert change(client, assessment, three, first, aksi="naik").status_code == 302  # nothing above it
    assert verbs()[-2:] == ["evidence.file_move", "evidence.file_move"]
    assert EvidenceFile.objects.filter(evidence=three, slot=2).count() == 2


def test_file_is_retired_with_a_reason(as_user, cast, assessment, three):
    _first, second, _third = in_force(three.files.all())
    client = as_user(cast.operator)
    assert change(client, assessment, three, second, aksi="cabut", alasan=" ").status_code == 422
    assert change(client, assessment, three, second, aksi="cabut", alasan="Salah halaman").status_code == 302
    assert [name for name, *_ in standing(three)] == ["SK Tim Kerja.pdf", "3.pdf"]
    page = client.get(path("evidence_detail", assessment, three)).content.decode()
    assert "Salah halaman" in page
    assert client.get(reverse("evidence_download", args=(second.uuid,))).status_code == 200
    assert change(client, assessment, three, second, aksi="cabut", alasan="Lagi").status_code == 409
    assert verbs()[-1] == "evidence.file_retire"


def test_last_file_is_not_retired(cast, record):
    with pytest.raises(records.LastFile):
        records.retire_file(file=record.files.get(), reason="x", **doing(cast))


@pytest.mark.parametrize("data", [{}, {"aksi": "hapus"}, {"aksi": "nama", "nama": "a\x00"}])
def test_unknown_change_is_refused(as_user, cast, assessment, record, data):
    assert change(as_user(cast.operator), assessment, record, record.files.get(), **data).status_code == 422


# Quota


def test_unit_stores_no_more_than_its_quota(as_user, cast, assessment, settings, storage):
    size = len(pdf().read())
    settings.UPLOAD_POLICY = settings.UPLOAD_POLICY | {"max_unit_bytes": size}
    add_file(assessment, cast.operator)
    response = as_user(cast.operator).post(url(assessment), {"berkas": pdf(pages=2)})
    assert response.status_code == 422
    assert "Ruang bukti unit ini tidak cukup" in response.content.decode()
    assert (Evidence.objects.count(), len(files_in(storage))) == (1, 1)


def test_quota_counts_revisions_and_is_of_unit_and_year(cast, assessment, assessment_b, record, settings):
    settings.UPLOAD_POLICY = settings.UPLOAD_POLICY | {"max_unit_bytes": len(pdf().read())}
    with pytest.raises(QuotaFull):
        records.revise_file(file=record.files.get(), **file_of(2), **doing(cast))
    with pytest.raises(QuotaFull):
        records.add_record_file(evidence=record, **file_of(2), **doing(cast))
    add_file(assessment_b, cast.stranger)


# What TPI and snapshots see


def test_snapshot_lists_the_files_in_force(cast, assessment, three):
    first, second, _third = in_force(three.files.all())
    records.retire_file(file=second, reason="Salah", **doing(cast))
    new = records.revise_file(file=first, **file_of(4, "rev.pdf"), **doing(cast))
    content = snapshot_content(assessment=assessment, kind="submitted", actor=cast.head, now=timezone.now())
    (proof,) = content["answers"][CODE]["evidence"]
    assert [(item["name"], item["sha256"]) for item in proof["files"]] == [
        ("rev.pdf", new.sha256),
        ("3.pdf", three.files.get(original_name="3.pdf").sha256),
    ]


def test_desk_shows_the_files_in_force(as_user, cast, assessment, record):
    records.revise_file(file=record.files.get(), **file_of(2, "rev.pdf"), **doing(cast))
    records.add_record_file(evidence=record, **file_of(3, "dua.pdf"), **doing(cast))
    Assessment.objects.filter(pk=assessment.pk).update(state="review_member", submitted_at=timezone.now())
    unit = assessment.unit
    desk = reverse("desk_question", args=(unit.agency.code, unit.code, assessment.period.code, CODE))
    page = as_user(cast.member).get(desk).content.decode()
    replaced = str(record.files.get(revision=1, slot=1).uuid)
    assert ("rev.pdf" in page, "dua.pdf" in page, replaced in page) == (True, True, False)


def test_question_shows_the_files_in_force_and_the_uses(as_user, cast, assessment, record):
    records.revise_file(file=record.files.get(), **file_of(2, "rev.pdf"), **doing(cast))
    use(assessment, record, OTHER, cast.operator)
    page = as_user(cast.operator).get(url(assessment, "A.I.1.i", "worksheet")).content.decode()
    assert "Dipakai di 2 pertanyaan" in page
    assert str(record.files.get(revision=2).uuid) in page
    assert str(record.files.get(revision=1).uuid) not in page


# The same file, asked about


def test_same_file_is_offered_and_used_again(as_user, cast, assessment, record, storage):
    client = as_user(cast.operator)
    response = client.post(url(assessment, OTHER), {"berkas": pdf("lain.pdf")})
    page = response.content.decode()
    assert response.status_code == 409
    assert "Berkas yang sama sudah ada: “SK Tim Kerja.pdf” (2024). Pakai ulang?" in page
    assert f'name="bukti" value="{record.uuid}"' in page
    assert client.post(url(assessment, OTHER), {"bukti": str(record.uuid)}).status_code == 302
    assert (Evidence.objects.count(), record.uses.count(), len(files_in(storage))) == (1, 2, 1)


def test_same_file_is_stored_apart_without_sending_it_again(as_user, cast, assessment, record, storage):
    client, file = as_user(cast.operator), record.files.get()
    assert client.post(url(assessment, OTHER), {"salin": str(file.uuid), "judul": "Lain"}).status_code == 302
    copy = Evidence.objects.exclude(pk=record.pk).get()
    assert (copy.title, copy.files.get().sha256, copy.uses.get().question.code) == ("Lain", file.sha256, OTHER)
    assert len(files_in(storage)) == 1
    assert verbs() == ["evidence.add", "evidence.add"]


def test_file_of_another_unit_is_neither_offered_nor_copied(as_user, cast, assessment, assessment_b):
    foreign = add_file(assessment_b, cast.stranger).evidence.files.get()
    client = as_user(cast.operator)
    assert client.post(url(assessment), {"salin": str(foreign.uuid)}).status_code == 404
    assert client.get(url(assessment, CODE, "evidence_known"), {"sha256": foreign.sha256}).status_code == 204
    assert client.post(url(assessment), {"berkas": pdf()}).status_code == 302


@pytest.mark.parametrize("given", ["", "x", "0" * 32])
def test_unknown_file_is_not_copied(as_user, cast, assessment, given):
    assert as_user(cast.operator).post(url(assessment), {"salin": given}).status_code == 404


def test_browser_asks_before_it_sends(as_user, cast, assessment, record):
    client, sha256 = as_user(cast.operator), record.files.get().sha256
    response = client.get(url(assessment, OTHER, "evidence_known"), {"sha256": sha256})
    assert (response.status_code, "Pakai ulang?" in response.content.decode()) == (200, True)
    assert client.get(url(assessment, OTHER, "evidence_known"), {"sha256": "0" * 64}).status_code == 204
    assert client.get(url(assessment, CODE, "evidence_known"), {"sha256": sha256}).status_code == 204


@pytest.mark.parametrize("given", ["", "x", "%00", "\0" * 64, "é" * 64, "A" * 64, "0" * 65])
def test_question_about_no_hash_is_answered_with_nothing(as_user, cast, assessment, record, given):
    assert as_user(cast.operator).get(url(assessment, OTHER, "evidence_known"), {"sha256": given}).status_code == 204


# Several files at once, without the script


def test_every_file_of_a_form_becomes_a_record(as_user, cast, assessment):
    response = as_user(cast.operator).post(url(assessment), {"berkas": [pdf("a.pdf"), pdf("b.pdf", 2)], "judul": "x"})
    assert response.status_code == 302
    assert list(Evidence.objects.order_by("pk").values_list("title", flat=True)) == ["a.pdf", "b.pdf"]


def test_files_of_a_form_are_joined_where_wanted(as_user, cast, assessment):
    data = {"berkas": [pdf("a.pdf"), pdf("b.pdf", 2)], "judul": "Notulen", "satukan": "1"}
    assert as_user(cast.operator).post(url(assessment), data).status_code == 302
    record = Evidence.objects.get()
    assert (record.title, standing(record)) == ("Notulen", [("a.pdf", 1, 1), ("b.pdf", 2, 1)])


def test_each_file_has_its_own_outcome(as_user, cast, assessment, record):
    fake = pdf("palsu.docx")
    response = as_user(cast.operator).post(url(assessment, OTHER), {"berkas": [pdf("baru.pdf", 2), fake, pdf()]})
    page = " ".join(response.content.decode().split())
    assert response.status_code == 422
    assert "Bukti “baru.pdf” ditambahkan." in page
    assert "<strong>palsu.docx</strong>: Isi berkas tidak sesuai dengan akhiran .docx." in page
    assert "<strong>SK Tim Kerja.pdf</strong>: Berkas yang sama sudah ada" in page
    assert Evidence.objects.count() == 2


def test_script_joins_files_request_by_request(as_user, cast, assessment):
    client = as_user(cast.operator)
    data = {"satukan": "1", "judul": "Notulen"}
    first = client.post(url(assessment), data | {"berkas": pdf("a.pdf")}, headers=HTMX)
    joined = {"ke": first["Evidence-Record"]}
    for _attempt in range(2):  # the second time because the answer was lost
        second = client.post(url(assessment), data | joined | {"berkas": pdf("b.pdf", 2)}, headers=HTMX)
    record = Evidence.objects.get()
    assert (second.status_code, standing(record)) == (200, [("a.pdf", 1, 1), ("b.pdf", 2, 1)])


def test_first_of_joined_files_sent_twice_is_one_record(as_user, cast, assessment):
    client = as_user(cast.operator)
    for _attempt in range(2):
        client.post(url(assessment), {"satukan": "1", "berkas": pdf("a.pdf")}, headers=HTMX)
    assert (Evidence.objects.count(), EvidenceFile.objects.count()) == (1, 1)
