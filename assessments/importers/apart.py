"""Reading a stranger's workbook in a process that is killed when it takes too long or too much (SEC-24)."""

from pathlib import Path
from typing import Any, Final

from django.conf import settings

from assessments.importers.xlsx import BookReason, WorkbookError
from assessments.scoring.dumping import dump_instrument
from assessments.scoring.instrument import Instrument
from units.uploads import UploadRefused, limits_of
from zi_portal.killable import MEGABYTE, Killed, Limits, run

LIMITS: Final = Limits(wall_seconds=20, cpu_seconds=20, memory_bytes=512 * MEGABYTE, file_bytes=40 * MEGABYTE)
_UNSTORABLE: Final = {0: "\N{REPLACEMENT CHARACTER}"} | dict.fromkeys(
    range(0xD800, 0xE000), "\N{REPLACEMENT CHARACTER}"
)


def read_apart(path: Path, instrument: Instrument) -> dict[str, Any]:
    """What stands in a filled worksheet, as plain data (queries/workbook_import.py).

    Raises WorkbookError, and UploadRefused for what no upload may hold.
    """
    arguments = {
        "path": str(path.resolve()),
        "instrument": instrument.once(dump_instrument),
        "policy": limits_of(settings.UPLOAD_POLICY),
    }
    try:
        answer = run("assessments.importers.child", arguments, LIMITS)
    except Killed as error:
        raise WorkbookError(BookReason(error.how)) from error
    if "refused" in answer:
        raise WorkbookError(BookReason(answer["refused"]), **answer["data"])
    if "unsound" in answer:
        raise UploadRefused(answer["unsound"], **answer["data"])
    content: dict[str, Any] = _storable(answer["content"])
    return content


def _storable(value: Any) -> Any:
    """The same data without characters that no database keeps."""
    if isinstance(value, str):
        return value.translate(_UNSTORABLE)
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    return value
