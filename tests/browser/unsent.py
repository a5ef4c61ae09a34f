"""What tests of the browser's queue ask a page: what it keeps, and how soon it tries again."""

from django.urls import reverse
from playwright.sync_api import BrowserContext, Page

from assessments.models import Answer, Assessment

# Waits of a hundredth of the real ones; the queue reads them anew at each try.
IMPATIENT = """document.addEventListener("DOMContentLoaded", () => {
  const queue = document.getElementById("queue");
  if (queue) Object.assign(queue.dataset, { firstWait: "40", longestWait: "400" });
})"""
KEPT = """() => new Promise((done, failed) => {
  const request = indexedDB.open("portal-zi", 1);
  request.onupgradeneeded = () => request.result.createObjectStore("unsent", { keyPath: "id" });
  request.onerror = () => failed(request.error);
  request.onsuccess = () => {
    const all = request.result.transaction("unsent").objectStore("unsent").getAll();
    all.onsuccess = () => { request.result.close(); done(all.result); };
  };
})"""
PUT = """(record) => new Promise((done, failed) => {
  const request = indexedDB.open("portal-zi", 1);
  request.onupgradeneeded = () => request.result.createObjectStore("unsent", { keyPath: "id" });
  request.onsuccess = () => {
    const writing = request.result.transaction("unsent", "readwrite");
    writing.objectStore("unsent").put(record);
    writing.oncomplete = () => { request.result.close(); done(); };
  };
})"""


def impatient(context: BrowserContext) -> BrowserContext:
    context.add_init_script(IMPATIENT)
    return context


def kept(page: Page) -> list[dict]:
    """Every record in the browser's storage, whoever it belongs to."""
    return page.evaluate(KEPT)


def wait_until_sent(page: Page, seconds: float = 30) -> None:
    """Until nothing is being edited or sent on this page, and the storage is empty."""
    under_way = page.locator("[data-save=edited], [data-save=saving], [data-save=failed]")
    for _ in range(int(seconds * 10)):
        if not under_way.count() and not kept(page):
            return
        page.wait_for_timeout(100)
    raise AssertionError([(record["label"], record["next"], record["flight"]) for record in kept(page)])


def sheet_url(assessment: Assessment, node: str) -> str:
    unit = assessment.unit
    return reverse("worksheet", args=(unit.agency.code, unit.code, assessment.period.code, node))


def card(code: str) -> str:
    return f"#p-{code.replace('.', '-')}"


def stored(assessment: Assessment, code: str) -> Answer | None:
    return Answer.objects.filter(assessment=assessment, question__code=code, stage="unit").first()
