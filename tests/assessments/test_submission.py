"""The check before sending, the submission and its receipt."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment, Snapshot, TransitionRecord
from assessments.services.submission import BlanksNotAccepted, NotDeclared, submit
from tests import factories
from units.models import AuditEvent

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
    with django_assert_num_queries(7):
        browser.get(url(filled, "check"))


@pytest.mark.parametrize("name", ["operator", "member", "inspector", "assistant"])
def test_check_of_others_has_no_form(as_user, cast, assessment, name):
    response = as_user(getattr(cast, name)).get(url(assessment, "check"))
    assert (response.status_code, 'name="pernyataan"' in response.content.decode()) == (200, False)


@pytest.mark.parametrize("name", ["check", "submit", "receipt"])
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
    assert response.redirect_chain == [(url(filled, "receipt"), 302)]
    assert (filled.state, filled.submitted_by) == ("submitted", cast.head)
    number = f"LKE/{filled.unit.code.upper()}/2024-TW2/1"
    expected = (number, snapshot.sha256[:12], cast.head.full_name, "WIB", "113 dari 113 pertanyaan")
    assert [text for text in expected if text not in html] == []
    verbs = AuditEvent.objects.filter(unit=filled.unit).values_list("verb", flat=True)
    assert list(verbs) == ["assessment.submit"]


def test_second_click_leads_to_the_same_receipt(as_user, cast, filled):
    head = as_user(cast.head)
    answers = [head.post(url(filled, "submit"), DECLARED) for _ in range(3)]
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(302, url(filled, "receipt"))] * 3
    assert (Snapshot.objects.count(), TransitionRecord.objects.count()) == (1, 1)


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
