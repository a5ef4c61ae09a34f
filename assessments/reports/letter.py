"""What a report takes from the day of its issue: letterhead, signatory, number and date; the rest is snapshots."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from assessments.reports import wording
from units.models import Agency, Signatory

DEMO_MARK = "DATA CONTOH - nilai rekaan"
POSITION = "Inspektur"


@dataclass(frozen=True, slots=True)
class Letter:
    """The frame of a report. Empty names leave dotted lines, to be filled in by hand."""

    agency: str
    inspectorate: str
    letterhead: str
    city: str
    zone: str
    is_demo: bool
    position: str
    name: str
    rank: str
    nip: str
    number: str
    day: date

    @property
    def mark(self) -> str:
        return DEMO_MARK if self.is_demo else ""

    @property
    def address_lines(self) -> list[str]:
        return [line.strip() for line in self.letterhead.splitlines() if line.strip()]

    @property
    def day_text(self) -> str:
        return wording.day(self.day)


def letter_of(agency: Agency, signatory: Signatory | None, *, number: str, now: datetime) -> Letter:
    """The frame of a report that is issued at `now`, dated in the agency's zone."""
    return Letter(
        agency=agency.name,
        inspectorate=agency.inspectorate,
        letterhead=agency.letterhead,
        city=agency.city,
        zone=agency.zone,
        is_demo=agency.is_demo,
        position=signatory.position if signatory else POSITION,
        name=signatory.name if signatory else "",
        rank=signatory.rank if signatory else "",
        nip=signatory.nip if signatory else "",
        number=number,
        day=wording.day_in(now, agency.zone),
    )


def inputs_sha256(letter: Letter, *, dated: bool, **rest: Any) -> str:
    """SHA-256 over everything that goes into a report; without the date where asking later changes nothing."""
    frame: dict[str, Any] = asdict(letter) | {"day": letter.day.isoformat()}
    if not dated:
        del frame["day"]
    text = json.dumps({"letter": frame, **rest}, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def page_context(letter: Letter, *, title: str, made_at: datetime, foot: str) -> Mapping[str, Any]:
    """What templates/reports/base.html asks for."""
    return {"letter": letter, "title": title, "made_at": made_at.isoformat(timespec="seconds"), "foot": foot}
