"""A whole unit on the desk, by keyboard alone: how many keys it takes, and how long each is awaited (UX-21, UX-22)."""

from statistics import median, quantiles

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from assessments.models import Answer
from tests import factories
from tests.browser.desk_world import BLANK, A, P, U, a_unit_waits_for_tpi

QUESTIONS = 113
PRESSES_MAX = 220
STEP_MS = 300
# Nobody reads a question in less.
READING_MS = 200
# On a machine where the floor alone is slow, a step may take so many floors.
FLOORS = 10

# At each S: the time from the key until the next question stands there, the image of its evidence decoded, and a frame
# has been drawn after that.
WATCH = """
window.steps = [];
document.addEventListener("keydown", (event) => {
  if (event.key !== "s") return;
  const began = event.timeStamp;
  const before = document.querySelector("[data-question]").dataset.code;
  const painted = () => requestAnimationFrame(() => setTimeout(() => window.steps.push(performance.now() - began)));
  const look = () => {
    const question = document.querySelector("[data-question]");
    const image = question.querySelector("[data-viewer-page] img");
    if (question.dataset.code === before || !image || !image.complete) requestAnimationFrame(look);
    else image.decode().then(painted);
  };
  look();
}, true);
"""
# What no desk can do without: one empty answer of the server, one decoded page image, two frames.
FLOOR = """async () => {
  const began = performance.now();
  await fetch("/healthz", { cache: "no-store" });
  const image = new Image();
  image.src = document.querySelector("[data-viewer-page] img").src;
  await image.decode();
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  return performance.now() - began;
}"""


def keys_in_a_worksheet(raw):
    """What it takes to type a score into its cells, each left with Enter; no evidence is opened for it (UX-29)."""
    return sum(len(str(value)) + 1 for value in (raw.values() if isinstance(raw, dict) else [raw]))


@pytest.fixture
def starting_data():
    return a_unit_waits_for_tpi


def test_whole_unit_is_agreed_by_keyboard_and_no_step_is_awaited(page, log_in, record_property):
    log_in(page, "member", factories.PASSWORD)
    page.add_init_script(WATCH)
    page.goto(reverse("desk_start", args=[A, U, P]))
    floors = [page.evaluate(FLOOR) for _ in range(5)]
    presses = 0
    for done in range(1, QUESTIONS):
        page.keyboard.press("s")
        presses += 1
        page.wait_for_function("count => window.steps.length === count", arg=done)
        page.wait_for_timeout(READING_MS)
        if done % 20 == 0:
            floors.append(page.evaluate(FLOOR))
    steps, floor = page.evaluate("window.steps"), median(floors)
    page.keyboard.press("s")
    expect(page.locator("#desk-tally")).to_contain_text(f"{QUESTIONS}/{QUESTIONS}")
    page.keyboard.press("Enter")  # to the overview
    presses += 2
    page.wait_for_url(f"**{reverse('evaluation', args=[A, U, P])}")
    rows = {row.question.code: row.raw for row in Answer.objects.filter(stage="member").select_related("question")}
    own = {row.question.code: row.raw for row in Answer.objects.filter(stage="unit").select_related("question")}
    assert rows == own | {BLANK: None}
    p95 = quantiles(steps, n=20)[-1]
    typed = sum(keys_in_a_worksheet(raw) for raw in own.values())
    record_property(
        "measured",
        f"{QUESTIONS} questions, {presses} key presses (typed into a worksheet {typed}); key to painted: "
        f"median {median(steps):.0f} ms, p95 {p95:.0f} ms, longest {max(steps):.0f} ms; floor {floor:.0f} ms",
    )
    assert presses <= PRESSES_MAX
    assert typed >= 2 * presses
    assert p95 <= max(STEP_MS, FLOORS * floor)
