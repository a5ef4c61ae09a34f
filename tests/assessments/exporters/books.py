"""Workbooks for tests: made without a database, calculated again by LibreOffice, read back as a person would."""

import random
import re
import subprocess
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import openpyxl

from assessments.exporters.worksheet import workbook_bytes
from assessments.exporters.worksheet_lke import LKE_SHEET
from assessments.exporters.worksheet_recap import RECAP_SHEET
from assessments.models import Answer, Assessment, Instrument, Period
from assessments.queries.answers import Sheet
from assessments.queries.instruments import StoredInstrument
from assessments.queries.workbook import Contents
from assessments.scoring.kinds import Scale
from units.models import Agency, Unit

NOW = datetime(2024, 6, 20, 3, 0, tzinfo=UTC)
SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop>
</item>
</oor:items>
"""
CACHED = re.compile(rb"(<f>[^<]*</f>)<v>[^<]*</v>")


def sheet_of(lke, raw, *, note=""):
    """A stage's rows, unsaved: `raw` maps codes to labels, indexes or mappings, as `manage.py score` reads them."""
    ids = {question.code: number for number, question in enumerate(lke.questions, 1)}
    stored = StoredInstrument(lke, ids, {pk: code for code, pk in ids.items()})
    rows = {}
    for code, value in raw.items():
        is_index = lke.question(code).scale is Scale.INDEX and isinstance(value, str)
        inputs = {"index": value} if is_index else (value if isinstance(value, dict) else None)
        rows[code] = Answer(choice=value if inputs is None else "", inputs=inputs, note=note, version=1)
    return Sheet(stored, rows)


def contents_of(lke, raw, tpi=None, **more):
    """What the exporter gets; `tpi` None for a reader who may not see TPI's side."""
    unit = Unit(
        code="unit", name="Unit Uji", agency=Agency(code="instansi", name="Pemerintah Uji", zone="Asia/Jakarta")
    )
    period = Period(agency=unit.agency, year=2024, quarter=2, instrument=Instrument(code=lke.code, version=1))
    parts = {
        "assessment": Assessment(unit=unit, period=period),
        "unit": raw if isinstance(raw, Sheet) else sheet_of(lke, raw),
        "tpi": None if tpi is None else sheet_of(lke, tpi),
        "tpi_notes": {},
        "proofs": {},
        "holds_wbk": False,
        "confidential": False,
    }
    return Contents(**(parts | more))


def book_of(lke, raw, tpi=None, **more):
    return workbook_bytes(contents_of(lke, raw, tpi, **more), NOW)


def random_answers(lke, seed):
    """Any answers there can be: blanks, partial counts, zeros, counts beyond their whole, indexes with decimals."""
    dice = random.Random(seed)  # noqa: S311 - a fixed seed is the point
    answers = {}
    for question in lke.questions:
        if dice.random() < 0.12:
            continue
        if question.scale is Scale.RATIO:
            counts = {item.key: dice.choice((0, 1, 2, 3, 7, 11, 97, 9_999_999)) for item in question.inputs}
            if dice.random() < 0.15:
                counts.pop(dice.choice(list(counts)))
            answers[question.code] = counts
        elif question.scale is Scale.INDEX:
            answers[question.code] = {"index": f"{dice.uniform(0, 4):.{dice.randint(0, 4)}f}", "respondents": 30}
        else:
            answers[question.code] = dice.choice(question.options).label
    return answers


def without_values(raw):
    """The same workbook with a wrong stored value beside each formula."""
    made = BytesIO()
    with zipfile.ZipFile(BytesIO(raw)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, CACHED.sub(rb"\1<v>-1</v>", content) if "worksheets/" in name else content)
    return made.getvalue()


def calculated(raws, folder: Path):
    """LibreOffice opens each workbook, calculates all of it and saves it; one start for all."""
    profile, source, target = folder / "profile", folder / "in", folder / "out"
    for path in (profile / "user", source, target):
        path.mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(SETTINGS, encoding="utf-8")
    names = [f"{number:02d}.xlsx" for number in range(len(raws))]
    for name, raw in zip(names, raws, strict=True):
        (source / name).write_bytes(raw)
    command = ["soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore"]
    convert = ["--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(target)]
    subprocess.run(
        [*command, *convert, *(str(source / name) for name in names)], check=True, capture_output=True, timeout=300
    )
    return [(target / name).read_bytes() for name in names]


@dataclass
class Read:
    """The values of a workbook: cells of both sheets by address, rows of the recap by their label."""

    lke: dict
    recap: list

    def table(self, head):
        """Rows below the head that begins with this text: label -> the other cells."""
        start = next(number for number, row in enumerate(self.recap) if str(row[0]).startswith(head))
        found = {}
        for row in self.recap[start + 1 :]:
            if row[0] is None:
                break
            found[row[0]] = row[1:]
        return found


def read(raw):
    book = openpyxl.load_workbook(BytesIO(raw), read_only=True, data_only=True)
    cells = {
        f"{chr(ord('A') + column)}{row}": value
        for row, values in enumerate(book[LKE_SHEET].iter_rows(values_only=True), 1)
        for column, value in enumerate(values)
    }
    return Read(cells, list(book[RECAP_SHEET].iter_rows(max_col=9, values_only=True)))
