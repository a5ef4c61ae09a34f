"""What every save leaves behind: its revision, its key, and no copy that still waits."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.models import Answer, AnswerCopy, AnswerRevision, Assessment
from assessments.services.answers import StaleVersion, save_answer
from assessments.services.transitions import WrongState
from tests import factories
from units.models import AuditEvent

CHOICE, RATIO = "A.I.1.i.b", "A.II.1.i.a"
KEY = uuid.UUID("00000000-0000-4000-8000-000000000001")
HTMX = {"HX-Request": "true"}


@pytest.fixture
def save(assessment, cast):
    def save(given="B", *, code=CHOICE, note="", version=0, actor=None, now=None, **more):
        return save_answer(
            assessment=assessment,
            code=code,
            given=given,
            note=note,
            version=version,
            actor=actor or cast.operator,
            now=now or timezone.now(),
            **more,
        )

    return save


@pytest.fixture
def copy(assessment, cast):
    """An answer of last quarter that waits on the question."""
    return AnswerCopy.objects.create(
        assessment=assessment,
        question_id=factories.question_id(assessment, CHOICE),
        source=assessment,
        choice="A",
        note="dari triwulan lalu",
        copied_by=cast.operator,
        copied_at=timezone.now(),
    )


def kept(code=CHOICE, stage="unit"):
    rows = AnswerRevision.objects.filter(answer__question__code=code, answer__stage=stage).order_by("version")
    return [(row.version, row.raw, row.note, row.by, row.origin) for row in rows]


def saves():
    return AuditEvent.objects.filter(verb="answer.save").count()


def test_every_change_keeps_a_revision_and_nothing_else_does(save, cast):
    save("B", note="satu")
    save("B", note="satu", version=1)
    save("C", note="dua", version=1, actor=cast.head)
    save(None, note="", version=2, origin="restored")
    assert kept() == [
        (1, "B", "satu", cast.operator, "typed"),
        (2, "C", "dua", cast.head, "typed"),
        (3, None, "", cast.operator, "restored"),
    ]


def test_revision_of_numbers_is_what_was_saved(save, cast, assessment):
    save({"agents": 4, "changes": 3}, code=RATIO)
    Assessment.objects.filter(pk=assessment.pk).update(round=2)
    save({"agents": 4}, code=RATIO, version=1, note=None)
    rows = AnswerRevision.objects.order_by("version").values_list("inputs", "round")
    assert list(rows) == [({"agents": 4, "changes": 3}, 1), ({"agents": 4}, 2)]


def test_origin_of_a_save_is_in_the_audit_record(save):
    save("B", origin="imported")
    assert AuditEvent.objects.get(verb="answer.save").after["origin"] == "imported"


def test_same_key_again_is_the_first_save(save):
    first = save("B", note="satu", key=KEY)
    again = save("B", note="satu", key=KEY)
    assert [(saved.changed, saved.version) for saved in (first, again)] == [(True, 1), (False, 1)]
    assert (saves(), AnswerRevision.objects.count()) == (1, 1)


def test_same_key_after_somebody_elses_save_is_still_the_first_save(save, cast):
    save("B", note="satu", key=KEY)
    save("C", note="dua", version=1, actor=cast.head, key=uuid.uuid4())
    again = save("B", note="satu", key=KEY)
    assert (again.changed, again.version, again.answer.choice) == (False, 1, "C")
    assert (saves(), AnswerRevision.objects.count()) == (2, 2)


def test_same_key_after_the_worksheet_was_sent_is_still_the_first_save(save, assessment):
    save("B", key=KEY)
    Assessment.objects.filter(pk=assessment.pk).update(state="submitted")
    assert save("B", key=KEY).version == 1
    with pytest.raises(WrongState):
        save("B", key=uuid.uuid4())


def test_same_key_after_the_deadline_is_still_the_first_save(save):
    save("B", key=KEY)
    assert save("B", key=KEY, now=timezone.now() + timedelta(days=21)).version == 1


def test_same_key_with_another_text_is_another_save(save):
    save("B", note="satu", key=KEY)
    with pytest.raises(StaleVersion):
        save("B", note="dua", key=KEY)
    assert save("B", note="dua", key=KEY, version=1).version == 2
    assert list(AnswerRevision.objects.order_by("version").values_list("key", flat=True)) == [KEY, None]


def test_same_key_of_another_person_is_another_save(save, cast):
    save("B", note="satu", key=KEY)
    save("C", note="dua", version=1)
    with pytest.raises(StaleVersion):
        save("B", note="satu", key=KEY, actor=cast.head)
    assert save("A", note="tiga", version=2, key=KEY, actor=cast.head).version == 3


def test_one_key_serves_two_questions(save):
    save("B", key=KEY)
    save({"agents": 4}, code=RATIO, key=KEY)
    assert list(AnswerRevision.objects.values_list("key", flat=True)) == [KEY, KEY]


def test_key_of_a_refused_save_is_free(save, cast):
    save("B", actor=cast.head)
    with pytest.raises(StaleVersion):
        save("C", key=KEY)
    assert save("C", version=1, key=KEY).version == 2


def test_save_settles_the_copy(save, copy):
    save("B")
    assert AnswerCopy.objects.count() == 0


def test_confirming_what_already_stands_settles_the_copy(save, copy, assessment):
    factories.answer(assessment, CHOICE, "B")
    assert save("B").changed is False
    assert AnswerCopy.objects.count() == 0


def test_saving_nothing_leaves_the_copy(save, copy):
    save(None)
    assert AnswerCopy.objects.count() == 1


def test_refused_save_leaves_the_copy(save, copy, assessment):
    factories.answer(assessment, CHOICE, "B")
    with pytest.raises(StaleVersion):
        save("C")
    assert AnswerCopy.objects.count() == 1


def test_save_of_another_question_leaves_the_copy(save, copy):
    save({"agents": 4}, code=RATIO)
    assert AnswerCopy.objects.count() == 1


# The view


def url(assessment, code=CHOICE):
    unit = assessment.unit
    return reverse("answer_save", args=(unit.agency.code, unit.code, assessment.period.code, code))


def form(choice="B", note="", version="0", **more):
    return {"jawaban": choice, "catatan": note, "versi": version} | more


def test_key_of_the_form_is_kept(as_user, cast, assessment):
    browser = as_user(cast.operator)
    answers = [browser.post(url(assessment), form(kunci=str(KEY)), headers=HTMX) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert list(AnswerRevision.objects.values_list("key", "version")) == [(KEY, 1)]


def test_key_again_tells_the_version_and_time_of_the_first_save(as_user, cast, assessment):
    browser = as_user(cast.operator)
    browser.post(url(assessment), form(kunci=str(KEY)), headers=HTMX)
    as_user(cast.head).post(url(assessment), form("C", version="1"), headers=HTMX)
    again = browser.post(url(assessment), form(kunci=str(KEY)), headers=HTMX)
    assert again.status_code == 200
    assert 'id="versi-p-A-I-1-i-b" value="1"' in again.content.decode()
    assert Answer.objects.get().choice == "C"


def test_key_again_costs_one_query_more(as_user, cast, assessment, django_assert_num_queries):
    browser = as_user(cast.operator)
    browser.post(url(assessment), form(kunci=str(KEY)), headers=HTMX)
    # Session, user, access, assessment, lock, key, answers; two savepoints of the test's transaction.
    with django_assert_num_queries(9):
        browser.post(url(assessment), form(kunci=str(KEY)), headers=HTMX)


@pytest.mark.parametrize("key", ["", "bukan-kunci", "0" * 400, "\u0967" * 32 + "x", "{}"])
def test_key_that_cannot_be_read_stops_no_save(as_user, cast, assessment, key):
    assert as_user(cast.operator).post(url(assessment), form(kunci=key), headers=HTMX).status_code == 200
    assert list(AnswerRevision.objects.values_list("key", flat=True)) == [None]


def test_score_of_tpi_keeps_its_own_revision(as_user, cast, assessment):
    factories.answer(assessment, CHOICE, "B")
    Assessment.objects.filter(pk=assessment.pk).update(state="submitted")
    unit = assessment.unit
    agree = reverse("score_agree", args=(unit.agency.code, unit.code, assessment.period.code, CHOICE))
    as_user(cast.member).post(agree, {"version": "0"})
    assert kept(stage="member") == [(1, "B", "", cast.member, "typed")]
