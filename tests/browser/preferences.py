"""Pages as people set them: 320 px wide, with wider spacing, in forced colours, without motion, on a dark system.

WCAG 1.4.10, 1.4.12, 2.4.7, 2.3.3. A context for these needs `bypass_csp`: the spacing comes as a style of its own.
"""

import io
from collections.abc import Callable, Collection, Mapping

from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page

from tests.browser.screens import PASSWORD

NARROWEST = {"width": 320, "height": 740}
SPACED = """* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
p { margin-block-end: 2em !important }"""
# The first and the last area of the whole sheet stand for its 113 cards, for speed.
PRUNED = "document.querySelectorAll('.sheet-part:not(:first-of-type, :last-of-type)').forEach((part) => part.remove())"
OPEN_ALL = "document.querySelectorAll('main details').forEach((part) => { part.open = true })"
BAR = "#bar-dijawab"
TICKED, BLANK = ":checked", ":not(:checked)"
DARK_PIXEL = 128
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"

# Texts that spill out of a box, end at the edge of one that does not scroll, lie over each other or beyond the window.
CUT = """() => {
  const TOLERANCE = 4.5, found = new Set();
  const name = (part) => [part.tagName.toLowerCase(), ...part.classList].join(".");
  const parents = (part) => (part ? [part, ...parents(part.parentElement)] : []);
  const style = (part) => getComputedStyle(part);
  const scrolls = (part) => /auto|scroll/.test(`${style(part).overflowX} ${style(part).overflowY}`);
  const hides = (part) => /hidden|clip/.test(`${style(part).overflowX} ${style(part).overflowY}`);
  const heard = (part) => style(part).clipPath !== "none" || style(part).clip !== "auto";  // not meant to be seen
  const shown = (part) => part.checkVisibility({ visibilityProperty: true }) && !parents(part).some(heard);
  const texts = [], range = document.createRange();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const owner = node.parentElement, words = node.data.trim().slice(0, 40);
    if (!words || owner.matches("script, style, option, textarea") || !shown(owner)) continue;
    range.selectNodeContents(node);
    const lines = [...range.getClientRects()].filter((line) => line.width > 1);
    if (!lines.length) continue;
    const left = Math.min(...lines.map((line) => line.left)), right = Math.max(...lines.map((line) => line.right));
    const top = Math.min(...lines.map((line) => line.top)), bottom = Math.max(...lines.map((line) => line.bottom));
    let inFlow = true;
    for (const part of parents(owner)) {
      if (part === document.body || (inFlow &&= !scrolls(part)) === false) break;
      const { position, display } = style(part), box = part.getBoundingClientRect();
      if (!/inline$|contents/.test(display)) {
        if (left < box.left - TOLERANCE || right > box.right + TOLERANCE) found.add(`spills ${name(part)}: ${words}`);
        const tight = part.matches("button, .btn, .chip, .state, summary, .option");
        if (tight && (top < box.top - 2 || bottom > box.bottom + 2)) found.add(`higher than ${name(part)}: ${words}`);
      }
      if (/fixed|sticky|absolute/.test(position)) inFlow = false;
      if (position === "absolute") {
        const beyond = box.left < -1 || box.right > innerWidth + 1;
        if (beyond && !parents(part.parentElement).some(scrolls)) found.add(`beyond the window ${name(part)}`);
        break;
      }
    }
    if (inFlow) texts.push(...lines.map((line) => ({ line, owner, words })));
  }
  for (const part of document.querySelectorAll("body *")) {
    if (!hides(part) || part.matches("progress, svg, svg *") || !shown(part)) continue;
    const wide = !scrolls(part) && part.scrollWidth > part.clientWidth + 1;
    if (wide || (!scrolls(part) && part.scrollHeight > part.clientHeight + 1)) found.add(`cut off ${name(part)}`);
  }
  texts.sort((one, other) => one.line.top - other.line.top);
  texts.forEach((one, place) => {
    for (let next = place + 1; next < texts.length && texts[next].line.top < one.line.bottom - 5; next++) {
      const other = texts[next];
      if (one.owner.contains(other.owner) || other.owner.contains(one.owner)) continue;
      const wide = Math.min(one.line.right, other.line.right) - Math.max(one.line.left, other.line.left);
      const high = Math.min(one.line.bottom, other.line.bottom) - Math.max(one.line.top, other.line.top);
      if (wide > 2 && high > 5) found.add(`${name(one.owner)} "${one.words}" over ${name(other.owner)}`);
    }
  });
  return [...found];
}"""

# What colours alone would say under forced colours: the chosen among its like, marks in colours of our own, no focus.
COLOURS = """() => {
  const found = new Set(), name = (part) => [part.tagName.toLowerCase(), ...part.classList].join(".");
  const shown = [...document.querySelectorAll("body *")].filter((part) => part.checkVisibility());
  const reached = "a[href], button, summary, input, select, textarea, [tabindex='0']";
  const lines = (part) => { const style = getComputedStyle(part); return [style.outlineStyle, style.outlineWidth,
    style.borderTopWidth, style.borderTopColor, style.borderBottomWidth, style.borderBottomColor, style.borderLeftWidth,
    style.borderLeftColor, style.textDecorationLine].join(); };
  for (const part of shown) {
    if (part.matches("a[aria-current], button[aria-current], [aria-pressed='true'], .option:has(:checked)")) {
      const group = part.parentElement.closest("ul, ol, fieldset, div, nav, main") ?? part.parentElement;
      const like = [...group.querySelectorAll(part.tagName)];
      const others = like.filter((other) => other !== part && other.className === part.className &&
        !other.matches("[aria-current], [aria-pressed='true'], :has(:checked)"));
      if (others.some((other) => lines(other) === lines(part))) found.add(`chosen or not looks alike: ${name(part)}`);
    }
    if (part.matches(".form-check-input") && getComputedStyle(part).appearance !== "auto") found.add("tick unseen");
    if (part.matches(".icon") && getComputedStyle(part).forcedColorAdjust !== "auto") found.add("icon keeps colour");
  }
  const ringed = ({ outlineStyle, outlineWidth }) => outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  for (const part of shown.filter((one) => one.matches(reached))) {
    part.focus({ preventScroll: true });
    if (document.activeElement !== part || !part.matches(":focus-visible")) continue;
    const bearers = [part, part.closest(".option"), part.nextElementSibling].filter(Boolean);
    if (!bearers.some((one) => ringed(getComputedStyle(one)))) found.add(`no focus: ${name(part)}`);
  }
  return [...found];
}"""

# What still moves where less motion is wanted, and what is dark where the page is light.
MOTION = """() => {
  const moving = document.getAnimations().filter((one) => one.effect.getComputedTiming().duration > 1);
  const styles = [...document.querySelectorAll("html, body *")].map((part) => getComputedStyle(part));
  const slow = styles.filter((style) => parseFloat(style.transitionDuration) > 0 || style.scrollBehavior !== "auto");
  return moving.length + slow.length ? ["moves"] : [];
}"""
DARK = """() => {
  const field = document.body.appendChild(document.createElement("textarea"));
  const { backgroundColor, color } = getComputedStyle(field);
  field.remove();
  return `${backgroundColor} ${color}` === "rgb(255, 255, 255) rgb(0, 0, 0)" ? [] : ["dark controls"];
}"""


def lost(
    new_context: Callable[..., BrowserContext],
    log_in: Callable[[Page, str, str], None],
    screens: Mapping[str, Mapping[str, str]],
    wanted: Collection[str],
) -> dict[str, list[str]]:
    """What is lost on each of the wanted screens (person -> name -> address)."""
    found = {}
    for person, addresses in screens.items():
        if not set(addresses) & set(wanted):
            continue
        page = new_context(viewport=NARROWEST, bypass_csp=True).new_page()
        log_in(page, person, PASSWORD)
        for name in addresses.keys() & set(wanted):
            page.goto(addresses[name])
            found[name] = faults(page)
    return {name: found.get(name, ["never seen"]) for name in wanted if found.get(name) != []}


def faults(page: Page) -> list[str]:
    """What is lost on the page that is open; leaves it with wider spacing."""
    page.set_viewport_size(NARROWEST)
    page.evaluate(OPEN_ALL)
    found = ["320 px: sideways scrolling"] if page.evaluate(SIDEWAYS) else []
    page.evaluate(PRUNED)
    found += cut(page, "320 px")
    page.add_style_tag(content=SPACED)
    found += cut(page, "spaced")
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    found += page.evaluate(MOTION) + page.evaluate(DARK)
    page.emulate_media(forced_colors="active")
    found += [f"forced colours: {fault}" for fault in page.evaluate(COLOURS)]
    page.emulate_media(color_scheme="light", reduced_motion="no-preference", forced_colors="none")
    return found


def cut(page: Page, setting: str) -> list[str]:
    sideways = ["sideways scrolling"] if page.evaluate(SIDEWAYS) else []
    return [f"{setting}: {fault}" for fault in sideways + page.evaluate(CUT)]


def marks(page: Page) -> tuple[bool, float]:
    """Under forced colours: whether a tick shows in the middle of its box, and which share of a bar is drawn."""
    page.emulate_media(forced_colors="active")
    ticked, blank = (middle(page.locator(f".option .form-check-input{state}").first)[0] for state in (TICKED, BLANK))
    row = middle(page.locator(BAR))[1]
    page.emulate_media(forced_colors="none")
    return ticked != blank, sum(pixel < DARK_PIXEL for pixel in row) / len(row)


def middle(element: Locator) -> tuple[int, list[int]]:
    """The grey of the pixel in the middle of an element, and of all in its middle line."""
    picture = Image.open(io.BytesIO(element.screenshot())).convert("L")
    row = [picture.getpixel((place, picture.height // 2)) for place in range(picture.width)]
    return row[len(row) // 2], row
