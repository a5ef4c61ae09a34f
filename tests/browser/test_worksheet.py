"""The worksheet as people use it: on a slow line, two at a time, without JavaScript, by keyboard, on a phone."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from assessments.models import Answer, Assessment, Evidence
from tests import factories
from tests.browser.screens import sideways
from tests.units.upload_files import pdf_bytes
from units.models import AuditEvent

NODE, CODE = "A.I.1.i", "A.I.1.i.b"
CARD = "#p-A-I-1-i-b"
NARROW = {"width": 360, "height": 740}
TEXT = "Anggota tim dipilih melalui rapat seluruh bidang, dengan notulen dan daftar hadir."


def url(assessment, name="worksheet", *more):
    unit = assessment.unit
    rest = more or ((NODE,) if name == "worksheet" else ())
    return reverse(name, args=(unit.agency.code, unit.code, assessment.period.code, *rest))


def stored(assessment, code=CODE):
    return Answer.objects.filter(assessment=assessment, question__code=code, stage="unit").first()


@pytest.fixture
def at_work(opened, assessment):
    """Opens the worksheet for a person, in a browser of their own."""
    return lambda person, node=NODE, **options: opened(person, url(assessment, "worksheet", node), **options)


def slow(page, milliseconds):
    """Every save takes this long to be answered."""

    def answer(route):
        page.wait_for_timeout(milliseconds)
        route.continue_()

    page.route("**/jawaban/**", answer)


def note_of(page):
    return page.locator(f"{CARD} textarea[name=catatan]")


def status_of(page):
    return page.locator("#status-p-A-I-1-i-b")


def test_choice_and_note_save_themselves(at_work, cast, assessment):
    page = at_work(cast.operator)
    page.locator(f"{CARD} input[value=B]").check()
    expect(status_of(page)).to_contain_text("Tersimpan")
    expect(page.locator(f"{CARD} .live")).to_contain_text("0,50")
    expect(page.locator("#angka-semua")).to_contain_text("1 dari 113")
    expect(page.locator("[id='hitung-A.I.1.i']")).to_contain_text("1/2")
    note_of(page).fill(TEXT)
    expect(page.locator(f"{CARD}[data-save=saved]")).to_be_visible()
    expect(page.locator(f"{CARD} [name=versi]")).to_have_value("2")
    assert (stored(assessment).choice, stored(assessment).note) == ("B", TEXT)


def test_typing_on_a_slow_line_loses_nothing(at_work, cast, assessment):
    page = at_work(cast.operator)
    slow(page, 700)
    note_of(page).click()
    for word in TEXT.split(" "):
        page.keyboard.type(f"{word} ", delay=20)
        page.wait_for_timeout(170)
    page.keyboard.press("Backspace")
    assert note_of(page).input_value() == TEXT
    expect(page.locator(f"{CARD}[data-save=saved]")).to_be_visible()
    expect(page.locator(f"{CARD} [name=versi]")).not_to_have_value("0")
    assert note_of(page).input_value() == TEXT
    assert stored(assessment).note == TEXT


def test_two_browsers_on_one_question_keep_both_texts(at_work, cast, assessment, troubles):
    troubles.expect("status of 409")
    mine, theirs = at_work(cast.operator), at_work(cast.head)
    note_of(theirs).fill("teks kepala")
    expect(theirs.locator(f"{CARD}[data-save=saved]")).to_be_visible()
    note_of(mine).fill("teks operator")
    conflict = mine.locator(f"{CARD} .conflict")
    expect(conflict).to_contain_text("teks kepala")
    expect(conflict).to_contain_text("teks operator")
    expect(conflict).to_contain_text(cast.head.full_name)
    assert (note_of(mine).input_value(), stored(assessment).note) == ("teks operator", "teks kepala")
    note_of(mine).fill("teks operator, ditambah teks kepala")
    expect(conflict).to_contain_text("Seperti yang sekarang tertulis di atas.")
    conflict.get_by_role("button", name="Simpan isian saya").click()
    expect(mine.locator(f"{CARD}[data-save=saved]")).to_be_visible()
    assert stored(assessment).note == "teks operator, ditambah teks kepala"
    kept = AuditEvent.objects.filter(verb="answer.save").order_by("pk").values_list("after__note", flat=True)
    assert list(kept) == ["teks kepala", "teks operator, ditambah teks kepala"]


def test_conflict_can_take_what_is_stored(at_work, cast, assessment, troubles):
    troubles.expect("status of 409")
    mine, theirs = at_work(cast.operator), at_work(cast.head)
    note_of(theirs).fill("teks kepala")
    expect(theirs.locator(f"{CARD}[data-save=saved]")).to_be_visible()
    note_of(mine).fill("teks operator")
    mine.locator(f"{CARD} .conflict").get_by_role("button", name="Pakai jawaban tersimpan").click()
    expect(note_of(mine)).to_have_value("teks kepala")
    note_of(mine).fill("teks kepala, dilanjutkan")
    expect(mine.locator(f"{CARD}[data-save=saved]")).to_be_visible()
    assert stored(assessment).note == "teks kepala, dilanjutkan"


def test_lost_line_is_said_and_made_good(at_work, cast, assessment, troubles):
    troubles.expect("ERR_INTERNET_DISCONNECTED|htmx:(afterRequest|sendError)")
    page = at_work(cast.operator)
    page.context.set_offline(True)
    note_of(page).fill(TEXT)
    expect(status_of(page)).to_contain_text("Belum tersimpan")
    expect(page.locator(f"{CARD} .save-button")).to_be_visible()
    assert stored(assessment) is None
    page.context.set_offline(False)
    expect(status_of(page)).to_contain_text("Tersimpan")
    assert (note_of(page).input_value(), stored(assessment).note) == (TEXT, TEXT)


def test_link_waits_until_everything_is_saved(at_work, cast, assessment):
    page = at_work(cast.operator)
    slow(page, 500)
    note_of(page).fill(TEXT)
    page.locator(".turn-next").click()
    page.wait_for_url("**/lke/A.I.1.ii/")
    assert stored(assessment).note == TEXT


def test_browser_asks_only_when_something_would_be_lost(at_work, cast, assessment, troubles):
    """Saved, or safe on the disk: no question. Neither, as where the browser has no storage to give: it asks."""
    troubles.expect("ERR_FAILED")
    page = at_work(cast.operator)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    note_of(page).fill(TEXT)
    expect(page.locator(f"{CARD}[data-save=saved]")).to_be_visible()
    page.reload()
    page.route("**/jawaban/**", lambda route: route.abort())
    note_of(page).fill("belum terkirim")
    expect(status_of(page)).to_contain_text("Belum tersimpan")
    expect(page.locator("#queue")).to_contain_text("1 isian belum tersimpan. Aman di perangkat ini")
    page.reload()
    assert asked == []
    page.add_init_script("IDBFactory.prototype.open = () => { throw new Error('no storage') }")
    page.reload()
    note_of(page).fill("tidak ada tempat menyimpan")
    expect(page.locator("#queue")).to_contain_text("Jangan tutup halaman ini")
    page.reload()
    assert asked == ["beforeunload"]


def test_refused_number_stays_typed_and_is_explained(at_work, cast, assessment, troubles):
    troubles.expect("status of 422")
    page = at_work(cast.operator, "B.I")
    index = page.locator("#isi_index-p-B-I-a")
    index.fill("3.72")
    index.blur()
    expect(page.locator("#status-p-B-I-a")).to_contain_text("Gunakan koma untuk desimal")
    assert (index.input_value(), stored(assessment, "B.I.a")) == ("3.72", None)
    index.fill("3,72")
    index.blur()
    expect(page.locator("#hasil-p-B-I-a")).to_contain_text("3,72 : 4 = 0,93")
    page.locator("#isi_respondents-p-B-I-a").fill("12")
    expect(page.locator("#status-p-B-I-a")).to_contain_text("Responden 12 orang")
    assert stored(assessment, "B.I.a").inputs == {"index": "3.72", "respondents": 12}


def test_evidence_is_uploaded_without_leaving_the_page(at_work, cast, assessment, troubles, tmp_path):
    troubles.expect("status of 422")
    page = at_work(cast.operator)
    page.locator(f"{CARD} input[value=A]").check()
    note_of(page).fill("sedang diketik")
    card = page.locator(CARD)
    card.get_by_text("Tambah bukti").click()
    fake = tmp_path / "palsu.pdf"
    fake.write_bytes(b"bukan pdf")
    card.locator("input[type=file]").first.set_input_files(fake)
    card.get_by_role("button", name="Tambahkan").click()
    expect(card.locator(".upload-row")).to_contain_text("Isi berkas tidak sesuai dengan akhiran .pdf")
    real = tmp_path / "SK Tim Kerja.pdf"
    real.write_bytes(pdf_bytes())
    card.locator("input[type=file]").first.set_input_files(real)
    card.get_by_role("button", name="Tambahkan").click()
    expect(card.locator(".evidence")).to_contain_text("SK Tim Kerja.pdf")
    expect(card.locator(".marks")).to_contain_text("Ada bukti")
    expect(page.locator("#angka-semua progress").nth(1)).to_have_attribute("value", "1")
    assert note_of(page).input_value() == "sedang diketik"
    assert Evidence.objects.get().uses.get().question.code == CODE


def test_worksheet_is_filled_without_javascript(at_work, cast, assessment, tmp_path):
    page = at_work(cast.operator, java_script_enabled=False)
    page.locator(f"{CARD} input[value=B]").check()
    note_of(page).fill(TEXT)
    page.locator(f"{CARD} .save-button").click()
    assert page.url.endswith(f"/lke/{NODE}/{CARD}")
    expect(page.locator(".notices")).to_contain_text(f"{CODE} tersimpan")
    assert (stored(assessment).choice, stored(assessment).note) == ("B", TEXT)
    real = tmp_path / "SK.pdf"
    real.write_bytes(pdf_bytes())
    page.locator(CARD).get_by_text("Tambah bukti").click()
    page.locator(f"{CARD} input[type=file]").first.set_input_files(real)
    page.locator(CARD).get_by_role("button", name="Tambahkan").click()
    expect(page.locator(f"{CARD} .evidence")).to_contain_text("SK.pdf")


def test_mistakes_and_conflicts_are_settled_without_javascript(at_work, cast, assessment, troubles):
    troubles.expect("status of 4(09|22)")
    page = at_work(cast.operator, "B.I", java_script_enabled=False)
    page.locator("#isi_index-p-B-I-a").fill("3.72")
    page.locator("#p-B-I-a .save-button").click()
    assert page.title().startswith("Kesalahan: B.I Birokrasi yang Bersih dan Akuntabel")
    page.locator(".error-summary a").click()
    assert page.url.endswith("#isi_index-p-B-I-a")
    expect(page.locator("#isi_index-p-B-I-a")).to_have_value("3.72")
    page.locator("#isi_index-p-B-I-a").fill("3,72")
    factories.answer(assessment, "B.I.a", {"index": "3.5"}, by=cast.head)
    page.locator("#p-B-I-a .save-button").click()
    expect(page.locator(".conflict-sides")).to_contain_text("3,5")
    expect(page.locator(".conflict-sides")).to_contain_text("3,72")
    page.get_by_role("button", name="Simpan isian saya").click()
    assert stored(assessment, "B.I.a").inputs == {"index": "3.72"}


def test_keyboard_alone_answers_and_sends(at_work, cast, assessment, golden, log_in, new_context):
    answers = golden("22")["answers"]
    factories.answer_everything(assessment, {code: raw for code, raw in answers.items() if code != CODE}, by=cast.head)
    page = new_context().new_page()
    log_in(page, cast.head.username, factories.PASSWORD)
    tab_to(page, "a.btn-primary")
    page.keyboard.press("Enter")
    page.wait_for_url("**/lke/A.I.1.i/**")
    tab_to(page, f"{CARD} input[type=radio]")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    page.keyboard.type("Diisi dengan papan ketik")
    expect(page.locator(f"{CARD}[data-save=saved]")).to_be_visible()
    tab_to(page, ".rail-check a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/periksa/")
    tab_to(page, "[name=pernyataan]")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tanda-terima/?putaran=*")
    assessment.refresh_from_db()
    assert (stored(assessment).choice, stored(assessment).note) == ("C", "Diisi dengan papan ketik")
    assert assessment.state == "submitted"


def tab_to(page, selector, presses=400):
    """Press Tab until the focus is there, visible and not hidden behind anything."""
    for _ in range(presses):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            page.wait_for_timeout(400)  # pages scroll smoothly
            visible = page.evaluate(
                """() => { const box = document.activeElement.getBoundingClientRect();
                return box.top >= 0 && box.bottom <= innerHeight }"""
            )
            assert visible, f"{selector} has the focus out of sight"
            return
    pytest.fail(f"{selector} is never reached by Tab")


PAGES = ("unit_home", "worksheet A.I.1.i", "worksheet A.II.5.iii", "worksheet B.I", "evidence_list", "check")


@pytest.fixture
def lived_in(assessment, cast, golden):
    """A worksheet in which something of everything stands."""
    answers = golden("24")["answers"]
    factories.answer_everything(assessment, {code: answers[code] for code in list(answers)[:70]}, by=cast.operator)
    factories.answer(assessment, "A.II.5.iii.a", {"lhkpn_unit_heads": 1, "lhkpn_reported": 4}, by=cast.operator)
    factories.evidence_for(assessment, "A.I.1.i.a", cast.operator, title="SK_Tim_Kerja_" * 8)
    factories.note(assessment, "A.I.1.i.a", cast.assistant, text="Lengkapi. " * 20, stage="assistance")
    return assessment


@pytest.mark.parametrize("size", [NARROW, {"width": 390, "height": 844}, {"width": 1366, "height": 768}])
def test_pages_fit_and_are_accessible(new_context, log_in, cast, lived_in, accessibility_problems, size):
    page = new_context(viewport=size).new_page()
    log_in(page, cast.operator.username, factories.PASSWORD)
    found = {}
    for name in PAGES:
        route, *node = name.split(" ")
        page.goto(url(lived_in, route, *node))
        page.evaluate("document.querySelectorAll('main details').forEach(part => { part.open = true })")
        found[name] = (sideways(page), accessibility_problems(page))
    assert found == {name: (0, []) for name in PAGES}


@pytest.mark.parametrize("who", ["operator", "assistant", "inspector"])
def test_locked_pages_fit_and_are_accessible(new_context, log_in, cast, lived_in, accessibility_problems, who):
    Assessment.objects.filter(pk=lived_in.pk).update(state="submitted")
    page = new_context(viewport=NARROW).new_page()
    log_in(page, getattr(cast, who).username, factories.PASSWORD)
    for name in ("unit_home", "worksheet", "check"):
        page.goto(url(lived_in, name))
        assert (sideways(page), accessibility_problems(page)) == (0, [])


def test_conflict_page_and_panel_are_accessible(at_work, cast, assessment, troubles, accessibility_problems):
    troubles.expect("status of 409")
    page = at_work(cast.operator, viewport=NARROW)
    factories.answer(assessment, CODE, "A", by=cast.head, note="teks kepala")
    note_of(page).fill("teks operator")
    expect(page.locator(f"{CARD} .conflict")).to_be_visible()
    assert (sideways(page), accessibility_problems(page)) == (0, [])


def test_receipt_is_accessible(page, log_in, cast, assessment, accessibility_problems, troubles):
    troubles.expect("status of 422")
    log_in(page, cast.head.username, factories.PASSWORD)
    page.goto(url(assessment, "check"))
    page.locator("[name=pernyataan]").check()
    page.get_by_role("button", name="Kirim LKE").click()
    expect(page.locator("[data-focus]")).to_be_focused()
    page.locator("[data-focus] a").click()
    page.locator("[name=kosong]").check()
    page.get_by_role("button", name="Kirim LKE").click()
    page.wait_for_url("**/tanda-terima/?putaran=*")
    assert (sideways(page), accessibility_problems(page)) == (0, [])
