"""What a browser test gets: the portal on a port of its own, the system Chromium, and a page that reports its troubles.

Playwright keeps an event loop in the main thread, where Django would refuse the ORM; nothing here runs concurrently
with the test's own queries, so that check is off. The portal answers in other threads of this process, hence a database
file instead of one in memory, filled anew for every test (rows that the database refuses to delete included).
"""

import io
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from django.conf import settings as portal_settings
from django.db import connection
from django.urls import reverse
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright
from playwright.sync_api import Error as PlaywrightError
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer
from pytest_django.plugin import DjangoDbBlocker

from tests import factories
from tests.browser.barriers import barriers, violations
from tests.browser.screens import DESK, PHONE, Tour
from tests.browser.troubles import Troubles
from units.models import User

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

ROOT = Path(__file__).resolve().parent.parent.parent
SCREENSHOTS = ROOT / "docs" / "screenshots"
PROGRAMS = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
FLAGS = [
    "--no-sandbox",  # CI runs as root, where Chromium's sandbox cannot
    "--disable-dev-shm-usage",  # containers give it 64 MB
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--font-render-hinting=none",  # the same picture on every machine
]
TIMEOUT_MS = 15_000
TALLEST = 1_800  # of a picture, in pixels


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests measured: `record_property("measured", ...)`, which also arrives from other processes."""
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        for name, value in report.user_properties if report.when == "call" else ():
            if name == "measured":
                terminalreporter.write_line(f"{report.nodeid}: {value}")


# The database


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    database = portal_settings.DATABASES["default"]
    if "sqlite" in database["ENGINE"]:
        database.setdefault("TEST", {})["NAME"] = str(tmp_path_factory.mktemp("database") / "portal.sqlite3")


@pytest.fixture(scope="session")
def snapshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Filled databases, one for each starting_data of this session."""
    return tmp_path_factory.mktemp("snapshots")


def instrument_only() -> None:
    """The database holds the instrument already, see tests/conftest.py."""


@pytest.fixture
def starting_data() -> Callable[[], None]:
    """Fill the database. A test module that wants more data overrides this; the result is copied for each test."""
    return instrument_only


@pytest.fixture
def demo_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """For starting data that loads the demo."""
    monkeypatch.setenv("ALLOW_DEMO", "1")


def copy_database(source: Path, target: Path) -> None:
    reader, writer = sqlite3.connect(source), sqlite3.connect(target)
    reader.backup(writer)
    reader.close()
    writer.close()


@pytest.fixture
def database(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    snapshots: Path,
    starting_data: Callable[[], None],
    storage: Path,
) -> Iterator[None]:
    """Put the starting data into the database and its files into the storage."""
    with django_db_blocker.unblock():
        if connection.vendor != "sqlite":
            pytest.fail("Browser tests copy the database, which needs SQLite: unset DATABASE_URL.")
        live = Path(connection.settings_dict["NAME"])
        empty = snapshots / "empty.sqlite3"
        filled = snapshots / f"{starting_data.__module__}.{starting_data.__qualname__}.sqlite3"
        files = filled.with_suffix(".files")
        connection.close()
        if not empty.exists():
            copy_database(live, empty)
        if not filled.exists():
            copy_database(empty, live)
            starting_data()
            connection.close()
            shutil.copytree(storage, files, dirs_exist_ok=True)
            copy_database(live, filled)
        else:
            copy_database(filled, live)
            shutil.copytree(files, storage, dirs_exist_ok=True)
        yield
        connection.close()


@pytest.fixture
def storage(tmp_path: Path, settings: Settings) -> Path:
    """Give evidence and reports a folder that lives as long as the test."""
    folder = tmp_path / "storage"
    folder.mkdir()
    default = {**settings.STORAGES["default"]}
    default["OPTIONS"] = {**default.get("OPTIONS", {}), "location": str(folder)}
    settings.STORAGES = {**settings.STORAGES, "default": default}
    return folder


@pytest.fixture
def _django_db_helper(database: None) -> None:
    """Replace pytest-django's, which empties tables row by row: every way to ask for a database ends here."""


# The portal


@pytest.fixture(scope="session")
def portal(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[LiveServer]:
    with django_db_blocker.unblock():
        server = LiveServer("localhost")
        yield server
        server.stop()


@pytest.fixture
def live_server(portal: LiveServer, db: None) -> LiveServer:
    """The running portal; `live_server.url` begins every address."""
    return portal


@pytest.fixture(autouse=True)
def _every_test_has_a_portal(live_server: LiveServer) -> None:
    """Tell pytest-django, which looks at names, that a database is wanted, also by pages asked for dynamically."""


# The browser


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.fail(f"No Chromium: none of {', '.join(PROGRAMS)} is installed.")
    started = playwright.chromium.launch(executable_path=program, args=FLAGS)
    yield started
    started.close()


@pytest.fixture
def troubles() -> Iterator[Troubles]:
    """Collect what any page of the test complains about; the test fails at its end unless it was expected."""
    collected = Troubles()
    yield collected
    if unexpected := collected.unexpected():
        pytest.fail("The pages complained:\n" + "\n".join(unexpected), pytrace=False)


@pytest.fixture
def new_context(
    browser: Browser, live_server: LiveServer, troubles: Troubles
) -> Iterator[Callable[..., BrowserContext]]:
    """Return a function that opens the browser of one more person, with Playwright's options for a context."""
    contexts: list[BrowserContext] = []
    scripted: list[BrowserContext] = []

    def open_context(**options: object) -> BrowserContext:
        defaults = {"viewport": DESK, "locale": "id-ID", "timezone_id": "Asia/Jakarta", "base_url": live_server.url}
        context = browser.new_context(**{**defaults, **options})
        context.set_default_timeout(TIMEOUT_MS)
        troubles.watch(context)
        contexts.append(context)
        if options.get("java_script_enabled", True):
            scripted.append(context)
        return context

    yield open_context
    for context in contexts:
        # Where JavaScript is off, no promise is ever kept and nothing complains late.
        for page in context.pages if context in scripted else ():
            with suppress(PlaywrightError):
                page.evaluate(
                    "new Promise(done => requestAnimationFrame(() => setTimeout(done, 20)))"
                )  # late complaints
        context.close()


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    """Show a page at the size of a desk; addresses may be relative."""
    return new_context(viewport=DESK).new_page()


@pytest.fixture
def phone(new_context: Callable[..., BrowserContext]) -> Page:
    """Show a page at the size of a phone, with touch."""
    return new_context(viewport=PHONE, has_touch=True, is_mobile=True, device_scale_factor=2).new_page()


# What tests do with a page


@pytest.fixture
def log_in(live_server: LiveServer) -> Callable[[Page, str, str], None]:
    """Return a function that types a name and a password into the log-in page as a person does."""

    def log_in(page: Page, username: str, password: str) -> None:
        page.goto(live_server.url + reverse("login"))
        page.locator("[name=username]").fill(username)
        page.locator("[name=password]").fill(password)
        page.locator("[name=password]").press("Enter")
        page.wait_for_url(lambda url: reverse("login") not in url)

    return log_in


@pytest.fixture
def opened(new_context: Callable[..., BrowserContext], log_in: Callable[[Page, str, str], None]) -> Callable[..., Page]:
    """Return a function that opens an address for a person, in a browser of their own with Playwright's options."""

    def opened(person: User, path: str, **options: object) -> Page:
        page = new_context(**options).new_page()
        log_in(page, person.username, factories.PASSWORD)
        page.goto(path)
        return page

    return opened


@pytest.fixture
def screenshot() -> Callable[..., None]:
    """Return a function that writes docs/screenshots/<name>.png when SCREENSHOTS=1, and else does nothing."""

    def screenshot(page: Page, name: str, *, full_page: bool = False) -> None:
        if os.environ.get("SCREENSHOTS") == "1":
            SCREENSHOTS.mkdir(parents=True, exist_ok=True)
            taken = page.screenshot(full_page=full_page, animations="disabled")
            picture = Image.open(io.BytesIO(taken)).convert("RGB")
            # What stands further down looks like what stands above; 256 colours are plenty for a screen.
            picture = picture.crop((0, 0, picture.width, min(picture.height, TALLEST)))
            picture.quantize(256).save(SCREENSHOTS / f"{name}.png", optimize=True)

    return screenshot


@pytest.fixture
def accessibility_problems() -> Callable[[Page], list[str]]:
    """Return a function that lists what axe finds on a page: rule and the elements that break it."""
    return violations


@pytest.fixture
def tour(
    new_context: Callable[..., BrowserContext],
    log_in: Callable[[Page, str, str], None],
    screenshot: Callable[..., None],
) -> Callable[[str, str], Tour]:
    """Return a function that begins a tour of screens: prefix of its pictures, `desk` or `phone`."""

    def begin(prefix: str, size: str) -> Tour:
        return Tour(prefix, size, new_context, log_in, barriers, screenshot)

    return begin
