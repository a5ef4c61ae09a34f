"""Requests that really overlap: threads with connections of their own, on a copy of the test database.

The ordinary SQLite test database lives in memory, where locks work otherwise than in a file; here the copy is a file
with the portal's own settings (WAL, IMMEDIATE). On PostgreSQL the copy is a database made from the test database.
Nothing is rolled back: the copy is thrown away.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any, TypeVar

import pytest
from django.db import connection, connections
from django.test import Client

from units.models import User

Result = TypeVar("Result")


@pytest.fixture
def patience() -> dict[str, dict[str, Any]]:
    """Options of the connections by vendor, beyond the portal's own; the tests of retries shorten them."""
    return {}


@pytest.fixture
def db(
    django_db_setup: None, django_db_blocker: Any, tmp_path: Path, patience: dict[str, dict[str, Any]]
) -> Iterator[None]:
    """Takes the place of pytest-django's: the default connection of every thread leads to the copy."""
    with django_db_blocker.unblock(), _copied(tmp_path) as name:
        kept = connections["default"]
        settings = connections.settings["default"]
        before = settings["NAME"], settings["OPTIONS"]
        settings["NAME"] = name
        settings["OPTIONS"] = before[1] | patience.get(kept.vendor, {})
        connections["default"] = connections.create_connection("default")
        try:
            yield
        finally:
            connections["default"].close()
            settings["NAME"], settings["OPTIONS"] = before
            connections["default"] = kept


@contextlib.contextmanager
def _copied(folder: Path) -> Iterator[str]:
    if connection.vendor == "sqlite":
        path = str(folder / "copy.sqlite3")
        connection.ensure_connection()
        with contextlib.closing(sqlite3.connect(path)) as target:
            connection.connection.backup(target)
        yield path
        return
    original = connection.settings_dict["NAME"]
    name = f"{original}_copy"
    connection.close()  # a database in use is no template
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{original}"')
    try:
        yield name
    finally:
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def at_once() -> Callable[[list[Callable[[], Result]]], list[Result]]:
    """Runs all of these at the same moment, each in a thread with its own connection; gives what they returned."""

    def run(tasks: list[Callable[[], Result]]) -> list[Result]:
        gate = Barrier(len(tasks))

        def alone(task: Callable[[], Result]) -> Result:
            try:
                connection.ensure_connection()
                gate.wait(timeout=60)
                return task()
            finally:
                connections.close_all()

        with ThreadPoolExecutor(len(tasks)) as pool:
            return list(pool.map(alone, tasks))

    return run


@pytest.fixture
def browsers() -> Callable[[User, int], list[Client]]:
    """So many browsers of one person: every thread has its own."""

    def log_in(user: User, count: int) -> list[Client]:
        found = []
        for _ in range(count):
            client = Client(raise_request_exception=False)
            client.force_login(user, "django.contrib.auth.backends.ModelBackend")
            found.append(client)
        return found

    return log_in
