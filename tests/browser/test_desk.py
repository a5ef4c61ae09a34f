"""TPI's desk in a browser: by keyboard, without JavaScript, with two people at once, on a phone."""

import json

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from assessments.models import Answer, Assessment, Note
from tests import factories
from tests.browser.conftest import PHONE
from tests.conftest import GOLDEN

A, U, P = "kota-uji", "dukcapil", "2024-2"
FIRST = "A.I.1.i"


def a_unit_waits_for_tpi():
    """Every question answered but one, sent in; evidence on the first question; an Inspector who watches."""
    agency = factories.AgencyFactory(code=A, name="Pemerintah Kota Uji")
    unit = factories.UnitFactory(agency=agency, code=U, name="Dinas Kependudukan dan Pencatatan Sipil")
    operator = factories.member_of(unit)
    tpi = factories.team_for(unit)
    for role in ("member", "lead", "controller"):
        factories.teammate(tpi, role, username=role)
    factories.teammate(tpi, "member", username="second")
    factories.official_of(agency, "inspector", username="inspector")
    assessment = factories.AssessmentFactory(unit=unit, state="submitted", submitted_at=timezone.now())
    answers = json.loads(next(GOLDEN.glob("22_*")).read_text(encoding="utf-8"))["answers"]
    del answers["A.I.1.ii.a"]
    factories.answer_everything(assessment, answers, by=operator)
    factories.evidence_for(assessment, "A.I.1.i.a", operator, title="SK Tim Kerja ZI")


@pytest.fixture
def starting_data():
    return a_unit_waits_for_tpi


@pytest.fixture
def enter(log_in):
    def enter(page, username, node=None):
        log_in(page, username, factories.PASSWORD)
        page.goto(reverse("desk", args=[A, U, P, node]) if node else reverse("evaluation", args=[A, U, P]))
        return page

    return enter


def score(code):
    row = Answer.objects.filter(question__code=code, stage="member").first()
    return row and (row.raw or "blank")


def saved(page, code):
    page.locator(f"#status-{code.replace('.', '-')} .save-line[data-tone=success]").wait_for()


def sideways(page):
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def test_subarea_is_scored_by_keyboard(page, enter, troubles, accessibility_problems):
    troubles.expect("status of 422")
    enter(page, "member", FIRST)
    page.keyboard.press("s")
    saved(page, "A.I.1.i.a")
    page.keyboard.press("3")
    page.locator("#status-A-I-1-i-b", has_text="Tuliskan catatannya").wait_for()
    assert score("A.I.1.i.b") is None
    page.keyboard.press("n")
    page.keyboard.type("Notulen 2 rapat belum ada")
    page.keyboard.press("Control+Enter")
    saved(page, "A.I.1.i.b")
    assert (score("A.I.1.i.a"), score("A.I.1.i.b")) == ("Ya", "C")
    assert Note.objects.get().text == "Notulen 2 rapat belum ada"
    assert Assessment.objects.get().state == "review_member"
    assert page.locator("#desk-tally").inner_text().startswith("2/2")
    assert page.locator("#badge-A-I-1-i-b").get_attribute("data-state") == "different"
    assert accessibility_problems(page) == []
    page.keyboard.press("Enter")
    page.wait_for_url("**/lke/A.I.1.ii/")


def test_keys_rest_while_somebody_types_and_can_be_switched_off(page, enter):
    enter(page, "member", FIRST)
    page.keyboard.press("n")
    page.keyboard.type("s sesuai")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.locator("[data-keys-switch]").uncheck()
    page.keyboard.press("s")
    page.wait_for_timeout(1200)
    assert (score("A.I.1.i.a"), Note.objects.get().text) == (None, "s sesuai")
    page.reload()
    assert not page.locator("[data-keys-switch]").is_checked()


def test_whole_worksheet_is_agreed_without_a_mouse(page, enter):
    """113 questions in at most 220 key presses (44 pages)."""
    enter(page, "member", FIRST)
    presses = 0
    while True:
        cards = page.locator("[data-question]").count()
        for _ in range(cards):
            page.keyboard.press("s")
        last = page.locator("[data-next]")
        here = page.url
        page.keyboard.press("Enter")
        presses += cards + 1
        page.wait_for_url(lambda url, here=here: url != here)
        if last.count() == 0:
            break
    assert presses == 113 + 44
    assert Answer.objects.filter(stage="member").count() == 113
    assert score("A.I.1.ii.a") == "blank"
    assert page.locator("progress").first.get_attribute("value") == "113"


def test_counts_are_taken_over_and_corrected(page, enter):
    enter(page, "member", "A.II.1.i")
    code = "A.II.1.i.a"
    card = page.locator("#q-A-II-1-i-a")
    card.get_by_role("button", name="Sesuai").click()
    saved(page, code)
    own = Answer.objects.get(question__code=code, stage="unit").inputs
    assert score(code) == own
    field = card.locator("[name=in-changes]")
    card.locator("[name=note]").fill("Satu perubahan belum selesai")
    field.fill("1")
    page.locator("#badge-A-II-1-i-a[data-state=different]").wait_for()
    assert score(code) == own | {"changes": 1}
    assert field.input_value() == "1"
    card.locator("[name=blank]").check()
    expect(page.locator("#outcome-A-II-1-i-a td").last).to_have_text("0")
    assert (score(code), field.input_value()) == ("blank", "")


def test_two_evaluators_on_one_question_lose_nothing(new_context, enter, troubles):
    troubles.expect("status of 409")
    one, two = new_context().new_page(), new_context().new_page()
    enter(one, "member", FIRST)
    enter(two, "second", FIRST)
    one.locator("#q-A-I-1-i-b [name=note]").fill("Catatan orang pertama")
    one.locator("#q-A-I-1-i-b [value=C]").check()
    saved(one, "A.I.1.i.b")
    two.locator("#q-A-I-1-i-b [name=note]").fill("Catatan orang kedua")
    two.locator("#q-A-I-1-i-b [value=A]").check()
    conflict = two.locator("#status-A-I-1-i-b [data-conflict]")
    conflict.wait_for()
    assert "Tersimpan sekarang: C" in conflict.inner_text()
    assert two.locator("#q-A-I-1-i-b [name=note]").input_value() == "Catatan orang kedua"
    expect(two.locator("[data-refused]")).to_be_visible()
    assert "Catatan orang pertama" in conflict.inner_text()
    conflict.get_by_role("button", name="Simpan isian saya").click()
    saved(two, "A.I.1.i.b")
    assert (score("A.I.1.i.b"), Note.objects.get().text) == ("A", "Catatan orang kedua")
    one.locator("#q-A-I-1-i-b [value=B]").check()
    one.locator("#status-A-I-1-i-b").get_by_role("button", name="Pakai yang tersimpan").click()
    expect(one.locator("#note-A-I-1-i-b")).to_have_value("Catatan orang kedua")
    assert one.locator("#q-A-I-1-i-b [value=A]").is_checked()


def test_subarea_is_scored_without_javascript(new_context, enter, troubles):
    troubles.expect("status of 422")
    page = new_context(java_script_enabled=False).new_page()
    enter(page, "member", FIRST)
    page.locator("#q-A-I-1-i-a").get_by_role("button", name="Sesuai").click()
    page.wait_for_url("**#q-A-I-1-i-b")
    card = page.locator("#q-A-I-1-i-b")
    card.locator("[value=C]").check()
    card.get_by_role("button", name="Simpan").click()
    assert page.title().startswith("Kesalahan:")
    card.locator("[name=note]").fill("Notulen belum ada")
    card.get_by_role("button", name="Simpan").click()
    page.wait_for_url("**#q-A-I-1-i-b")
    assert (score("A.I.1.i.a"), score("A.I.1.i.b"), Note.objects.get().text) == ("Ya", "C", "Notulen belum ada")
    page.close()  # what ends every test asks the page's JavaScript


def test_lost_line_keeps_the_score_and_sends_it_again(page, enter, troubles):
    troubles.expect("ERR_INTERNET_DISCONNECTED")
    troubles.expect("htmx:(sendError|afterRequest)")
    enter(page, "member", FIRST)
    page.context.set_offline(True)
    page.keyboard.press("s")
    page.locator("#status-A-I-1-i-a", has_text="Belum tersimpan").wait_for()
    expect(page.locator("[data-refused]")).to_be_visible()
    page.context.set_offline(False)
    saved(page, "A.I.1.i.a")
    expect(page.locator("[data-refused]")).to_be_hidden()
    assert score("A.I.1.i.a") == "Ya"


def test_lead_reads_the_scores_and_writes_a_note(page, enter, accessibility_problems):
    Assessment.objects.update(state="review_lead")
    factories.answer(Assessment.objects.get(), "A.I.1.i.a", "Ya", stage="member")
    enter(page, "lead", FIRST)
    assert page.locator("fieldset:disabled").count() == 2
    page.keyboard.press("n")
    page.keyboard.type("Setuju dengan anggota")
    saved(page, "A.I.1.i.b")
    assert (Note.objects.get().stage, Note.objects.get().text) == ("lead", "Setuju dengan anggota")
    assert accessibility_problems(page) == []


@pytest.mark.parametrize("size", ["page", "phone"])
@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("member", "/evaluasi/"),
        ("member", f"/evaluasi/{A}/{U}/{P}/"),
        ("member", f"/evaluasi/{A}/{U}/{P}/?saring=kosong"),
        ("member", f"/evaluasi/{A}/{U}/{P}/lke/A.I.4.ii/"),
        ("member", f"/evaluasi/{A}/{U}/{P}/lke/B.I/"),
        ("member", f"/penilaian/{A}/{U}/{P}/angka/A.I.1.ii/"),
        ("member", f"/penilaian/{A}/{U}/{P}/angka/B.I.a/"),
        ("member", f"/penilaian/{A}/{U}/{P}/angka/gate:WBK:area:1/"),
        ("inspector", f"/papan/{A}/{P}/"),
    ],
)
def test_pages_fit_and_are_accessible(request, size, who, path, log_in, accessibility_problems):
    page = request.getfixturevalue(size)
    log_in(page, who, factories.PASSWORD)
    page.goto(path)
    assert sideways(page) == 0
    assert accessibility_problems(page) == []


def test_desk_fits_a_narrow_phone(new_context, enter):
    page = new_context(viewport=PHONE | {"width": 320}).new_page()
    enter(page, "member", "A.II.1.i")
    assert sideways(page) == 0
