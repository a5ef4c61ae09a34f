"""What axe finds on a page, and what it cannot decide: computed here, reviewed by hand, or a problem as well."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations", "incomplete"],
}
# Rule and selector of what axe leaves to people: why it is no barrier.
REVIEWED = {
    ("th-has-data-cells", "table:has(th[scope=rowgroup])"): "the cells of a group are in the rows below its heading",
}
# Why axe gives up on a contrast: when the colours of the page's own rules may be computed instead.
COMPUTED = {
    "bgImage": "select",  # the arrow of a list stands in its padding, never behind its text
    "elmPartiallyObscured": "clipped",  # by the edge of a box that scrolls, not by what lies over it
    "nonBmp": "",  # a sign, not a word
}
# The contrast of an element's text with the first opaque background at or above it; 0 where that says nothing.
CONTRAST = """([selector, condition]) => {
  const element = document.querySelector(selector);
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map((value) => value / 255)
      .map((value) => (value <= .04045 ? value / 12.92 : ((value + .055) / 1.055) ** 2.4));
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const box = element.getBoundingClientRect();
  let clipped = false, back = null;
  for (let part = element; part; part = part.parentElement) {
    const style = getComputedStyle(part), room = part.getBoundingClientRect();
    if (style.opacity !== "1" || (!back && style.backgroundImage !== "none" && part.tagName !== "SELECT")) return 0;
    clipped ||= part !== element && style.overflow !== "visible" && (box.top < room.top || box.bottom > room.bottom
      || box.left < room.left || box.right > room.right);
    const [, , , share = 1] = channels(style.backgroundColor);
    if (!back && share > 0 && share < 1) return 0;
    back ||= share === 1 ? channels(style.backgroundColor) : null;
  }
  if ((condition === "clipped" && !clipped) || (condition === "select" && element.tagName !== "SELECT")) return 0;
  const [dark, bright] = [light(channels(getComputedStyle(element).color)), light(back)].sort((a, b) => a - b);
  return (bright + .05) / (dark + .05);
}"""


def violations(page: Page) -> list[str]:
    """Rule and elements of all that axe finds."""
    return [named(rule["id"], rule["nodes"]) for rule in asked(page)["violations"]]


def barriers(page: Page) -> list[str]:
    """Rule and elements of all that axe finds, and of all it leaves open that is neither computed nor reviewed."""
    response = asked(page)
    found = [named(rule["id"], rule["nodes"]) for rule in response["violations"]]
    for rule in response["incomplete"]:
        left = [node for node in rule["nodes"] if not is_settled(page, rule["id"], node)]
        found += [named(f"{rule['id']}, undecided", left)] if left else []
    return found


def asked(page: Page) -> dict:
    return Axe().run(page, options=OPTIONS).response


def named(rule: str, nodes: list[dict]) -> str:
    return f"{rule}: {', '.join(str(node['target'][0]) for node in nodes)}"


def is_settled(page: Page, rule: str, node: dict) -> bool:
    target = node["target"][0]
    if rule == "color-contrast":
        data = next(check["data"] for check in node["any"] if check["id"] == rule)
        if data["messageKey"] not in COMPUTED:
            return False
        wanted = float(data.get("expectedContrastRatio", "4.5:1").partition(":")[0])
        return page.evaluate(CONTRAST, [target, COMPUTED[data["messageKey"]]]) >= wanted
    selectors = [selector for reviewed, selector in REVIEWED if reviewed == rule]
    return any(
        page.locator(target).first.evaluate("(element, selector) => element.matches(selector)", selector)
        for selector in selectors
    )
