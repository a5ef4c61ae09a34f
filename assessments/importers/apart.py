"""Reading a stranger's workbook in a process that is killed when it takes too long or too much (SEC-24)."""

from pathlib import Path
from typing import Any, Final

from assessments.importers.xlsx import BookReason, WorkbookError
from assessments.scoring.dumping import dump_instrument
from assessments.scoring.instrument import Instrument
from zi_portal.killable import MEGABYTE, Killed, Limits, run

LIMITS: Final = Limits(wall_seconds=20, cpu_seconds=20, memory_bytes=512 * MEGABYTE, file_bytes=40 * MEGABYTE)


def read_apart(path: Path, instrument: Instrument) -> dict[str, Any]:
    """What stands in a filled worksheet, as plain data (queries/workbook_import.py). Raises WorkbookError."""
    arguments = {"path": str(path.resolve()), "instrument": instrument.once(dump_instrument)}
    try:
        answer = run("assessments.importers.child", arguments, LIMITS)
    except Killed as error:
        raise WorkbookError(BookReason(error.how)) from error
    if "refused" in answer:
        raise WorkbookError(BookReason(answer["refused"]), **answer["data"])
    content: dict[str, Any] = answer["content"]
    return content
