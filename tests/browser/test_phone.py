"""TPI's long pages under a thumb: what comes next stays at the foot, long tables open on a tap, targets are large."""

import pytest
from playwright.sync_api import expect

from tests import factories
from tests.browser.conftest import PHONE
from tests.browser.desk_world import A, P, U, a_unit_waits_for_tpi

OVERVIEW = f"/evaluasi/{A}/{U}/{P}/"
THUMB = 44  # px
TARGETS = ".phone-bar a, .fold-toggle, .queue-filters .chip, .queue-links .chip, .queue-pick .btn, .desk-pager .btn"


@pytest.fixture
def starting_data():
    return a_unit_waits_for_tpi


@pytest.fixture
def member(phone, log_in):
    log_in(phone, "member", factories.PASSWORD)
    return phone


def bottom(locator):
    box = locator.bounding_box()
    return box["y"] + box["height"]


def test_going_on_with_scoring_stays_in_sight_from_top_to_end(member):
    member.goto(OVERVIEW)
    door = member.get_by_role("link", name="Lanjut menilai")
    for end in (0, 100_000):
        member.evaluate("end => window.scrollTo(0, end)", end)
        assert PHONE["height"] / 2 < bottom(door) <= PHONE["height"]
        member.evaluate("window.scrollTo(0, 0)")
    door.tap()
    member.wait_for_url("**/meja/A.I.1.i.a/")
    onward = member.locator("[data-next]")
    assert PHONE["height"] / 2 < bottom(onward) <= PHONE["height"]
    onward.tap()
    expect(member.locator("[data-question][data-code='A.I.1.i.b']")).to_be_visible()


def test_long_tables_open_on_a_tap(member):
    member.goto(OVERVIEW)
    table, toggle = member.locator("#subareas"), member.locator("[aria-controls=subareas]")
    expect(table).to_be_hidden()
    toggle.tap()
    expect(toggle).to_have_attribute("aria-expanded", "true")
    expect(table).to_be_visible()
    toggle.tap()
    expect(table).to_be_hidden()


@pytest.mark.parametrize(("size", "script"), [(PHONE, False), ({"width": 1366, "height": 768}, True)])
def test_long_tables_are_open_without_scripts_and_at_a_desk(new_context, log_in, size, script):
    page = new_context(viewport=size, java_script_enabled=script).new_page()
    log_in(page, "member", factories.PASSWORD)
    page.goto(OVERVIEW)
    expect(page.locator("#subareas")).to_be_visible()
    expect(page.locator(".fold-toggle").first).to_be_hidden()


@pytest.mark.parametrize("path", ["", "antrean/", "meja/A.I.1.ii.a/"])
def test_targets_fit_a_thumb(member, path):
    member.goto(OVERVIEW + path)
    heights = member.locator(TARGETS).evaluate_all("found => found.map(item => item.getBoundingClientRect().height)")
    shown = [height for height in heights if height]
    assert shown
    assert min(shown) >= THUMB
