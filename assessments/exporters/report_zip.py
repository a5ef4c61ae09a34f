"""All reports of a quarter that are in force, as one ZIP with a list and their hashes."""

from collections.abc import Iterator, Sequence

from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _
from zipstream import ZIP_STORED, ZipStream

from assessments.exporters.evidence_zip import SUMS, bytes_of, safe_name
from assessments.models import Period, Report
from assessments.queries.reports import Shelf
from zi_portal.errors import Refused

LIST = "DAFTAR.txt"
MISSING = "berkas tidak ditemukan, hubungi administrator"


class NoReports(Refused):
    message = _("Belum ada laporan pada periode ini.")


def report_name(report: Report) -> str:
    """`LHE-samsat-sampit-2024-2.pdf`, `Laporan-ZI-kalteng-2024-2.pdf`."""
    if report.assessment is not None:
        return f"LHE-{report.assessment.unit.code}-{report.period.code}.pdf"
    return f"Laporan-ZI-{report.period.agency.code}-{report.period.code}.pdf"


def zip_name(period: Period) -> str:
    return safe_name(f"Laporan ZI {period.agency.code} {period.code}.zip")


def report_zip(shelf: Shelf) -> Iterator[bytes]:
    """The newest quarterly report and each unit's LHE in force, piece by piece. Raises NoReports before the first."""
    reports = list(_in_force(shelf))
    if not reports:
        raise NoReports
    found = [report for report in reports if default_storage.exists(str(report.file.name))]
    archive = ZipStream(compress_type=ZIP_STORED)  # PDF are compressed already
    archive.add(_list(reports, found).encode(), LIST)
    archive.add("".join(f"{report.sha256}  {report_name(report)}\n" for report in found).encode(), SUMS)
    for report in found:
        archive.add(bytes_of(report.file), report_name(report))
    return iter(archive)


def _in_force(shelf: Shelf) -> Iterator[Report]:
    yield from shelf.quarterlies[:1]
    for item in shelf.units:
        if item.lhe is not None:
            item.lhe.assessment = item.assessment
            yield item.lhe


def _list(reports: Sequence[Report], found: Sequence[Report]) -> str:
    lines = (
        f"{report.number or 'tanpa nomor'}\t{report_name(report) if report in found else MISSING}" for report in reports
    )
    return "".join(f"{line}\r\n" for line in lines)  # for the editor of Windows
