"""Hostile workbooks end in their own process: refused in time, within memory, with a reason (SEC-23 to SEC-25)."""

import os
import resource
import subprocess
import sys
import time
import zipfile
from io import BytesIO

import pytest

from assessments.exporters.stamp import STAMP_SHEET, Stamp, stamp_text
from assessments.importers import apart
from assessments.importers.apart import read_apart
from assessments.importers.xlsx import BOOK_SENTENCES, BookReason, WorkbookError, check_package
from tests.assessments.importers.packages import rewritten
from tests.assessments.importers.sheets import filled
from tests.scoring.conftest import FILE, ROOT
from units.uploads import UploadRefused
from zi_portal.killable import MEGABYTE, Limits

SHEET, WORKBOOK, RELS = "xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
YES = "A.I.1.i.a"
SECONDS = 2
OUTSIDE = (
    b'<Relationship Id="rId99" Target="file:///etc/passwd" TargetMode="External" '
    b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/externalLinkPath"/></Relationships>'
)
MANY_NAMES = b"".join(b'<definedName name="n%d">Sheet1!$A$1</definedName>' % number for number in range(1_000_000))


def _before(mark, more):
    return lambda part: part.replace(mark, more + mark)


def _ended(more):
    return _before(b"</worksheet>", more)


def _filled(more):
    return _before(b"</sheetData>", more)


def _added(raw, name, content):
    stream = BytesIO(raw)
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr(name, content)
    return stream.getvalue()


def _wide_rows(part):
    """Rows far apart in a sheet that says it is full: a reader that fills gaps builds 17 thousand million cells."""
    rows = b"".join(b'<row r="%d"><c r="XFD%d" t="n"><v>1</v></c></row>' % (n, n) for n in range(500, 1_048_000, 90))
    return part.replace(b"</sheetData>", rows + b"</sheetData>").replace(
        b"<dimension ref=", b'<dimension ref="A1:XFD1048576" old='
    )


HOSTILE = {
    "one merge of the whole sheet": (SHEET, _ended(b'<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>')),
    "rows far apart": (SHEET, _wide_rows),
    "last row": (SHEET, _filled(b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>')),
    "last column": (SHEET, _filled(b'<row r="999"><c r="XFD999"><v>1</v></c></row>')),
    "million names": (
        WORKBOOK, lambda part: part.replace(b"</sheets>", b"</sheets><definedNames>" + MANY_NAMES + b"</definedNames>")
    ),
    "rule for the whole sheet": (
        SHEET,
        _ended(b'<dataValidations><dataValidation type="list" sqref="A1:XFD1048576"/></dataValidations>'),
    ),
    "file entity": (
        SHEET,
        lambda part: b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + part.replace(b"<v>", b"<v>&a;", 1),
    ),
    "web entity": (WORKBOOK, lambda part: b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">' + part),
    "parameter entity": ("xl/styles.xml", lambda part: b'<!DOCTYPE x [<!ENTITY % p "q"> %p;]>' + part),
    "laughs": (SHEET, lambda part: b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>' + part),
    "hidden encoding": (SHEET, lambda part: "\ufeff<!DOCTYPE x>".encode("utf-16-le") + part),
    "link to a file": (RELS, lambda part: part.replace(b"</Relationships>", OUTSIDE)),
    "unpacks to much": (SHEET, lambda part: part + b" " * 61_000_000),
    "tags": (SHEET, _filled(b"".join(b'<c s="%d"/>' % (n * 7919 % 999_983) for n in range(400_001)))),
}  # fmt: skip

REASONS = {
    "one merge of the whole sheet": "too_complex",
    "rows far apart": "too_many_rows",
    "last row": "too_many_rows",
    "last column": "too_many_columns",
    "million names": "too_complex",
    "rule for the whole sheet": "too_complex",
    "file entity": "xml_declaration",
    "web entity": "xml_declaration",
    "parameter entity": "xml_declaration",
    "laughs": "xml_declaration",
    "hidden encoding": "xml_declaration",
    "link to a file": "outside_data",
    "unpacks to much": "unpacks_too_large",
    "tags": "too_complex",
}


@pytest.fixture(scope="module")
def plain(lke):
    return filled(lke, {YES: "Ya"}).bytes()


@pytest.fixture
def read(tmp_path, lke):
    def read(raw):
        path = tmp_path / "unggahan"
        path.write_bytes(raw)
        return read_apart(path, lke)

    return read


def test_worksheet_is_read_apart(read, plain):
    content = read(plain)
    assert (content["answers"], content["sheet"], content["stamp"]) == ({YES: "Ya"}, "LKE", None)
    assert (content["rows"], content["placed"], content["problems"]) == (137, 137, [])


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_workbook_is_refused_in_time_and_memory(read, plain, kind):
    """Each by the check that is made for it: a child that took more memory than its limit allows would have crashed."""
    raw = rewritten(plain, *HOSTILE[kind])
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with pytest.raises(WorkbookError) as caught:
        read(raw)
    assert caught.value.reason.value == REASONS[kind]
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Processor time of the child, so that a busy machine does not decide.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime <= SECONDS


# In a small process: the peak of a child counts what its parent held when it started it.
PEAK = """
import resource, sys
from pathlib import Path
from assessments.importers.apart import read_apart
from assessments.importers.instrument_file import read_instrument_file
from assessments.importers.xlsx import WorkbookError
instrument, reasons = read_instrument_file(Path(sys.argv[1])), []
for path in sys.argv[2:]:
    try:
        read_apart(Path(path), instrument)
    except WorkbookError as refusal:
        reasons.append(refusal.reason.value)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, *reasons)
"""


def test_no_hostile_workbook_takes_more_than_the_promised_memory(plain, tmp_path):
    paths = [tmp_path / str(number) for number in range(len(HOSTILE))]
    for path, recipe in zip(paths, HOSTILE.values(), strict=True):
        path.write_bytes(rewritten(plain, *recipe))
    done = subprocess.run(
        [sys.executable, "-c", PEAK, FILE, *paths],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
    )
    peak, *reasons = done.stdout.split()
    assert reasons == [REASONS[kind] for kind in HOSTILE]
    assert int(peak) / 1024 <= 512


@pytest.mark.parametrize("name", ["xl/externalLinks/externalLink1.xml", "xl/connections.xml", "xl/vbaProject.bin"])
def test_part_that_fetches_or_runs_is_refused(read, plain, name):
    with pytest.raises(WorkbookError) as caught:
        read(_added(plain, name, b"<x/>"))
    assert caught.value.reason in (BookReason.OUTSIDE_DATA, BookReason.ACTIVE_CONTENT)


@pytest.mark.parametrize(
    ("name", "part", "reason"),
    [
        ("xl/macrosheets/sheet1.xml", b"<x/>", "office_macro"),
        ("xl/media/image1.png", b"MZ\x90\0", "office_active"),
        ("xl/media/image1.emf", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "office_active"),
        ("xl/media/arsip.jar", b"PK\x03\x04", "office_active"),
        ("xl/webextensions/webextension1.xml", b"<x/>", "office_link"),
        ("xl/../../naik.xml", b"<x/>", "broken"),
    ],
)
def test_worksheet_passes_the_checks_of_every_upload(read, plain, name, part, reason):
    """The reader would pass by what these hold; the file is stored, so they are looked for all the same (SEC-35)."""
    with pytest.raises(UploadRefused) as caught:
        read(_added(plain, name, part))
    assert caught.value.reason == reason


def test_habits_of_people_are_no_attack(plain, lke, read):
    """Everything selected, a rule for a whole column, a formatted last column, a web address in a cell."""
    habits = (
        b'<dataValidations><dataValidation type="list" sqref="K1:K1048576"/></dataValidations>'
        b'<mergeCells><mergeCell ref="B1:Q1"/></mergeCells>'
    )
    raw = rewritten(plain, SHEET, _filled(b'<row r="999"><c r="XFD999" s="0"/></row>'))
    raw = rewritten(raw, SHEET, _ended(habits))
    raw = rewritten(raw, SHEET, lambda part: part.replace(b'sqref="A1"', b'sqref="A1:XFD1048576"'))
    assert read(raw)["answers"] == {YES: "Ya"}


def test_reader_that_takes_too_long_or_too_much_is_killed(read, plain, monkeypatch):
    monkeypatch.setattr(apart, "LIMITS", Limits(wall_seconds=0.05))
    with pytest.raises(WorkbookError) as late:
        read(plain)
    monkeypatch.setattr(apart, "LIMITS", Limits(memory_bytes=16 * MEGABYTE))
    with pytest.raises(WorkbookError) as large:
        read(plain)
    assert late.value.reason == BookReason.TIMEOUT
    # Want of memory ends the child, or the unpacking inside it with an error of zlib's own.
    assert large.value.reason in (BookReason.CRASH, BookReason.UNREADABLE)


def test_limits_keep_the_worker_within_the_promise():
    assert (apart.LIMITS.wall_seconds, apart.LIMITS.cpu_seconds) == (20, 20)
    assert apart.LIMITS.memory_bytes == 512 * MEGABYTE


def test_check_of_the_package_alone_is_quick(plain):
    started = time.process_time()
    check_package(plain)
    assert time.process_time() - started < 0.2


def test_reader_needs_no_settings(plain):
    """The child knows no secret: its modules import without settings and without a database."""
    words = "import sys, assessments.importers.child; print([name for name in sys.modules if name.endswith('.models')])"
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True, env={})
    assert done.stdout.strip() == "[]"


def test_every_refusal_has_a_sentence():
    assert {reason for reason in BookReason if str(BOOK_SENTENCES[reason]).endswith(".")} == set(BookReason)


def test_stored_content_holds_no_character_that_a_database_refuses(read, lke):
    book = filled(lke, {YES: "Ya"})
    texts = dict.fromkeys(("instrument", "fingerprint", "agency", "period", "exported_at"), "x")
    stamp = Stamp(unit="a\0b\ud800c", instrument_version=1, versions={}, **texts)
    book.workbook.create_sheet(STAMP_SHEET)["A1"] = stamp_text(stamp)
    assert read(book.bytes())["stamp"]["unit"] == "a\ufffdb\ufffdc"
