"""Score one worksheet without a database."""

import json
import re
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from assessments.importers.answers_json import WorksheetJsonError, read_worksheet
from assessments.importers.instrument_file import read_instrument_file
from assessments.importers.reasons import reason_sentence
from assessments.importers.worksheet import SheetReading, read_workbook
from assessments.importers.xlsx import WorkbookError
from assessments.scoring.engine import result_as_json, score
from assessments.scoring.instrument import Instrument, InstrumentError
from assessments.scoring.kinds import Predikat

DEFAULT_INSTRUMENT = "permenpanrb-90-2021"
WRONG_USE = 2


class Command(BaseCommand):
    help = (
        "Menghitung nilai satu lembar kerja (.json atau .xlsx) tanpa basis data dan mencetak JSON. "
        "Kode keluar: 0 selesai, 1 ditolak atau ada sel yang tidak terbaca, 2 salah pakai. / "
        "Scores one worksheet (.json or .xlsx) without a database and prints JSON. "
        "Exit codes: 0 done, 1 refused or cells that could not be read, 2 wrong use."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="Lembar kerja .json atau .xlsx. / Worksheet, .json or .xlsx.")
        parser.add_argument(
            "--target",
            choices=[item.value for item in Predikat],
            help="Hanya gerbang predikat ini. / Only the gates of this predicate.",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        path = Path(options["file"])
        raw = _read(path)
        if path.suffix.casefold() == ".json":
            printed = self._score_json(raw, options["target"])
        else:
            printed = self._score_workbook(raw, options["target"])
        self.stdout.write(json.dumps(printed, ensure_ascii=False, indent=2))
        if printed["problems"]:
            sys.exit(1)

    def _score_json(self, raw: bytes, target: str | None) -> dict[str, Any]:
        try:
            worksheet = read_worksheet(raw, _find_instrument)
        except WorksheetJsonError as error:
            raise CommandError(str(error)) from error
        result = score(worksheet.instrument, worksheet.answers, holds_wbk=worksheet.holds_wbk)
        return result_as_json(result, target)

    def _score_workbook(self, raw: bytes, target: str | None) -> dict[str, Any]:
        instrument = _find_instrument(DEFAULT_INSTRUMENT)
        if instrument is None:
            raise CommandError(_("Berkas instrumen tidak ditemukan."))
        try:
            reading = read_workbook(raw, instrument)
        except WorkbookError as error:
            raise CommandError(str(error)) from error
        printed = result_as_json(score(instrument, reading.answers), target)
        return printed | {"problems": _problems(reading)}


def _read(path: Path) -> bytes:
    if path.suffix.casefold() not in {".json", ".xlsx"}:
        raise CommandError(_("Berkas harus .json atau .xlsx: %(path)s") % {"path": path}, returncode=WRONG_USE)
    try:
        return path.read_bytes()
    except OSError as error:
        message = _("Berkas tidak dapat dibuka: %(path)s") % {"path": path}
        raise CommandError(message, returncode=WRONG_USE) from error


def _find_instrument(code: str) -> Instrument | None:
    """Return the instrument of a file in fixtures/; None for a code without one."""
    path = Path(settings.BASE_DIR) / "fixtures" / f"{code}.yaml"
    if re.fullmatch(r"[a-z0-9-]{1,60}", code) is None or not path.is_file():
        return None
    try:
        return read_instrument_file(path)
    except InstrumentError as error:
        raise CommandError(f"{path.name}: {error}") from error


def _problems(reading: SheetReading) -> list[dict[str, str]]:
    return [
        {"cell": item.cell, "value": item.value, "reason": reason_sentence(item.reason)} for item in reading.problems
    ]
