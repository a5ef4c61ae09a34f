"""Rules of the house that no linter knows."""

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("assessments", "units", "zi_portal")
BELOW_THE_VIEWS = ("scoring", "models", "services", "queries", "reports", "exporters", "importers", "forms")
CLOCK = {"now", "today", "utcnow", "localdate", "localtime", "time", "time_ns"}
CONVERSIONS = {"localdate", "localtime"}  # with an argument they only convert it
FORBIDDEN_MARKUP = {
    "inline script": re.compile(r"<script(?![^>]*\bsrc=)[^>]*>", re.IGNORECASE),
    "style element": re.compile(r"<style\b", re.IGNORECASE),
    "style attribute": re.compile(r"\sstyle\s*=", re.IGNORECASE),
    "event handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "javascript: address": re.compile(r"javascript:", re.IGNORECASE),
    "address of another server": re.compile(r"""(?:src|<link[^>]*href)\s*=\s*["']?(?:https?:)?//""", re.IGNORECASE),
    "safe or autoescape": re.compile(r"\|\s*safe\b|autoescape\s+off"),
}
FORBIDDEN_SCRIPT = re.compile(r"\b(innerHTML|outerHTML|insertAdjacentHTML|eval|document\.write|new Function)\b")


def modules(*folders):
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def relative(path):
    return str(path.relative_to(ROOT))


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("path", [*modules("assessments/scoring"), ROOT / "assessments/windows.py"], ids=relative)
def test_scoring_imports_only_the_standard_library_and_itself(path):
    foreign = {
        name
        for name in imported(path)
        if name.split(".")[0] not in sys.stdlib_module_names and not name.startswith("assessments.scoring")
    }
    assert foreign == set()


def test_weasyprint_is_imported_in_one_module():
    importers = [relative(path) for path in modules(*APPS) if any(n.startswith("weasyprint") for n in imported(path))]
    assert len(importers) <= 1, importers


def clock_readings(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in CLOCK
            and not (node.func.attr in CONVERSIONS and node.args)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id in {"timezone", "datetime", "date", "time"}
        ):
            yield f"{relative(path)}:{node.lineno}"


def test_nothing_below_a_view_reads_the_clock():
    folders = [f"{app}/{layer}" for app in ("assessments", "units") for layer in BELOW_THE_VIEWS]
    readings = [place for path in modules(*folders) for place in clock_readings(path)]
    assert readings == []


def days_of_utc(path):
    """`timezone.now().date()` is the day in Greenwich: in Indonesia another one for seven to nine hours of each day."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"timezone.now().date", "now().date", "date.today"}:
            yield f"{relative(path)}:{node.lineno}"


def test_no_day_is_taken_from_the_clock_of_greenwich():
    assert [place for path in modules(*APPS, "tests") for place in days_of_utc(path)] == []


@pytest.mark.parametrize("rule", FORBIDDEN_MARKUP)
def test_templates_are_free_of(rule):
    pages = [path for path in sorted((ROOT / "templates").rglob("*")) if path.is_file()]
    # The letters and reports of the PDF renderer know no policy, but the same rules keep them in their stylesheets.
    found = [
        f"{relative(page)}:{number}"
        for page in pages
        for number, line in enumerate(page.read_text().splitlines(), 1)
        if FORBIDDEN_MARKUP[rule].search(line)
    ]
    assert found == []


def test_scripts_never_write_markup_from_text():
    scripts = sorted((ROOT / "static").rglob("*.js"))
    found = [
        f"{relative(script)}:{number}"
        for script in scripts
        for number, line in enumerate(script.read_text().splitlines(), 1)
        if FORBIDDEN_SCRIPT.search(line)
    ]
    assert found == []


def test_templates_begin_with_a_comment():
    pages = sorted((ROOT / "templates").rglob("*.html"))
    bare = [relative(page) for page in pages if not re.match(r"\s*(\{%.*?%\}\s*)*\{(#|% comment)", page.read_text())]
    assert bare == []
