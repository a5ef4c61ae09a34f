"""What surrounds every page, and whether the trap of these tests works."""

import pytest
from django.urls import reverse

from tests.browser.screens import sideways


@pytest.mark.parametrize("size", ["page", "phone"])
def test_log_in_page_fits_and_is_accessible(request, size, accessibility_problems):
    page = request.getfixturevalue(size)
    page.goto(reverse("login"))
    assert page.locator("html").get_attribute("lang") == "id"
    assert sideways(page) == 0
    assert accessibility_problems(page) == []


def test_stylesheet_and_font_are_served(page):
    page.goto(reverse("login"))
    assert page.evaluate("document.styleSheets.length > 0 && document.styleSheets[0].cssRules.length > 0")


@pytest.mark.parametrize(
    ("script", "complaint"),
    [
        ("console.error('one')", "error: one"),
        ("setTimeout(() => { throw new Error('two') })", "script: two"),
        ("document.body.insertAdjacentHTML('beforeend', '<p style=\"color:red\">')", "Content Security Policy"),
        ("fetch('/no-such-page')", "status of 404"),
    ],
)
def test_trap_notices(page, troubles, script, complaint):
    page.goto(reverse("login"))
    page.evaluate(f"() => {{ {script} }}")
    page.wait_for_timeout(200)
    troubles.expect(complaint)
    assert troubles.unexpected() == []
    assert any(complaint in text for text in troubles.seen)
