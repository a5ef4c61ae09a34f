"""A database that says "not now": tried again in silence, or refused with the text kept (REL-09).

The lock is a real one, held by another connection; ours waits for a tenth of a second only.
"""

import contextlib
import logging
import sqlite3
import threading
import uuid

import psycopg2
import pytest
from django.db import OperationalError, connection, transaction
from django.urls import reverse

from assessments.models import Answer, AnswerRevision, Snapshot, TransitionRecord
from assessments.services.transitions import lock
from zi_portal.retries import RETRIES, is_passing, retried

HTMX = {"HX-Request": "true"}
SAME_SITE = {"Sec-Fetch-Site": "same-origin"}
TEXT = "teks panjang yang tidak boleh hilang"


@pytest.fixture
def patience():
    return {"sqlite": {"timeout": 0.1}, "postgresql": {"options": "-c lock_timeout=100"}}


@pytest.fixture
def busy():
    """Where each refusal of the database is noted; `first` is set by the first one."""

    class Notes(logging.Handler):
        def __init__(self):
            super().__init__()
            self.first, self.count = threading.Event(), 0

        def emit(self, record):
            if "database busy" in record.msg:
                self.count += 1
                self.first.set()

    notes, log = Notes(), logging.getLogger("portal")
    log.addHandler(notes)
    yield notes
    log.removeHandler(notes)


@contextlib.contextmanager
def held(assessment):
    """Somebody else's transaction, which keeps what a save and a submission need."""
    if connection.vendor == "sqlite":
        other = sqlite3.connect(_path(), isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
    else:
        other = psycopg2.connect(**{**connection.get_connection_params(), "options": ""})
        other.cursor().execute("SELECT 1 FROM assessments_assessment WHERE id = %s FOR UPDATE", (assessment.pk,))
    try:
        yield other
    finally:
        other.rollback()
        other.close()


@contextlib.contextmanager
def held_until(assessment, event):
    """The same, given up as soon as `event` happens."""
    with held(assessment) as other:
        waiting = threading.Thread(target=lambda: (event.wait(30), other.rollback()))
        waiting.start()
        yield
        event.set()
        waiting.join()


def url(assessment, name, *more):
    unit = assessment.unit
    return reverse(name, args=(unit.agency.code, unit.code, assessment.period.code, *more))


def form():
    return {"jawaban": "B", "catatan": TEXT, "versi": "0", "kunci": str(uuid.uuid4())}


def test_save_that_meets_a_lock_is_tried_again(assessment, cast, browsers, busy):
    (client,) = browsers(cast.operator, 1)
    with held_until(assessment, busy.first):
        response = client.post(url(assessment, "answer_save", "A.I.1.i.b"), form(), headers=HTMX)
    assert (response.status_code, Answer.objects.get().note) == (200, TEXT)
    assert (AnswerRevision.objects.count(), busy.count >= 1) == (1, True)


def test_save_that_never_gets_the_lock_is_refused_with_its_text(assessment, cast, browsers, busy):
    (client,) = browsers(cast.operator, 1)
    with held(assessment):
        page, fragment = (
            client.post(url(assessment, "answer_save", "A.I.1.i.b"), form(), headers=headers)
            for headers in (SAME_SITE, SAME_SITE | HTMX)
        )
    for response in (page, fragment):
        html = response.content.decode()
        assert (response.status_code, response["Retry-After"]) == (503, "10")
        assert [word in html for word in ("Portal sedang sibuk", "Coba lagi")] == [True] * 2
    assert TEXT in page.content.decode()  # the fragment leaves the controls as they are, with the text in them
    assert (Answer.objects.count(), busy.count) == (0, 2 * RETRIES)


def test_submission_that_meets_a_lock_is_tried_again(assessment, cast, browsers, busy):
    (client,) = browsers(cast.head, 1)
    with held_until(assessment, busy.first):
        response = client.post(url(assessment, "submit"), {"pernyataan": "on", "kosong": "on"})
    assert (response.status_code, Snapshot.objects.count(), TransitionRecord.objects.count()) == (302, 1, 1)


def test_submission_that_never_gets_the_lock_is_refused_whole(assessment, cast, browsers):
    (client,) = browsers(cast.head, 1)
    with held(assessment):
        response = client.post(url(assessment, "submit"), {"pernyataan": "on", "kosong": "on"})
    assert (response.status_code, Snapshot.objects.count(), TransitionRecord.objects.count()) == (503, 0, 0)


def test_work_inside_a_transaction_of_somebody_else_is_not_repeated(assessment):
    """What failed there can only be repeated from the start, by whoever began it."""
    tries = []

    def work():
        tries.append(1)
        if connection.vendor == "sqlite":  # this transaction holds the lock, another one asks for it
            with connection.wrap_database_errors, contextlib.closing(sqlite3.connect(_path(), timeout=0)) as other:
                other.execute("BEGIN IMMEDIATE")
        else:
            lock(assessment)

    theirs = contextlib.nullcontext() if connection.vendor == "sqlite" else held(assessment)
    with theirs, pytest.raises(OperationalError) as refused, transaction.atomic():
        retried(work)
    assert (len(tries), is_passing(refused.value)) == (1, True)


def _path():
    return connection.settings_dict["NAME"]


@pytest.mark.parametrize("statement", ["SELECT * FROM tidak_ada", "SELEKT 1"])
def test_mistake_is_not_repeated(assessment, statement):
    """Only what passes by itself is tried again; SQLite calls these operational, too."""
    tries = []

    def work():
        tries.append(1)
        with connection.cursor() as cursor:
            cursor.execute(statement)

    with pytest.raises(Exception, match=r"tidak_ada|SELEKT"):
        retried(work)
    assert len(tries) == 1
