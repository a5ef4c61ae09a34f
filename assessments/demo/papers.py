"""Makes small real files on the spot: PDF, PNG, JPEG, docx and xlsx, the same bytes for the same words."""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from html import escape

from PIL import Image, ImageDraw

from assessments.demo.dice import dice

BANNER = "DATA CONTOH - nilai rekaan"
SIZE = (480, 300)
MARGIN, LINE = 24, 26
LATIN = "latin-1"
PAGE_TOP, LEADING = 780, 20
STAMP = (2024, 1, 1, 0, 0, 0)
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
TYPES = "application/vnd.openxmlformats-officedocument"

Lines = Sequence[str]


def paper(kind: str, title: str, lines: Lines) -> bytes:
    """The bytes of a file of `kind` (pdf, png, jpg, docx, xlsx) that says so; the banner stands on top."""
    return MAKERS[kind](title, (BANNER, *lines))


def _pdf(title: str, lines: Lines) -> bytes:
    """One A4 page with the standard font."""
    words = [f"/F1 15 Tf 60 {PAGE_TOP} Td ({_pdf_text(title)}) Tj /F1 10 Tf"]
    words += [f"0 -{LEADING} Td ({_pdf_text(line)}) Tj" for line in lines]
    stream = ("BT " + " ".join(words) + " ET").encode(LATIN)
    page = (
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 4 0 R >> >> /Contents 5 0 R >>"
    )
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        page.encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    out, places = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    trailer = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table) + trailer


def _pdf_text(text: str) -> str:
    plain = text.encode(LATIN, "replace").decode(LATIN)
    return plain.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _picture(title: str, lines: Lines) -> Image.Image:
    chance = dice(title, *lines)
    colour = tuple(chance.randint(30, 110) for _ in range(3))
    image = Image.new("RGB", SIZE, (236, 240, 243))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, SIZE[0], 70), fill=colour)
    draw.text((MARGIN, MARGIN), title.encode(LATIN, "replace").decode(LATIN), fill="white")
    for number, line in enumerate(lines):
        draw.text((MARGIN, 90 + LINE * number), line.encode(LATIN, "replace").decode(LATIN), fill=colour)
    return image


def _png(title: str, lines: Lines) -> bytes:
    out = io.BytesIO()
    _picture(title, lines).save(out, "PNG")
    return out.getvalue()


def _jpg(title: str, lines: Lines) -> bytes:
    out = io.BytesIO()
    _picture(title, lines).save(out, "JPEG", quality=80)
    return out.getvalue()


def _docx(title: str, lines: Lines) -> bytes:
    texts = "".join(f"<w:p><w:r><w:t>{escape(line)}</w:t></w:r></w:p>" for line in (title, *lines))
    return _package(
        "word/document.xml",
        f"{TYPES}.wordprocessingml.document.main+xml",
        {"word/document.xml": f'{XML}<w:document xmlns:w="{WORD}"><w:body>{texts}</w:body></w:document>'},
    )


def _xlsx(title: str, lines: Lines) -> bytes:
    rows = "".join(
        f'<row r="{number}"><c r="A{number}" t="inlineStr"><is><t>{escape(line)}</t></is></c></row>'
        for number, line in enumerate((title, *lines), 1)
    )
    relation = f'<Relationship Id="rId1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    book = '<sheets><sheet name="Data" sheetId="1" r:id="rId1"/></sheets>'
    return _package(
        "xl/workbook.xml",
        f"{TYPES}.spreadsheetml.sheet.main+xml",
        {
            "xl/workbook.xml": f'{XML}<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}">{book}</workbook>',
            "xl/_rels/workbook.xml.rels": _relations(relation),
            "xl/worksheets/sheet1.xml": f'{XML}<worksheet xmlns="{SHEET}"><sheetData>{rows}</sheetData></worksheet>',
        },
        {"/xl/worksheets/sheet1.xml": f"{TYPES}.spreadsheetml.worksheet+xml"},
    )


def _package(main: str, main_type: str, parts: Mapping[str, str], more_types: Mapping[str, str] | None = None) -> bytes:
    overrides = {f"/{main}": main_type, **(more_types or {})}
    types = "".join(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in overrides.items())
    defaults = (
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
    )
    root = f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="{main}"/>'
    members = {
        "[Content_Types].xml": f'{XML}<Types xmlns="{PACKAGE}/content-types">{defaults}{types}</Types>',
        "_rels/.rels": _relations(root),
        **parts,
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            info = zipfile.ZipInfo(name, STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, text)
    return out.getvalue()


def _relations(inside: str) -> str:
    return f'{XML}<Relationships xmlns="{PACKAGE}/relationships">{inside}</Relationships>'


MAKERS: dict[str, Callable[[str, Lines], bytes]] = {
    "pdf": _pdf,
    "png": _png,
    "jpg": _jpg,
    "docx": _docx,
    "xlsx": _xlsx,
}
