"""Excel in and out as people do it: download, fill, upload, look, apply; then the same file once more."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from assessments.importers.instrument_file import read_instrument_file
from assessments.models import Answer
from tests import factories
from tests.assessments.importers.sheets import NAME, XLSX, filled
from tests.browser.screens import sideways
from tests.scoring.conftest import FILE

YES, ABC, RATIO = "A.I.1.i.a", "A.I.1.i.b", "A.II.1.i.a"
NARROW = {"width": 360, "height": 740}


def stored(code):
    return Answer.objects.get(stage="unit", question__code=code)


@pytest.fixture
def sheet():
    """A worksheet with two good answers, one of them with a note, and one cell that cannot be read."""
    lke = read_instrument_file(FILE)
    book = filled(lke, {YES: "Ya", RATIO: {"agents": 4, "changes": 3}}, {YES: "Catatan dari lembar"})
    book.put(ABC, "entah")
    return book.answer(ABC), {"name": NAME, "mimeType": XLSX, "buffer": book.bytes()}


@pytest.fixture
def at_import(opened, cast, assessment):
    unit = assessment.unit
    path = reverse("workbook_import", args=(unit.agency.code, unit.code, assessment.period.code))
    return lambda **options: opened(cast.operator, path, **options)


def test_worksheet_is_uploaded_looked_at_and_applied(
    at_import, assessment, cast, sheet, accessibility_problems, screenshot
):
    cell, file = sheet
    factories.answer(assessment, YES, "Tidak", by=cast.operator)
    page = at_import()
    assert accessibility_problems(page) == []
    page.get_by_label("Lembar kerja (.xlsx)").set_input_files(file)
    page.get_by_role("button", name="Unggah dan lihat perubahan").click()
    expect(page.get_by_role("heading", name="Pratinjau impor")).to_be_visible()
    expect(page.locator(".wb-counts")).to_contain_text("1 baru")
    expect(page.locator(".wb-flaw")).to_have_count(1)
    expect(page.locator(".wb-flaw")).to_contain_text(cell)
    assert accessibility_problems(page) == []
    screenshot(page, "impor-pratinjau")
    assert Answer.objects.count() == 1
    page.get_by_role("radio", name="Timpa").check()
    page.get_by_role("button", name="Impor sekarang").click()
    expect(page.get_by_text("Tersimpan: 2 jawaban dan 1 catatan.")).to_be_visible()
    assert accessibility_problems(page) == []
    assert (stored(YES).raw, stored(YES).note, stored(YES).version) == ("Ya", "Catatan dari lembar", 2)
    assert stored(RATIO).raw == {"agents": 4, "changes": 3}


def test_save_by_somebody_else_in_between_stops_the_import(at_import, assessment, cast, sheet, troubles):
    _cell, file = sheet
    page = at_import()
    page.get_by_label("Lembar kerja (.xlsx)").set_input_files(file)
    page.get_by_role("button", name="Unggah dan lihat perubahan").click()
    factories.answer(assessment, YES, "Tidak", by=cast.head)
    troubles.expect("409")
    page.get_by_role("button", name="Impor sekarang").click()
    expect(page.get_by_role("alert").first).to_contain_text(YES)
    assert (stored(YES).raw, Answer.objects.count()) == ("Tidak", 1)
    page.get_by_role("button", name="Impor sekarang").click()
    expect(page.get_by_role("heading", name="Hasil impor")).to_be_visible()
    assert (stored(YES).raw, stored(RATIO).raw) == ("Tidak", {"agents": 4, "changes": 3})


def test_phone_takes_a_worksheet_without_scrolling_sideways(at_import, sheet, assessment, cast, screenshot):
    _cell, file = sheet
    factories.answer(assessment, YES, "Tidak", by=cast.operator, note="Catatan yang sudah ada " * 8)
    page = at_import(viewport=NARROW, has_touch=True, is_mobile=True)
    assert sideways(page) == 0
    page.get_by_label("Lembar kerja (.xlsx)").set_input_files(file)
    page.get_by_role("button", name="Unggah dan lihat perubahan").click()
    expect(page.get_by_role("heading", name="Pratinjau impor")).to_be_visible()
    assert sideways(page) == 0
    screenshot(page, "impor-pratinjau-telepon")
    heights = [
        box["height"] for box in (item.bounding_box() for item in page.locator(".wb-choice, .wb-apply .btn").all())
    ]
    assert min(heights) >= 44
    page.get_by_role("button", name="Impor sekarang").click()
    expect(page.get_by_role("heading", name="Hasil impor")).to_be_visible()
    assert sideways(page) == 0


def test_own_export_comes_back_without_a_change(at_import, assessment, cast):
    factories.answer(assessment, YES, "Ya", by=cast.operator, note="=catatan\nbaris dua")
    page = at_import()
    with page.expect_download() as download:
        page.get_by_role("link", name="Unduh LKE untuk diisi").click()
    page.get_by_label("Lembar kerja (.xlsx)").set_input_files(
        download.value.path().rename(download.value.path().with_suffix(".xlsx"))
    )
    page.get_by_role("button", name="Unggah dan lihat perubahan").click()
    expect(page.get_by_text("Tidak ada yang perlu diimpor dari lembar ini.")).to_be_visible()
