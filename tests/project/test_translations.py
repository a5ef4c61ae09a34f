"""Both languages are complete: every source string stands in the English catalogue, translated (UX-30)."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).parents[2]
CATALOGUE = Path("zi_portal/locale/en/LC_MESSAGES/django.po")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    return polib.pofile(str(ROOT / CATALOGUE))


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> polib.POFile:
    """The catalogue as `makemessages` makes it from a copy of the sources."""
    copy = tmp_path_factory.mktemp("sources")
    for folder in ("zi_portal", "units", "assessments", "templates"):
        ignored = shutil.ignore_patterns("__pycache__", "*.mo")
        shutil.copytree(ROOT / folder, copy / folder, ignore=ignored)
    shutil.copy(ROOT / "manage.py", copy)
    command = [sys.executable, "manage.py", "makemessages", "-l", "en", "--no-location", "--no-obsolete", "-v", "0"]
    subprocess.run(command, cwd=copy, check=True, capture_output=True, env=_environment())
    return polib.pofile(str(copy / CATALOGUE))


def _environment() -> dict[str, str]:
    import os  # noqa: PLC0415 - only here

    return {**os.environ, "DEBUG": "1", "DJANGO_SETTINGS_MODULE": "zi_portal.settings"}


def test_every_source_string_is_in_the_catalogue(catalogue: polib.POFile, extracted: polib.POFile) -> None:
    known = {(entry.msgctxt, entry.msgid) for entry in catalogue if not entry.obsolete}
    assert sorted(entry.msgid for entry in extracted if (entry.msgctxt, entry.msgid) not in known) == []


def test_catalogue_holds_no_string_that_the_sources_lost(catalogue: polib.POFile, extracted: polib.POFile) -> None:
    used = {(entry.msgctxt, entry.msgid) for entry in extracted}
    assert sorted(entry.msgid for entry in catalogue if (entry.msgctxt, entry.msgid) not in used) == []


def test_every_string_is_translated_and_none_is_fuzzy(catalogue: polib.POFile) -> None:
    assert [entry.msgid for entry in catalogue.untranslated_entries()] == []
    assert [entry.msgid for entry in catalogue.fuzzy_entries()] == []


def test_placeholders_are_the_same_in_both_languages(catalogue: polib.POFile) -> None:
    wrong = [
        entry.msgid
        for entry in catalogue
        for text in ([entry.msgstr] if entry.msgstr else entry.msgstr_plural.values())
        if set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(entry.msgid + (entry.msgid_plural or "")))
    ]
    assert wrong == []
