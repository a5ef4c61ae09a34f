"""A browser among pages that only go wrong, for what surrounds every page."""

import pytest
from django.test import Client


@pytest.fixture
def visitor(settings, db):
    """Sees pages instead of exceptions, as a visitor does; knows the URLs of tests/project/troubles.py as well."""
    settings.ROOT_URLCONF = "tests.project.troubles"
    return Client(raise_request_exception=False)
