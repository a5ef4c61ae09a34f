"""Saving what the unit says to one question."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from assessments.models import Answer, Assessment
from assessments.services.answers import InvalidAnswer, NotNoted, StaleVersion, VersionMissing, save_answer
from assessments.services.texts import TextRefused
from assessments.services.transitions import Closed, WrongState
from tests import factories
from units.models import AuditEvent

CHOICE, RATIO, INDEX = "A.I.1.i.b", "A.II.1.i.a", "B.I.a"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def save(assessment, cast):
    """Saves as the operator; what is not named is the usual."""

    def save(given="B", *, code=CHOICE, note="", version=0, actor=None, now=None):
        return save_answer(
            assessment=assessment,
            code=code,
            given=given,
            note=note,
            version=version,
            actor=actor or cast.operator,
            now=now or timezone.now(),
        )

    return save


def stored(assessment, code=CHOICE):
    return Answer.objects.filter(assessment=assessment, question__code=code, stage="unit").first()


def saves():
    return AuditEvent.objects.filter(verb="answer.save").count()


def as_kept(row):
    return (row.choice, row.inputs, row.note, row.version) if row else None


# The service


@pytest.mark.parametrize(
    ("code", "given", "kept"),
    [
        ("A.I.1.i.a", "Ya", ("Ya", None, "", 1)),
        (CHOICE, "b", ("B", None, "", 1)),
        (RATIO, {"agents": 4, "changes": 3}, ("", {"agents": 4, "changes": 3}, "", 1)),
        (RATIO, {"agents": 4}, ("", {"agents": 4}, "", 1)),
        (INDEX, {"index": "3.72", "respondents": 45}, ("", {"index": "3.72", "respondents": 45}, "", 1)),
        (INDEX, {"index": "3.72"}, ("", {"index": "3.72"}, "", 1)),
        (INDEX, {"respondents": 45}, ("", {"index": None, "respondents": 45}, "", 1)),
    ],
)
def test_answer_is_stored(save, assessment, code, given, kept):
    save(given, code=code)
    assert as_kept(stored(assessment, code)) == kept


def test_answer_raises_progress_and_score(save, assessment, cast):
    factories.evidence_for(assessment, CHOICE, cast.operator)
    saved = save("A")
    assert (saved.changed, saved.version) == (True, 1)
    assert (saved.work.total.answered, saved.work.total.proven) == (1, 1)
    assert saved.work.result.total == saved.work.result.questions[CHOICE].maximum


def test_save_records_before_and_after(save, cast, assessment):
    save("B", note="satu")
    save("C", note="dua", version=1)
    first, second = AuditEvent.objects.filter(verb="answer.save").order_by("pk")
    assert first.before is None
    assert second.before == {"question": CHOICE, "answer": "B", "note": "satu", "version": 1}
    assert second.after == {"question": CHOICE, "answer": "C", "note": "dua", "version": 2}
    assert (second.actor, second.unit, second.agency) == (cast.operator, assessment.unit, cast.agency)


def test_same_answer_again_changes_nothing_and_is_no_conflict(save, assessment):
    save("B", note="satu")
    again = save("B", note="satu", version=0)
    assert (again.changed, again.version) == (False, 1)
    assert saves() == 1
    assert stored(assessment).version == 1


def test_nothing_on_an_untouched_question_makes_no_row(save, assessment):
    assert save(None, note="  \n ").changed is False
    assert (stored(assessment), saves()) == (None, 0)


def test_answer_is_cleared_and_its_version_goes_on(save, assessment):
    save("B", note="satu")
    saved = save(None, note="", version=1)
    assert as_kept(stored(assessment)) == ("", None, "", 2)
    assert saved.work.total.answered == 0


def test_note_stays_when_it_is_not_sent(save, assessment):
    save("B", note="satu")
    saved = save("C", note=None, version=1)
    assert as_kept(stored(assessment)) == ("C", None, "satu", 2)
    assert saved.answer.note == "satu"


def test_stale_version_tells_what_stands(save, assessment, cast):
    save("B", note="milik operator")
    with pytest.raises(StaleVersion) as caught:
        save("C", note="milik kepala", version=0, actor=cast.head)
    theirs = caught.value.theirs
    assert (theirs.choice, theirs.note, theirs.version, theirs.updated_by) == ("B", "milik operator", 1, cast.operator)
    assert as_kept(stored(assessment)) == ("B", None, "milik operator", 1)
    assert saves() == 1


def test_version_of_the_future_is_stale(save):
    with pytest.raises(StaleVersion):
        save("B", version=7)


def test_missing_version_is_refused(save, assessment):
    with pytest.raises(VersionMissing) as caught:
        save("B", version=None)
    assert (caught.value.status, stored(assessment)) == (428, None)


@pytest.mark.parametrize(
    ("code", "given"),
    [
        (CHOICE, "Z"),
        (CHOICE, {"agents": 1}),
        (CHOICE, 3),
        (CHOICE, "B\x00"),
        (CHOICE, "\ud800"),
        (RATIO, "B"),
        (RATIO, {"agents": -1}),
        (RATIO, {"agents": 2**70}),
        (RATIO, {"agents": True}),
        (RATIO, {"agents": 1.5}),
        (RATIO, {"lain": 1}),
        (INDEX, {"index": "4.01"}),
        (INDEX, {"index": 3.5}),
        (INDEX, {"index": "NaN"}),
        (INDEX, {"index": "3.72", "respondents": "45"}),
    ],
)
def test_invalid_answer_is_refused(save, assessment, code, given):
    with pytest.raises(InvalidAnswer) as caught:
        save(given, code=code)
    assert (caught.value.status, stored(assessment, code)) == (422, None)


@pytest.mark.parametrize("note", ["x" * 5_001, "a\x00b", "a\ud800b", "a\x1bb", "\ufffe", "\U0001ffff"])
def test_note_that_cannot_be_stored_is_refused(save, assessment, note):
    with pytest.raises(TextRefused) as caught:
        save("B", note=note)
    assert (caught.value.status, stored(assessment)) == (422, None)


@pytest.mark.parametrize("note", ["x" * 5_000, "=1+1", "ba\tris\nbaru", "\N{WINKING FACE} é ش"])
def test_note_of_any_words_is_stored(save, assessment, note):
    save("B", note=note)
    assert stored(assessment).note == note


def test_line_ends_of_browsers_become_plain(save, assessment):
    save("B", note="satu\r\ndua" + "x" * 4_991)
    assert stored(assessment).note.startswith("satu\ndua")


@pytest.mark.parametrize(
    "name", ["stranger", "member", "lead", "controller", "assistant", "inspector", "reader", "admin"]
)
def test_nobody_else_may_answer(save, assessment, cast, name):
    with pytest.raises(PermissionDenied):
        save("B", actor=getattr(cast, name))
    assert stored(assessment) is None


def test_pokja_answers_its_own_areas_and_results(save, cast):
    pokja = factories.member_of(cast.unit_a, areas="25")
    save("A", code="A.I.2.i.a", actor=pokja)
    save({"index": "3.5"}, code=INDEX, actor=pokja)
    with pytest.raises(PermissionDenied):
        save("Ya", code="A.I.1.i.a", actor=pokja)


@pytest.mark.parametrize("state", ["submitted", "review_member", "review_lead", "review_controller", "final"])
def test_worksheet_out_of_the_units_hands_is_refused(save, assessment, cast, state):
    values = {"state": state, "finalised_at": timezone.now(), "finalised_by": cast.controller}
    Assessment.objects.filter(pk=assessment.pk).update(**values)
    with pytest.raises(WrongState):
        save("B")
    assert stored(assessment) is None


@pytest.mark.parametrize("days", [-11, 21])
def test_outside_the_filling_phase_is_refused(save, assessment, days):
    with pytest.raises(Closed):
        save("B", now=timezone.now() + timedelta(days=days))
    assert stored(assessment) is None


def test_last_moment_of_filling_is_open_and_the_deadline_is_not(save, assessment):
    deadline = assessment.period.fill_until
    save("B", now=deadline - timedelta(microseconds=1))
    with pytest.raises(Closed):
        save("C", version=1, now=deadline)


def test_returned_round_opens_only_what_tpi_noted(save, assessment, cast):
    factories.note(assessment, CHOICE, cast.member, for_release=True, released_at=timezone.now())
    factories.note(assessment, "A.I.1.i.a", cast.assistant, stage="assistance")
    Assessment.objects.filter(pk=assessment.pk).update(state="returned", round=2)
    save("B")
    with pytest.raises(NotNoted):
        save("Ya", code="A.I.1.i.a")
    assert stored(assessment).round == 2


# The view


def url(assessment, code=CHOICE, name="answer_save"):
    unit = assessment.unit
    return reverse(name, args=(unit.agency.code, unit.code, assessment.period.code, code))


def form(choice="B", note="", version="0", **more):
    return {"jawaban": choice, "catatan": note, "versi": version} | more


def test_save_without_javascript_goes_back_to_the_question(as_user, cast, assessment):
    response = as_user(cast.operator).post(url(assessment), form(note="alasan"))
    assert response.status_code == 302
    assert response["Location"].endswith("/lke/A.I.1.i/#p-A-I-1-i-b")
    assert as_kept(stored(assessment)) == ("B", None, "alasan", 1)


def test_save_by_htmx_answers_with_status_and_figures_but_no_control(as_user, cast, assessment):
    response = as_user(cast.operator).post(url(assessment), form(note="alasan"), headers=HTMX)
    html = response.content.decode()
    assert response.status_code == 200
    assert "Tersimpan" in html
    assert 'name="versi" id="versi-p-A-I-1-i-b" value="1"' in html
    assert [name for name in ("<textarea", 'type="radio"', 'type="text"', "alasan") if name in html] == []
    oob = ("versi-p-A-I-1-i-b", "hasil-p-A-I-1-i-b", "tanda-p-A-I-1-i-b", "angka-A.I.1.i", "angka-semua")
    assert [key for key in (*oob, "hitung-A.I.1.i", "kelompok-1") if f'id="{key}"' not in html] == []


def test_save_asks_nine_queries(as_user, cast, assessment, django_assert_num_queries):
    browser = as_user(cast.operator)
    browser.post(url(assessment), form("A"), headers=HTMX)  # builds the instrument
    for version, choice in (("1", "B"), ("2", "C")):
        with django_assert_num_queries(11):  # nine, and the two of the savepoint that a test's transaction makes
            assert browser.post(url(assessment), form(choice, version=version), headers=HTMX).status_code == 200


def test_first_save_of_a_question_asks_nine_queries(as_user, cast, assessment, django_assert_num_queries):
    browser = as_user(cast.operator)
    browser.post(url(assessment, "A.I.1.i.a"), form("Ya"), headers=HTMX)
    with django_assert_num_queries(13):  # nine, and two savepoints
        assert browser.post(url(assessment), form("A"), headers=HTMX).status_code == 200


@pytest.mark.parametrize(("name", "status"), [("stranger", 404), ("foreign_inspector", 404), ("reader", 404)])
def test_save_by_those_who_may_not_know_is_not_found(as_user, cast, assessment, name, status):
    assert as_user(getattr(cast, name)).post(url(assessment), form()).status_code == status


@pytest.mark.parametrize("name", ["member", "lead", "controller", "assistant", "inspector", "admin"])
def test_save_by_readers_is_forbidden(as_user, cast, assessment, name):
    assert as_user(getattr(cast, name)).post(url(assessment), form(choice="?")).status_code == 403
    assert stored(assessment) is None


def test_save_of_an_unknown_question_is_not_found(as_user, cast, assessment):
    assert as_user(cast.operator).post(url(assessment, "A.I.1.i.z"), form()).status_code == 404


def test_save_in_a_closed_phase_is_a_conflict(as_user, cast, assessment):
    period = assessment.period
    period.fill_until = timezone.now()
    period.save()
    assert as_user(cast.operator).post(url(assessment), form()).status_code == 409


def test_save_by_get_is_not_allowed(as_user, cast, assessment):
    assert as_user(cast.operator).get(url(assessment)).status_code == 405


def test_save_without_version_is_refused(as_user, cast, assessment):
    data = {"jawaban": "B", "catatan": ""}
    assert as_user(cast.operator).post(url(assessment), data).status_code == 428
    assert as_user(cast.operator).post(url(assessment), data | {"versi": "9" * 40}).status_code == 428
    assert stored(assessment) is None


@pytest.mark.parametrize(
    "data",
    [
        form("Z"),
        form(note="x" * 5_001),
        form(note="a\x00b"),
        {"catatan": "tanpa jawaban", "versi": "0"},
    ],
)
def test_invalid_save_keeps_what_was_typed(as_user, cast, assessment, data):
    response = as_user(cast.operator).post(url(assessment), data)
    html = response.content.decode()
    assert response.status_code == 422
    assert "<title>Kesalahan: " in html
    assert "data-focus" in html
    assert stored(assessment) is None
    assert as_user(cast.operator).post(url(assessment), data, headers=HTMX).status_code == 422


@pytest.mark.parametrize("typed", ["87.5", "0.875", "-1", "1e3", "\uff13", "9" * 400, "NaN", "4,01"])
def test_number_that_is_no_index_is_refused_beside_its_field(as_user, cast, assessment, typed):
    data = {"isi_index": typed, "isi_respondents": "45", "catatan": "", "versi": "0"}
    response = as_user(cast.operator).post(url(assessment, INDEX), data)
    html = response.content.decode()
    assert response.status_code == 422
    assert f'name="isi_index" value="{typed}"' in html
    assert 'href="#isi_index-p-B-I-a"' in html
    assert 'id="isi_index-p-B-I-a"' in html
    assert stored(assessment, INDEX) is None


def test_index_with_comma_is_stored_exactly(as_user, cast, assessment):
    data = {"isi_index": "3,72", "isi_respondents": "45", "catatan": "", "versi": "0"}
    response = as_user(cast.operator).post(url(assessment, INDEX), data, headers=HTMX)
    assert response.status_code == 200
    assert stored(assessment, INDEX).inputs == {"index": "3.72", "respondents": 45}
    assert "3,72 : 4 = 0,93" in response.content.decode()


def test_few_respondents_are_a_hint_and_are_stored(as_user, cast, assessment):
    data = {"isi_index": "3,72", "isi_respondents": "29", "catatan": "", "versi": "0"}
    response = as_user(cast.operator).post(url(assessment, INDEX), data, headers=HTMX)
    assert response.status_code == 200
    assert "Responden 29 orang; survei memerlukan paling sedikit 30 orang." in response.content.decode()


def test_ratio_shows_its_sum_and_equation(as_user, cast, assessment):
    data = {
        "isi_lhkpn_unit_heads": "1",
        "isi_lhkpn_mandatory_officials": "2",
        "isi_lhkpn_others": "1",
        "isi_lhkpn_reported": "3",
        "catatan": "",
        "versi": "0",
    }
    response = as_user(cast.operator).post(url(assessment, "A.II.5.iii.a"), data, headers=HTMX)
    html = response.content.decode()
    assert '<dd class="num">4</dd>' in html
    assert "3 : (1 + 2 + 1) = 0,75" in html


def test_conflict_shows_both_texts_and_who(as_user, cast, assessment):
    as_user(cast.operator).post(url(assessment), form("A", note="teks operator"))
    for headers in ({}, HTMX):
        response = as_user(cast.head).post(url(assessment), form("C", note="teks kepala"), headers=headers)
        html = response.content.decode()
        assert response.status_code == 409
        assert [word for word in ("teks operator", "teks kepala", cast.operator.full_name) if word not in html] == []
    assert stored(assessment).choice == "A"


def test_conflict_is_settled_for_mine_and_checks_again(as_user, cast, assessment):
    as_user(cast.operator).post(url(assessment), form("A", note="teks operator"))
    head = as_user(cast.head)
    settled = head.post(url(assessment), form("C", note="teks kepala", gantikan="1"), headers=HTMX)
    assert (settled.status_code, as_kept(stored(assessment))) == (200, ("C", None, "teks kepala", 2))
    third = as_user(cast.operator).post(url(assessment), form("B", gantikan="1"), headers=HTMX)
    assert third.status_code == 409
    texts = AuditEvent.objects.filter(verb="answer.save").order_by("pk").values_list("after__note", flat=True)
    assert list(texts) == ["teks operator", "teks kepala"]


def test_conflict_is_settled_for_theirs(as_user, cast, assessment):
    as_user(cast.operator).post(url(assessment), form("A", note="teks operator"))
    data = form("C", note="teks kepala", pakai_tersimpan="1")
    card = as_user(cast.head).post(url(assessment), data, headers=HTMX)
    assert (card.status_code, card["HX-Retarget"], card["HX-Reswap"]) == (200, "#p-A-I-1-i-b", "outerHTML")
    assert "teks operator" in card.content.decode()
    assert as_user(cast.head).post(url(assessment), data).status_code == 302
    assert stored(assessment).version == 1


def test_save_leaves_exactly_one_audit_record(as_user, cast, assessment):
    before = AuditEvent.objects.count()
    as_user(cast.operator).post(url(assessment), form())
    as_user(cast.operator).post(url(assessment), form())
    assert (saves(), AuditEvent.objects.count() - before) == (1, 1)


# Advice of the assistance team


def test_advice_is_written_changed_and_shown_to_the_unit(as_user, cast, assessment):
    advise = as_user(cast.assistant)
    target = url(assessment, name="assist_note")
    assert advise.post(target, {"catatan": "Lampirkan SK.", "versi": "0"}).status_code == 302
    assert advise.post(target, {"catatan": "Lampirkan SK terbaru.", "versi": "1"}).status_code == 302
    page = as_user(cast.operator).get(url(assessment, "A.I.1.i", "worksheet"))
    assert "Lampirkan SK terbaru." in page.content.decode()
    assert AuditEvent.objects.filter(verb="note.assist").count() == 2


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"catatan": "Saran"}, 428),
        ({"catatan": " ", "versi": "0"}, 422),
        ({"catatan": "a\x00", "versi": "0"}, 422),
        ({"catatan": "Saran", "versi": "3"}, 409),
    ],
)
def test_advice_that_cannot_be_kept_is_refused(as_user, cast, assessment, data, status):
    response = as_user(cast.assistant).post(url(assessment, name="assist_note"), data)
    assert (response.status_code, assessment.notes.count()) == (status, 0)


@pytest.mark.parametrize(
    ("name", "status"), [("stranger", 404), ("operator", 403), ("member", 403), ("inspector", 403)]
)
def test_advice_by_others_is_refused(as_user, cast, assessment, name, status):
    data = {"catatan": "Saran", "versi": "0"}
    response = as_user(getattr(cast, name)).post(url(assessment, name="assist_note"), data)
    assert (response.status_code, assessment.notes.count()) == (status, 0)


def test_advice_on_a_sent_worksheet_is_a_conflict(as_user, cast, assessment):
    Assessment.objects.filter(pk=assessment.pk).update(state="submitted")
    data = {"catatan": "Saran", "versi": "0"}
    assert as_user(cast.assistant).post(url(assessment, name="assist_note"), data).status_code == 409
    assert as_user(cast.assistant).get(url(assessment, name="assist_note")).status_code == 405
