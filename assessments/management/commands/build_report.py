"""Make the PDF reports from the command line: the quarterly report of an agency, the LHE of a unit."""

import re
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from assessments.models import Assessment, Period
from assessments.queries.reports import final_snapshot, lhe_of
from assessments.reports.making import draft_lhe, make_quarterly
from assessments.services.reports import NotFinal

WRONG_USE = 2
PERIOD_KEY = re.compile(r"(?P<agency>[a-z0-9-]+):(?P<year>\d{4})-(?P<quarter>[1-4])", re.ASCII)
UNIT_KEY = re.compile(r"(?P<agency>[a-z0-9-]+):(?P<unit>[a-z0-9-]+)", re.ASCII)
QUARTERLY_HELP = (
    "Laporan triwulan semua unit. Disimpan; bila isinya belum berubah, berkas yang tersimpan dipakai kembali. / "
    "Quarterly report of all units. Stored; while nothing has changed the stored file is used again."
)
LHE_HELP = (
    "LHE satu unit. Bila sudah diterbitkan: berkas yang tersimpan. Bila final tetapi belum bernomor: PDF bertanda "
    "KONSEP yang tidak disimpan; nomor hanya diberikan Inspektur di portal. / LHE of one unit. Once issued: the stored "
    "file. Final but not numbered: a PDF marked KONSEP that is not stored; only the Inspector numbers, in the portal."
)


def period_key(text: str) -> dict[str, str]:
    """`AGENCY:2024-2`. Raises ArgumentTypeError."""
    return _key(PERIOD_KEY, text, "AGENCY:2024-2")


def unit_key(text: str) -> dict[str, str]:
    """`AGENCY:UNITCODE`. Raises ArgumentTypeError."""
    return _key(UNIT_KEY, text, "AGENCY:UNITCODE")


def _key(pattern: re.Pattern[str], text: str, form: str) -> dict[str, str]:
    found = pattern.fullmatch(text)
    if found is None:
        raise ArgumentTypeError(f"{text!r}; tulis seperti / write as {form}")
    return found.groupdict()


class Command(BaseCommand):
    help = (
        "Membuat laporan PDF dari rekaman hasil. Kode keluar: 0 selesai, 1 ditolak (kunci tidak dikenal, belum final), "
        "2 salah pakai. / Makes PDF reports from snapshots. Exit codes: 0 done, 1 refused (unknown key, not final), "
        "2 wrong use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        kinds = parser.add_subparsers(dest="kind", required=True, metavar="quarterly|lhe")
        quarterly = kinds.add_parser("quarterly", help=QUARTERLY_HELP, description=QUARTERLY_HELP)
        lhe = kinds.add_parser("lhe", help=LHE_HELP, description=LHE_HELP)
        lhe.add_argument(
            "--unit", type=unit_key, required=True, metavar="AGENCY:UNITCODE", help="Kunci unit. / Key of the unit."
        )
        for kind in (quarterly, lhe):
            kind.add_argument(
                "--period", type=period_key, required=True, metavar="AGENCY:2024-2", help="Triwulan. / Quarter."
            )
            kind.add_argument(
                "--out",
                type=Path,
                metavar="FILE.pdf",
                help="Berkas tujuan; bila tidak ada, nama baku. / Target file; else a usual name.",
            )

    def handle(self, *_args: Any, **options: Any) -> None:
        period = _period(options["period"])
        if options["kind"] == "quarterly":
            content, words = self._quarterly(period)
            usual = f"laporan-zi-{period.agency.code}-{period.code}.pdf"
        else:
            content, words = self._lhe(period, options["unit"])
            usual = f"lhe-{options['unit']['unit']}-{period.code}.pdf"
        out = options["out"] or Path(usual)
        try:
            out.write_bytes(content)
        except OSError as error:
            message = f"Berkas tidak dapat ditulis / cannot write: {out}: {error.strerror}"
            raise CommandError(message, returncode=WRONG_USE) from error
        self.stdout.write(f"{out}: {words}")

    def _quarterly(self, period: Period) -> tuple[bytes, str]:
        report = make_quarterly(period=period, actor=None, now=timezone.now())
        with report.file.open("rb") as file:
            return file.read(), f"sha256 {report.sha256}"

    def _lhe(self, period: Period, key: dict[str, str]) -> tuple[bytes, str]:
        if key["agency"] != period.agency.code:
            raise CommandError("Unit dan periode berbeda instansi. / Unit and period belong to different agencies.")
        found = Assessment.objects.for_path(key["agency"], key["unit"], period.code).first()
        if found is None:
            raise CommandError(f"Penilaian tidak dikenal / unknown assessment: {key['unit']} {period.code}")
        snapshot = final_snapshot(found)
        issued = lhe_of(snapshot) if snapshot else None
        if issued is not None:
            with issued.file.open("rb") as file:
                return file.read(), f"LHE {issued.number}, sha256 {issued.sha256}"
        try:
            return draft_lhe(assessment=found, now=timezone.now()), "KONSEP, tidak disimpan / draft, not stored"
        except NotFinal as error:
            message = f"Belum ada hasil final / no final result yet: {key['unit']} ({found.state})"
            raise CommandError(message) from error


def _period(key: dict[str, str]) -> Period:
    found = (
        Period.objects.select_related("agency", "instrument")
        .filter(agency__code=key["agency"], year=int(key["year"]), quarter=int(key["quarter"]))
        .first()
    )
    if found is None:
        raise CommandError(f"Periode tidak dikenal / unknown period: {key['agency']}:{key['year']}-{key['quarter']}")
    return found
