"""What the tests of evidence share."""

from pathlib import Path

import pytest


@pytest.fixture
def storage(settings, tmp_path: Path) -> Path:
    """A storage that is empty at the start, and can be counted."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**settings.STORAGES["default"], "OPTIONS": {"location": str(tmp_path), "base_url": None}},
    }
    return tmp_path
