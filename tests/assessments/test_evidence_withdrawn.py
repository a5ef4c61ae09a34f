"""Withdrawing evidence: with a reason, by those who may, and never what a sent worksheet stands on."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment
from assessments.services import evidence as services
from assessments.services.answers import NotNoted
from assessments.services.evidence_records import withdraw
from assessments.services.evidence_rules import RecordLocked
from tests import factories
from tests.assessments.stored_evidence import CODE, OTHER, url, verbs

pytestmark = pytest.mark.usefixtures("storage")


def withdraw_url(record):
    return reverse("evidence_withdraw", args=(record.uuid,))


def test_record_is_withdrawn_with_its_reason_and_stays(as_user, cast, assessment):
    factories.answer(assessment, CODE, "A", by=cast.operator)
    record = factories.evidence_for(assessment, CODE, cast.operator)
    back = url(assessment, "A.I.1.i", "worksheet")
    response = as_user(cast.operator).post(withdraw_url(record), {"alasan": "Salah unggah", "next": back})
    assert (response.status_code, response["Location"]) == (302, back)
    record.refresh_from_db()
    assert (record.withdrawn_reason, record.withdrawn_by) == ("Salah unggah", cast.operator)
    html = as_user(cast.operator).get(back).content.decode()
    assert "<s>Bukti uji</s>" in html
    assert "Salah unggah" in html
    assert 'id="bar-bukti" value="0" max="113"' in html
    assert verbs() == ["evidence.withdraw"]


def test_withdrawal_goes_to_no_strange_site(as_user, cast, assessment):
    record = factories.evidence_for(assessment, CODE, cast.operator)
    response = as_user(cast.operator).post(withdraw_url(record), {"alasan": "x", "next": "https://lain.example/"})
    assert response["Location"] == "/"


@pytest.mark.parametrize("reason", ["", "  ", "x" * 241, "a\x00b"])
def test_withdrawal_without_a_reason_is_refused(as_user, cast, assessment, reason):
    record = factories.evidence_for(assessment, CODE, cast.operator)
    response = as_user(cast.operator).post(withdraw_url(record), {"alasan": reason})
    record.refresh_from_db()
    assert (response.status_code, record.withdrawn_at) == (422, None)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("stranger", 404),
        ("foreign_inspector", 404),
        ("reader", 404),
        ("member", 403),
        ("admin", 403),
        ("inspector", 403),
    ],
)
@pytest.mark.parametrize("reason", ["Alasan", ""])
def test_withdrawal_by_others_is_refused(as_user, cast, assessment, name, status, reason):
    record = factories.evidence_for(assessment, CODE, cast.operator)
    response = as_user(getattr(cast, name)).post(withdraw_url(record), {"alasan": reason})
    record.refresh_from_db()
    assert (response.status_code, record.withdrawn_at) == (status, None)


def test_second_withdrawal_is_a_conflict(as_user, cast, assessment):
    record = factories.evidence_for(assessment, CODE, cast.operator)
    operator = as_user(cast.operator)
    assert [operator.post(withdraw_url(record), {"alasan": "x"}).status_code for _ in (1, 2)] == [302, 409]
    assert operator.get(withdraw_url(record)).status_code == 405


def test_evidence_of_a_sent_worksheet_is_locked(cast, assessment):
    record = factories.evidence_for(assessment, CODE, cast.operator)
    Assessment.objects.filter(pk=assessment.pk).update(state="review_member")
    with pytest.raises(RecordLocked):
        withdraw(evidence=record, reason="x", actor=cast.operator, now=timezone.now())


def test_evidence_shared_with_a_sent_quarter_is_locked(cast, assessment):
    record = factories.evidence_for(assessment, CODE, cast.operator)
    period = factories.PeriodFactory(agency=cast.agency, quarter=3)
    later = factories.AssessmentFactory(unit=cast.unit_a, period=period)
    services.attach(assessment=later, code=CODE, evidence=record, actor=cast.operator, now=timezone.now())
    Assessment.objects.filter(pk=assessment.pk).update(state="submitted")
    with pytest.raises(RecordLocked):
        withdraw(evidence=record, reason="x", actor=cast.operator, now=timezone.now())
    services.detach(assessment=later, code=CODE, evidence=record, actor=cast.operator, now=timezone.now())
    assert record.uses.get().assessment == assessment


def test_evidence_of_another_pokja_is_not_withdrawn(cast, assessment):
    record = factories.evidence_for(assessment, CODE, cast.operator)
    pokja = factories.member_of(cast.unit_a, areas="2")
    with pytest.raises(PermissionDenied):
        withdraw(evidence=record, reason="x", actor=pokja, now=timezone.now())


def test_returned_round_keeps_what_tpi_did_not_note(cast, assessment):
    noted, other = (factories.evidence_for(assessment, code, cast.operator) for code in (CODE, OTHER))
    factories.note(assessment, CODE, cast.member, for_release=True, released_at=timezone.now())
    Assessment.objects.filter(pk=assessment.pk).update(state="returned", round=2)
    withdraw(evidence=noted, reason="x", actor=cast.operator, now=timezone.now())
    with pytest.raises(NotNoted):
        withdraw(evidence=other, reason="x", actor=cast.operator, now=timezone.now())
