"""Issues the LHE of some units of Kalimantan Tengah in TW II; the quarterly report is left to the Inspector."""

from datetime import datetime

from assessments.demo.quarters import YEAR
from assessments.demo.shelf import Shelf
from assessments.models import Assessment, Report
from assessments.reports.making import issue_lhe
from units.models import Agency, User

QUARTER = 2
# One that meets everything and one that misses a gate; the others wait for the Inspector.
UNITS = {"kalteng": ("rsud-doris-sylvanus", "unit-contoh-1")}
ISSUED = datetime(YEAR, 9, 5, 10, 0)  # noqa: DTZ001 - the hour is that of the agency's zone


def issue_reports(agency: Agency, inspector: User, files: Shelf) -> list[Report]:
    """The reports of this government, if the demo has any for it; the files go onto the shelf."""
    at = ISSUED.replace(tzinfo=agency.tz)
    reports = []
    for number, unit in enumerate(UNITS.get(agency.code, ()), 1):
        assessment = Assessment.objects.for_path(agency.code, unit, f"{YEAR}-{QUARTER}").get()
        reports.append(
            issue_lhe(assessment=assessment, number=f"700/{number:03d}/LHE/CONTOH/{YEAR}", actor=inspector, now=at)
        )
        files.adopt(str(reports[-1].file.name))
    return reports
