"""TPI's desk in a browser: by keyboard, without JavaScript, with two people at once, by stages, on narrow screens."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from assessments.models import Answer, Assessment, Note
from tests import factories
from tests.browser.conftest import PHONE
from tests.browser.desk_world import FIRST, PAGES, A, P, U, a_unit_waits_for_tpi
from tests.browser.screens import sideways

SECOND = "A.I.1.i.b"
HALF = {"width": 1023, "height": 768}
MIDDLE = {"width": 1024, "height": 768}


@pytest.fixture
def starting_data():
    return a_unit_waits_for_tpi


@pytest.fixture
def enter(log_in):
    def enter(page, username, code=FIRST, query=""):
        log_in(page, username, factories.PASSWORD)
        page.goto(reverse("desk_question", args=[A, U, P, code]) + query)
        return page

    return enter


def score(code, stage="member"):
    row = Answer.objects.filter(question__code=code, stage=stage).first()
    return row and (row.raw or "blank")


def shows(page, code):
    """Waits until the desk shows this question, on its own address."""
    expect(page.locator(f"[data-question][data-code='{code}']")).to_be_visible()
    expect(page).to_have_url(re.compile(rf"/meja/{re.escape(code)}/"))


def tally(page, text):
    expect(page.locator("#desk-tally")).to_contain_text(text)


def status(page, code):
    return page.locator(f"#status-{code.replace('.', '-')}")


def saved(page, code):
    status(page, code).locator(".save-line[data-tone=success]").wait_for()


def test_difference_needs_its_note_and_keys_lead_through(page, enter, troubles, accessibility_problems, screenshot):
    troubles.expect("status of 422")
    enter(page, "member")
    page.keyboard.press("s")
    shows(page, SECOND)
    tally(page, "1/113")
    page.keyboard.press("3")
    expect(status(page, SECOND)).to_contain_text("Tuliskan catatannya")
    assert score(SECOND) is None
    page.keyboard.press("n")
    page.keyboard.type("Notulen 2 rapat belum ada")
    page.keyboard.press("Control+Enter")
    shows(page, "A.I.1.ii.a")
    tally(page, "2/113")
    assert (score(FIRST), score(SECOND)) == ("Ya", "C")
    assert Note.objects.get().text == "Notulen 2 rapat belum ada"
    assert Assessment.objects.get().state == "review_member"
    page.keyboard.press("k")
    shows(page, SECOND)
    expect(page.locator("#badge-A-I-1-i-b")).to_have_attribute("data-state", "different")
    expect(page.locator("[data-note]")).to_have_value("Notulen 2 rapat belum ada")
    assert page.locator("[value=C]").is_checked()
    assert accessibility_problems(page) == []
    screenshot(page, "meja-tpi")
    page.go_back()
    shows(page, "A.I.1.ii.a")
    assert page.title().startswith("A.I.1.ii.a")


def test_question_that_is_left_saves_its_note(page, enter):
    enter(page, "member", SECOND)
    page.keyboard.press("n")
    page.keyboard.type("Rapat ketiga belum ada")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    shows(page, "A.I.1.ii.a")
    page.keyboard.press("k")
    shows(page, SECOND)
    expect(page.locator("[data-note]")).to_have_value("Rapat ketiga belum ada")
    assert Note.objects.get().text == "Rapat ketiga belum ada"


def test_refused_score_that_is_left_stays_in_sight_and_comes_back(page, enter, troubles):
    troubles.expect("status of 422")
    enter(page, "member", SECOND)
    page.keyboard.press("3")
    expect(status(page, SECOND)).to_contain_text("Tuliskan catatannya")
    page.keyboard.press("j")
    shows(page, "A.I.1.ii.a")
    stuck = page.locator("#queue [data-stuck] li")
    expect(stuck).to_contain_text(SECOND)
    page.keyboard.press("k")
    shows(page, SECOND)
    expect(page.locator("[value=C]")).to_be_checked()
    page.locator("[data-note]").fill("Notulen belum ada")
    saved(page, SECOND)
    expect(stuck).to_have_count(0)
    assert (score(SECOND), Note.objects.get().text) == ("C", "Notulen belum ada")


def test_keys_rest_while_somebody_types_and_can_be_switched_off(page, enter):
    enter(page, "member")
    page.keyboard.press("n")
    page.keyboard.type("s sesuai")
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.locator("[data-keys-switch]").uncheck()
    page.keyboard.press("s")
    saved(page, FIRST)
    shows(page, FIRST)
    assert (score(FIRST), Note.objects.get().text) == (None, "s sesuai")
    page.reload()
    assert not page.locator("[data-keys-switch]").is_checked()


def test_key_in_the_very_moment_that_a_page_arrives_stays_on_the_desk(page, enter):
    enter(page, "member")
    image = page.locator("[data-viewer-page] img")
    expect(image).to_have_attribute("src", re.compile("/halaman/1/$"))
    page.evaluate("""() => {
        const arrived = new MutationObserver(() => {
            arrived.disconnect();
            document.querySelector("[data-viewer-next]").click();
        });
        arrived.observe(document.querySelector("[data-viewer]").parentElement, { childList: true });
    }""")
    address = page.url
    page.keyboard.press("]")
    expect(image).to_have_attribute("src", re.compile(f"/halaman/{PAGES}/$"))
    assert page.url == address


def test_keys_turn_pages_jump_and_insert_templates(page, enter):
    enter(page, "member")
    image = page.locator("[data-viewer-page] img")
    expect(image).to_have_attribute("src", re.compile("/halaman/1/$"))
    for key, number in (("]", 2), ("]", PAGES), ("[", 2)):
        page.keyboard.press(key)
        expect(image).to_have_attribute("src", re.compile(f"/halaman/{number}/$"))
    page.keyboard.press("e")
    expect(image).to_have_attribute("src", re.compile("/halaman/1/$"))
    page.keyboard.press("n")
    page.keyboard.press("/")
    page.keyboard.press("Enter")
    text = f"{FIRST}: bukti Dinas Kependudukan dan Pencatatan Sipil belum lengkap."
    expect(page.locator("[data-note]")).to_have_value(text)
    page.keyboard.type(" a/b")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.type("113")
    page.keyboard.press("Enter")
    shows(page, "B.II.a")
    assert Note.objects.get().text == f"{text} a/b"
    page.keyboard.press("g")
    page.keyboard.type("a.ii.1.i.a")
    page.keyboard.press("Enter")
    shows(page, "A.II.1.i.a")
    page.keyboard.press("f")
    page.wait_for_url("**/antrean/**")


def test_counts_are_taken_over_and_corrected(page, enter):
    code = "A.II.1.i.a"
    enter(page, "member", code)
    own = Answer.objects.get(question__code=code, stage="unit").inputs
    page.keyboard.press("s")
    shows(page, "A.II.1.i.b")
    tally(page, "1/113")
    assert score(code) == own
    page.keyboard.press("k")
    shows(page, code)
    page.locator("[name=note]").fill("Satu perubahan belum selesai")
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    page.keyboard.type("1")
    expect(page.locator("#badge-A-II-1-i-a")).to_have_attribute("data-state", "different")
    assert score(code) == own | {"changes": 1}
    field = page.locator("[name=in-changes]")
    assert field.input_value() == "1"
    page.locator("[name=blank]").check()
    expect(page.locator("#outcome-A-II-1-i-a td").last).to_have_text("0")
    assert (score(code), field.input_value()) == ("blank", "")


def test_two_evaluators_on_one_question_lose_nothing(new_context, enter, troubles):
    troubles.expect("status of 409")
    one, two = new_context().new_page(), new_context().new_page()
    enter(one, "member", SECOND)
    enter(two, "second", SECOND)
    one.locator("[name=note]").fill("Catatan orang pertama")
    one.locator("[value=C]").check()
    saved(one, SECOND)
    two.locator("[name=note]").fill("Catatan orang kedua")
    two.locator("[value=A]").check()
    conflict = two.locator("[data-conflict]")
    conflict.wait_for()
    assert "Tersimpan sekarang: C" in conflict.inner_text()
    assert "Catatan orang pertama" in conflict.inner_text()
    assert two.locator("[name=note]").input_value() == "Catatan orang kedua"
    conflict.get_by_role("button", name="Simpan isian saya").click()
    saved(two, SECOND)
    assert (score(SECOND), Note.objects.get().text) == ("A", "Catatan orang kedua")
    one.locator("[value=B]").check()
    status(one, SECOND).get_by_role("button", name="Pakai yang tersimpan").click()
    expect(one.locator("#note-A-I-1-i-b")).to_have_value("Catatan orang kedua")
    assert one.locator("[value=A]").is_checked()
    one.keyboard.press("j")
    shows(one, "A.I.1.ii.a")


def test_desk_works_without_javascript(new_context, enter, troubles):
    troubles.expect("status of 422")
    page = new_context(java_script_enabled=False).new_page()
    enter(page, "member", query="?saring=belum")
    page.locator("[name=note]").fill("Sudah diperiksa")
    page.get_by_role("button", name="Sesuai").click()
    page.wait_for_url(f"**/meja/{SECOND}/?saring=belum")
    page.locator("[value=C]").check()
    page.get_by_role("button", name="Simpan, lanjut").click()
    assert page.title().startswith("Kesalahan:")
    assert page.locator("[value=C]").is_checked()
    page.locator("[name=note]").fill("Notulen belum ada")
    page.get_by_role("button", name="Simpan, lanjut").click()
    page.wait_for_url("**/meja/A.I.1.ii.a/?saring=belum")
    notes = dict(Note.objects.values_list("question__code", "text"))
    assert (score(FIRST), score(SECOND)) == ("Ya", "C")
    assert notes == {FIRST: "Sudah diperiksa", SECOND: "Notulen belum ada"}
    page.get_by_label("Buka pertanyaan nomor atau kode").fill("2")
    page.get_by_role("button", name="Buka").first.click()
    page.wait_for_url(f"**/meja/{SECOND}/?saring=belum")
    page.close()  # what ends every test asks the page's JavaScript


def test_lost_line_keeps_the_score_and_sends_it_again(page, enter, troubles):
    troubles.expect("ERR_INTERNET_DISCONNECTED")
    enter(page, "member")
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    page.keyboard.press("s")
    expect(page.locator("#queue [data-line]")).to_contain_text("1 isian belum tersimpan.")
    page.keyboard.press("n")
    page.keyboard.type("Catatan tanpa sambungan")
    expect(status(page, SECOND)).to_contain_text("Belum tersimpan")
    page.context.set_offline(False)
    saved(page, SECOND)
    tally(page, "1/113")
    expect(page.locator("#queue [data-line]")).to_be_empty()
    assert (score(FIRST), Note.objects.get().text) == ("Ya", "Catatan tanpa sambungan")


def test_word_of_a_lost_line_goes_when_it_is_back(page, enter, troubles):
    troubles.expect("ERR_INTERNET_DISCONNECTED")
    enter(page, "member")
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    page.keyboard.press("g")
    page.keyboard.type("90")
    page.keyboard.press("Enter")
    expect(page.locator("[data-trouble]")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("[data-trouble]")).to_be_hidden()
    shows(page, FIRST)


def test_unknown_code_leaves_the_question_and_says_so(page, enter, troubles):
    troubles.expect("404")
    enter(page, "member")
    page.keyboard.press("g")
    page.keyboard.type("A.I.1")
    page.keyboard.press("Enter")
    field = page.locator("#desk-go:invalid")
    expect(field).to_be_focused()
    assert field.evaluate("found => found.validationMessage") == "Tidak ada pertanyaan dengan nomor atau kode itu."
    shows(page, FIRST)
    page.keyboard.type(".i.b")
    page.keyboard.press("Enter")
    shows(page, SECOND)


def test_score_is_taken_back_in_place_and_what_was_typed_is_saved_first(page, enter, troubles):
    enter(page, "member", query="?saring=belum")
    offer = page.get_by_role("button", name="Tarik nilai saya")
    expect(offer).to_have_count(0)
    page.keyboard.press("1")
    saved(page, FIRST)
    tally(page, "1/113")
    page.locator("[data-note]").fill("Tanyakan SK")
    offer.click()
    tally(page, "0/113")
    expect(page.locator("[name=choice]:checked")).to_have_count(0)
    expect(page.locator("[data-note]")).to_have_value("Tanyakan SK")
    expect(offer).to_have_count(0)
    assert (score(FIRST), Note.objects.get().text) == (None, "Tanyakan SK")
    page.keyboard.press("s")
    shows(page, SECOND)
    expect(page).to_have_url(re.compile(r"\?saring=belum$"))
    tally(page, "1/113")
    assert score(FIRST) == "Ya"


def test_note_goes_on_where_it_ended(page, enter):
    enter(page, "member")
    for text in ("Pertama", ", kedua"):
        page.keyboard.press("n")
        page.keyboard.type(text)
        page.keyboard.press("Escape")
        saved(page, FIRST)
        page.reload()
    expect(page.locator("[data-note]")).to_have_value("Pertama, kedua")


def test_question_that_cannot_be_fetched_leaves_the_one_that_is_shown(page, enter, troubles):
    troubles.expect("ERR_(INTERNET_DISCONNECTED|FAILED)")
    page.route("**/meja/A.I.1.i.b/", lambda route: route.abort())
    enter(page, "member")
    page.keyboard.press("j")
    expect(page.locator("[data-trouble]")).to_be_visible()
    shows(page, FIRST)
    page.unroute("**/meja/A.I.1.i.b/")
    page.keyboard.press("j")
    shows(page, SECOND)
    expect(page.locator("[data-trouble]")).to_be_hidden()


def test_lead_agrees_with_the_member_and_differs_with_a_note(page, enter, troubles, accessibility_problems):
    troubles.expect("status of 422")
    assessment = Assessment.objects.get()
    member = factories.UserFactory(full_name="Penilai Pertama")
    for code in (FIRST, SECOND):
        factories.answer(assessment, code, {FIRST: "Tidak", SECOND: "C"}[code], stage="member", by=member)
        factories.note(assessment, code, member, "Belum lengkap")
    Assessment.objects.update(state="review_lead", later_stages="empty")
    enter(page, "lead")
    stages = page.locator(".desk-stages li")
    expect(stages).to_have_count(2)
    expect(stages.last).to_contain_text("Penilai Pertama")
    assert accessibility_problems(page) == []
    page.keyboard.press("s")
    shows(page, SECOND)
    tally(page, "1/113")
    assert score(FIRST, "lead") == "Tidak"
    page.keyboard.press("1")
    expect(status(page, SECOND)).to_contain_text("catatan")
    page.keyboard.press("n")
    page.keyboard.type("Notulen sudah lengkap")
    page.keyboard.press("Control+Enter")
    tally(page, "2/113")
    assert (score(SECOND), score(SECOND, "lead")) == ("C", "A")


def test_panes_keep_their_width_and_their_scroll(page, enter):
    enter(page, "member")
    pane = page.locator("[data-pane=tanya]")
    before = pane.bounding_box()["width"]
    page.locator("[data-split=tanya]").focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    wider = pane.bounding_box()["width"]
    assert wider > before + 60
    split = page.locator("[data-split=nilai]").bounding_box()
    page.mouse.move(split["x"] + 3, split["y"] + 100)
    page.mouse.down()
    page.mouse.move(split["x"] - 97, split["y"] + 100, steps=4)
    page.mouse.up()
    score_pane = page.locator("[data-pane=nilai]").bounding_box()["width"]
    page.locator("[data-next]").click()
    shows(page, SECOND)
    page.reload()
    assert page.locator("[data-pane=tanya]").bounding_box()["width"] == pytest.approx(wider, abs=1)
    assert page.locator("[data-pane=nilai]").bounding_box()["width"] == pytest.approx(score_pane, abs=1)
    # the panes scroll, the page does not
    assert page.evaluate("document.documentElement.scrollHeight - innerHeight") == 0


def test_narrow_desk_shows_one_pane_at_a_time(new_context, enter):
    page = new_context(viewport=HALF).new_page()
    enter(page, "member")
    visible = "found => found.filter(one => one.checkVisibility()).map(one => one.dataset.pane)"
    for tab in ("Bukti", "Nilai", "Pertanyaan"):
        page.locator(".desk-tabs a", has_text=tab).click()
        pane = {"Bukti": "bukti", "Nilai": "nilai", "Pertanyaan": "tanya"}[tab]
        assert page.locator("[data-pane]").evaluate_all(visible) == [pane]
    page.locator(".desk-tabs a", has_text="Nilai").click()
    page.get_by_role("button", name="Sesuai").click()
    shows(page, SECOND)
    assert page.locator("[data-pane]").evaluate_all(visible) == ["nilai"]
    assert sideways(page) == 0
    for key, pane in (("]", "bukti"), ("n", "nilai"), ("Escape", "nilai"), ("e", "bukti")):
        page.keyboard.press(key)
        assert page.locator("[data-pane]").evaluate_all(visible) == [pane]
    page.set_viewport_size(MIDDLE)
    assert len(page.locator("[data-pane]").evaluate_all(visible)) == 3
    assert sideways(page) == 0


@pytest.mark.parametrize("size", ["page", "phone"])
@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("member", "/evaluasi/"),
        ("member", f"/evaluasi/{A}/{U}/{P}/"),
        ("member", f"/evaluasi/{A}/{U}/{P}/?saring=kosong"),
        ("member", f"/evaluasi/{A}/{U}/{P}/meja/A.I.4.ii.a/"),
        ("member", f"/evaluasi/{A}/{U}/{P}/meja/B.I.a/"),
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
    enter(page, "member", "A.II.1.i.a")
    assert sideways(page) == 0
