"""From log-in to the receipt without a mouse: the head of a small office fills what is left, proves it and sends."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from assessments.models import Assessment
from tests import factories

GOLDEN = Path(__file__).parents[1] / "golden" / "22_formula_all_second_option.json"
LEFT = "A.II.6.ii.a"
SHEET = "/penilaian/kota-uji/dinas-uji/2024-2/"


@pytest.fixture
def starting_data() -> Callable[[], None]:
    def make() -> None:
        agency = factories.AgencyFactory(code="kota-uji", name="Pemerintah Kota Uji")
        unit = factories.UnitFactory(agency=agency, code="dinas-uji", name="Dinas Uji")
        factories.team_for(unit)
        factories.member_of(unit, "unit_head", username="kepala")
        assessment = factories.AssessmentFactory(unit=unit)
        answers = json.loads(GOLDEN.read_text(encoding="utf-8"))["answers"]
        factories.answer_everything(assessment, {code: raw for code, raw in answers.items() if code != LEFT})

    return make


def tab_to(page: Page, selector: str) -> None:
    """Press Tab as often as it takes to come to an element."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"Tab never reaches {selector} on {page.url}")


def test_head_fills_proves_and_sends_by_keyboard(page: Page) -> None:
    page.goto("/")
    tab_to(page, "[name=username]")
    page.keyboard.type("kepala")
    tab_to(page, "[name=password]")
    page.keyboard.type(factories.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{SHEET}")

    # Home: the first thing to do leads to the one question that is left.
    tab_to(page, f"main a[href*='{LEFT}'], main a[href*='{LEFT.rpartition('.')[0]}']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/lke/**")
    card = page.locator(f"[data-question]:has-text('{LEFT}')").first
    expect(card).to_be_visible()
    identity = card.get_attribute("id")
    assert identity
    field = f"#{identity} [data-autosave] input[type=radio], #{identity} [data-autosave] input[type=text]"
    tab_to(page, field)
    page.keyboard.press("a")
    expect(card.locator("[data-saved]")).to_be_visible()

    # Evidence: its own key, then the form.
    page.keyboard.press("l")
    tab_to(page, f"#{identity} [name=tautan]")
    page.keyboard.type("https://contoh.go.id/bukti")
    tab_to(page, f"#{identity} .upload button[type=submit]")
    page.keyboard.press("Enter")
    expect(card.locator(".record")).to_have_count(1)

    # Check, declare, send.
    tab_to(page, "a[href$='/periksa/']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/periksa/")
    while page.locator("main form input[type=checkbox]:not(:checked)").count():
        tab_to(page, "main form input[type=checkbox]:not(:checked)")
        page.keyboard.press("Space")
    tab_to(page, "main form button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tanda-terima/**")
    expect(page.locator("h1")).to_be_visible()

    assessment = Assessment.objects.get()
    assert assessment.state == "submitted"
    answer = assessment.answers.get(question__code=LEFT)
    assert (answer.choice, answer.version) == ("A", 1)
    assert assessment.evidence_uses.get().question.code == LEFT
