"""Files as offices really have them, made on the spot: every one must get in (SEC-26 to SEC-28)."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

import openpyxl
import pikepdf
import weasyprint
import xlsxwriter
from openpyxl.comments import Comment
from openpyxl.worksheet.datavalidation import DataValidation
from pikepdf import Array, Dictionary, Name, Stream, String
from PIL import Image

from tests.units import upload_files as made
from tests.units.hostile_files import docx, docx_and, workbook_bytes
from tests.units.signed_pdf import signed

PLAIN = pikepdf.ObjectStreamMode.disable
LETTER = """
<h1>Surat Keputusan</h1><p>Menetapkan /JS dan /Launch sebagai kata biasa. <a href="https://contoh.go.id/sk?a=1">Situs</a>,
<a href="mailto:zi@contoh.go.id">surel</a>, <a href="#akhir">akhir</a></p><h2 id="akhir">Akhir</h2>
"""


# ---- PDF ----


def plain_pdf(pages: int = 2) -> bytes:
    return made.pdf_bytes(made.empty_pdf(pages), object_stream_mode=PLAIN)


def letter(**how: object) -> bytes:
    return weasyprint.HTML(string=f'<html lang="id"><title>SK</title>{LETTER}</html>').write_pdf(**how)


def with_action(action: Dictionary) -> bytes:
    pdf = made.empty_pdf(2)
    note = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 90, 90], A=action)
    pdf.pages[0].Annots = Array([pdf.make_indirect(note)])
    return made.packed(pdf)


def with_notes() -> bytes:
    pdf = made.empty_pdf()
    kinds = (Name.Text, Name.Highlight, Name.Stamp, Name.FreeText, Name.Ink, Name.Popup)
    notes = [Dictionary(Type=Name.Annot, Subtype=kind, Rect=[0, 0, 90, 90], Contents=String("cek")) for kind in kinds]
    pdf.pages[0].Annots = Array([pdf.make_indirect(note) for note in notes])
    return made.packed(pdf)


def with_layers() -> bytes:
    pdf = made.empty_pdf()
    layer = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=String("Peta")))
    pdf.Root.OCProperties = Dictionary(OCGs=Array([layer]), D=Dictionary(Order=Array([layer]), ON=Array([layer])))
    return made.packed(pdf)


def with_bookmarks_and_metadata() -> bytes:
    pdf = made.empty_pdf(3)
    with pdf.open_outline() as outline:
        outline.root += [pikepdf.OutlineItem(f"Bab {page}", page) for page in range(3)]
    with pdf.open_metadata() as metadata:
        metadata["dc:title"] = "Panduan JavaScript dan EmbeddedFile"
    return made.packed(pdf)


def tagged() -> bytes:
    """Structure elements have /S too; theirs are no actions."""
    pdf = made.empty_pdf()
    parts = [Dictionary(Type=Name.StructElem, S=Name(f"/{kind}")) for kind in ("Document", "P", "Figure", "Link")]
    pdf.Root.StructTreeRoot = Dictionary(Type=Name.StructTreeRoot, K=Array([pdf.make_indirect(part) for part in parts]))
    return made.packed(pdf)


def scan(mode: str = "L", pages: int = 1) -> bytes:
    out = io.BytesIO()
    images = [Image.new(mode, (620, 877), "white") for _page in range(pages)]
    images[0].save(out, "PDF", save_all=True, append_images=images[1:])
    return out.getvalue()


def checked_form() -> bytes:
    pdf = made.empty_pdf()
    states = Dictionary(Ya=Stream(pdf, b""), Off=Stream(pdf, b""))
    box = Dictionary(
        Type=Name.Annot, Subtype=Name.Widget, FT=Name.Btn, T=String("setuju"), V=Name.Ya, AS=Name.Ya,
        Rect=[0, 0, 9, 9], AP=Dictionary(N=states),
    )  # fmt: skip
    choice = Dictionary(FT=Name.Ch, T=String("pilihan"), Opt=Array([String("A"), String("B")]), Subtype=Name.Widget)
    pdf.Root.AcroForm = Dictionary(Fields=Array([pdf.make_indirect(box), pdf.make_indirect(choice)]))
    return made.packed(pdf)


def noted_after_signing() -> bytes:
    """A second signature is an update after the first, and the first stays genuine."""
    return signed(signed(letter_plain()), "Tanda tangan kedua")


def letter_plain() -> bytes:
    """WeasyPrint's letter with a plain table of objects, as office programs write it."""
    with pikepdf.open(io.BytesIO(letter())) as pdf:
        return made.pdf_bytes(pdf, object_stream_mode=PLAIN)


# ---- images ----


def photo(mode: str = "RGB", size: tuple[int, int] = (64, 48), **how: object) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 60).convert(mode).save(out, "JPEG", **how)
    return out.getvalue()


def phone_photo() -> bytes:
    """EXIF with a place, a turned camera, and a second picture behind the end as phones append them."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Pabrik Contoh"
    exif.get_ifd(0x8825).update({1: "S", 2: (2.0, 30.0, 0.0), 3: "E", 4: (112.0, 57.0, 0.0)})
    return photo(exif=exif) + photo(size=(16, 12)) + bytes(64)


def photo_with_xmp() -> bytes:
    return photo(xmp=b'<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"/><?xpacket end="w"?>')


def png(mode: str, size: tuple[int, int] = (40, 30), **how: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, "PNG", **how)
    return out.getvalue()


def animated_png() -> bytes:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("navy", "teal", "white")]
    out = io.BytesIO()
    frames[0].save(out, "PNG", save_all=True, append_images=frames[1:], duration=200)
    return out.getvalue()


def png_with_texts() -> bytes:
    """Text and a resolution, as screenshot programs write them."""
    whole = png("RGB", dpi=(96, 96))
    data = b"Software\0Tangkapan Layar 1.0"
    chunk = struct.pack(">I", len(data)) + b"tEXt" + data + struct.pack(">I", zlib.crc32(b"tEXt" + data))
    at = whole.index(b"IDAT") - 4
    return whole[:at] + chunk + whole[at:]


# ---- Office ----

WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def word_package() -> bytes:
    """The parts that Word writes into an ordinary report."""
    parts = made.docx_parts(
        body="<w:p><w:r><w:t>Notula</w:t></w:r></w:p>",
        links=made.relations(
            ("styles", "styles.xml", False),
            ("settings", "settings.xml", False),
            ("webSettings", "webSettings.xml", False),
            ("theme", "theme/theme1.xml", False),
            ("image", "media/image1.jpeg", False),
            ("hyperlink", "https://contoh.go.id/", True),
            ("hyperlink", "mailto:zi@contoh.go.id", True),
            ("hyperlink", "file:///D:/Bukti/SK.pdf", True),
        ),
    )
    kinds = (
        "styles",
        "settings",
        "webSettings",
        "fontTable",
        "numbering",
        "footnotes",
        "endnotes",
        "comments",
        "header1",
    )
    parts["[Content_Types].xml"] = made.content_types(made.WORD, *(f"{WORD_TYPE}.{kind}+xml" for kind in kinds))
    parts |= {f"word/{kind}.xml": f'<w:{kind} xmlns:w="{made.W}"/>' for kind in kinds}
    parts |= {"word/theme/theme1.xml": "<theme/>", "customXml/item1.xml": "<a/>", "docProps/app.xml": "<Properties/>"}
    parts |= {
        "word/media/image1.jpeg": photo(),
        "word/fonts/font1.odttf": bytes(range(64)),
        "docProps/core.xml": "<a/>",
    }
    return made.zipped(parts)


def libreoffice_document() -> bytes:
    """LibreOffice stores the first members unpacked, names folders, and begins its XML with a declaration."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in made.docx_parts().items():
            archive.writestr(name, content)
        archive.writestr(zipfile.ZipInfo("word/media/"), "")
        archive.writestr("docProps/core.xml", '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<a/>', 0)
    return out.getvalue()


def streamed_document() -> bytes:
    """Written to a pipe: sizes stand behind each member."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.content = b""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:
            self.content += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in made.docx_parts().items():
            archive.writestr(name, content)
    return pipe.content


def written_workbook() -> bytes:
    """Formulas, a chart, a picture, a note (VML), validation, names, links: xlsxwriter writes them as Excel does."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet("LKE")
    sheet.write_row(0, 0, [1, 2, 3])
    sheet.write_formula("D1", "=SUM(A1:C1)*IF(A1>0,1,0)")
    sheet.write_url("A2", "https://contoh.go.id/bukti")
    sheet.write_url("A3", "internal:LKE!A1")
    sheet.write_comment("A1", "Periksa lagi")
    sheet.insert_image("F1", "foto.png", {"image_data": io.BytesIO(png("RGB"))})
    sheet.data_validation("B2:B9", {"validate": "list", "source": ["Ya", "Tidak"]})
    chart = book.add_chart({"type": "radar"})
    chart.add_series({"values": "=LKE!$A$1:$C$1"})
    sheet.insert_chart("F9", chart)
    book.define_name("Total", "=LKE!$D$1")
    book.close()
    return out.getvalue()


def large_workbook() -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": True})
    sheet = book.add_worksheet()
    for row in range(3_000):
        sheet.write_row(row, 0, [f"Responden {row}", row % 4 + 1, row * 7 % 100, "Ya"])
    book.close()
    return out.getvalue()


def noted_workbook() -> bytes:
    out = io.BytesIO()
    book = openpyxl.Workbook()
    sheet = book.active
    sheet["A1"], sheet["A2"] = "Nilai", "=1+1"
    sheet["A1"].comment = Comment("Catatan", "Operator")
    sheet.add_data_validation(DataValidation(type="list", formula1='"Ya,Tidak"', sqref="B1:B9"))
    sheet.merge_cells("C1:D1")
    sheet.protection.enable()
    book.create_sheet("Rekap").sheet_state = "hidden"
    book.save(out)
    return out.getvalue()


def excel_workbook() -> bytes:
    """Parts that Excel adds: printer settings in UTF-16, a chain of calculation, tables, threaded comments."""
    kinds = ("styles", "sharedStrings", "calcChain", "table", "comments")
    parts = made.xlsx_parts()
    parts["[Content_Types].xml"] = made.content_types(made.SHEET, *(f"{SHEET_TYPE}.{kind}+xml" for kind in kinds))
    parts |= {f"xl/{kind}.xml": "<a/>" for kind in kinds}
    parts |= {"xl/printerSettings/printerSettings1.bin": "HP LaserJet".encode("utf-16-le"), "docProps/app.xml": "<a/>"}
    parts |= {"xl/persons/person.xml": "<a/>", "xl/drawings/vmlDrawing1.vml": '<xml xmlns:v="urn:v"><v:shape/></xml>'}
    return made.zipped(parts)


BENIGN_FILES: dict[str, bytes | Callable[[], bytes]] = {
    # PDF
    "surat.pdf": made.pdf_bytes(),
    "SURAT KEPUTUSAN No.12.2024.PDF": made.pdf_bytes(),
    "Bukti 1.App Srikandi (rev. 2) - akhir.pdf": made.pdf_bytes(),
    "laporan_ñandú_日本.pdf": made.pdf_bytes(),
    "banyak halaman.pdf": lambda: made.pdf_bytes(made.empty_pdf(200)),
    "padat.pdf": lambda: made.packed(made.empty_pdf(3)),
    "terurut untuk web.pdf": lambda: made.pdf_bytes(made.empty_pdf(3), linearize=True),
    "versi lama.pdf": lambda: made.pdf_bytes(made.empty_pdf(1), force_version="1.3", object_stream_mode=PLAIN),
    "pdf 2.pdf": lambda: made.pdf_bytes(made.empty_pdf(1), force_version="2.0"),
    "baris kosong di akhir.pdf": lambda: plain_pdf() + b"\r\n\r\n",
    "nol di akhir.pdf": lambda: plain_pdf() + bytes(512),
    "weasyprint.pdf": letter,
    "arsip pdf-a 3b.pdf": lambda: letter(pdf_variant="pdf/a-3b"),
    "mudah diakses pdf-ua.pdf": lambda: letter(pdf_variant="pdf/ua-1"),
    "formulir.pdf": lambda: made.packed(made.pdf_with_form()),
    "formulir dicentang.pdf": checked_form,
    "formulir weasyprint.pdf": lambda: weasyprint.HTML(string="<input value=isi><textarea>a</textarea>").write_pdf(
        pdf_forms=True
    ),
    "wadah tanda tangan.pdf": lambda: made.packed(made.pdf_with_signature()),
    "ditandatangani.pdf": lambda: signed(plain_pdf()),
    "surat ditandatangani.pdf": lambda: signed(letter_plain()),
    "ditandatangani dua kali.pdf": noted_after_signing,
    "tautan bernama.pdf": lambda: with_action(Dictionary(S=Name.Named, N=Name.NextPage)),
    "tautan ke halaman.pdf": lambda: with_action(Dictionary(S=Name.GoTo, D=Array([1, Name.Fit]))),
    "tautan situs.pdf": lambda: with_action(Dictionary(S=Name.URI, URI=String("https://contoh.go.id/javascript:apa"))),
    "tautan berkas.pdf": lambda: with_action(Dictionary(S=Name.URI, URI=String("file:///D:/Bukti/SK.pdf"))),
    "bercatatan.pdf": with_notes,
    "peta berlapis.pdf": with_layers,
    "bermarka buku.pdf": with_bookmarks_and_metadata,
    "berstruktur.pdf": tagged,
    "pindaian.pdf": scan,
    "pindaian warna 3 halaman.pdf": lambda: scan("RGB", 3),
    "pindaian cmyk.pdf": lambda: scan("CMYK"),
    # images
    "foto.jpg": photo,
    "foto.JPEG": lambda: photo(progressive=True),
    "foto abu-abu.jpg": lambda: photo("L"),
    "foto cmyk.jpg": lambda: photo("CMYK"),
    "foto ponsel.jpg": phone_photo,
    "foto xmp.jpg": photo_with_xmp,
    "foto 12 MP.jpg": lambda: made.image_bytes("JPEG", (4000, 3000), progressive=True),
    "tangkapan layar.png": png_with_texts,
    "tembus pandang.png": lambda: png("RGBA"),
    "palet.png": lambda: png("P", transparency=0),
    "hitam putih.png": lambda: png("1"),
    "16 bit.png": lambda: png("I;16"),
    "bergerak.png": animated_png,
    "tangkapan layar besar.png": lambda: png("RGB", (3840, 2160)),
    # documents
    "notula.docx": docx,
    "notula bertaut.docx": lambda: docx(links=made.relations(("hyperlink", "https://contoh.go.id", True))),
    "grafik.docx": lambda: docx_and({"word/embeddings/Microsoft_Excel_Sheet1.xlsx": workbook_bytes()}),
    "bergambar.docx": lambda: docx_and({"word/media/image1.png": png("RGB")}),
    "bidang.docx": lambda: docx(body="<w:p><w:r><w:instrText>PAGE \\* MERGEFORMAT</w:instrText></w:r></w:p>"),
    "word.docx": word_package,
    "libreoffice.docx": libreoffice_document,
    "dari pipa.docx": streamed_document,
    "tanpa kompresi.docx": lambda: made.zipped(made.docx_parts(), zipfile.ZIP_STORED),
    "utf16.docx": lambda: docx_and(
        {"customXml/item1.xml": '<?xml version="1.0" encoding="UTF-16"?><a>ñ</a>'.encode("utf-16")}
    ),
    # workbooks
    "rekap.xlsx": workbook_bytes,
    "lke.xlsx": written_workbook,
    "survei 3000 responden.xlsx": large_workbook,
    "bercatatan.xlsx": noted_workbook,
    "excel.xlsx": excel_workbook,
}
