"""The check before sending, the submission and its receipt."""

import io
from datetime import date
from uuid import UUID

import pikepdf
import pypdfium2
import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from assessments.models import AnswerCopy, Assessment, Evidence, EvidenceUse, Snapshot, TransitionRecord
from assessments.queries.instruments import stored_instrument
from assessments.services.submission import BlanksNotAccepted, NotDeclared, submit
from tests import factories
from units.models import AuditEvent, Unit, User

DECLARED = {"pernyataan": "on", "kosong": "on"}


def url(assessment, name):
    unit = assessment.unit
    return reverse(name, args=(unit.agency.code, unit.code, assessment.period.code))


@pytest.fixture
def filled(assessment, golden):
    factories.answer_everything(assessment, golden("22")["answers"])
    return assessment


# The check


def test_check_lists_what_is_missing_with_links(as_user, cast, assessment):
    factories.answer(assessment, "A.I.1.i.a", "Ya")
    factories.answer(assessment, "A.II.1.i.a", {"agents": 1})
    factories.answer(assessment, "A.II.1.i.b", {"changes": 3, "integrated_changes": 5})
    html = as_user(cast.head).get(url(assessment, "check")).content.decode()
    assert "111 pertanyaan dihitung 0." in html
    assert "2 jawaban belum disertai bukti." in html
    assert "(5) melebihi Jumlah perubahan yang dibuat (3)." in html
    assert "/lke/A.II.1.i/#p-A-II-1-i-b" in html
    assert "Saya mengetahui bahwa 111 pertanyaan belum dijawab dan dinilai 0." in html


def test_check_of_a_complete_worksheet_asks_for_one_statement(as_user, cast, filled):
    html = as_user(cast.head).get(url(filled, "check")).content.decode()
    assert "Semua pertanyaan sudah dijawab." in html
    assert ('name="pernyataan"' in html, 'name="kosong"' in html) == (True, False)


def test_check_asks_a_fixed_number_of_queries(as_user, cast, filled, django_assert_num_queries):
    browser = as_user(cast.head)
    browser.get(url(filled, "check"))
    with django_assert_num_queries(9):  # with the copies that wait, and the dates of the evidence
        browser.get(url(filled, "check"))


@pytest.mark.parametrize("count", [1, 3])
def test_check_with_dated_evidence_and_copies_asks_as_many(as_user, cast, filled, django_assert_num_queries, count):
    for code in list(golden_codes(filled))[:count]:
        record = factories.evidence_for(filled, code, cast.operator)
        Evidence.objects.filter(pk=record.pk).update(document_date=date(2020, 1, 1))
        waiting(filled, code, cast.operator)
    browser = as_user(cast.head)
    browser.get(url(filled, "check"))
    with django_assert_num_queries(9):
        response = browser.get(url(filled, "check"))
    assert (len(response.context["dated"]), len(response.context["copies"])) == (count, count)


def golden_codes(assessment):
    return stored_instrument(assessment.period.instrument).question_ids


def waiting(assessment, code, by):
    return AnswerCopy.objects.create(
        assessment=assessment,
        question_id=factories.question_id(assessment, code),
        source=assessment,
        choice="A",
        copied_by=by,
        copied_at=timezone.now(),
    )


def test_check_names_copies_that_nobody_confirmed(as_user, cast, assessment):
    waiting(assessment, "A.I.1.i.b", cast.operator)
    html = as_user(cast.head).get(url(assessment, "check")).content.decode()
    assert "1 jawaban dari triwulan lalu belum dikonfirmasi dan tidak ikut dihitung." in html
    section = html[html.index('id="copies-heading"') :]
    assert "/lke/A.I.1.i/#p-A-I-1-i-b" in section[: section.index("</section>")]


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        ({"document_date": date(2023, 12, 31)}, "SK Tim bertanggal 31 Desember 2023, sebelum tahun 2024."),
        ({"document_date": date(2024, 1, 1)}, ""),
        ({"quarters": "13"}, "SK Tim berlaku untuk triwulan I, III, bukan TW II 2024."),
        ({"quarters": "2"}, ""),
        ({"year": 2023}, "SK Tim adalah bukti tahun 2023 tanpa tanggal dokumen, sebelum tahun 2024."),
        ({"year": 2023, "quarters": "4", "document_date": date(2024, 1, 1)}, ""),
        ({"quarters": "124", "document_date": date(2024, 3, 1)}, ""),
        ({}, ""),
    ],
)
def test_check_names_evidence_whose_dates_do_not_fit(as_user, cast, assessment, dates, words):
    record = factories.evidence_for(assessment, "A.I.1.i.a", cast.operator, title="SK Tim")
    other = factories.question_id(assessment, "A.I.1.i.b")
    EvidenceUse.objects.create(
        evidence=record, assessment=assessment, question_id=other, attached_by=cast.operator, attached_at=timezone.now()
    )
    Evidence.objects.filter(pk=record.pk).update(**dates)
    response = as_user(cast.head).get(url(assessment, "check"))
    html = response.content.decode()
    assert (words in html, 'id="dated-heading"' in html) == (True, bool(words))
    assert [item.codes for item in response.context["dated"]] == [("A.I.1.i.a", "A.I.1.i.b")] * bool(words)


def test_check_says_nothing_of_withdrawn_evidence(as_user, cast, assessment):
    record = factories.evidence_for(assessment, "A.I.1.i.a", cast.operator)
    withdrawn = {"withdrawn_at": timezone.now(), "withdrawn_reason": "salah", "withdrawn_by": cast.operator}
    Evidence.objects.filter(pk=record.pk).update(document_date=date(2020, 1, 1), **withdrawn)
    assert as_user(cast.head).get(url(assessment, "check")).context["dated"] == ()


@pytest.mark.parametrize(
    ("code", "raw", "words"),
    [
        ("A.II.1.i.b", {"changes": 3, "integrated_changes": 4}, "(4) melebihi"),
        ("A.II.4.i.a", {"targets": 3, "targets_achieved": 4}, "(4) melebihi"),
        ("A.II.5.ii.a", {"complaints_due": 3, "complaints_in_process": 0, "complaints_resolved": 4}, "(4) melebihi"),
        ("A.II.5.ii.a", {"complaints_due": 3, "complaints_in_process": 4, "complaints_resolved": 0}, "(4) melebihi"),
        (
            "A.II.5.ii.a",
            {"complaints_due": 3, "complaints_in_process": 2, "complaints_resolved": 2},
            "(2) bersama-sama melebihi",
        ),
        (
            "A.II.5.iii.a",
            {"lhkpn_unit_heads": 1, "lhkpn_mandatory_officials": 1, "lhkpn_others": 1, "lhkpn_reported": 4},
            "(4) melebihi",
        ),
        (
            "A.II.5.iii.b",
            {
                "lhkasn_administrators": 1,
                "lhkasn_supervisors": 1,
                "lhkasn_functional_and_staff": 1,
                "lhkasn_reported": 4,
            },
            "(4) melebihi",
        ),
        ("A.II.6.i.b", {"services_registered": 3, "services_simplified": 4}, "(4) melebihi"),
        ("B.I.a", {"index": "3.7", "respondents": 29}, "Responden 29 orang"),
        ("B.II.a", {"index": "3.7", "respondents": 29}, "Responden 29 orang"),
    ],
)
def test_check_names_numbers_that_contradict_each_other(as_user, cast, assessment, code, raw, words):
    factories.answer(assessment, code, raw)
    html = as_user(cast.head).get(url(assessment, "check")).content.decode()
    section = html[html.index('id="numbers-heading"') :]
    section = section[: section.index("</section>")]
    assert (section.count("<li>"), words in section, f">{code}</a>" in section) == (1, True, True)


def test_check_names_a_count_that_is_told_twice_differently(as_user, cast, assessment):
    factories.answer(assessment, "A.II.1.i.a", {"agents": 4, "changes": 3})
    factories.answer(assessment, "A.II.1.i.b", {"changes": 5, "integrated_changes": 2})
    response = as_user(cast.head).get(url(assessment, "check"))
    assert [(item.kind, item.code, item.other, item.numbers) for item in response.context["findings"]] == [
        ("differs", "A.II.1.i.b", "A.II.1.i.a", (3, 5))
    ]


def test_no_finding_stops_a_submission(as_user, cast, assessment):
    factories.answer(assessment, "A.II.1.i.b", {"changes": 3, "integrated_changes": 4})
    record = factories.evidence_for(assessment, "A.I.1.i.a", cast.operator)
    Evidence.objects.filter(pk=record.pk).update(document_date=date(2020, 1, 1))
    waiting(assessment, "A.I.1.i.b", cast.operator)
    assert as_user(cast.head).post(url(assessment, "submit"), DECLARED).status_code == 302
    assert Snapshot.objects.get().summary["self"]["answered"] == 1


@pytest.mark.parametrize("name", ["operator", "member", "inspector", "assistant"])
def test_check_of_others_has_no_form(as_user, cast, assessment, name):
    response = as_user(getattr(cast, name)).get(url(assessment, "check"))
    assert (response.status_code, 'name="pernyataan"' in response.content.decode()) == (200, False)


@pytest.mark.parametrize("name", ["check", "submit", "receipt", "receipt_pdf"])
@pytest.mark.parametrize(
    ("who", "status"), [("stranger", 404), ("reader", 404), ("foreign_inspector", 404), ("admin", 403)]
)
def test_pages_follow_the_right_to_read(as_user, cast, assessment, name, who, status):
    browser = as_user(getattr(cast, who))
    response = browser.post(url(assessment, name)) if name == "submit" else browser.get(url(assessment, name))
    assert response.status_code == status


# Sending


def test_head_sends_and_gets_a_receipt(as_user, cast, filled):
    head = as_user(cast.head)
    response = head.post(url(filled, "submit"), {"pernyataan": "on"}, follow=True)
    html = response.content.decode()
    snapshot = Snapshot.objects.get()
    filled.refresh_from_db()
    assert response.redirect_chain == [(url(filled, "receipt") + "?putaran=1", 302)]
    assert (filled.state, filled.submitted_by) == ("submitted", cast.head)
    number = f"LKE/{filled.unit.code.upper()}/2024-TW2/1"
    expected = (number, snapshot.sha256[:12], cast.head.full_name, "WIB", "113 dari 113 pertanyaan")
    assert [text for text in expected if text not in html] == []
    verbs = AuditEvent.objects.filter(unit=filled.unit).values_list("verb", flat=True)
    assert list(verbs) == ["assessment.submit"]


def test_second_click_leads_to_the_same_receipt(as_user, cast, filled):
    head = as_user(cast.head)
    answers = [head.post(url(filled, "submit"), DECLARED) for _ in range(3)]
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [
        (302, url(filled, "receipt") + "?putaran=1")
    ] * 3
    assert (Snapshot.objects.count(), TransitionRecord.objects.count()) == (1, 1)


KEY = "00000000-0000-4000-8000-00000000000a"


def test_form_of_the_check_carries_a_new_key_each_time(as_user, cast, filled):
    head = as_user(cast.head)
    keys = [str(head.get(url(filled, "check")).context["key"]) for _ in range(2)]
    page = head.get(url(filled, "check"))
    assert f'name="kunci" value="{page.context["key"]}"' in page.content.decode()
    assert len({*keys, str(page.context["key"])}) == 3


def test_same_form_in_a_later_round_leads_to_the_first_receipt(as_user, cast, filled):
    head = as_user(cast.head)
    first = head.post(url(filled, "submit"), DECLARED | {"kunci": KEY})
    Assessment.objects.filter(pk=filled.pk).update(state="returned", round=2)
    again = head.post(url(filled, "submit"), {"kunci": KEY})
    filled.refresh_from_db()
    assert (first["Location"], again["Location"]) == (url(filled, "receipt") + "?putaran=1",) * 2
    assert (filled.state, Snapshot.objects.count(), TransitionRecord.objects.count()) == ("returned", 1, 1)
    fresh = head.post(url(filled, "submit"), DECLARED | {"kunci": KEY[:-1] + "b"})
    assert fresh["Location"] == url(filled, "receipt") + "?putaran=2"


def test_service_with_the_same_key_gives_the_first_snapshot(cast, filled):
    key, now = UUID(KEY), timezone.now()

    def send():
        return submit(assessment=filled, declared=True, blanks_accepted=True, actor=cast.head, now=now, key=key)

    first = send()
    Assessment.objects.filter(pk=filled.pk).update(state="returned", round=2)
    filled.refresh_from_db()
    assert (send(), filled.state, TransitionRecord.objects.get().key) == (first, "returned", key)


@pytest.mark.parametrize("key", ["", "x", "0" * 99])
def test_key_that_cannot_be_read_stops_no_submission(as_user, cast, filled, key):
    assert as_user(cast.head).post(url(filled, "submit"), DECLARED | {"kunci": key}).status_code == 302
    assert TransitionRecord.objects.get().key is None


def test_receipts_of_all_rounds_stay(as_user, cast, filled):
    head = as_user(cast.head)
    head.post(url(filled, "submit"), DECLARED)
    Assessment.objects.filter(pk=filled.pk).update(state="returned", round=2)
    head.post(url(filled, "submit"), DECLARED)
    last = head.get(url(filled, "receipt")).content.decode()
    first = head.get(url(filled, "receipt") + "?putaran=1").content.decode()
    numbers = [f"LKE/{filled.unit.code.upper()}/2024-TW2/{round_number}" for round_number in (1, 2)]
    assert [number in page for page, number in ((first, numbers[0]), (last, numbers[1]))] == [True, True]
    assert head.get(url(filled, "receipt") + "?putaran=3").status_code == 404


def test_blanks_are_sent_once_the_head_accepts_them(as_user, cast, assessment):
    head = as_user(cast.head)
    refused = head.post(url(assessment, "submit"), {"pernyataan": "on"})
    html = refused.content.decode()
    assert refused.status_code == 422
    assert "<title>Kesalahan: " in html
    assert 'href="#id_kosong"' in html
    assert 'name="pernyataan" id="id_pernyataan" checked' in html
    assert head.post(url(assessment, "submit"), DECLARED).status_code == 302
    assert Snapshot.objects.get().summary["self"]["answered"] == 0


def test_nothing_is_sent_without_the_statement(as_user, cast, filled):
    response = as_user(cast.head).post(url(filled, "submit"), {})
    assert (response.status_code, Snapshot.objects.count()) == (422, 0)
    assert "Centang pernyataan kepala unit sebelum mengirim." in response.content.decode()


def test_service_wants_the_statements_too(cast, assessment):
    now = timezone.now()
    with pytest.raises(NotDeclared):
        submit(assessment=assessment, declared=False, blanks_accepted=True, actor=cast.head, now=now)
    with pytest.raises(BlanksNotAccepted):
        submit(assessment=assessment, declared=True, blanks_accepted=False, actor=cast.head, now=now)
    with pytest.raises(PermissionDenied):
        submit(assessment=assessment, declared=True, blanks_accepted=True, actor=cast.operator, now=now)


@pytest.mark.parametrize("name", ["operator", "member", "lead", "controller", "assistant", "inspector"])
def test_nobody_else_sends(as_user, cast, filled, name):
    response = as_user(getattr(cast, name)).post(url(filled, "submit"), DECLARED)
    assert (response.status_code, Snapshot.objects.count()) == (403, 0)


def test_sending_after_the_deadline_is_a_conflict(as_user, cast, filled):
    filled.period.fill_until = timezone.now()
    filled.period.save()
    assert as_user(cast.head).post(url(filled, "submit"), DECLARED).status_code == 409
    assert Snapshot.objects.count() == 0


def test_sending_by_get_is_not_allowed(as_user, cast, filled):
    assert as_user(cast.head).get(url(filled, "submit")).status_code == 405


def test_receipt_before_sending_is_not_found(as_user, cast, assessment):
    assert as_user(cast.head).get(url(assessment, "receipt")).status_code == 404


def test_receipt_asks_five_queries(as_user, cast, filled, django_assert_num_queries):
    head = as_user(cast.head)
    head.post(url(filled, "submit"), DECLARED)
    head.get(url(filled, "receipt"))
    with django_assert_num_queries(5):
        head.get(url(filled, "receipt"))


# The receipt as a page to keep


@pytest.fixture
def sent(as_user, cast, filled):
    factories.evidence_for(filled, "A.I.1.i.a", cast.operator)
    as_user(cast.head).post(url(filled, "submit"), DECLARED)
    return filled


def test_receipt_pdf_is_one_page_that_says_what_the_page_says(as_user, cast, sent):
    response = as_user(cast.head).get(url(sent, "receipt_pdf"))
    with pikepdf.open(io.BytesIO(response.content)) as pdf:
        title, pages = str(pdf.docinfo["/Title"]), len(pdf.pages)
    text = " ".join(pdfium_text(response.content).split())
    snapshot = Snapshot.objects.get()
    number = f"LKE/{sent.unit.code.upper()}/2024-TW2/1"
    assert (response["Content-Type"], response["X-Content-Type-Options"], pages) == ("application/pdf", "nosniff", 1)
    assert (response["Content-Disposition"], title) == (
        f'inline; filename="Tanda-terima-{sent.unit.code}-2024-2-1.pdf"',
        f"Tanda Terima LKE {number}",
    )
    wanted = (number, sent.unit.name, cast.agency.name, cast.head.full_name, "Triwulan II Tahun 2024", "WIB")
    wanted += ("113 dari 113", "1 dari 113", "1 dokumen", snapshot.sha256[:8], snapshot.sha256[-8:])
    assert [word for word in wanted if word not in text] == []


def test_receipt_pdf_has_the_same_bytes_in_either_language_and_after_renaming(as_user, cast, sent):
    head = as_user(cast.head)
    first = head.get(url(sent, "receipt_pdf")).content
    User.objects.filter(pk=cast.head.pk).update(full_name="Nama Baru", language="en")
    Unit.objects.filter(pk=sent.unit.pk).update(name="Unit Berganti Nama")
    assert head.get(url(sent, "receipt_pdf")).content == first


def test_receipt_pdf_of_each_round_stays(as_user, cast, sent):
    head = as_user(cast.head)
    first = head.get(url(sent, "receipt_pdf")).content
    Assessment.objects.filter(pk=sent.pk).update(state="returned", round=2)
    head.post(url(sent, "submit"), DECLARED)
    assert head.get(url(sent, "receipt_pdf") + "?putaran=1").content == first
    assert head.get(url(sent, "receipt_pdf")).content != first
    assert head.get(url(sent, "receipt_pdf") + "?putaran=3").status_code == 404


def test_receipt_pdf_of_long_names_stays_on_one_page(as_user, cast, filled):
    Unit.objects.filter(pk=filled.unit.pk).update(name="Dinas " + "Panjang " * 19)
    User.objects.filter(pk=cast.head.pk).update(full_name="W" * 120)
    head = as_user(cast.head)
    head.post(url(filled, "submit"), DECLARED)
    with pikepdf.open(io.BytesIO(head.get(url(filled, "receipt_pdf")).content)) as pdf:
        assert len(pdf.pages) == 1


def test_receipt_page_offers_the_pdf_of_its_round(as_user, cast, sent):
    html = as_user(cast.operator).get(url(sent, "receipt")).content.decode()
    assert f'href="{url(sent, "receipt_pdf")}?putaran=1"' in html


def test_receipt_pdf_before_sending_is_not_found(as_user, cast, assessment):
    assert as_user(cast.head).get(url(assessment, "receipt_pdf")).status_code == 404


def pdfium_text(content):
    with pypdfium2.PdfDocument(content) as pdf:
        return "".join(page.get_textpage().get_text_bounded() for page in pdf)


def test_summary_of_refused_statements_says_each_once(as_user, cast, assessment):
    browser = as_user(cast.head)
    html = browser.post(url(assessment, "submit"), {}).content.decode()
    assert ">Centang pernyataan kepala unit sebelum mengirim.</a>" in html
