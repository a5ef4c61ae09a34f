"""TPI's queue of questions in a browser: folded by area on a phone, and one note for a selection from a template."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from assessments.models import Note
from tests import factories
from tests.browser.conftest import DESK, PHONE
from tests.browser.desk_world import A, P, U, a_unit_waits_for_tpi

QUEUE = f"/evaluasi/{A}/{U}/{P}/antrean/"
TEMPLATE = "{kode}: bukti Dinas Kependudukan dan Pencatatan Sipil belum lengkap."
AREAS = 13
LogIn = Callable[[Page, str, str], None]


@pytest.fixture
def starting_data() -> Callable[[], None]:
    return a_unit_waits_for_tpi


@pytest.fixture
def member(phone: Page, log_in: LogIn) -> Page:
    log_in(phone, "member", factories.PASSWORD)
    phone.goto(QUEUE)
    return phone


def area(page: Page, place: int) -> tuple[int, int, int]:
    """What its heading says: how many are listed, and picked; and how many of its questions are in sight."""
    part = page.locator(".queue-list tbody").nth(place)
    toggle = part.locator(".fold-toggle")
    picked = re.match(r"\d+", toggle.locator(".fold-picked").inner_text())
    listed = int(toggle.locator(".count").inner_text())
    return listed, int(picked[0]) if picked else 0, part.locator(".queue-code:visible").count()


def test_areas_are_folded_on_a_phone_and_stay_as_they_were_left(
    member: Page, accessibility_problems: Callable[[Page], list[str]]
) -> None:
    found = [area(member, place) for place in range(AREAS)]
    assert (sum(listed for listed, _picked, _seen in found), {seen for *_rest, seen in found}) == (113, {0})
    assert found[:2] == [(12, 0, 0), (9, 0, 0)]
    toggle = member.locator(".queue-list .fold-toggle").nth(1)
    toggle.tap()
    expect(toggle).to_have_attribute("aria-expanded", "true")
    assert [area(member, place) for place in range(3)] == [(12, 0, 0), (9, 0, 9), (18, 0, 0)]
    assert accessibility_problems(member) == []
    member.set_viewport_size({"width": 360, "height": 740})
    assert member.evaluate("document.documentElement.scrollWidth") == 360
    member.locator(".queue-list a:visible").first.tap()
    member.wait_for_url("**/meja/A.I.2.i.a/")
    member.go_back()
    expect(toggle).to_have_attribute("aria-expanded", "true")
    assert area(member, 1) == (9, 0, 9)


def test_selection_and_filters_reach_across_folded_areas(member: Page) -> None:
    toggle = member.locator(".queue-list .fold-toggle").first
    toggle.tap()
    member.locator(".queue-list input:visible").nth(1).check()
    toggle.tap()
    assert [area(member, place) for place in range(2)] == [(12, 1, 0), (9, 0, 0)]
    member.get_by_role("button", name="Tidak diisi unit").tap()
    member.wait_for_url(re.compile("saring=kosong"))
    assert area(member, 0) == (1, 0, 1)
    member.get_by_role("button", name="Pilih semua yang tampil").tap()
    assert area(member, 0) == (1, 1, 1)
    member.get_by_role("link", name="Hapus saringan").tap()
    member.wait_for_url(re.compile("antrean/(#.*)?$"))
    member.get_by_role("button", name="Pilih semua yang tampil").tap()
    assert [area(member, place) for place in range(2)] == [(12, 12, 0), (9, 9, 0)]
    member.get_by_role("button", name="Pratinjau sesuai").tap()
    expect(member.get_by_role("button", name="Nyatakan 113 pertanyaan sesuai")).to_be_visible()


@pytest.mark.parametrize(("size", "script", "names"), [(PHONE, False, AREAS), (DESK, True, 0)])
def test_every_question_is_in_sight_without_scripts_and_at_a_desk(
    new_context: Callable[..., BrowserContext], log_in: LogIn, size: dict[str, int], script: bool, names: int
) -> None:
    page = new_context(viewport=size, java_script_enabled=script).new_page()
    log_in(page, "member", factories.PASSWORD)
    page.goto(QUEUE)
    seen = [
        page.locator(part).count() for part in (".queue-code:visible", ".fold-name:visible", ".fold-toggle:visible")
    ]
    assert seen == [113, names, 0]


def test_one_note_is_inserted_from_a_template_and_names_each_question(page: Page, log_in: LogIn) -> None:
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
