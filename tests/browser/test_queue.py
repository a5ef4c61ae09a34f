"""TPI's queue of questions in a browser: one note for a selection, written from a template."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from assessments.models import Note
from tests import factories
from tests.browser.desk_world import A, P, U, a_unit_waits_for_tpi

QUEUE = f"/evaluasi/{A}/{U}/{P}/antrean/"
TEMPLATE = "{kode}: bukti Dinas Kependudukan dan Pencatatan Sipil belum lengkap."


@pytest.fixture
def starting_data() -> Callable[[], None]:
    return a_unit_waits_for_tpi


def test_one_note_is_inserted_from_a_template_and_names_each_question(
    page: Page, log_in: Callable[[Page, str, str], None]
) -> None:
    log_in(page, "member", factories.PASSWORD)
    page.goto(f"{QUEUE}catatan/?pilih=B.I.a&pilih=B.II.a")
    note = page.locator("[data-note]")
    note.press("/")
    expect(page.get_by_role("button", name="Bukti belum lengkap")).to_be_focused()
    page.keyboard.press("Escape")
    expect(note).to_be_focused()
    page.keyboard.press("/")
    page.keyboard.press("Enter")
    expect(note).to_have_value(TEMPLATE)
    page.keyboard.type(" a/b")
    page.get_by_role("button", name="Tulis pada 2 pertanyaan").click()
    page.wait_for_url(f"**{QUEUE}")
    ends = TEMPLATE.removeprefix("{kode}") + " a/b"
    assert list(Note.objects.order_by("pk").values_list("text", flat=True)) == ["B.I.a" + ends, "B.II.a" + ends]
