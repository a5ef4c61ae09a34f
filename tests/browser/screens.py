"""A tour of screens: nothing for axe to find, no sideways scrolling at 360 px, and a picture of each."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, Page

DESK = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
PASSWORD = "contoh-zona-integritas-2024"
NARROW = {"width": 360, "height": 740}


def sideways(page: Page) -> int:
    """Pixels by which the page is wider than the window."""
    wider: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wider


@dataclass
class Tour:
    """Visits pages at one size (`desk` or `phone`); `problems` collects what is wrong with them.

    With SCREENSHOTS=1 it writes docs/screenshots/<prefix>-<screen>-<size>.png.
    """

    prefix: str
    size: str
    new_context: Callable[..., BrowserContext]
    log_in: Callable[[Page, str, str], None]
    accessibility_problems: Callable[[Page], list[str]]
    screenshot: Callable[..., None]
    problems: list[str] = field(default_factory=list)

    @property
    def viewport(self) -> dict[str, int]:
        return DESK if self.size == "desk" else PHONE

    def visit(self, person: str, screens: Mapping[str, str], *, short: Collection[str] = ()) -> Page:
        """Look at each screen (name -> address) as one person; of those in `short` only the first screenful."""
        page = self.new_context(viewport=self.viewport, has_touch=self.size == "phone").new_page()
        self.log_in(page, person, PASSWORD)
        for name, address in screens.items():
            response = page.goto(address)
            assert response is not None
            assert response.ok, address
            self.look(page, name, full_page=name not in short)
        return page

    def look(self, page: Page, name: str, *, full_page: bool = True) -> None:
        self.screenshot(page, f"{self.prefix}-{name}-{self.size}", full_page=full_page)
        self.problems.extend(f"{name}: {problem}" for problem in self.accessibility_problems(page))
        page.set_viewport_size(NARROW)
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            self.problems.append(f"{name}: sideways scrolling at {NARROW['width']} px")
        page.set_viewport_size(self.viewport)
