"""The instrument as the exporter gets it."""

import pytest

from assessments.importers.instrument_file import read_instrument_file
from tests.scoring.conftest import FILE


@pytest.fixture(scope="session")
def lke():
    return read_instrument_file(FILE)
