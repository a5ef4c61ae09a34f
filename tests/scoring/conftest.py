"""The instrument as values and as data; nothing here needs a database."""

import copy
import json
from pathlib import Path

import pytest

from assessments.importers.instrument_file import read_instrument_data
from assessments.scoring.answers import read_answer
from assessments.scoring.instrument import parse_instrument

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "fixtures" / "permenpanrb-90-2021.yaml"


@pytest.fixture(scope="session")
def file_data():
    return read_instrument_data(FILE)


@pytest.fixture
def data(file_data):
    """The file's data, free to be spoilt."""
    return copy.deepcopy(file_data)


@pytest.fixture(scope="session")
def lke(file_data):
    return parse_instrument(file_data)


@pytest.fixture(scope="session")
def worked(lke):
    """Answers of a golden worksheet by the number at the start of its name."""

    def read(number):
        (path,) = (ROOT / "tests" / "golden").glob(f"{number}_*.json")
        raw = json.loads(path.read_text(encoding="utf-8"))["answers"]
        return {code: read_answer(lke.question(code), value) for code, value in raw.items()}

    return read
