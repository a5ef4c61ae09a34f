"""Carrying answers over from an earlier quarter: by choice, marked, counted only once confirmed (UX-06)."""

from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from assessments.models import Answer, AnswerCopy, AnswerRevision, Assessment, Evidence, EvidenceUse
from assessments.queries.copies import copies_of, copy_offer, copy_source, evidence_offered, waiting_copies
from assessments.queries.progress import Tally, unit_work
from assessments.services.answers import NotNoted, StaleVersion, save_answer
from assessments.services.copies import (
    CopyGone,
    EvidenceGone,
    NothingToCopy,
    confirm_copy,
    copy_answers,
    discard_copy,
)
from assessments.services.evidence import TooMuchEvidence
from assessments.services.evidence_records import withdraw
from assessments.services.evidence_rules import StaleRecord
from assessments.services.transitions import Closed, WrongState
from tests import factories
from units.models import AuditEvent

CODE, OTHER, COUNTED = "A.I.1.i.a", "A.I.1.i.b", "A.II.1.i.a"
EVERYTHING = (1, 2, 3, 4, 5, 6, None)


@pytest.fixture
def earlier(cast, assessment):
    """TW I of unit A: a choice with evidence, a choice with a note, counts, an index."""
    period = factories.PeriodFactory(agency=cast.agency, quarter=1)
    found = factories.AssessmentFactory(unit=cast.unit_a, period=period)
    factories.answer(found, CODE, "Ya", by=cast.operator)
    factories.answer(found, OTHER, "B", by=cast.operator, note="Notulen rapat terlampir.")
    factories.answer(found, COUNTED, {"agents": 4, "changes": 3}, by=cast.operator)
    factories.answer(found, "B.I.a", {"index": "3.72"}, by=cast.operator)
    factories.evidence_for(found, CODE, cast.operator, title="SK Tim Kerja")
    return found


def url(assessment, name="copy_answers", *more):
    unit = assessment.unit
    return reverse(name, args=(unit.agency.code, unit.code, assessment.period.code, *more))


def copy(assessment, person, areas=None):
    return copy_answers(assessment=assessment, areas=areas, actor=person, now=timezone.now())


def confirm(assessment, person, code=CODE, *, evidence=(), version=0):
    return confirm_copy(
        assessment=assessment, code=code, evidence=evidence, version=version, actor=person, now=timezone.now()
    )


def put_in(assessment, state, cast, **values):
    done = {"finalised_at": timezone.now(), "finalised_by": cast.controller} if state == "final" else {}
    Assessment.objects.filter(pk=assessment.pk).update(state=state, **done, **values)
    assessment.refresh_from_db()


# What is offered


def test_source_is_the_latest_earlier_quarter_with_an_answer(cast, assessment, earlier):
    period = factories.PeriodFactory(agency=cast.agency, year=2023, quarter=4)
    factories.answer(factories.AssessmentFactory(unit=cast.unit_a, period=period), CODE, "Tidak")
    assert copy_source(assessment) == earlier
    Answer.objects.filter(assessment=earlier).update(choice="", inputs=None)
    assert copy_source(assessment).period.code == "2023-4"
    later = factories.PeriodFactory(agency=cast.agency, quarter=3)
    factories.answer(factories.AssessmentFactory(unit=cast.unit_a, period=later), CODE, "Ya")
    assert copy_source(assessment).period.code == "2023-4"


def test_offer_counts_each_area_by_what_becomes_of_its_questions(assessment, earlier, cast):
    factories.answer(assessment, CODE, "Tidak")
    offer = copy_offer(assessment, EVERYTHING)
    found = {area.key: (area.offered, area.evidence, area.answered, area.absent) for area in offer.areas}
    assert found["1"] == ((OTHER, COUNTED), 0, 1, 13)
    assert found["2"] == ((), 0, 0, 15)
    assert found["hasil"] == (("B.I.a",), 0, 0, 2)
    assert [area.key for area in offer.areas] == ["1", "2", "3", "4", "5", "6", "hasil"]


def test_offer_counts_standing_evidence_only(assessment, earlier, cast):
    assert copy_offer(assessment, EVERYTHING).evidence == 1
    Evidence.objects.update(withdrawn_at=timezone.now(), withdrawn_by=cast.operator, withdrawn_reason="Keliru")
    assert copy_offer(assessment, EVERYTHING).evidence == 0


def test_answer_that_this_instrument_cannot_read_is_absent(assessment, earlier):
    Answer.objects.filter(assessment=earlier, question__code=CODE).update(choice="Z")
    assert CODE not in copy_offer(assessment, EVERYTHING).offered


def test_nothing_is_offered_without_an_earlier_quarter(assessment):
    assert copy_offer(assessment, EVERYTHING) is None


# Copying


def test_copies_wait_and_nothing_counts(assessment, earlier, cast):
    copy(assessment, cast.operator)
    assert waiting_copies(assessment) == {CODE, OTHER, COUNTED, "B.I.a"}
    assert unit_work(assessment).total == Tally(113, 0, 0)
    assert not EvidenceUse.objects.filter(assessment=assessment).exists()
    found = copies_of(assessment)
    assert (found[OTHER].raw, found[OTHER].note, found[COUNTED].raw) == (
        "B",
        "Notulen rapat terlampir.",
        {"agents": 4, "changes": 3},
    )
    assert [record.title for record in evidence_offered(found[CODE], CODE)] == ["SK Tim Kerja"]
    event = AuditEvent.objects.get(verb__startswith="copy.")
    assert (event.verb, event.actor, event.after["source"]) == ("copy.create", cast.operator, "2024-1")
    assert sorted(event.after["questions"]) == sorted(found)


def test_copying_leaves_answered_and_copied_questions_alone(assessment, earlier, cast):
    factories.answer(assessment, CODE, "Tidak")
    copy(assessment, cast.operator, ["1"])
    assert waiting_copies(assessment) == {OTHER, COUNTED}
    assert Answer.objects.get(assessment=assessment).choice == "Tidak"
    with pytest.raises(NothingToCopy):
        copy(assessment, cast.operator, ["1"])
    copy(assessment, cast.operator)
    assert AnswerCopy.objects.count() == 3


def test_pokja_copies_its_own_areas_only(assessment, earlier, cast):
    pokja = factories.member_of(cast.unit_a, areas="2")
    with pytest.raises(PermissionDenied):
        copy(assessment, pokja, ["1"])
    copy(assessment, pokja)
    assert waiting_copies(assessment) == {"B.I.a"}


def test_returned_round_takes_copies_for_noted_questions_only(assessment, earlier, cast):
    factories.note(assessment, OTHER, cast.member, for_release=True, released_at=timezone.now())
    put_in(assessment, "returned", cast, round=2)
    copy(assessment, cast.operator)
    assert waiting_copies(assessment) == {OTHER}
    AnswerCopy.objects.create(
        assessment=assessment,
        question_id=factories.question_id(assessment, CODE),
        source=earlier,
        choice="Ya",
        copied_by=cast.operator,
        copied_at=timezone.now(),
    )
    with pytest.raises(NotNoted):
        confirm(assessment, cast.operator)
    assert confirm(assessment, cast.operator, OTHER).answer.choice == "B"


@pytest.mark.parametrize("state", ["submitted", "final"])
def test_locked_worksheet_takes_no_copies(assessment, earlier, cast, state):
    put_in(assessment, state, cast)
    with pytest.raises(WrongState):
        copy(assessment, cast.operator)


def test_copies_are_refused_after_the_deadline(assessment, earlier, cast):
    with pytest.raises(Closed):
        copy_answers(assessment=assessment, areas=None, actor=cast.operator, now=assessment.period.fill_until)


# Confirming


def test_confirmed_copy_is_the_answer_with_the_chosen_evidence(assessment, earlier, cast):
    copy(assessment, cast.operator)
    record = Evidence.objects.get()
    before = AuditEvent.objects.count()
    confirm(assessment, cast.head, evidence={record.uuid})
    row = Answer.objects.get(assessment=assessment)
    assert (row.choice, row.version, row.updated_by) == ("Ya", 1, cast.head)
    assert unit_work(assessment).total == Tally(113, 1, 1)
    assert AnswerRevision.objects.get(answer=row).origin == "copied"
    assert CODE not in waiting_copies(assessment)
    verbs = list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True))[before:]
    assert verbs == ["answer.save", "copy.confirm"]


def test_confirmed_copy_takes_its_note_but_not_over_a_note_of_the_unit(assessment, earlier, cast):
    copy(assessment, cast.operator)
    confirm(assessment, cast.operator, OTHER)
    assert Answer.objects.get(assessment=assessment, question__code=OTHER).note == "Notulen rapat terlampir."
    factories.answer(assessment, COUNTED, {}, note="Catatan sendiri")
    confirm(assessment, cast.operator, COUNTED, version=1)
    row = Answer.objects.get(assessment=assessment, question__code=COUNTED)
    assert (row.note, row.inputs) == ("Catatan sendiri", {"agents": 4, "changes": 3})


def test_evidence_of_an_earlier_year_can_be_attached(assessment, cast):
    period = factories.PeriodFactory(agency=cast.agency, year=2023, quarter=4)
    last_year = factories.AssessmentFactory(unit=cast.unit_a, period=period)
    factories.answer(last_year, CODE, "Ya")
    record = factories.evidence_for(last_year, CODE, cast.operator)
    copy(assessment, cast.operator)
    confirm(assessment, cast.operator, evidence={record.uuid})
    assert (record.year, EvidenceUse.objects.get(assessment=assessment).evidence) == (2023, record)


def test_unticked_evidence_is_not_attached(assessment, earlier, cast):
    copy(assessment, cast.operator)
    confirm(assessment, cast.operator)
    assert unit_work(assessment).total == Tally(113, 1, 0)


@pytest.mark.parametrize("what", ["withdrawn", "of another question", "of another unit", "unknown"])
def test_only_offered_evidence_is_attached(assessment, assessment_b, earlier, cast, what):
    copy(assessment, cast.operator)
    record = Evidence.objects.get()
    if what == "withdrawn":
        Evidence.objects.update(withdrawn_at=timezone.now(), withdrawn_by=cast.head, withdrawn_reason="Keliru")
    elif what == "of another question":
        record = factories.evidence_for(earlier, OTHER, cast.operator)
    elif what == "of another unit":
        record = factories.evidence_for(assessment_b, CODE, cast.stranger)
    wanted = uuid4() if what == "unknown" else record.uuid
    with pytest.raises(EvidenceGone):
        confirm(assessment, cast.operator, evidence={wanted})
    assert not Answer.objects.filter(assessment=assessment).exists()
    assert CODE in waiting_copies(assessment)


def test_too_much_evidence_confirms_nothing(assessment, earlier, cast, settings):
    settings.UPLOAD_POLICY = settings.UPLOAD_POLICY | {"max_files_per_answer": 0}
    copy(assessment, cast.operator)
    with pytest.raises(TooMuchEvidence):
        confirm(assessment, cast.operator, evidence={Evidence.objects.get().uuid})
    assert not Answer.objects.filter(assessment=assessment).exists()


def test_record_that_a_copy_brings_counts_as_changed(assessment, earlier, cast):
    """Whoever saw it without this use withdraws nothing before looking again."""
    record = Evidence.objects.get()
    copy(assessment, cast.operator)
    confirm(assessment, cast.operator, evidence={record.uuid})
    with pytest.raises(StaleRecord):
        withdraw(evidence=record, reason="Keliru", version=record.version, actor=cast.head, now=timezone.now())
    assert (Evidence.objects.get().version, Evidence.objects.get().withdrawn_at) == (record.version + 1, None)


def test_copy_is_gone_once_the_question_was_answered(assessment, earlier, cast):
    copy(assessment, cast.operator)
    save_answer(
        assessment=assessment, code=CODE, given="Tidak", note=None, version=0, actor=cast.head, now=timezone.now()
    )
    with pytest.raises(CopyGone):
        confirm(assessment, cast.operator)
    assert Answer.objects.get(assessment=assessment).choice == "Tidak"


def test_stale_version_confirms_nothing(assessment, earlier, cast):
    copy(assessment, cast.operator)
    factories.answer(assessment, CODE, {}, note="Catatan kolega")
    with pytest.raises(StaleVersion):
        confirm(assessment, cast.operator, version=0)
    assert CODE in waiting_copies(assessment)


def test_discarded_copy_leaves_nothing(assessment, earlier, cast):
    copy(assessment, cast.operator)
    discard_copy(assessment=assessment, code=CODE, actor=cast.operator, now=timezone.now())
    assert (CODE in waiting_copies(assessment), Answer.objects.filter(assessment=assessment).count()) == (False, 0)
    with pytest.raises(CopyGone):
        discard_copy(assessment=assessment, code=CODE, actor=cast.operator, now=timezone.now())
    assert AuditEvent.objects.filter(verb="copy.discard").count() == 1


# The views


def test_page_says_what_would_be_copied_and_what_not(as_user, cast, assessment, earlier):
    factories.answer(assessment, CODE, "Tidak")
    html = as_user(cast.operator).get(url(assessment)).content.decode()
    assert "Yang dapat disalin dari TW I 2024" in html
    assert "2 jawaban dan 0 bukti dapat disalin" in html
    assert "1 sudah dijawab, dilewati" in html
    assert "Salin semuanya (3 jawaban)" in html


def test_page_without_an_earlier_quarter_says_so(as_user, cast, assessment):
    assert "Belum ada triwulan sebelumnya" in as_user(cast.operator).get(url(assessment)).content.decode()


def test_page_of_a_sent_worksheet_offers_nothing_that_is_locked(as_user, cast, assessment, earlier):
    copy(assessment, cast.operator)
    put_in(assessment, "submitted", cast)
    html = as_user(cast.operator).get(url(assessment)).content.decode()
    assert [words in html for words in ("sehingga isiannya terkunci", "menunggu diperiksa", "dapat disalin")] == [
        True,
        False,
        False,
    ]
    assert f'href="{url(assessment, "unit_home")}">Kembali ke beranda unit</a>' in html


def test_post_copies_one_area_or_all(as_user, cast, assessment, earlier):
    browser = as_user(cast.operator)
    assert browser.post(url(assessment), {"area": "hasil"}).status_code == 302
    assert waiting_copies(assessment) == {"B.I.a"}
    html = browser.post(url(assessment), follow=True).content.decode()
    assert ("3 jawaban disalin dari TW I 2024" in html, "4 salinan menunggu diperiksa" in html) == (True, True)


@pytest.mark.parametrize("area", ["7", "x"])
def test_post_of_an_unknown_area_is_refused(as_user, cast, assessment, earlier, area):
    assert as_user(cast.operator).post(url(assessment), {"area": area}).status_code == 422


def test_card_shows_the_copy_with_its_evidence(as_user, cast, assessment, earlier):
    copy(assessment, cast.operator)
    html = as_user(cast.operator).get(url(assessment, "worksheet", "A.I.1.i")).content.decode()
    assert ("Disalin dari TW I 2024, periksa" in html, "SK Tim Kerja" in html, "Benar, pakai" in html) == (True,) * 3
    assert f'value="{Evidence.objects.get().uuid}" checked' in html
    put_in(assessment, "submitted", cast)
    html = as_user(cast.operator).get(url(assessment, "worksheet", "A.I.1.i")).content.decode()
    assert "Benar, pakai" not in html


def test_settling_without_javascript_leads_back_to_the_question(as_user, cast, assessment, earlier):
    copy(assessment, cast.operator)
    data = {"aksi": "pakai", "versi": "0", "bukti": [str(Evidence.objects.get().uuid)]}
    response = as_user(cast.operator).post(url(assessment, "copy_settle", CODE), data)
    assert (response.status_code, response["Location"]) == (
        302,
        url(assessment, "worksheet", "A.I.1.i") + "#p-A-I-1-i-a",
    )
    assert unit_work(assessment).total == Tally(113, 1, 1)


def test_settling_with_htmx_gives_the_card_anew(as_user, cast, assessment, earlier):
    copy(assessment, cast.operator)
    browser = as_user(cast.operator)
    response = browser.post(
        url(assessment, "copy_settle", CODE), {"aksi": "pakai", "versi": "0"}, headers={"HX-Request": "true"}
    )
    html = response.content.decode()
    assert (response.status_code, response["HX-Retarget"], response["HX-Reswap"]) == (200, "#p-A-I-1-i-a", "outerHTML")
    assert ('id="p-A-I-1-i-a"' in html, "1 dari 113 terjawab" in html, "Benar, pakai" in html) == (True, True, False)
    again = browser.post(
        url(assessment, "copy_settle", CODE), {"aksi": "pakai", "versi": "1"}, headers={"HX-Request": "true"}
    )
    assert (again.status_code, again["HX-Retarget"]) == (409, "#tolak-salinan-p-A-I-1-i-a")


@pytest.mark.parametrize("name", ["copy_answers", "copy_settle"])
def test_ladder(as_user, cast, assessment, earlier, name):
    copy(assessment, cast.operator, ["1"])
    where = url(assessment, name, *([CODE] if name == "copy_settle" else []))
    data = {"aksi": "buang"} if name == "copy_settle" else {}
    assert as_user(cast.stranger).post(where, data).status_code == 404
    for person in (cast.member, cast.assistant, cast.inspector, cast.admin):
        assert as_user(person).post(where, data).status_code == 403
    if name == "copy_settle":
        pokja = factories.member_of(cast.unit_a, areas="2")
        assert as_user(pokja).post(where, data).status_code == 403
        assert as_user(cast.operator).get(where).status_code == 405
        assert as_user(cast.operator).post(where, {"aksi": "lain"}).status_code == 422
        assert as_user(cast.operator).post(where, {"aksi": "pakai"}).status_code == 428
        assert as_user(cast.operator).post(where, {"aksi": "pakai", "versi": "0", "bukti": "x"}).status_code == 409
    else:
        assert as_user(cast.operator).put(where).status_code == 405
    put_in(assessment, "submitted", cast)
    before = AuditEvent.objects.count()
    assert as_user(cast.operator).post(where, data).status_code == 409
    put_in(assessment, "draft", cast)
    assert as_user(cast.operator).post(where, data).status_code == 302
    assert AuditEvent.objects.count() == before + 1


@pytest.mark.parametrize("count", [1, 3])
def test_page_asks_a_fixed_number_of_queries(as_user, cast, assessment, count, django_assert_num_queries):
    period = factories.PeriodFactory(agency=cast.agency, quarter=1)
    found = factories.AssessmentFactory(unit=cast.unit_a, period=period)
    for code in (CODE, OTHER, "A.I.2.i.a")[:count]:
        factories.answer(found, code, "Ya" if code == CODE else "B")
        factories.evidence_for(found, code, cast.operator)
    browser = as_user(cast.operator)
    browser.get(url(assessment))
    with django_assert_num_queries(10):
        browser.get(url(assessment))


@pytest.mark.parametrize("count", [1, 3])
def test_reading_copies_asks_two_queries(cast, assessment, earlier, count, django_assert_num_queries):
    copy(assessment, cast.operator)
    AnswerCopy.objects.exclude(question__code__in=(CODE, OTHER, COUNTED)[:count]).delete()
    with django_assert_num_queries(2):
        found = copies_of(assessment)
        assert [len(evidence_offered(item, code)) for code, item in found.items()] == [1, 0, 0][:count]
        assert {item.source.period.label for item in found.values()} == {"TW I 2024"}
