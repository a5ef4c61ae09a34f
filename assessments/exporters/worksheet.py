"""An assessment as a workbook: the official worksheet with live formulas, a recap with the gates, and a stamp."""

from datetime import UTC, datetime
from io import BytesIO

from xlsxwriter import Workbook

from assessments.exporters.cells import WORKBOOK_OPTIONS, Styles
from assessments.exporters.stamp import STAMP_SHEET, Stamp, fingerprint_of, stamp_text
from assessments.exporters.worksheet_lke import TPI, UNIT, Book, write_lke
from assessments.exporters.worksheet_recap import write_recap
from assessments.exporters.worksheet_rows import layout_of
from assessments.exporters.worksheet_side import filled
from assessments.models import Assessment
from assessments.queries.workbook import Contents, workbook_contents
from units.models import User


def export_workbook(assessment: Assessment, viewer: User | None, now: datetime, site: str = "") -> bytes:
    """The workbook for somebody who may read the worksheet; `viewer` None gives what the unit may see.

    `site` (scheme and host) makes the links to files absolute. Raises CellTooLong; at most seven queries.
    """
    return workbook_bytes(workbook_contents(assessment, viewer), now, site)


def workbook_bytes(contents: Contents, now: datetime, site: str = "") -> bytes:
    stream = BytesIO()
    with Workbook(stream, WORKBOOK_OPTIONS) as workbook:
        _set_properties(workbook, contents, now)
        held = contents.holds_wbk
        book = Book(
            workbook=workbook,
            styles=Styles(workbook),
            contents=contents,
            layout=layout_of(contents.instrument),
            unit=filled(contents.unit, UNIT, holds_wbk=held),
            tpi=None if contents.tpi is None else filled(contents.tpi, TPI, holds_wbk=held),
            site=site,
        )
        write_lke(book)
        write_recap(book, now)
        sheet = workbook.add_worksheet(STAMP_SHEET)
        sheet.write_string(0, 0, stamp_text(_stamp(contents, now)))
        sheet.very_hidden()
    return stream.getvalue()


def file_name(contents: Contents) -> str:
    """`LKE_samsat-sampit_TW2_2024.xlsx`; another name for what the unit may not see."""
    place = contents.assessment
    ending = "_TPI-rahasia" if contents.confidential else ""
    return f"LKE_{place.unit.code}_TW{place.period.quarter}_{place.period.year}{ending}.xlsx"


def _set_properties(workbook: Workbook, contents: Contents, now: datetime) -> None:
    place = contents.assessment
    workbook.set_properties(
        {
            "title": f"LKE {place.unit.name} {place.period.label}",
            "author": place.unit.agency.name,
            "company": place.unit.agency.name,
            "created": now.astimezone(UTC).replace(tzinfo=None),
        }
    )


def _stamp(contents: Contents, now: datetime) -> Stamp:
    place = contents.assessment
    return Stamp(
        instrument=contents.instrument.code,
        instrument_version=place.period.instrument.version,
        fingerprint=fingerprint_of(contents.instrument),
        agency=place.unit.agency.code,
        unit=place.unit.code,
        period=place.period.code,
        exported_at=now.astimezone(UTC).isoformat(timespec="seconds"),
        versions={code: row.version for code, row in contents.unit.rows.items()},
    )
