"""Evidence: in through the scanner, out through the permission check, never lost."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment, Evidence, EvidenceFile, EvidenceUse
from assessments.services import evidence as services
from assessments.services.answers import NotNoted
from assessments.services.evidence import LastUse, SameFile, TooMuchEvidence
from assessments.services.evidence_records import withdraw
from assessments.services.evidence_rules import AlreadyWithdrawn
from assessments.services.transitions import Closed
from tests import factories
from tests.assessments.stored_evidence import CODE, HTMX, OTHER, add_file, files_in, pdf, url, url_of, verbs
from tests.units.upload_files import pdf_bytes, pdf_with_script
from units.uploads import scan_upload

pytestmark = pytest.mark.usefixtures("storage")


# Adding


def test_upload_without_javascript_goes_back_to_the_question(as_user, cast, assessment, storage):
    response = as_user(cast.operator).post(url(assessment), {"berkas": pdf(), "judul": "SK Tim"})
    assert response.status_code == 302
    assert response["Location"].endswith("/lke/A.I.1.i/#p-A-I-1-i-b")
    record = Evidence.objects.get()
    file = record.files.get()
    assert (record.title, record.kind, record.year, record.created_by) == ("SK Tim", "file", 2024, cast.operator)
    assert (file.original_name, file.kind, len(file.sha256)) == ("SK Tim Kerja.pdf", "pdf", 64)
    assert "SK" not in file.file.name
    assert [path.read_bytes() for path in files_in(storage)] == [pdf().read()]
    assert verbs() == ["evidence.add"]


def test_upload_by_htmx_refreshes_the_list_and_the_figures(as_user, cast, assessment):
    factories.answer(assessment, CODE, "A", by=cast.operator)
    response = as_user(cast.operator).post(url(assessment), {"berkas": pdf()}, headers=HTMX)
    html = response.content.decode()
    assert response.status_code == 200
    assert 'id="daftar-bukti-p-A-I-1-i-b" hx-swap-oob="true"' in html
    assert "Bukti “SK Tim Kerja.pdf” ditambahkan." in html
    assert response["Evidence-Record"] == str(Evidence.objects.get().uuid)
    assert "SK Tim Kerja.pdf" in html
    assert 'id="angka-semua" hx-swap-oob="true"' in html
    assert "1 dari 113" in html


def test_link_is_added(as_user, cast, assessment):
    response = as_user(cast.operator).post(url(assessment), {"tautan": "https://contoh.go.id/sk?id=1", "judul": ""})
    record = Evidence.objects.get()
    assert (response.status_code, record.kind, record.url) == (302, "link", "https://contoh.go.id/sk?id=1")
    assert record.title == "https://contoh.go.id/sk?id=1"


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://contoh.go.id/sk",
        "file:///etc/passwd",
        "contoh.go.id/sk",
        "https://",
        "https://contoh.go.id/\x00",
        "https://contoh.go.id/a b\nc",
        "https://orang:sandi@contoh.go.id/",
        "https://contoh.go.id/" + "x" * 500,
    ],
)
def test_link_that_is_no_web_address_is_refused(as_user, cast, assessment, link):
    for headers in ({}, HTMX):
        response = as_user(cast.operator).post(url(assessment), {"tautan": link}, headers=headers)
        assert (response.status_code, Evidence.objects.count()) == (422, 0)


@pytest.mark.parametrize("data", [{}, {"judul": "tanpa apa pun"}, {"tautan": "https://a.go.id/", "berkas": True}])
def test_neither_or_both_is_refused(as_user, cast, assessment, data):
    data = {**data, "berkas": pdf()} if "berkas" in data else data
    response = as_user(cast.operator).post(url(assessment), data)
    assert (response.status_code, Evidence.objects.count()) == (422, 0)
    assert "Pilih berkas atau tulis satu tautan." in response.content.decode()


@pytest.mark.parametrize("title", ["x" * 201, "a\x00b", "a\x1bb"])
def test_title_that_cannot_be_stored_is_refused(as_user, cast, assessment, title, storage):
    response = as_user(cast.operator).post(url(assessment), {"berkas": pdf(), "judul": title})
    assert (response.status_code, Evidence.objects.count(), files_in(storage)) == (422, 0, [])


def test_file_that_the_scanner_refuses_is_not_kept(as_user, cast, assessment, storage):
    hostile = SimpleUploadedFile("laporan.pdf", pdf_bytes(pdf_with_script()))
    response = as_user(cast.operator).post(url(assessment), {"berkas": hostile}, headers=HTMX)
    assert response.status_code == 422
    assert "memuat skrip" in response.content.decode()
    assert (Evidence.objects.count(), files_in(storage)) == (0, [])


def test_limits_on_the_page_are_those_of_the_settings(as_user, cast, assessment, settings):
    settings.UPLOAD_POLICY = settings.UPLOAD_POLICY | {"max_file_bytes": 3 * 1024 * 1024, "kinds": ("pdf", "jpg")}
    page = as_user(cast.operator).get(url(assessment, "A.I.1.i", "worksheet")).content.decode()
    assert "PDF, JPG; paling besar 3 MB tiap berkas; paling banyak 20 bukti tiap pertanyaan." in page
    assert 'accept=".pdf,.jpg"' in page
    docx = SimpleUploadedFile("a.docx", b"PK\x03\x04")
    assert as_user(cast.operator).post(url(assessment), {"berkas": docx}).status_code == 422


def test_same_file_sent_twice_is_one_record(cast, assessment, storage):
    """REL-25: an upload whose answer was lost is tried again."""
    first, again = add_file(assessment, cast.operator), add_file(assessment, cast.operator)
    assert [item.reused for item in (first, again)] == [False, True]
    assert (first.evidence.pk, len(files_in(storage)), EvidenceUse.objects.count()) == (again.evidence.pk, 1, 1)
    assert verbs() == ["evidence.add"]


def test_same_file_elsewhere_in_the_unit_is_asked_about(cast, assessment, storage):
    first = add_file(assessment, cast.operator)
    with pytest.raises(SameFile) as asked:
        add_file(assessment, cast.operator, code=OTHER, name="nama lain.pdf")
    assert asked.value.found.evidence == first.evidence
    assert (len(files_in(storage)), EvidenceUse.objects.count(), verbs()) == (1, 1, ["evidence.add"])


def test_same_file_of_another_unit_or_year_is_stored_apart(cast, assessment, assessment_b, storage):
    add_file(assessment, cast.operator)
    add_file(assessment_b, cast.stranger)
    period = factories.PeriodFactory(agency=cast.agency, year=2023)
    add_file(factories.AssessmentFactory(unit=cast.unit_a, period=period), cast.operator)
    assert (Evidence.objects.count(), len(files_in(storage))) == (3, 3)


def test_withdrawn_file_is_not_reused(cast, assessment, storage):
    first = add_file(assessment, cast.operator)
    withdraw(evidence=first.evidence, reason="Keliru", actor=cast.operator, now=timezone.now())
    assert add_file(assessment, cast.operator).reused is False
    assert len(files_in(storage)) == 2


def test_same_link_is_reused(as_user, cast, assessment):
    for code in (CODE, OTHER):
        as_user(cast.operator).post(url(assessment, code), {"tautan": "https://contoh.go.id/sk"})
    assert (Evidence.objects.count(), EvidenceUse.objects.count()) == (1, 2)


def test_question_holds_as_much_evidence_as_the_settings_say(cast, assessment, settings, storage):
    settings.UPLOAD_POLICY = settings.UPLOAD_POLICY | {"max_files_per_answer": 2}
    for pages in (1, 2):
        add_file(assessment, cast.operator, pages)
    with pytest.raises(TooMuchEvidence):
        add_file(assessment, cast.operator, 3)
    assert (Evidence.objects.count(), len(files_in(storage))) == (2, 2)


def test_row_that_fails_takes_its_file_away(cast, assessment, storage):
    """REL-42: never a row without a file, never a file without a row."""
    upload = pdf()
    unknown = replace(scan_upload(upload), kind="exe")  # the database refuses it, after the bytes are stored
    with pytest.raises(IntegrityError), transaction.atomic():
        services.add_file(
            assessment=assessment,
            code=CODE,
            upload=upload,
            scanned=unknown,
            title="",
            actor=cast.operator,
            now=timezone.now(),
        )
    assert (Evidence.objects.count(), EvidenceFile.objects.count(), files_in(storage)) == (0, 0, [])


def test_every_row_names_a_stored_file(cast, assessment):
    file = add_file(assessment, cast.operator).evidence.files.get()
    with default_storage.open(file.file.name) as content:
        assert len(content.read()) == file.size


# Who may add, and when


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("stranger", 404),
        ("foreign_inspector", 404),
        ("reader", 404),
        ("admin", 403),
        ("member", 403),
        ("inspector", 403),
        ("assistant", 403),
    ],
)
def test_adding_by_others_is_refused(as_user, cast, assessment, storage, name, status):
    response = as_user(getattr(cast, name)).post(url(assessment), {"berkas": pdf()})
    assert (response.status_code, Evidence.objects.count(), files_in(storage)) == (status, 0, [])


def test_adding_to_another_pokjas_area_is_refused(cast, assessment):
    with pytest.raises(PermissionDenied):
        add_file(assessment, factories.member_of(cast.unit_a, areas="2"))


def test_adding_by_get_or_to_no_question(as_user, cast, assessment):
    assert as_user(cast.operator).get(url(assessment)).status_code == 405
    assert as_user(cast.operator).post(url(assessment, "A.I.9.z"), {"berkas": pdf()}).status_code == 404


def test_adding_to_a_sent_worksheet_is_a_conflict(as_user, cast, assessment, storage):
    Assessment.objects.filter(pk=assessment.pk).update(state="submitted")
    assert as_user(cast.operator).post(url(assessment), {"berkas": pdf()}).status_code == 409
    assert files_in(storage) == []


def test_adding_after_the_deadline_is_refused(cast, assessment):
    with pytest.raises(Closed):
        add_file(assessment, cast.operator, now=timezone.now() + timedelta(days=21))


def test_returned_round_takes_evidence_only_where_tpi_noted(cast, assessment):
    factories.note(assessment, CODE, cast.member, for_release=True, released_at=timezone.now())
    Assessment.objects.filter(pk=assessment.pk).update(state="returned", round=2)
    add_file(assessment, cast.operator)
    with pytest.raises(NotNoted):
        add_file(assessment, cast.operator, 2, code=OTHER)


# Using what is there


def test_existing_record_is_attached_to_another_question(as_user, cast, assessment):
    record = factories.evidence_for(assessment, CODE, cast.operator)
    listed = as_user(cast.operator).get(url_of(assessment, "evidence_list") + f"?untuk={OTHER}")
    assert f"Pakai untuk {OTHER}" in listed.content.decode()
    response = as_user(cast.operator).post(url(assessment, OTHER), {"bukti": str(record.uuid)})
    assert response.status_code == 302
    assert list(record.uses.values_list("question__code", flat=True)) == [CODE, OTHER]


@pytest.mark.parametrize("given", ["", "x", "0" * 32])
def test_unknown_record_is_not_found(as_user, cast, assessment, given):
    assert as_user(cast.operator).post(url(assessment), {"bukti": given}).status_code == 404


def test_record_of_another_unit_is_not_found(as_user, cast, assessment, assessment_b):
    record = factories.evidence_for(assessment_b, CODE, cast.stranger)
    assert as_user(cast.operator).post(url(assessment), {"bukti": str(record.uuid)}).status_code == 404


def test_withdrawn_record_is_not_attached(cast, assessment):
    record = factories.evidence_for(assessment, CODE, cast.operator)
    withdraw(evidence=record, reason="Keliru", actor=cast.operator, now=timezone.now())
    with pytest.raises(AlreadyWithdrawn):
        services.attach(assessment=assessment, code=OTHER, evidence=record, actor=cast.operator, now=timezone.now())


def test_shared_record_is_taken_off_one_question(as_user, cast, assessment):
    record = factories.evidence_for(assessment, CODE, cast.operator)
    operator = as_user(cast.operator)
    operator.post(url(assessment, OTHER), {"bukti": str(record.uuid)})
    response = operator.post(url(assessment, CODE, "evidence_detach"), {"bukti": str(record.uuid)})
    assert response.status_code == 302
    assert list(record.uses.values_list("question__code", flat=True)) == [OTHER]
    assert verbs() == ["evidence.attach", "evidence.detach"]


def test_last_use_is_not_taken_off(as_user, cast, assessment):
    record = factories.evidence_for(assessment, CODE, cast.operator)
    with pytest.raises(LastUse):
        services.detach(assessment=assessment, code=CODE, evidence=record, actor=cast.operator, now=timezone.now())
    response = as_user(cast.operator).post(url(assessment, CODE, "evidence_detach"), {"bukti": str(record.uuid)})
    assert (response.status_code, record.uses.count()) == (409, 1)


@pytest.mark.parametrize(("name", "status"), [("stranger", 404), ("member", 403), ("admin", 403)])
def test_taking_off_by_others_is_refused(as_user, cast, assessment, name, status):
    record = factories.evidence_for(assessment, CODE, cast.operator)
    data = {"bukti": str(record.uuid)}
    browser = as_user(getattr(cast, name))
    assert browser.post(url(assessment, CODE, "evidence_detach"), data).status_code == status
    assert as_user(cast.operator).get(url(assessment, CODE, "evidence_detach")).status_code == 405


# Reading


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("operator", 200),
        ("head", 200),
        ("member", 200),
        ("lead", 200),
        ("controller", 200),
        ("assistant", 200),
        ("inspector", 200),
        ("admin", 403),
        ("reader", 404),
        ("stranger", 404),
        ("other_member", 404),
        ("foreign_inspector", 404),
    ],
)
def test_download_follows_the_right_to_read(as_user, cast, assessment, name, status):
    file = add_file(assessment, cast.operator).evidence.files.get()
    response = as_user(getattr(cast, name)).get(reverse("evidence_download", args=(file.uuid,)))
    assert response.status_code == status
    if status == 200:
        assert b"".join(response.streaming_content) == pdf().read()
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Disposition"].startswith("inline; filename=")


def test_reader_of_final_results_downloads_no_evidence(as_user, cast, assessment):
    file = add_file(assessment, cast.operator).evidence.files.get()
    values = {"state": "final", "finalised_at": timezone.now(), "finalised_by": cast.controller}
    Assessment.objects.filter(pk=assessment.pk).update(**values)
    assert as_user(cast.reader).get(reverse("evidence_download", args=(file.uuid,))).status_code == 403


def test_unknown_file_and_missing_bytes_are_not_found(as_user, cast, assessment):
    file = add_file(assessment, cast.operator).evidence.files.get()
    default_storage.delete(file.file.name)
    for uuid in (file.uuid, "00000000-0000-0000-0000-000000000000"):
        assert as_user(cast.operator).get(reverse("evidence_download", args=(uuid,))).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_ten_queries(as_user, cast, assessment, count, django_assert_num_queries):
    for number in range(count):
        record = add_file(assessment, cast.operator, number + 1).evidence
        services.attach(assessment=assessment, code=OTHER, evidence=record, actor=cast.operator, now=timezone.now())
    browser = as_user(cast.operator)
    browser.get(url_of(assessment, "evidence_list"))
    with django_assert_num_queries(10):
        page = browser.get(url_of(assessment, "evidence_list"))
    assert page.content.decode().count("Dipakai di 2 pertanyaan") == count


def test_empty_list_says_what_to_do(as_user, cast, assessment):
    assert "Belum ada bukti" in as_user(cast.operator).get(url_of(assessment, "evidence_list")).content.decode()


@pytest.mark.parametrize(("name", "status"), [("stranger", 404), ("admin", 403), ("member", 200), ("inspector", 200)])
def test_list_follows_the_right_to_read(as_user, cast, assessment, name, status):
    assert as_user(getattr(cast, name)).get(url_of(assessment, "evidence_list")).status_code == status
