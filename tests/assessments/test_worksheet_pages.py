"""One question alone, the whole sheet, and what stands beside a question on all three pages."""

import re
from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from assessments.models import AnswerCopy, Assessment, FollowUp, QuestionDuty
from assessments.queries.instruments import instrument_value
from tests import factories
from tests.assessments.test_previous import quarter

CODE = "A.I.1.i.b"
BESIDE = (
    "Jawaban unit triwulan lalu",
    "Penilaian TPI triwulan lalu",
    "Catatan TPI triwulan lalu",
    "Catatan TPI triwulan ini",
    "Catatan tim asistensi",
    "Tindak lanjut terbuka",
    "Penanggung jawab",
)
READERS = {"operator": 200, "assistant": 200, "member": 200, "inspector": 200, "admin": 403, "stranger": 404}


def url(assessment, name="worksheet_focus", *more):
    unit = assessment.unit
    return reverse(name, args=(unit.agency.code, unit.code, assessment.period.code, *more))


def html_of(browser, address, **headers):
    response = browser.get(address, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def card_of(html, code=CODE):
    """The article of one question."""
    (found,) = re.findall(rf'<article class="question" id="p-{code.replace(".", "-")}".*?</article>', html, re.DOTALL)
    return found


def beside(card):
    """What is said under each label beside a question, as plain text."""
    pairs = re.findall(r"<div><dt>([^<]*)</dt><dd>(.*?)</dd></div>", card, re.DOTALL)
    return {label: " ".join(re.sub(r"<[^>]+>", " ", text).split()) for label, text in pairs}


def put_in(assessment, state, cast, **values):
    done = {"finalised_at": timezone.now(), "finalised_by": cast.controller} if state == "final" else {}
    Assessment.objects.filter(pk=assessment.pk).update(state=state, **done, **values)
    assessment.refresh_from_db()


@pytest.fixture
def lived_in(assessment, cast):
    """Something of everything beside one question."""
    earlier = quarter(assessment, 2024, 1, state="final", by=cast.controller)
    factories.answer(earlier, CODE, "A", note="Alasan dahulu")
    factories.answer(earlier, CODE, "C", stage="member", by=cast.member)
    released = {"for_release": True, "released_at": timezone.now()}
    note = factories.note(earlier, CODE, cast.member, text="Lengkapi SK", **released)
    factories.note(assessment, CODE, cast.assistant, text="Saran asistensi", stage="assistance")
    QuestionDuty.objects.create(
        unit=assessment.unit, code=CODE, user=cast.head, assigned_by=cast.head, assigned_at=timezone.now()
    )
    FollowUp.objects.create(
        note=note,
        unit=assessment.unit,
        code=CODE,
        text="Terbitkan SK baru",
        due=date(2024, 7, 1),
        created_by=cast.lead,
        created_at=timezone.now(),
    )
    return assessment


# Beside a question


def test_everything_stands_beside_a_question_on_each_page(as_user, cast, lived_in):
    browser = as_user(cast.operator)
    pages = [
        url(lived_in, "worksheet", "A.I.1.i"),
        url(lived_in, "worksheet_focus", CODE),
        url(lived_in, "worksheet_whole"),
    ]
    for page in pages:
        card = card_of(html_of(browser, page))
        assert beside(card) == {
            "Jawaban unit triwulan lalu": "A Pemilihan memakai prosedur/mekanisme yang jelas dan seluruh unsur unit "
            "kerja terwakili. Alasan dahulu",
            "Penilaian TPI triwulan lalu": "0,00, selisih \N{MINUS SIGN}1,00",
            "Catatan TPI triwulan lalu": "Lengkapi SK",
            "Catatan TPI triwulan ini": "tidak ada",
            "Catatan tim asistensi": "ada, di atas jawaban",
            "Tindak lanjut terbuka": "ada, di atas jawaban",
            "Penanggung jawab": cast.head.full_name,
        }
        above = ("Saran asistensi", "Terbitkan SK baru", "Tindak lanjut, sampai 1 Juli 2024", "TW I 2024")
        assert [text for text in above if text not in card] == []


def test_nothing_is_said_as_such_for_all_questions(as_user, cast, assessment):
    """UX-05 over all 113: options with criterion and score, what proves it, and "tidak ada" where there is nothing."""
    instrument = instrument_value(assessment.period.instrument)
    html = html_of(as_user(cast.operator), url(assessment, "worksheet_whole"))
    cards = {question.code: card_of(html, question.code) for question in instrument.questions}
    assert len(cards) == 113
    assert {code: beside(card) for code, card in cards.items()} == {
        code: dict.fromkeys(BESIDE, "tidak ada") for code in cards
    }
    missing = []
    for question in instrument.questions:
        texts = [option.criterion for option in question.options] or [question.criterion]
        texts += [*question.evidence, question.help]
        card = cards[question.code].replace("&#x27;", "'").replace("&quot;", '"').replace("&amp;", "&")
        missing += [
            (question.code, text) for text in texts if text.replace("<", "&lt;").replace(">", "&gt;") not in card
        ]
        if card.count('class="option-score"') != len(question.options):
            missing.append((question.code, "scores"))
    assert missing == []


def test_unreleased_words_of_tpi_stand_nowhere_beside(as_user, cast, assessment):
    """SEC-05 holds for the quarter before, too."""
    earlier = quarter(assessment, 2024, 1, state="review_controller")
    factories.answer(earlier, CODE, "A")
    factories.answer(earlier, CODE, "C", stage="member", by=cast.member, note="KENARI-NILAI")
    factories.note(earlier, CODE, cast.member, text="KENARI-CATATAN", for_release=True)
    factories.note(earlier, CODE, cast.assistant, text="KENARI-ASISTENSI", stage="assistance")
    card = card_of(html_of(as_user(cast.operator), url(assessment, "worksheet_focus", CODE)))
    assert "KENARI" not in card
    assert beside(card)["Penilaian TPI triwulan lalu"] == "tidak ada"


def test_progress_is_the_same_figure_on_every_page(as_user, cast, assessment):
    factories.answer(assessment, "A.I.1.i.a", "Ya", by=cast.operator)
    factories.answer(assessment, CODE, "B", by=cast.operator)
    factories.evidence_for(assessment, CODE, cast.operator)
    browser = as_user(cast.operator)
    pages = ("unit_home", "check", "worksheet_whole", "worksheet A.I.1.i", "worksheet B.I", f"worksheet_focus {CODE}")
    said = {
        page: set(re.findall(r"(\d+ dari 113 [^<]*)", html_of(browser, url(assessment, *page.split()))))
        for page in pages
    }
    figure = "2 dari 113 terjawab, 1 dengan bukti"
    assert {page: figure in {text.strip() for text in found} for page, found in said.items()} == dict.fromkeys(
        pages, True
    )


# One question alone


def test_questions_follow_each_other_across_sub_areas(as_user, cast, assessment):
    browser = as_user(cast.operator)
    codes = [question.code for question in instrument_value(assessment.period.instrument).questions]
    for code, previous, following in (("A.I.1.i.b", "A.I.1.i.a", "A.I.1.ii.a"), ("B.I.a", codes[-4], "B.I.b")):
        html = html_of(browser, url(assessment, "worksheet_focus", code))
        assert f'rel="prev" data-prev href="{url(assessment, "worksheet_focus", previous)}"' in html
        assert f'rel="next" data-next href="{url(assessment, "worksheet_focus", following)}"' in html
        assert f"Pertanyaan {codes.index(code) + 1} dari 113" in html
        assert html.count("<article") == 1


def test_first_and_last_question_end_the_row(as_user, cast, assessment):
    browser = as_user(cast.operator)
    assert "data-prev" not in html_of(browser, url(assessment, "worksheet_focus", "A.I.1.i.a"))
    last = html_of(browser, url(assessment, "worksheet_focus", "B.II.a"))
    assert f'data-next href="{url(assessment, "check")}"' in last


@pytest.mark.parametrize("code", ["A.I.1.i", "A", "B.I", "A.I.1.i.z", "x"])
def test_focus_on_what_is_no_question_is_not_found(as_user, cast, assessment, code):
    assert as_user(cast.operator).get(url(assessment, "worksheet_focus", code)).status_code == 404


@pytest.mark.parametrize("page", ["worksheet_focus", "worksheet_whole"])
@pytest.mark.parametrize("name", READERS)
def test_pages_follow_the_right_to_read(as_user, cast, assessment, page, name):
    more = (CODE,) if page == "worksheet_focus" else ()
    browser = as_user(getattr(cast, name))
    assert browser.get(url(assessment, page, *more)).status_code == READERS[name]
    if name == "operator":
        assert browser.post(url(assessment, page, *more)).status_code == 405


def test_fragment_for_the_whole_sheet_is_the_card_alone(as_user, cast, assessment):
    browser = as_user(cast.operator)
    part = html_of(browser, f"{url(assessment, 'worksheet_focus', CODE)}?dari=lembar", **{"HX-Request": "true"})
    assert re.fullmatch(r"\s*<article.*</article>\s*", part, re.DOTALL)
    assert 'aria-level="4"' in part
    assert "data-autosave" in part
    plain = html_of(browser, url(assessment, "worksheet_focus", CODE), **{"HX-Request": "true"})
    assert "aria-level" not in plain


def test_save_without_script_comes_back_to_the_one_question(as_user, cast, assessment):
    browser = as_user(cast.operator)
    sent = {"versi": "0", "jawaban": "B", "catatan": "", "tampilan": "soal"}
    response = browser.post(url(assessment, "answer_save", CODE), sent)
    assert response.headers["Location"] == url(assessment, "worksheet_focus", CODE)
    elsewhere = browser.post(url(assessment, "answer_save", CODE), sent | {"versi": "1", "tampilan": ""})
    assert elsewhere.headers["Location"] == f"{url(assessment, 'worksheet', 'A.I.1.i')}#p-A-I-1-i-b"


def test_refused_form_stands_again_on_the_one_question(as_user, cast, assessment):
    sent = {"versi": "0", "isi_index": "3.72", "isi_respondents": "", "catatan": "teks", "tampilan": "soal"}
    response = as_user(cast.operator).post(url(assessment, "answer_save", "B.I.a"), sent)
    html = response.content.decode()
    assert (response.status_code, html.count("<article")) == (422, 1)
    assert "<title>Kesalahan: B.I.a" in html
    assert ('href="#isi_index-p-B-I-a"' in html, 'value="3.72"' in html) == (True, True)


# The whole sheet


def test_whole_sheet_offers_every_question_to_who_may_fill_it(as_user, cast, assessment):
    html = html_of(as_user(cast.operator), url(assessment, "worksheet_whole"))
    assert (html.count("<article"), html.count("data-edit"), html.count("data-autosave ")) == (113, 113, 0)
    nodes = [node.code for node in instrument_value(assessment.period.instrument).subareas]
    shown = re.findall(r'id="subarea-([^"]+)"', html)
    assert sorted(shown) == sorted(nodes)
    assert shown[:5] == ["A.I.1.i", "A.I.1.ii", "A.I.1.iii", "A.I.1.iv", "A.II.1.i"]


def test_whole_sheet_is_only_read_by_others(as_user, cast, assessment):
    for name in ("assistant", "member", "inspector"):
        html = html_of(as_user(getattr(cast, name)), url(assessment, "worksheet_whole"))
        assert (html.count("data-edit"), html.count("Anda membaca LKE ini.")) == (0, 1)


@pytest.mark.parametrize(
    ("state", "words"),
    [("submitted", "sedang dinilai TPI"), ("final", "Hanya Inspektur yang dapat membukanya kembali")],
)
def test_locked_pages_say_why_and_who_can_open(as_user, cast, assessment, state, words):
    """UX-13."""
    put_in(assessment, state, cast)
    browser = as_user(cast.operator)
    for page in (url(assessment, "worksheet_whole"), url(assessment, "worksheet_focus", CODE)):
        html = html_of(browser, page)
        assert (html.count(words), html.count("data-edit"), html.count("data-autosave ")) == (1, 0, 0)


def test_returned_sheet_offers_only_noted_questions(as_user, cast, assessment):
    factories.note(assessment, CODE, cast.member, for_release=True, released_at=timezone.now())
    put_in(assessment, "returned", cast, round=2)
    html = html_of(as_user(cast.operator), url(assessment, "worksheet_whole"))
    assert (html.count("data-edit"), html.count("Pertanyaan ini terkunci")) == (1, 112)
    assert "data-edit" in card_of(html)


def test_pokja_is_offered_its_own_area(as_user, cast, assessment):
    html = html_of(as_user(factories.member_of(cast.unit_a, areas="2")), url(assessment, "worksheet_whole"))
    assert (html.count("data-edit"), html.count("Area ini diisi pokja lain.")) == (15 + 3, 5)


def test_waiting_copy_is_mentioned_on_the_whole_sheet(as_user, cast, assessment):
    earlier = quarter(assessment, 2024, 1)
    AnswerCopy.objects.create(
        assessment=assessment,
        question_id=factories.question_id(assessment, CODE),
        source=earlier,
        choice="A",
        copied_by=cast.head,
        copied_at=timezone.now(),
    )
    html = html_of(as_user(cast.operator), url(assessment, "worksheet_whole"))
    assert html.count("Ada salinan triwulan lalu yang menunggu diperiksa.") == 1
    assert "menunggu diperiksa" in card_of(html)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("page", "state", "queries"),
    [
        ("worksheet_focus", "draft", 14),
        ("worksheet_focus", "returned", 15),
        ("worksheet_whole", "draft", 14),
        ("worksheet_whole", "final", 15),
    ],
)
def test_pages_ask_a_fixed_number_of_queries(
    as_user, cast, lived_in, page, state, queries, count, django_assert_num_queries
):
    for code in ("A.I.3.iii.b", "A.I.2.i.a", CODE)[-count:]:
        factories.answer(lived_in, code, "B", by=cast.operator)
        factories.evidence_for(lived_in, code, cast.operator)
        factories.evidence_for(lived_in, code, cast.operator)
        factories.note(lived_in, code, cast.member, text="Catatan", for_release=True, released_at=timezone.now())
    put_in(lived_in, state, cast, round=2 if state == "returned" else 1)
    browser = as_user(cast.operator)
    address = url(lived_in, page, *((CODE,) if page == "worksheet_focus" else ()))
    html_of(browser, address)
    with django_assert_num_queries(queries):
        html_of(browser, address)
