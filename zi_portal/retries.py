"""One more try where the database only says "not now": deadlocks, serialization failures, locks (REL-09)."""

import logging
import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, connection

log = logging.getLogger("portal")

RETRIES = 3
PAUSE_SECONDS = 0.05
"""The first pause is at most this long, each later one at most twice the one before."""
PATIENCE_SECONDS = 12.0
"""Whoever has waited so long gets an answer, not another try."""
# PostgreSQL: serialization failure, deadlock, lock not available.
SQLSTATES = frozenset({"40001", "40P01", "55P03"})
# SQLite: busy, locked; the low byte of an extended code.
SQLITE_CODES = frozenset({5, 6})

Result = TypeVar("Result")


def retried(work: Callable[[], Result]) -> Result:
    """What `work` gives; it may run up to four times, so it must be one transaction that is idempotent.

    Inside somebody else's transaction it runs once: what failed there can only be repeated from the start. When the
    tries or the patience are used up the OperationalError goes on, and the person gets 503 with their text.
    """
    if connection.in_atomic_block:
        return work()
    since = time.monotonic()
    for attempt in range(RETRIES):
        try:
            return work()
        except OperationalError as error:
            if not is_passing(error) or time.monotonic() - since > PATIENCE_SECONDS:
                raise
            log.warning("database busy, try %s", attempt + 2, exc_info=error)
        time.sleep(random.uniform(0, PAUSE_SECONDS * 2**attempt))  # noqa: S311 - jitter, no secret
    return work()


def is_passing(error: OperationalError) -> bool:
    """Whether the database refused only because of others who were working."""
    cause = error.__cause__
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None:
        return (code & 0xFF) in SQLITE_CODES
    return getattr(cause, "pgcode", None) in SQLSTATES
