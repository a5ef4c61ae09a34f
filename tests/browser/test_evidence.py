"""Evidence in a browser: many files with progress, cancel and retry; drop, paste, camera, keys; on a bad line."""

import io
import re
import socket
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from assessments.models import Evidence, EvidenceFile
from assessments.services import evidence as services
from tests import factories
from tests.browser.screens import sideways
from tests.units.upload_files import empty_pdf, pdf_bytes
from tests.units.upload_files import upload as uploaded
from units.uploads import scan_upload

NODE, CODE, OTHER = "A.I.1.i", "A.I.1.i.b", "A.I.1.i.a"
CARD, OTHER_CARD = "#p-A-I-1-i-b", "#p-A-I-1-i-a"
NARROW = {"width": 360, "height": 740}
expect.set_options(timeout=20_000)  # each file is examined in a process of its own
CUT = "ERR_(FAILED|ABORTED|CONNECTION|EMPTY|INTERNET)|status of (409|422|502)|Failed to load"


def url(assessment, name="worksheet", *more):
    unit = assessment.unit
    rest = more or ((NODE,) if name == "worksheet" else ())
    return reverse(name, args=(unit.agency.code, unit.code, assessment.period.code, *rest))


@pytest.fixture
def at_work(opened, assessment):
    """Opens the worksheet for a person, with the upload of the question unfolded."""

    def open_page(person, **options):
        page = opened(person, url(assessment), **options)
        page.locator(CARD).get_by_text("Tambah bukti").click()
        return page

    return open_page


def pdf_file(name, pages=1):
    return {"name": name, "mimeType": "application/pdf", "buffer": pdf_bytes(empty_pdf(pages))}


def choose(page, *files, card=CARD):
    page.locator(f"{card} input[type=file]:not([data-upload-camera])").set_input_files(list(files))


def send(page, card=CARD):
    page.locator(f"{card} [data-uploader] button[type=submit]").click()


def row(page, name, card=CARD):
    return page.locator(f"{card} .upload-row", has_text=name)


def listed(page, card=CARD):
    return page.locator(f"{card} .evidence")


def titles():
    return list(Evidence.objects.order_by("pk").values_list("title", flat=True))


def add(assessment, person, name, pages=1, code=CODE):
    file = uploaded(name, pdf_bytes(empty_pdf(pages)))
    where = {"assessment": assessment, "code": code, "title": "", "actor": person, "now": timezone.now()}
    return services.add_file(upload=file, scanned=scan_upload(file), **where).evidence


def test_many_files_go_one_by_one_and_each_says_what_became_of_it(at_work, cast, assessment, troubles):
    troubles.expect(CUT)
    page = at_work(cast.operator)
    page.locator(f"{CARD} input[value=A]").check()
    page.locator(f"{CARD} textarea[name=catatan]").fill("sedang diketik")
    fake = {"name": "palsu.pdf", "mimeType": "application/pdf", "buffer": b"bukan pdf"}
    text = {"name": "catatan.txt", "mimeType": "text/plain", "buffer": b"x"}
    empty = {"name": "kosong.pdf", "mimeType": "application/pdf", "buffer": b""}
    choose(page, pdf_file("SK.pdf"), fake, text, empty, pdf_file("Notulen.pdf", 2))
    expect(row(page, "catatan.txt")).to_contain_text("Jenis berkas ini tidak diterima. Yang diterima: PDF, JPG")
    expect(row(page, "kosong.pdf")).to_contain_text("Berkas ini kosong (0 byte).")
    send(page)
    expect(row(page, "SK.pdf")).to_contain_text("Bukti “SK.pdf” ditambahkan.")
    expect(row(page, "palsu.pdf")).to_contain_text("Isi berkas tidak sesuai dengan akhiran .pdf")
    expect(row(page, "Notulen.pdf")).to_contain_text("Bukti “Notulen.pdf” ditambahkan.")
    expect(listed(page)).to_contain_text("Notulen.pdf")
    expect(page.locator(f"{CARD} .marks")).to_contain_text("Ada bukti")
    expect(page.locator(f"{CARD} [data-upload-status]")).to_have_text("2/5 tersimpan")
    assert page.locator(f"{CARD} textarea[name=catatan]").input_value() == "sedang diketik"
    assert titles() == ["SK.pdf", "Notulen.pdf"]


def test_files_are_joined_into_one_record(at_work, cast, assessment):
    page = at_work(cast.operator)
    join = page.get_by_label("Satukan semua berkas menjadi satu bukti").nth(1)
    expect(join).to_be_hidden()
    choose(page, pdf_file("a.pdf"), pdf_file("b.pdf", 2))
    join.check()
    page.locator(f"{CARD} [name=judul]").fill("Notulen rapat")
    send(page)
    expect(row(page, "b.pdf")).to_contain_text("ditambahkan")
    expect(listed(page)).to_contain_text("b.pdf")
    assert (titles(), EvidenceFile.objects.count()) == (["Notulen rapat"], 2)


def test_upload_that_is_cut_is_tried_again_and_stored_once(at_work, cast, assessment, troubles):
    troubles.expect(CUT)
    page = at_work(cast.operator)
    lost = []

    def lose_the_answer(route):
        lost.append(route.fetch().status)  # the portal stores the file, the browser never hears of it
        route.abort()

    page.route("**/bukti/**", lose_the_answer, times=1)
    choose(page, pdf_file("SK.pdf"))
    send(page)
    expect(row(page, "SK.pdf")).to_contain_text("Gagal: sambungan terputus.")
    row(page, "SK.pdf").get_by_role("button", name="Coba lagi").click()
    expect(row(page, "SK.pdf").locator("[data-tone=success]")).to_be_visible()
    expect(listed(page)).to_contain_text("SK.pdf")
    assert (lost, titles(), EvidenceFile.objects.count()) == ([200], ["SK.pdf"], 1)


def test_upload_is_cancelled_while_it_runs(at_work, cast, assessment, troubles):
    troubles.expect(CUT)
    page = at_work(cast.operator)
    line = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 50, "downloadThroughput": 10**6, "uploadThroughput": 40_000}
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", slow)
    big = pdf_bytes() + b"\n%" + b"x" * 200_000 + b"\n%%EOF\n"
    choose(page, {"name": "besar.pdf", "mimeType": "application/pdf", "buffer": big}, pdf_file("kecil.pdf", 2))
    send(page)
    expect(row(page, "besar.pdf").locator("progress")).to_be_visible()
    expect(row(page, "besar.pdf")).to_contain_text(re.compile(r"Mengunggah \d+ %"))
    row(page, "besar.pdf").get_by_role("button", name="Batalkan").click()
    expect(row(page, "besar.pdf")).to_contain_text("Dibatalkan. Belum ada yang tersimpan.")
    expect(row(page, "kecil.pdf")).to_contain_text("ditambahkan")
    assert titles() == ["kecil.pdf"]
    line.send("Network.emulateNetworkConditions", slow | {"uploadThroughput": 10**7, "latency": 0})
    row(page, "besar.pdf").get_by_role("button", name="Coba lagi").click()
    expect(listed(page)).to_contain_text("besar.pdf")


@pytest.mark.parametrize("percent", [10, 50, 99])
def test_request_that_is_cut_off_leaves_nothing(at_work, cast, assessment, live_server, storage, percent):
    """REL-25, without a browser's help: the connection ends in the middle of the body."""
    page = at_work(cast.operator)
    cookies = "; ".join(f"{item['name']}={item['value']}" for item in page.context.cookies())
    token = page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    body = (
        b'--x\r\nContent-Disposition: form-data; name="berkas"; filename="a.pdf"\r\n\r\n'
        + pdf_bytes(empty_pdf(3))
        + b"\r\n--x--\r\n"
    )
    place = urlsplit(live_server.url)
    head = (
        f"POST {url(assessment, 'evidence_add', CODE)} HTTP/1.1\r\nHost: {place.netloc}\r\nCookie: {cookies}\r\n"
        f"X-CSRFToken: {token}\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((place.hostname, place.port)) as line:
        line.sendall(head.encode() + body[: len(body) * percent // 100])
        line.shutdown(socket.SHUT_WR)
        line.settimeout(10)
        while line.recv(65536):
            pass
    assert (Evidence.objects.count(), EvidenceFile.objects.count()) == (0, 0)
    assert [path for path in Path(storage).rglob("evidence/**/*") if path.is_file()] == []
    choose(page, {"name": "a.pdf", "mimeType": "application/pdf", "buffer": pdf_bytes(empty_pdf(3))})
    send(page)
    expect(listed(page)).to_contain_text("a.pdf")
    assert titles() == ["a.pdf"]


def test_same_file_is_offered_for_reuse_before_it_is_sent(at_work, cast, assessment, troubles):
    troubles.expect(CUT)
    add(assessment, cast.operator, "SK Tim.pdf", code=OTHER)
    page = at_work(cast.operator)
    choose(page, pdf_file("salinan.pdf"))
    send(page)
    expect(row(page, "salinan.pdf")).to_contain_text("Berkas yang sama sudah ada: “SK Tim.pdf” (2024). Pakai ulang?")
    row(page, "salinan.pdf").get_by_role("button", name="Pakai ulang").click()
    expect(listed(page)).to_contain_text("Dipakai di 2 pertanyaan")
    assert titles() == ["SK Tim.pdf"]
    choose(page, pdf_file("lagi.pdf"), card=CARD)
    send(page)
    expect(row(page, "lagi.pdf")).to_contain_text("sehingga dipakai ulang")


def test_large_file_that_is_known_is_not_sent(at_work, cast, assessment):
    content = pdf_bytes() + b"\n%" + b"x" * 300_000 + b"\n%%EOF\n"
    file = uploaded("besar.pdf", content)
    where = {"assessment": assessment, "code": OTHER, "title": "", "actor": cast.operator, "now": timezone.now()}
    services.add_file(upload=file, scanned=scan_upload(file), **where)
    page = at_work(cast.operator)
    posts = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    choose(page, {"name": "lain.pdf", "mimeType": "application/pdf", "buffer": content})
    send(page)
    expect(row(page, "lain.pdf")).to_contain_text("Pakai ulang?")
    assert posts == []
    row(page, "lain.pdf").get_by_role("button", name="Simpan sebagai bukti tersendiri").click()
    expect(listed(page)).to_contain_text("besar.pdf")
    assert (Evidence.objects.count(), len(posts)) == (2, 1)


DROP = """([selector, kind, name]) => {
  const bytes = new TextEncoder().encode("%PDF-1.4 seret");
  const data = new DataTransfer();
  data.items.add(new File([bytes], name, { type: "application/pdf" }));
  const target = document.querySelector(selector);
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })
    : new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true });
  target.dispatchEvent(event);
  return event.defaultPrevented;
}"""


def test_files_are_dropped_and_pasted(at_work, cast, assessment):
    page = at_work(cast.operator)
    zone = f"{CARD} [data-upload-drop]"
    assert page.evaluate(DROP, [zone, "dragover", "a.pdf"])
    expect(page.locator(f"{zone}[data-over]")).to_be_visible()
    assert page.evaluate(DROP, [zone, "drop", "seret.pdf"])
    expect(row(page, "seret.pdf")).to_contain_text("Siap diunggah")
    assert page.evaluate(DROP, ["body", "drop", "meleset.pdf"])  # the page stays
    assert page.evaluate(DROP, [f"{CARD} [name=judul]", "paste", "image.pdf"])
    expect(page.locator(f"{CARD} .upload-row")).to_have_count(2)
    expect(row(page, "Tangkapan layar")).to_contain_text("Siap diunggah")
    row(page, "seret.pdf").get_by_role("button", name="Hapus dari daftar").click()
    expect(page.locator(f"{CARD} .upload-row")).to_have_count(1)


def test_photo_of_a_phone_is_made_smaller_and_sent(at_work, cast, assessment):
    """A noisy picture, as a camera makes them: too large for a bad line, not for the portal."""
    page = at_work(cast.operator, viewport=NARROW, has_touch=True, is_mobile=True)
    picture = Image.effect_noise((3200, 2400), 90).convert("RGB")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=92)
    camera = page.locator(f"{CARD} [data-upload-camera]")
    assert camera.get_attribute("capture") == "environment"
    expect(page.locator(f"{CARD} .upload-camera label")).to_be_visible()
    box = page.locator(f"{CARD} .upload-camera label").bounding_box()
    assert box["height"] >= 44
    camera.set_input_files({"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()})
    expect(row(page, "Foto")).to_contain_text("diperkecil dari")
    page.locator(f"{CARD} [data-uploader] button[type=submit]").tap()
    expect(listed(page)).to_contain_text("Foto")
    file = EvidenceFile.objects.get()
    assert (file.kind, file.size < len(out.getvalue()), sideways(page)) == ("jpg", True, 0)


def test_keyboard_alone_uploads_orders_and_withdraws(at_work, cast, assessment):
    page = at_work(cast.operator)
    choose(page, pdf_file("a.pdf"), pdf_file("b.pdf", 2))
    page.locator(f"{CARD} input[type=file]").first.focus()
    to_focus(page, f"{CARD} [name=satukan]")
    page.keyboard.press("Space")
    to_focus(page, f"{CARD} [data-uploader] button[type=submit]")
    page.keyboard.press("Enter")
    expect(listed(page)).to_contain_text("b.pdf")
    to_focus(page, f"{CARD} .record-links a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/bukti/rincian/**")
    to_focus(page, "button[value=turun]")
    page.keyboard.press("Enter")
    expect(page.locator(".detail-name").first).to_contain_text("b.pdf")
    to_focus(page, "#alasan-tarik")
    page.keyboard.type("Salah unggah")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("Bukti ini sudah ditarik.")
    assert Evidence.objects.get().withdrawn_reason == "Salah unggah"


def to_focus(page, selector, presses=120):
    for _ in range(presses):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"{selector} is never reached by Tab")


def test_files_are_added_to_a_record_with_progress(at_work, cast, assessment):
    record = add(assessment, cast.operator, "SK.pdf")
    page = at_work(cast.operator)
    page.goto(url(assessment, "evidence_detail", record.uuid))
    page.get_by_text("Tambah berkas pada bukti ini").click()
    choose(page, pdf_file("dua.pdf", 2), card=".detail-add")
    page.get_by_role("button", name="Tambahkan berkas").click()
    expect(page.locator(".detail-file")).to_have_count(2)
    assert record.files.count() == 2


def test_library_works_without_javascript(new_context, log_in, cast, assessment, troubles):
    troubles.expect(CUT)
    add(assessment, cast.operator, "SK Tim.pdf", code=OTHER)
    page = new_context(java_script_enabled=False).new_page()
    log_in(page, cast.operator.username, factories.PASSWORD)
    page.goto(url(assessment))
    page.locator(CARD).get_by_text("Tambah bukti").click()
    choose(page, pdf_file("lain.pdf"), pdf_file("baru.pdf", 2))
    send(page)
    expect(page.locator(".upload-outcomes")).to_contain_text("Bukti “baru.pdf” ditambahkan.")
    page.get_by_role("button", name="Pakai ulang").click()
    expect(listed(page)).to_contain_text("SK Tim.pdf")
    expect(listed(page)).to_contain_text("baru.pdf")
    page.goto(url(assessment, "evidence_list") + "?cari=tim")
    expect(page.locator(".library-row")).to_have_count(1)


@pytest.mark.parametrize("size", [NARROW, {"width": 1366, "height": 768}])
def test_pages_fit_and_are_accessible(at_work, cast, assessment, accessibility_problems, troubles, size):
    troubles.expect(CUT)
    record = add(assessment, cast.operator, "SK_Tim_Kerja_" * 8 + ".pdf")
    services.attach(assessment=assessment, code=OTHER, evidence=record, actor=cast.operator, now=timezone.now())
    page = at_work(cast.operator, viewport=size)
    choose(page, pdf_file("nama_panjang_" * 9 + ".pdf", 2), pdf_file("SK lain.pdf", 1))
    found = {"list of files": (sideways(page), accessibility_problems(page))}
    for name, more in (("evidence_list", ()), ("evidence_detail", (record.uuid,)), ("evidence_attach", (record.uuid,))):
        page.goto(url(assessment, name, *more))
        page.evaluate("document.querySelectorAll('main details').forEach(part => { part.open = true })")
        found[name] = (sideways(page), accessibility_problems(page))
    assert found == dict.fromkeys(found, (0, []))
