"""Follow-ups in finished words, for the tables of both reports."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assessments.queries.followup_history import Reported
from assessments.reports import wording

STATES = {
    "overdue": "lewat batas waktu",
    "open": "belum dilaporkan",
    "answered": "menunggu penilaian TPI",
    "closed": "selesai",
}


@dataclass(frozen=True, slots=True)
class PromiseLine:
    """A row: what, by whom, until when, how it stands; `carried` names the earlier quarter that it comes from."""

    code: str
    text: str
    owner: str
    due: str
    state: str
    since: str
    carried: str
    is_late: bool
    is_closed: bool


def promise_lines(followups: Sequence[Reported], quarter: tuple[int, int], length: int = 0) -> list[PromiseLine]:
    """Open ones first, the earliest due first; texts at most `length` characters where it is given."""
    ordered = sorted(followups, key=lambda item: item.state == "closed")
    return [_line(item, quarter, length) for item in ordered]


def _line(item: Reported, quarter: tuple[int, int], length: int) -> PromiseLine:
    begun = (item.year, item.quarter)
    text = item.text if not length or len(item.text) <= length else f"{item.text[: length - 1].rstrip()}…"
    return PromiseLine(
        code=item.code,
        text=wording.breakable(text),
        owner=item.owner or wording.DASH,
        due=wording.day(item.due),
        state=STATES[item.state],
        since=_since(item),
        carried=wording.short_quarter(*begun) if begun < quarter else "",
        is_late=item.state == "overdue",
        is_closed=item.state == "closed",
    )


def _since(item: Reported) -> str:
    """When it was closed or reported, and whether with proof."""
    if item.closed_on is not None:
        return wording.day(item.closed_on)
    if item.reported_on is not None:
        proof = ", dengan bukti" if item.has_proof else ", tanpa bukti"
        return f"dilaporkan {wording.day(item.reported_on)}{proof}"
    return ""


@dataclass(frozen=True, slots=True)
class PromiseCount:
    """A unit's follow-ups by state; for the last row those of all units."""

    name: str
    total: int
    closed: int
    answered: int
    open: int
    overdue: int
    carried: int


def promise_counts(
    names: Mapping[int, str], followups: Mapping[int, Sequence[Reported]], quarter: tuple[int, int]
) -> list[PromiseCount]:
    """One row for each unit that has any, in the order of `names`, and the sum as the last row."""
    rows = [_count(name, followups[unit], quarter) for unit, name in names.items() if followups.get(unit)]
    if not rows:
        return []
    everything = [item for unit in names for item in followups.get(unit, ())]
    return [*rows, _count("Seluruh unit", everything, quarter)]


def _count(name: str, followups: Sequence[Reported], quarter: tuple[int, int]) -> PromiseCount:
    states = Counter(item.state for item in followups)
    carried = sum((item.year, item.quarter) < quarter for item in followups)
    counts: dict[str, Any] = {key: states[key] for key in ("closed", "answered", "open", "overdue")}
    return PromiseCount(name=name, total=len(followups), carried=carried, **counts)
