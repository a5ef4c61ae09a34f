"""Which rows name stored files of strangers: each app registers its own, so that units scans what it does not know."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from units.models import FileScan


@dataclass(frozen=True, slots=True)
class Keeper:
    """`unscanned(limit)` gives hash and path of stored files that no scan knows yet.

    `quarantined(scan, now)` records and tells of what was found in a file; it joins the caller's transaction.
    """

    unscanned: Callable[[int], Iterable[tuple[str, str]]]
    quarantined: Callable[[FileScan, datetime], None]


KEEPERS: dict[str, Keeper] = {}


def register(name: str, keeper: Keeper) -> None:
    KEEPERS[name] = keeper
