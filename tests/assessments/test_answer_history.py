"""The history of an answer, bringing an earlier text back, and conflicts that are settled by a text made of both."""

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.models import Answer, AnswerRevision, Assessment
from assessments.queries.history import PER_PAGE
from tests import factories
from units.models import AuditEvent

CHOICE, RATIO = "A.I.1.i.b", "A.II.1.i.a"
HTMX = {"HX-Request": "true"}


def url(assessment, name="answer_history", code=CHOICE):
    unit = assessment.unit
    return reverse(name, args=(unit.agency.code, unit.code, assessment.period.code, code))


def form(choice="B", note="", version="0", **more):
    return {"jawaban": choice, "catatan": note, "versi": version} | more


@pytest.fixture
def saved(as_user, cast, assessment):
    """Two saves: the operator's, then the head's."""
    save = url(assessment, "answer_save")
    as_user(cast.operator).post(save, form("A", "teks operator"), headers=HTMX)
    as_user(cast.head).post(save, form("C", "teks kepala", "1"), headers=HTMX)
    return assessment


def stored():
    row = Answer.objects.get(stage="unit")
    return (row.choice, row.note, row.version)


def texts():
    return list(AnswerRevision.objects.order_by("version").values_list("choice", "note", "origin"))


# Reading


def test_history_shows_before_and_after_newest_first(as_user, cast, saved):
    html = as_user(cast.operator).get(url(saved)).content.decode()
    order = [html.index(f'id="simpanan-{number}"') for number in (2, 1)]
    assert order == sorted(order)
    newest, oldest = html[order[0] : order[1]], html[order[1] :]
    assert [word in newest for word in ("Sebelum", "teks operator", "Sesudah", "teks kepala")] == [True] * 4
    assert [cast.head.full_name in newest, "WIB" in newest, "Berlaku sekarang" in newest] == [True] * 3
    assert ["Isian pertama" in oldest, "teks operator" in oldest, cast.operator.full_name in oldest] == [True] * 3
    assert ("teks kepala" in oldest, "Berlaku sekarang" in oldest) == (False, False)


def test_history_names_where_a_text_came_from(as_user, cast, saved):
    as_user(cast.head).post(url(saved, "answer_restore"), {"revisi": "1", "versi": "2"})
    assert "Dipulihkan dari riwayat" in as_user(cast.operator).get(url(saved)).content.decode()


def test_history_of_an_untouched_question_is_empty(as_user, cast, assessment):
    response = as_user(cast.operator).get(url(assessment))
    assert (response.status_code, "Belum ada simpanan" in response.content.decode()) == (200, True)


def test_history_shows_a_text_that_no_save_brought(as_user, cast, assessment):
    factories.answer(assessment, CHOICE, "B", note="dari impor lama", by=None)
    html = as_user(cast.operator).get(url(assessment)).content.decode()
    assert ("dari impor lama" in html, "Pulihkan isian ini" in html) == (True, False)


def test_full_page_below_a_text_that_no_save_brought_loses_nothing(as_user, cast, assessment):
    row = factories.answer(assessment, CHOICE, "B", by=cast.operator)
    Answer.objects.filter(pk=row.pk).update(version=PER_PAGE + 1, note="dari impor lama")
    AnswerRevision.objects.bulk_create(
        AnswerRevision(answer=row, version=number, choice="B", by=cast.operator, at=timezone.now())
        for number in range(1, PER_PAGE + 1)
    )
    history = as_user(cast.operator).get(url(assessment)).context["history"]
    assert ([entry.version for entry in history.entries], history.pages) == (list(range(PER_PAGE + 1, 0, -1)), 1)


def test_history_never_shows_what_tpi_scored(as_user, cast, saved):
    Assessment.objects.filter(pk=saved.pk).update(state="submitted")
    unit = saved.unit
    score = reverse("score_save", args=(unit.agency.code, unit.code, saved.period.code, CHOICE))
    data = {"choice": "A", "version": "0", "note": "rahasia TPI", "note_version": "0"}
    as_user(cast.member).post(score, data)
    assert AnswerRevision.objects.filter(answer__stage="member").count() == 1
    for name in ("operator", "member", "inspector"):
        response = as_user(getattr(cast, name)).get(url(saved))
        assert (response.status_code, response.context["history"].version) == (200, 2)
        assert ("rahasia TPI" in response.content.decode(), len(response.context["history"].entries)) == (False, 2)


@pytest.mark.parametrize("count", [1, 3])
def test_history_asks_six_queries(as_user, cast, assessment, django_assert_num_queries, count):
    browser = as_user(cast.operator)
    for number in range(count):
        browser.post(url(assessment, "answer_save"), form("A", f"catatan {number}", str(number)), headers=HTMX)
    browser.get(url(assessment))
    with django_assert_num_queries(6):  # session, user, access, assessment, answer, revisions
        response = browser.get(url(assessment))
    assert len(response.context["history"].entries) == count


def test_long_history_has_pages_and_keeps_before_across_them(as_user, cast, assessment):
    row = factories.answer(assessment, CHOICE, "B", by=cast.operator)
    total = 2 * PER_PAGE + 1
    Answer.objects.filter(pk=row.pk).update(version=total)
    AnswerRevision.objects.bulk_create(
        AnswerRevision(
            answer=row, version=number, choice="B", note=f"teks {number}", by=cast.operator, at=timezone.now()
        )
        for number in range(1, total + 1)
    )
    browser = as_user(cast.operator)
    seen = [browser.get(url(assessment), {"halaman": number}).context["history"] for number in (1, 2, 3, 9)]
    assert [(page.number, len(page.entries), page.newer, page.older) for page in seen] == [
        (1, PER_PAGE, 0, 2),
        (2, PER_PAGE, 1, 3),
        (3, 1, 2, 0),
        (3, 1, 2, 0),
    ]
    assert [entry.before.note for entry in seen[0].entries] == [f"teks {n}" for n in range(total - 1, PER_PAGE, -1)]
    assert seen[2].entries[0].before is None


@pytest.mark.parametrize(("name", "status"), [("stranger", 404), ("reader", 404), ("admin", 403), ("assistant", 200)])
def test_history_follows_the_right_to_read(as_user, cast, saved, name, status):
    assert as_user(getattr(cast, name)).get(url(saved)).status_code == status


def test_history_of_an_unknown_question_is_not_found(as_user, cast, saved):
    assert as_user(cast.operator).get(url(saved, code="A.I.1.i.z")).status_code == 404


def test_worksheet_links_to_the_history(as_user, cast, saved):
    page = as_user(cast.operator).get(url(saved, "worksheet", "A.I.1.i")).content.decode()
    assert f'href="{url(saved)}"' in page


# Bringing back


def test_earlier_text_is_brought_back_by_a_new_save(as_user, cast, saved):
    response = as_user(cast.operator).post(url(saved, "answer_restore"), {"revisi": "1", "versi": "2"})
    assert (response.status_code, response["Location"][-len("#p-A-I-1-i-b") :]) == (302, "#p-A-I-1-i-b")
    assert stored() == ("A", "teks operator", 3)
    assert texts() == [
        ("A", "teks operator", "typed"),
        ("C", "teks kepala", "typed"),
        ("A", "teks operator", "restored"),
    ]
    last = AuditEvent.objects.filter(verb="answer.save").order_by("pk").last()
    assert (last.actor, last.after["origin"], last.after["version"]) == (cast.operator, "restored", 3)


def test_numbers_are_brought_back(as_user, cast, assessment):
    browser, save = as_user(cast.operator), url(assessment, "answer_save", RATIO)
    browser.post(save, {"isi_agents": "4", "isi_changes": "3", "catatan": "", "versi": "0"}, headers=HTMX)
    browser.post(save, {"isi_agents": "5", "isi_changes": "", "catatan": "", "versi": "1"}, headers=HTMX)
    browser.post(url(assessment, "answer_restore", RATIO), {"revisi": "1", "versi": "2"})
    assert Answer.objects.get().inputs == {"agents": 4, "changes": 3}


def test_bringing_back_twice_with_one_key_is_one_save(as_user, cast, saved):
    data = {"revisi": "1", "versi": "2", "kunci": "00000000-0000-4000-8000-000000000009"}
    answers = [as_user(cast.operator).post(url(saved, "answer_restore"), data) for _ in range(2)]
    assert ([answer.status_code for answer in answers], stored()[2]) == ([302, 302], 3)


def test_bringing_back_leaves_one_audit_record(as_user, cast, saved):
    before = AuditEvent.objects.count()
    as_user(cast.operator).post(url(saved, "answer_restore"), {"revisi": "1", "versi": "2"})
    assert AuditEvent.objects.count() - before == 1


def test_bringing_back_over_a_newer_save_is_a_conflict_with_both_texts(as_user, cast, saved):
    response = as_user(cast.operator).post(url(saved, "answer_restore"), {"revisi": "1", "versi": "1"})
    html = response.content.decode()
    assert (response.status_code, stored()) == (409, ("C", "teks kepala", 2))
    assert [word in html for word in ("teks operator", "teks kepala", cast.head.full_name)] == [True] * 3


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"revisi": "1"}, 428),
        ({"revisi": "9", "versi": "2"}, 404),
        ({"revisi": "x", "versi": "2"}, 404),
        ({"versi": "2"}, 404),
    ],
)
def test_bringing_back_what_cannot_be_is_refused(as_user, cast, saved, data, status):
    response = as_user(cast.operator).post(url(saved, "answer_restore"), data)
    assert (response.status_code, stored()) == (status, ("C", "teks kepala", 2))


@pytest.mark.parametrize(
    ("name", "status"),
    [("stranger", 404), ("foreign_inspector", 404), ("member", 403), ("assistant", 403), ("inspector", 403)],
)
def test_bringing_back_by_others_is_refused(as_user, cast, saved, name, status):
    response = as_user(getattr(cast, name)).post(url(saved, "answer_restore"), {"revisi": "1", "versi": "2"})
    assert (response.status_code, stored()[2]) == (status, 2)


def test_bringing_back_in_a_sent_worksheet_is_a_conflict(as_user, cast, saved):
    Assessment.objects.filter(pk=saved.pk).update(state="submitted")
    operator = as_user(cast.operator)
    assert operator.post(url(saved, "answer_restore"), {"revisi": "1", "versi": "2"}).status_code == 409
    assert "Pulihkan isian ini" not in operator.get(url(saved)).content.decode()


def test_bringing_back_by_get_is_not_allowed(as_user, cast, saved):
    assert as_user(cast.operator).get(url(saved, "answer_restore")).status_code == 405


def test_returned_round_offers_to_bring_back_only_what_tpi_noted(as_user, cast, saved):
    Assessment.objects.filter(pk=saved.pk).update(state="returned", round=2)
    operator = as_user(cast.operator)
    assert "Pulihkan isian ini" not in operator.get(url(saved)).content.decode()
    factories.note(saved, CHOICE, cast.member, round=1, for_release=True, released_at=timezone.now())
    assert "Pulihkan isian ini" in operator.get(url(saved)).content.decode()


# A conflict that is settled by a text made of both


def test_conflict_offers_both_notes_as_one_text(as_user, cast, saved):
    for headers in ({}, HTMX):
        response = as_user(cast.operator).post(url(saved, "answer_save"), form("B", "baris saya", "1"), headers=headers)
        html = response.content.decode()
        assert response.status_code == 409
        assert "teks kepala\n\nbaris saya</textarea>" in html
        assert 'name="gabungkan" value="2"' in html


def test_text_made_of_both_is_saved_as_it_was_edited(as_user, cast, saved):
    data = form("B", "baris saya", "1", gabungkan="2", catatan_gabungan="kepala dan saya")
    response = as_user(cast.operator).post(url(saved, "answer_save"), data)
    assert (response.status_code, stored()) == (302, ("B", "kepala dan saya", 3))


def test_text_made_of_both_by_htmx_answers_with_the_card_as_stored(as_user, cast, saved):
    data = form("B", "baris saya", "1", gabungkan="2", catatan_gabungan="kepala dan saya")
    card = as_user(cast.operator).post(url(saved, "answer_save"), data, headers=HTMX)
    assert (card.status_code, card["HX-Retarget"]) == (200, "#p-A-I-1-i-b")
    assert "kepala dan saya</textarea>" in card.content.decode()


def test_third_writer_meets_the_text_made_of_both(as_user, cast, saved):
    third = factories.member_of(saved.unit)
    as_user(third).post(url(saved, "answer_save"), form("A", "teks ketiga", "2"), headers=HTMX)
    data = form("B", "baris saya", "1", gabungkan="2", catatan_gabungan="kepala dan saya")
    for headers in ({}, HTMX):
        again = as_user(cast.operator).post(url(saved, "answer_save"), data, headers=headers)
        html = again.content.decode()
        assert (again.status_code, 'name="gabungkan" value="3"' in html) == (409, True)
        assert "teks ketiga\n\nkepala dan saya</textarea>" in html
        assert third.full_name in html
    settled = as_user(cast.operator).post(url(saved, "answer_save"), data | {"gabungkan": "3"})
    assert (settled.status_code, stored()) == (302, ("B", "kepala dan saya", 4))
    assert [note for _choice, note, _origin in texts()] == [
        "teks operator",
        "teks kepala",
        "teks ketiga",
        "kepala dan saya",
    ]


def test_text_made_of_both_outlives_another_conflict_before_it_is_sent(as_user, cast, saved):
    data = form("B", "baris saya", "1", catatan_gabungan="teks kepala, sudah dirapikan")
    response = as_user(cast.operator).post(url(saved, "answer_save"), data, headers=HTMX)
    assert (response.status_code, response.context["merged"]) == (409, "teks kepala, sudah dirapikan")


def test_text_made_of_both_that_is_too_long_is_not_lost(as_user, cast, saved):
    long = "a b" * 2_000
    data = form("B", "baris saya", "1", gabungkan="2", catatan_gabungan=long)
    for headers in ({}, HTMX):
        response = as_user(cast.operator).post(url(saved, "answer_save"), data, headers=headers)
        html = response.content.decode()
        assert (response.status_code, stored()[2]) == (422, 2)
        assert [f">{long}</textarea>" in html, "Persingkat teksnya." in html] == [True, True]


@pytest.mark.parametrize(
    ("theirs", "mine", "merged"),
    [
        ("", "saya", "saya"),
        ("kepala", "", "kepala"),
        ("sama", "sama", "sama"),
        ("awal", "awal dan lanjut", "awal dan lanjut"),
    ],
)
def test_notes_that_say_the_same_are_not_said_twice(as_user, cast, assessment, theirs, mine, merged):
    save = url(assessment, "answer_save")
    as_user(cast.head).post(save, form("A", theirs), headers=HTMX)
    response = as_user(cast.operator).post(save, form("B", mine), headers=HTMX)
    assert (response.status_code, response.context["merged"]) == (409, merged)
