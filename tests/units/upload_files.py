"""Benign and hostile files, made on the spot."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import pikepdf
from django.core.files.uploadedfile import SimpleUploadedFile
from pikepdf import Array, Dictionary, Name, Stream, String
from PIL import Image

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    """As a browser sends it; the claimed content type is a lie on purpose. The name stays as it is."""
    made = SimpleUploadedFile("x", content, content_type="text/html")
    made._name = name
    return made


def empty_pdf(pages: int = 1) -> pikepdf.Pdf:
    pdf = pikepdf.new()
    for _page in range(pages):
        pdf.add_blank_page(page_size=(595, 842))
    return pdf


def pdf_bytes(pdf: pikepdf.Pdf | None = None, **how: Any) -> bytes:
    out = io.BytesIO()
    how.setdefault("deterministic_id", "encryption" not in how)
    (pdf or empty_pdf()).save(out, **how)
    return out.getvalue()


def packed(pdf: pikepdf.Pdf) -> bytes:
    """Dictionaries hidden in compressed object streams."""
    return pdf_bytes(pdf, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def pdf_with_script() -> pikepdf.Pdf:
    pdf = empty_pdf()
    pdf.Root.OpenAction = pdf.make_indirect(Dictionary(S=Name.JavaScript, JS=String("app.alert(1)")))
    return pdf


def pdf_with_nested_script() -> pikepdf.Pdf:
    """The action stands directly in an array in a page's annotation."""
    pdf = empty_pdf()
    action = Dictionary(S=Name.URI, URI=String("https://contoh.go.id"), Next=Array([Dictionary(S=Name.JavaScript)]))
    note = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=action)
    pdf.pages[0].Annots = Array([pdf.make_indirect(note)])
    return pdf


def pdf_with_launch() -> pikepdf.Pdf:
    pdf = empty_pdf()
    pdf.Root.OpenAction = Dictionary(S=Name.Launch, Win=Dictionary(F=String("cmd.exe")))
    return pdf


def pdf_with_attachment() -> pikepdf.Pdf:
    pdf = empty_pdf()
    pdf.attachments["data.bin"] = b"MZ"
    return pdf


def pdf_with_stray_attachment() -> pikepdf.Pdf:
    """An embedded file that nothing refers to from the catalogue."""
    pdf = empty_pdf()
    stream = Stream(pdf, b"MZ")
    stream.Type = Name.EmbeddedFile
    pdf.Root.PieceInfo = Dictionary(Private=pdf.make_indirect(stream))
    return pdf


def pdf_with_rich_media() -> pikepdf.Pdf:
    pdf = empty_pdf()
    note = Dictionary(Type=Name.Annot, Subtype=Name.RichMedia, Rect=[0, 0, 9, 9])
    pdf.pages[0].Annots = Array([pdf.make_indirect(note)])
    return pdf


def pdf_with_xfa() -> pikepdf.Pdf:
    pdf = empty_pdf()
    pdf.Root.AcroForm = Dictionary(Fields=[], XFA=Stream(pdf, b"<xdp/>"))
    return pdf


def pdf_with_form() -> pikepdf.Pdf:
    pdf = empty_pdf()
    field = Dictionary(FT=Name.Tx, T=String("nama"), V=String("isi /JS (bukan skrip)"), Subtype=Name.Widget)
    pdf.Root.AcroForm = Dictionary(Fields=Array([pdf.make_indirect(field)]))
    return pdf


def pdf_with_signature() -> pikepdf.Pdf:
    """The shape that an electronic signature leaves (BSrE): a signature field with a detached PKCS#7 value."""
    pdf = empty_pdf()
    value = Dictionary(
        Type=Name.Sig,
        Filter=Name("/Adobe.PPKLite"),
        SubFilter=Name("/adbe.pkcs7.detached"),
        ByteRange=[0, 840, 960, 240],
        Contents=String("\x30\x80"),
        Reason=String("Dokumen ini ditandatangani secara elektronik"),
    )
    field = Dictionary(
        FT=Name.Sig,
        T=String("sig"),
        V=pdf.make_indirect(value),
        Type=Name.Annot,
        Subtype=Name.Widget,
        Rect=[0, 0, 0, 0],
    )
    pdf.Root.AcroForm = Dictionary(Fields=Array([pdf.make_indirect(field)]), SigFlags=3)
    return pdf


def encrypted_pdf(*, user: str = "rahasia") -> bytes:
    return pdf_bytes(encryption=pikepdf.Encryption(owner="pemilik", user=user))


def escaped_script_pdf() -> bytes:
    """/JavaScript and /JS written with escapes (#xx), as one hides them from a search for words."""
    plain = pdf_bytes(pdf_with_script(), object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return plain.replace(b"/JavaScript", b"/J#61vaScrip#74").replace(b"/JS ", b"/J#53 ")


def image_bytes(kind: str, size: tuple[int, int] = (40, 30), **how: Any) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "navy").save(out, kind, **how)
    return out.getvalue()


def content_types(main: str, *more: str) -> str:
    overrides = "".join(f'<Override PartName="/p{i}" ContentType="{kind}"/>' for i, kind in enumerate((main, *more)))
    return (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f"{overrides}</Types>"
    )


def relations(*rows: tuple[str, str, bool]) -> str:
    """Rows: (last word of the type, target, external)."""
    inner = "".join(
        f'<Relationship Id="r{i}" Type="{RELATION}/{kind}" Target="{target}"'
        + (' TargetMode="External"' if external else "")
        + "/>"
        for i, (kind, target, external) in enumerate(rows)
    )
    return (
        '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f"{inner}</Relationships>"
    )


def docx_parts(body: str = "<w:p/>", links: str | None = None) -> dict[str, str | bytes]:
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": content_types(WORD),
        "_rels/.rels": relations(("officeDocument", "word/document.xml", False)),
        "word/document.xml": f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>',
    }
    if links:
        parts["word/_rels/document.xml.rels"] = links
    return parts


def xlsx_parts() -> dict[str, str | bytes]:
    return {
        "[Content_Types].xml": content_types(SHEET),
        "_rels/.rels": relations(("officeDocument", "xl/workbook.xml", False)),
        "xl/workbook.xml": "<workbook/>",
    }


def zipped(parts: Mapping[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()
