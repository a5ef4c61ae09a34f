"""Takes every check of uploads away, one at a time, and sees a hostile file get in that was refused before.

A check is a `raise` in units/contents or units/uploads, or a word in one of their lists. All are found by reading the
code, so that a check without a file in the corpus fails here too.
"""

import ast
import importlib
import inspect
import types
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.units import upload_files as made
from tests.units.hostile_files import HOSTILE_FILES, PDF
from tests.units.hostile_names import HOSTILE_NAMES
from units.contents.examine import examine
from units.contents.unsound import Unsound
from units.uploads import UploadRefused, scan_upload
from units.uploads.refusals import MESSAGES

ROOT = Path(__file__).resolve().parent.parent.parent
MODULES = [
    importlib.import_module(name)
    for name in (
        "units.uploads.names",
        "units.uploads.scan",
        "units.contents.disguise",
        "units.contents.images",
        "units.contents.office",
        "units.contents.office_parts",
        "units.contents.pdfs",
    )
]
LISTS = {
    "units.uploads.names": {"PROGRAMS": "name_program", "HIDDEN_CATEGORIES": "name_characters"},
    "units.contents.disguise": {"WRITINGS": "hidden_file", "ARCHIVES": "hidden_file"},
    "units.contents.office_parts": {
        "MACRO_WORDS": "office_macro",
        "ACTIVE_WORDS": "office_active",
        "LINK_WORDS": "office_link",
        "PROGRAM_HEADS": "office_active",
        "ARCHIVE_HEADS": "office_active",
        "XML_ENDINGS": "broken",
    },
    "units.contents.pdfs": {
        "ACTIVE_KEYS": "pdf_active",
        "ACTIVE_ACTIONS": "pdf_active",
        "ACTIVE_SUBTYPES": "pdf_active",
        "ATTACHMENT_KEYS": "pdf_attachment",
        "ATTACHMENT_TYPES": "pdf_attachment",
        "ATTACHMENT_SUBTYPES": "pdf_attachment",
    },
}


def examine_here(uploaded, kind, policy) -> None:
    """In this process, so that a check can be taken away; the real way is a child (test_uploads.py)."""
    uploaded.seek(0)
    try:
        examine(uploaded, kind, policy)
    except Unsound as found:
        raise UploadRefused(found.reason, **found.data) from found


@dataclass(frozen=True)
class Site:
    """A `raise` in the code."""

    module: str
    function: str
    line: int


@dataclass(frozen=True)
class Outcome:
    """`reason` is empty when the file got in; `site` is where it was refused."""

    reason: str
    site: Site | None = None


def outcome(name: str) -> Outcome:
    """What happens to a file of the corpus now."""
    case = HOSTILE_FILES.get(name)
    content, policy = (case.bytes, case.policy) if case else (PDF, {})
    try:
        scan_upload(made.upload(name, content), {**settings.UPLOAD_POLICY, **policy}, examine=examine_here)
    except UploadRefused as refusal:
        return Outcome(refusal.reason, raised_at(refusal.__cause__ or refusal))
    except Exception as error:  # noqa: BLE001 - without its check a file may break the scanner, which is no refusal
        return Outcome(type(error).__name__)
    return Outcome("")


def raised_at(error: BaseException) -> Site:
    trace = error.__traceback__
    while trace.tb_next:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    module = Path(code.co_filename).relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
    return Site(module, code.co_qualname, trace.tb_lineno)


@cache
def before() -> dict[str, Outcome]:
    """The whole corpus with every check in place."""
    return {name: outcome(name) for name in [*HOSTILE_FILES, *HOSTILE_NAMES]}


def refusals(module: types.ModuleType) -> Iterator[Site]:
    """Every `raise` of a refusal in a module; raising an error again is none."""
    for function, node in functions(ast.parse(inspect.getsource(module))):
        for found in ast.walk(node):
            if isinstance(found, ast.Raise) and found.exc is not None:
                yield Site(module.__name__, function, found.lineno)


def functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{part.name}", part) for part in node.body if isinstance(part, ast.FunctionDef))


# These two hand on what the child process says; test_uploads.py and test_killable.py reach them.
HANDED_ON = {"examine_apart"}
SITES = [site for module in MODULES for site in refusals(module) if site.function not in HANDED_ON]


def without(site: Site, part: int | None = None) -> tuple[Callable[..., Any], types.CodeType]:
    """The function of a check, and its code with the `raise` turned into `pass`, or with one `or` less before it."""
    module = importlib.import_module(site.module)
    tree = ast.parse(inspect.getsource(module))
    if part is None:
        tree = Without(site.line).visit(tree)
    else:
        parts = alternatives(tree, site)
        parts[part] = ast.copy_location(ast.Constant(value=False), parts[part])
    function: Any = module
    for name in site.function.split("."):
        function = getattr(function, name)
    codes = [compile(ast.fix_missing_locations(tree), module.__file__, "exec")]
    while codes:
        code = codes.pop()
        if code.co_qualname == site.function:
            return function, code
        codes += [inner for inner in code.co_consts if isinstance(inner, types.CodeType)]
    raise LookupError(site)


class Without(ast.NodeTransformer):
    def __init__(self, line: int) -> None:
        self.line = line

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        return ast.copy_location(ast.Pass(), node) if node.lineno == self.line else node


def alternatives(tree: ast.Module, site: Site) -> list[ast.expr]:
    """The operands of `if a or b: raise ...`, as they stand in the tree; empty for any other condition."""
    for node in ast.walk(tree):
        guards = isinstance(node, ast.If) and any(getattr(step, "lineno", 0) == site.line for step in node.body)
        if guards and isinstance(node.test, ast.BoolOp) and isinstance(node.test.op, ast.Or):
            return node.test.values
    return []


def test_every_check_has_a_file_that_it_refuses():
    reached = {found.site for found in before().values()}
    assert [site for site in SITES if site not in reached] == []


def test_every_reason_has_a_file_that_meets_it():
    """`timeout` and `crash` are the parent's words about its child (test_uploads.py), `virus` is the scanner's."""
    met = {found.reason for found in before().values()}
    assert met == set(MESSAGES) - {"timeout", "crash", "virus"}


def test_corpus_is_large_and_nothing_of_it_gets_in():
    assert (len(HOSTILE_NAMES) >= 60, len(HOSTILE_FILES) >= 25) == (True, True)
    expected = {name: case.reason for name, case in HOSTILE_FILES.items()} | HOSTILE_NAMES
    assert {name: found.reason for name, found in before().items()} == expected


# Without these the next check refuses too, with a sentence that helps less, or the parser falls over.
REFUSED_NEXT = {
    ("checked_name", "name_missing"),
    ("_scan", "kind"),
    ("_measure", "empty"),
    ("_check_signature", "old_office"),
    ("_check_member", "password"),
    ("_check_end", "broken"),
    ("check_image", "broken"),
}
# Stops before zipfile loads a directory of any size: a matter of time and memory (test_upload_limits.py).
SAVES_MEMORY = {("_check_end_record", "office_too_big")}


def test_a_check_taken_away_lets_a_file_in(monkeypatch):
    at_site = defaultdict(dict)
    for name, found in before().items():
        at_site[found.site][name] = found.reason
    refused_next, same = set(), set()
    for site in SITES:
        function, code = without(site)
        with monkeypatch.context() as patch:
            patch.setattr(function, "__code__", code)
            after = {name: outcome(name).reason for name in at_site[site]}
        key = (site.function, next(iter(at_site[site].values())))
        if after == at_site[site]:
            same.add(key)
        elif "" not in after.values():
            refused_next.add(key)
    assert same == SAVES_MEMORY
    assert refused_next == REFUSED_NEXT


def test_a_condition_taken_away_changes_a_verdict(monkeypatch):
    survivors = []
    for site in SITES:
        parts = alternatives(ast.parse(inspect.getsource(importlib.import_module(site.module))), site)
        here = {name: found.reason for name, found in before().items() if found.site == site}
        for number, condition in enumerate(parts):
            function, code = without(site, number)
            with monkeypatch.context() as patch:
                patch.setattr(function, "__code__", code)
                if all(outcome(name).reason == reason for name, reason in here.items()):
                    survivors.append((site.function, ast.unparse(condition)))
    assert survivors == [
        ("_check_end_record", "count > max_members"),
        ("_check_end_record", "length > max_members * DIRECTORY_BYTES_PER_MEMBER"),
    ]  # SAVES_MEMORY


@pytest.mark.parametrize("module", LISTS)
def test_a_word_taken_off_a_list_lets_a_file_in(monkeypatch, module):
    survivors = []
    for name, reason in LISTS[module].items():
        words = getattr(importlib.import_module(module), name)
        files = [file for file, found in before().items() if found.reason == reason and found.site.module == module]
        for word in words:
            with monkeypatch.context() as patch:
                patch.setattr(f"{module}.{name}", type(words)(other for other in words if other != word))
                likely_first = sorted(files, key=lambda file: f".{word}." not in file)
                if all(outcome(file).reason == reason for file in likely_first):
                    survivors.append((name, word))
    assert survivors == []
