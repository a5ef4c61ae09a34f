"""What a worksheet page weighs at its first load, compressed as a server sends it."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.urls import reverse

from tests import factories

SCRIPTS_KB, PAGE_KB = 50, 150
KB = 1000
PAGES = [("worksheet", "A.I.6.i"), ("worksheet_focus", "A.I.6.i.a"), ("worksheet_whole", None)]


def compressed(content):
    return len(gzip.compress(content, 6)) / KB


def files_of(html):
    """Paths of the own files that the page asks for: scripts, styles, pictures."""
    found = re.findall(r'(?:src|href)="([^"#]+)', html)
    return sorted({path.removeprefix(settings.STATIC_URL) for path in found if path.startswith(settings.STATIC_URL)})


def weight(path):
    return compressed(Path(finders.find(path)).read_bytes())


@pytest.mark.parametrize(("name", "place"), PAGES)
def test_worksheet_page_is_light(as_user, cast, assessment, golden, name, place):
    factories.answer_everything(assessment, golden("22")["answers"], by=cast.head)
    unit = assessment.unit
    path = reverse(name, args=(unit.agency.code, unit.code, assessment.period.code, *([place] if place else [])))
    html = as_user(cast.operator).get(path).content
    weights = {path: weight(path) for path in files_of(html.decode())}
    scripts = {path: size for path, size in weights.items() if path.endswith(".js")}
    assert {"js/outbox.js", "js/queue.js", "js/autosave.js", "django_htmx/htmx-2.min.js"} <= set(scripts)
    assert sum(scripts.values()) <= SCRIPTS_KB, scripts
    assert compressed(html) + sum(weights.values()) <= PAGE_KB, weights
