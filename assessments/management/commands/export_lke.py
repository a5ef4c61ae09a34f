"""Write the worksheet of a unit as a workbook with live formulas."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from assessments.exporters.worksheet import export_workbook
from assessments.management.commands.build_report import WRONG_USE, period_key, unit_key
from assessments.models import Assessment
from zi_portal.errors import Refused


class Command(BaseCommand):
    help = (
        "Menulis LKE satu unit sebagai buku kerja Excel terisi dengan rumus hidup, seperti yang boleh dilihat unit: "
        "nilai TPI hanya bila sudah final. Kode keluar: 0 selesai, 1 ditolak (kunci tidak dikenal, teks terlalu "
        "panjang), 2 salah pakai. / Writes the LKE of a unit as a filled Excel workbook with live formulas, as the "
        "unit may see it: TPI's scores only once final. Exit codes: 0 done, 1 refused (unknown key, text too long), "
        "2 wrong use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--unit", type=unit_key, required=True, metavar="AGENCY:UNITCODE", help="Kunci unit. / Key of the unit."
        )
        parser.add_argument(
            "--period", type=period_key, required=True, metavar="AGENCY:2024-2", help="Triwulan. / Quarter."
        )
        parser.add_argument(
            "--out", type=Path, required=True, metavar="FILE.xlsx", help="Berkas tujuan. / Target file."
        )

        parser.add_argument(
            "--site",
            default=default_site(),
            metavar="https://zi.example.go.id",
            help="Alamat portal pada tautan bukti. / Address of the portal in links to evidence. (%(default)s)",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        assessment = assessment_of(options["unit"], options["period"])
        try:
            content = export_workbook(assessment, None, timezone.now(), options["site"].rstrip("/"))
        except Refused as error:
            raise CommandError(str(error.message)) from error
        try:
            options["out"].write_bytes(content)
        except OSError as error:
            message = f"Berkas tidak dapat ditulis / cannot write: {options['out']}: {error.strerror}"
            raise CommandError(message, returncode=WRONG_USE) from error
        self.stdout.write(f"{options['out']}: {len(content)} byte")


def default_site() -> str:
    """The first host that the portal answers to."""
    host = next((host for host in settings.ALLOWED_HOSTS if host.strip("*.")), "localhost").lstrip(".")
    return f"http://{host}:8000" if settings.DEBUG else f"https://{host}"


def assessment_of(unit: dict[str, str], period: dict[str, str]) -> Assessment:
    if unit["agency"] != period["agency"]:
        raise CommandError("Unit dan periode berbeda instansi. / Unit and period belong to different agencies.")
    code = f"{period['year']}-{period['quarter']}"
    found = Assessment.objects.for_path(unit["agency"], unit["unit"], code).first()
    if found is None:
        raise CommandError(f"Penilaian tidak dikenal / unknown assessment: {unit['unit']} {code}")
    return found
