"""What an exported workbook says about its origin, so that an import can tell which rows are stale."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from assessments.scoring.dumping import dump_instrument
from assessments.scoring.structure import Instrument

FORMAT: Final = "zi-portal-lke/1"
STAMP_SHEET: Final = "_zi_portal"


@dataclass(frozen=True, slots=True)
class Stamp:
    """Where a workbook comes from. `versions`: question code -> version of the unit's answer; no row, no entry."""

    instrument: str
    instrument_version: int
    fingerprint: str
    agency: str
    unit: str
    period: str
    exported_at: str
    versions: Mapping[str, int]


def stamp_text(stamp: Stamp) -> str:
    return json.dumps({"format": FORMAT} | asdict(stamp), separators=(",", ":"))


def read_stamp(text: object) -> Stamp | None:
    """The stamp that a cell of the stamp sheet holds; None for anything else, whoever wrote it."""
    try:
        data = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or data.pop("format", None) != FORMAT or not _is_stamp(data):
        return None
    return Stamp(**data)


def _is_stamp(data: dict[str, Any]) -> bool:
    if data.keys() != set(Stamp.__dataclass_fields__):
        return False
    versions = data["versions"]
    if not isinstance(versions, dict) or not _is_version(data["instrument_version"]):
        return False
    texts = (value for key, value in data.items() if key not in ("versions", "instrument_version"))
    return all(isinstance(value, str) for value in texts) and all(_is_version(value) for value in versions.values())


def _is_version(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def fingerprint_of(instrument: Instrument) -> str:
    """SHA-256 over everything that an instrument asks, weighs and demands."""
    return instrument.once(_fingerprint)


def _fingerprint(instrument: Instrument) -> str:
    text = json.dumps(dump_instrument(instrument), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
