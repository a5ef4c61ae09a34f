"""Issues the reports of Kalimantan Tengah's TW II: the LHE of some units and the quarterly report."""

from datetime import datetime, timedelta

from assessments.demo.quarters import YEAR
from assessments.demo.shelf import Shelf
from assessments.models import Assessment, Period, Report
from assessments.reports.making import issue_lhe, make_quarterly
from units.models import Agency, User

QUARTER = 2
# One that meets everything and one that misses a gate; the others wait for the Inspector.
UNITS = {"kalteng": ("rsud-doris-sylvanus", "unit-contoh-1")}
ISSUED = datetime(YEAR, 9, 5, 10, 0)  # noqa: DTZ001 - the hour is that of the agency's zone
WEEK = timedelta(days=7)


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
    if reports:
        period = Period.objects.select_related("agency", "instrument").get(agency=agency, year=YEAR, quarter=QUARTER)
        number_of_all = f"700/{len(reports) + 1:03d}/LAP/CONTOH/{YEAR}"
        reports.append(make_quarterly(period=period, actor=inspector, now=at + WEEK, number=number_of_all))
        files.adopt(str(reports[-1].file.name))
    return reports
