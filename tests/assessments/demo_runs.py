"""Runs load_demo for tests, with a storage of its own."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings


@contextmanager
def storage_in(folder: Path) -> Iterator[None]:
    default = settings.STORAGES["default"]
    changed = {**default, "OPTIONS": {**default["OPTIONS"], "location": str(folder)}}
    with override_settings(STORAGES={**settings.STORAGES, "default": changed}):
        yield


def run(*arguments: str) -> str:
    output = io.StringIO()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ALLOW_DEMO", "1")
        call_command("load_demo", *arguments, stdout=output)
    return output.getvalue()
