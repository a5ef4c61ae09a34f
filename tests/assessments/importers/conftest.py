"""The instrument, worked answers, and worksheets that hold them."""

import json

import pytest

from assessments.importers.instrument_file import read_instrument_file
from assessments.scoring.answers import read_answer
from tests.assessments.importers.worksheet_book import (
    build,
    no_words,
    other_words,
    own_words,
)
from tests.scoring.conftest import FILE, ROOT


@pytest.fixture(scope="module")
def lke():
    return read_instrument_file(FILE)


@pytest.fixture(scope="module")
def answers(lke, golden_answers):
    return golden_answers(lke, "22")


@pytest.fixture(scope="module")
def golden_answers():
    def read(lke, number):
        (path,) = (ROOT / "tests" / "golden").glob(f"{number}_*.json")
        raw = json.loads(path.read_text(encoding="utf-8"))["answers"]
        return {code: read_answer(lke.question(code), value) for code, value in raw.items()}

    return read


@pytest.fixture(params=[own_words, other_words, no_words])
def any_book(request, lke, answers):
    """The worksheet with known texts, unknown texts and without texts."""
    return build(lke, answers, request.param)


@pytest.fixture
def book(lke, answers):
    return build(lke, answers)
