"""The viewer of evidence as people use it: pages, zoom, search, keys; with and without scripts, large and small."""

import re

import pytest
import weasyprint
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from assessments.models import EvidenceFile
from assessments.services.previews import make_preview, request_preview
from tests import factories

CODE = "A.I.1.i.a"
NARROW = {"width": 360, "height": 740}
PARAGRAPH = "<p>Tim Kerja Zona Integritas melaksanakan rencana aksi enam area perubahan secara berkala.</p>"


def letter() -> bytes:
    sections = "".join(
        f'<section style="page-break-after: always"><h2>Keputusan Kepala UPT, bagian {page}</h2>{PARAGRAPH * 12}'
        f"{'<p>Pakta integritas ditandatangani.</p>' if page in (2, 4) else ''}</section>"
        for page in range(1, 5)
    )
    return weasyprint.HTML(string=sections).write_pdf()


def draw(file) -> None:
    request_preview(sha256=file.sha256, kind="pdf", now=timezone.now())
    make_preview(sha256=file.sha256, now=timezone.now())


@pytest.fixture
def file(cast, assessment):
    record = factories.evidence_for(assessment, CODE, cast.operator, title="SK Tim Kerja Zona Integritas")
    content = letter()
    file = EvidenceFile(evidence=record, original_name="SK Tim Kerja 2024.pdf", kind="pdf", size=len(content))
    file.sha256, file.uploaded_by, file.uploaded_at = "d" * 64, cast.operator, timezone.now()
    file.file.save("a", ContentFile(content), save=False)
    file.save()
    return file


@pytest.fixture
def viewer(new_context, log_in, cast, file):
    """Opens the viewer for the operator."""

    def open_page(query="", **options):
        page = new_context(**options).new_page()
        log_in(page, cast.operator.username, factories.PASSWORD)
        page.goto(reverse("evidence_view", args=(file.uuid,)) + query)
        return page

    return open_page


def shown(page):
    return page.locator(".viewer-page img")


def expect_page(page, number):
    expect(shown(page)).to_have_attribute("src", re.compile(rf"/halaman/{number}/$"))
    shown(page).evaluate("image => image.decode()")


def width(page):
    return shown(page).bounding_box()["width"]


def test_viewer_turns_pages_zooms_and_searches(viewer, file, accessibility_problems, screenshot):
    draw(file)
    page = viewer()
    expect_page(page, 1)
    assert accessibility_problems(page) == []
    screenshot(page, "berkas-lihat", full_page=True)
    page.get_by_role("link", name="Berikutnya").click()
    expect_page(page, 2)
    expect(page).to_have_url(re.compile(r"\?hal=2$"))
    widths = []
    for zoom in ("100 %", "150 %", "200 %"):
        page.get_by_role("link", name=zoom).click()
        expect(page.get_by_role("link", name=zoom)).to_have_attribute("aria-current", "true")
        widths.append(round(width(page)))
    assert widths == [800, 1200, 1600]
    page.get_by_label("Cari di dalam berkas").fill("PAKTA integritas")
    page.keyboard.press("Enter")
    expect(page.get_by_text("“PAKTA integritas” ada di 2 halaman.")).to_be_visible()
    expect(page.locator(".viewer-words mark")).to_have_text("Pakta integritas")
    assert accessibility_problems(page) == []
    screenshot(page, "berkas-cari", full_page=True)
    page.get_by_role("link", name="Halaman 4", exact=True).click()
    expect_page(page, 4)
    expect(page.locator(".viewer-hits [aria-current]")).to_have_text("Halaman 4")


def test_viewer_obeys_keys_only_while_its_page_has_the_focus(viewer, file):
    draw(file)
    page = viewer()
    expect_page(page, 1)
    page.keyboard.press("ArrowRight")
    page.get_by_label("Cari di dalam berkas").press("ArrowRight")
    expect_page(page, 1)
    page.locator(".viewer-page").focus()
    page.keyboard.press("ArrowRight")
    expect_page(page, 2)
    expect(page.locator(".viewer-page")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect_page(page, 3)
    page.keyboard.press("ArrowLeft")
    expect_page(page, 2)
    page.keyboard.press("+")
    expect(page.locator(".viewer-page")).to_have_attribute("data-zoom", "100")
    page.keyboard.press("-")
    expect(page.locator(".viewer-page")).to_have_attribute("data-zoom", "lebar")
    expect_page(page, 2)


def test_viewer_works_without_scripts(viewer, file):
    draw(file)
    page = viewer(java_script_enabled=False)
    page.get_by_role("link", name="Berikutnya").click()
    expect(shown(page)).to_have_attribute("src", re.compile(r"/halaman/2/$"))
    page.get_by_label("Halaman", exact=True).fill("4")
    page.get_by_role("button", name="Buka").click()
    expect(shown(page)).to_have_attribute("src", re.compile(r"/halaman/4/$"))
    page.get_by_role("link", name="150 %").click()
    expect(page.locator(".viewer-page")).to_have_attribute("data-zoom", "150")
    page.get_by_label("Cari di dalam berkas").fill("pakta")
    page.get_by_role("button", name="Cari").click()
    expect(page.locator(".viewer-hits li")).to_have_count(2)
    expect(page.locator(".viewer-keys")).to_be_hidden()


def test_viewer_waits_for_the_worker(viewer, file, accessibility_problems):
    page = viewer()
    expect(page.get_by_text("Pratinjau sedang disiapkan.")).to_be_visible()
    assert accessibility_problems(page) == []
    make_preview(sha256=file.sha256, now=timezone.now())
    expect_page(page, 1)
    expect(page.get_by_role("link", name="Unduh")).to_be_visible()


@pytest.mark.parametrize("query", ["", "?hal=2&zoom=200&cari=pakta"])
def test_viewer_on_a_phone_does_not_scroll_sideways(viewer, file, accessibility_problems, screenshot, query):
    draw(file)
    page = viewer(query, viewport=NARROW, has_touch=True, is_mobile=True)
    expect_page(page, 2 if query else 1)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    small = page.locator(".viewer :is(a, button, input:not([type=hidden]), summary):visible").evaluate_all(
        "found => found.filter(one => one.getBoundingClientRect().height < 43.9).map(one => one.textContent.trim())"
    )
    assert small == []
    assert accessibility_problems(page) == []
    if not query:
        screenshot(page, "berkas-lihat-ponsel", full_page=True)
