"""The scanner that every upload passes: what gets in, what does not, and the reason that people read."""

import ast
import io
import re
import struct
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import openpyxl
import pikepdf
import pytest
from django.conf import settings
from PIL import ImageFile

from tests.units import upload_files as made
from units.uploads import UploadRefused, accepted_endings, scan_upload

PDF = made.pdf_bytes()


def reason_for(name: str, content: bytes, **policy: object) -> str:
    """Why the file is refused; empty when it is accepted."""
    try:
        scan_upload(made.upload(name, content), settings.UPLOAD_POLICY | policy)
    except UploadRefused as refusal:
        return refusal.reason
    return ""


def workbook_bytes() -> bytes:
    out = io.BytesIO()
    book = openpyxl.Workbook()
    book.active["A1"] = "Nilai"
    book.active["A1"].hyperlink = "https://contoh.go.id"
    book.save(out)
    return out.getvalue()


def docx(**parts: object) -> bytes:
    return made.zipped(made.docx_parts(**parts))


def docx_and(extra: dict[str, str | bytes]) -> bytes:
    return made.zipped(made.docx_parts() | extra)


def tampered_zip(content: bytes, name: str, offset: int, value: bytes) -> bytes:
    """Overwrites bytes of a member's record in the central directory."""
    at = content.rindex(b"PK\x01\x02", 0, content.rindex(name.encode()))
    return content[: at + offset] + value + content[at + offset + len(value) :]


BENIGN = {
    "surat.pdf": PDF,
    "SURAT KEPUTUSAN No.12.2024.PDF": PDF,
    "Bukti 1.App Srikandi (rev. 2) - akhir.pdf": PDF,
    "laporan_ñandú_日本.pdf": PDF,
    "banyak halaman.pdf": made.pdf_bytes(made.empty_pdf(20)),
    "padat.pdf": made.packed(made.empty_pdf(3)),
    "formulir.pdf": made.packed(made.pdf_with_form()),
    "bertanda tangan elektronik.pdf": made.packed(made.pdf_with_signature()),
    "foto.jpg": made.image_bytes("JPEG"),
    "foto.JPEG": made.image_bytes("JPEG", progressive=True),
    "tangkapan layar.png": made.image_bytes("PNG"),
    "notula.docx": docx(),
    "notula bertaut.docx": docx(links=made.relations(("hyperlink", "https://contoh.go.id", True))),
    "rekap.xlsx": workbook_bytes(),
    "grafik.docx": docx_and({"word/embeddings/Microsoft_Excel_Sheet1.xlsx": workbook_bytes()}),
    "bergambar.docx": docx_and({"word/media/image1.png": made.image_bytes("PNG")}),
    "bidang.docx": docx(body="<w:p><w:r><w:instrText>PAGE \\* MERGEFORMAT</w:instrText></w:r></w:p>"),
}


@pytest.mark.parametrize("name", BENIGN)
def test_upload_benign_is_accepted(name):
    assert reason_for(name, BENIGN[name]) == ""


def test_upload_accepted_tells_kind_size_hash_and_name():
    file = made.upload("Foto Kegiatan.JPEG", made.image_bytes("JPEG"))
    scanned = scan_upload(file)
    assert (scanned.kind, scanned.safe_name) == ("jpg", "Foto Kegiatan.JPEG")
    content = file.read()  # the scanner leaves it at its start
    assert (scanned.size, len(scanned.sha256)) == (len(content), 64)


HOSTILE_NAMES = {
    "": "name_missing",
    "...": "name_missing",
    "a" * 300 + ".pdf": "name_too_long",
    "surat\x00.pdf": "name_characters",
    "surat\r\nSet-Cookie: a.pdf": "name_characters",
    "surat\u202efdp.exe": "name_characters",
    "surat\u200b.pdf": "name_characters",
    "surat%00.pdf": "name_characters",
    "a.php%00.pdf": "name_characters",
    "../../etc/surat.pdf": "name_characters",
    "..\\surat.pdf": "name_characters",
    "surat.pdf.": "name_ending",
    "surat.pdf ": "name_ending",
    " surat.pdf": "name_ending",
    "CON.pdf": "name_reserved",
    "nul.surat.pdf": "name_reserved",
    "surat.exe.pdf": "name_program",
    "surat.pHp.pdf": "name_program",
    "surat.asp;.pdf": "name_program",
    "surat.exe:aliran.pdf": "name_program",
    "surat.html.pdf": "name_program",
    "surat.\uff45\uff58\uff45.pdf": "name_program",
    "surat.exe . pdf": "name_program",
    "surat.exe.jpg": "name_program",
    "surat.pdf.exe": "kind",
    "surat.pdf::$DATA": "kind",
    "surat": "kind",
    ".pdf": "kind",
    "surat.docm": "kind",
    "surat.xlsm": "kind",
    "surat.doc": "kind",
    "surat.svg": "kind",
    "surat.html": "kind",
    "surat.zip": "kind",
    "surat.pdf,": "kind",
}


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_upload_hostile_name_is_refused(name):
    assert reason_for(name, PDF) == HOSTILE_NAMES[name]


HOSTILE_CONTENTS = {
    "kosong.pdf": (b"", "empty"),
    "halaman.pdf": (b"<html><script>alert(1)</script></html>", "content"),
    "gambar.pdf": (made.image_bytes("PNG"), "content"),
    "dahului.pdf": (b"GIF89a/*" + PDF, "content"),
    "gif.jpg": (b"GIF89a/*\xff\xd8\xff*/=1;alert(1)", "content"),
    "tiff.jpg": (made.image_bytes("TIFF"), "content"),
    "tertukar.png": (made.image_bytes("JPEG"), "content"),
    "eps.png": (b"%!PS-Adobe-3.0 EPSF-3.0", "content"),
    "kepala saja.png": (b"\x89PNG\r\n\x1a\n<?php system(1); ?>", "broken"),
    "terpotong.jpg": (made.image_bytes("JPEG", (400, 400))[:2000], "broken"),
    "terpotong.png": (made.image_bytes("PNG", (400, 400))[:-20], "broken"),
    "kepala saja.jpg": (b"\xff\xd8\xff\xe0<?php system(1); ?>", "broken"),
    "terpotong.pdf": (made.pdf_bytes(made.empty_pdf(5))[:300], "broken"),
    "kepala saja.pdf": (b"%PDF-1.7\n<script>alert(1)</script>", "broken"),
    "tanpa halaman.pdf": (made.pdf_bytes(pikepdf.new()), "broken"),
    "lama.docx": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old_office"),
    "sandi.xlsx": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
        "password",
    ),
    "sandi.pdf": (made.encrypted_pdf(), "password"),
    "dibatasi.pdf": (made.encrypted_pdf(user=""), "password"),
    "skrip.pdf": (made.pdf_bytes(made.pdf_with_script()), "pdf_active"),
    "skrip padat.pdf": (made.packed(made.pdf_with_script()), "pdf_active"),
    "skrip tersamar.pdf": (made.escaped_script_pdf(), "pdf_active"),
    "skrip dalam.pdf": (made.packed(made.pdf_with_nested_script()), "pdf_active"),
    "perintah.pdf": (made.packed(made.pdf_with_launch()), "pdf_active"),
    "media.pdf": (made.packed(made.pdf_with_rich_media()), "pdf_active"),
    "xfa.pdf": (made.packed(made.pdf_with_xfa()), "pdf_active"),
    "lampiran.pdf": (made.packed(made.pdf_with_attachment()), "pdf_attachment"),
    "lampiran lepas.pdf": (made.packed(made.pdf_with_stray_attachment()), "pdf_attachment"),
    "arsip.docx": (made.zipped({"a.txt": "isi"}), "broken"),
    "tertukar.docx": (made.zipped(made.xlsx_parts()), "office_wrong_kind"),
    "tertukar.xlsx": (docx(), "office_wrong_kind"),
    "makro.docx": (docx_and({"word/vbaProject.bin": b"x"}), "office_macro"),
    "jenis makro.docx": (
        made.zipped(
            made.docx_parts()
            | {
                "[Content_Types].xml": made.content_types(
                    made.WORD, "application/vnd.ms-word.document.macroEnabled.main+xml"
                )
            }
        ),
        "office_macro",
    ),
    "makro4.xlsx": (made.zipped(made.xlsx_parts() | {"xl/macrosheets/sheet1.xml": "<a/>"}), "office_macro"),
    "ole.docx": (docx_and({"word/embeddings/oleObject1.bin": b"x"}), "office_active"),
    "program.docx": (docx_and({"word/embeddings/setup.exe": b"MZ"}), "office_active"),
    "activex.docx": (docx_and({"word/activeX/activeX1.xml": "<a/>"}), "office_active"),
    "arsip di dalam.docx": (docx_and({"word/media/a.zip": b"PK"}), "office_active"),
    "makro di dalam.docx": (
        docx_and({"word/embeddings/a.xlsx": made.zipped(made.xlsx_parts() | {"xl/vbaProject.bin": b"x"})}),
        "office_macro",
    ),
    "tautan luar.xlsx": (
        made.zipped(made.xlsx_parts() | {"xl/externalLinks/externalLink1.xml": "<a/>"}),
        "office_link",
    ),
    "templat luar.docx": (
        docx(links=made.relations(("attachedTemplate", "http://jahat.example/t.dotm", True))),
        "office_link",
    ),
    "ole luar.docx": (docx(links=made.relations(("oleObject", "http://jahat.example/o", True))), "office_active"),
    "gambar luar.docx": (docx(links=made.relations(("image", "http://jahat.example/p.png", True))), "office_link"),
    "dde.docx": (docx(body="<w:instrText>DDEAUTO c:\\cmd.exe</w:instrText>"), "office_link"),
    "dde terpisah.docx": (
        docx(body="<w:r><w:instrText>DD</w:instrText></w:r><w:r><w:instrText>E cmd</w:instrText></w:r>"),
        "office_link",
    ),
    "dde sederhana.docx": (docx(body='<w:fldSimple w:instr="DDE cmd"/>'), "office_link"),
    "xxe.docx": (
        docx_and({"word/a.xml": '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'}),
        "broken",
    ),
    "dtd utf16.docx": (
        docx_and({"word/a.xml": '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a []><a/>'.encode("utf-16")}),
        "broken",
    ),
    "tawa.docx": (
        docx_and(
            {"word/a.xml": '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><a>&b;</a>'},
        ),
        "broken",
    ),
    "xml rusak.docx": (docx_and({"word/a.xml": "<a>"}), "broken"),
    "menyusup.docx": (docx_and({"word/../../a.xml": "<a/>"}), "broken"),
    "mutlak.docx": (docx_and({"/etc/a.xml": "<a/>"}), "broken"),
    "kembar.docx": (docx_and({"Word/Document.xml": "<a/>"}), "broken"),
    "terpotong.docx": (docx()[:-10], "broken"),
    "berekor.docx": (docx() + b"<?php ?>", "broken"),
    "berkepala.docx": (b"PK\x03\x04" + docx(), "broken"),
    "zip64.docx": (docx()[:-14] + struct.pack("<2H2LH", 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0), "broken"),
    "terenkripsi.docx": (tampered_zip(docx(), "word/document.xml", 8, b"\x01\x00"), "password"),
    "pranala simbolis.docx": (tampered_zip(docx(), "word/document.xml", 38, b"\x00\x00\xff\xa1"), "broken"),
    "cara lain.docx": (tampered_zip(docx(), "word/document.xml", 10, b"\x0c\x00"), "broken"),
    "tumpang tindih.docx": (tampered_zip(docx(), "word/document.xml", 42, b"\x00\x00\x00\x00"), "broken"),
    "ukuran bohong.docx": (tampered_zip(docx(), "word/document.xml", 24, b"\x05\x00\x00\x00"), "broken"),
    "program windows.docx": (docx_and({"word/media/image1.png": b"MZ\x90\x00"}), "office_active"),
    "program linux.docx": (docx_and({"word/media/a.bin": b"\x7fELF\x02"}), "office_active"),
    "makro menyamar.docx": (docx_and({"word/gambar.bin": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"}), "office_active"),
    "bom.docx": (docx_and({"word/media/a.png": bytes(20_000_000)}), "office_too_big"),
}


def test_truncated_image_is_refused_beside_a_library_that_lets_them_pass(monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    content, reason = HOSTILE_CONTENTS["terpotong.jpg"]
    assert reason_for("terpotong.jpg", content) == reason


@pytest.mark.parametrize("name", HOSTILE_CONTENTS)
def test_upload_hostile_content_is_refused(name):
    content, reason = HOSTILE_CONTENTS[name]
    assert reason_for(name, content) == reason


def test_upload_of_other_kinds_is_refused_where_only_pdf_is_asked():
    assert reason_for("foto.png", made.image_bytes("PNG"), kinds=("pdf",)) == "kind"


def test_upload_larger_than_the_limit_is_refused():
    assert reason_for("surat.pdf", PDF, max_file_bytes=len(PDF)) == ""
    assert reason_for("surat.pdf", PDF, max_file_bytes=len(PDF) - 1) == "too_large"


def test_upload_image_of_too_many_pixels_is_refused():
    assert reason_for("a.png", made.image_bytes("PNG", (20, 20)), max_pixels=400) == ""
    assert reason_for("a.png", made.image_bytes("PNG", (20, 21)), max_pixels=400) == "too_many_pixels"


def test_upload_image_bomb_is_refused_by_its_header():
    """A PNG that claims 20,000 x 20,000 pixels and holds none of them."""
    header = struct.pack(">2I5B", 20_000, 20_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", len(header)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    bomb += struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    assert reason_for("bom.png", bomb) == "too_many_pixels"


def test_upload_pdf_of_too_many_pages_is_refused():
    pages = made.pdf_bytes(made.empty_pdf(4))
    assert reason_for("a.pdf", pages, max_pages=4) == ""
    assert reason_for("a.pdf", pages, max_pages=3) == "too_many_pages"


def test_upload_office_file_of_too_many_members_is_refused():
    many = docx_and({f"word/media/{i}.png": b"x" for i in range(10)})
    assert reason_for("a.docx", many, max_members=13) == ""
    assert reason_for("a.docx", many, max_members=12) == "office_too_big"


def test_upload_office_directory_larger_than_its_count_is_refused():
    """The end record says one member; the directory holds thousands."""
    many = docx_and({f"word/media/{i:0200d}.png": b"" for i in range(300)})
    at = many.rindex(b"PK\x05\x06")
    lying = many[: at + 8] + struct.pack("<2H", 1, 1) + many[at + 12 :]
    assert reason_for("a.docx", lying, max_members=100) == "office_too_big"


def test_upload_office_bomb_needs_little_memory():
    bomb = docx_and({"word/media/a.png": bytes(50_000_000)})
    tracemalloc.start()
    assert reason_for("bom.docx", bomb) == "office_too_big"
    assert tracemalloc.get_traced_memory()[1] < 8_000_000
    tracemalloc.stop()


def test_upload_pdf_bomb_in_an_object_stream_is_refused():
    """An object stream of 200 MB of blanks behind 200 KB."""
    packed = made.packed(made.pdf_with_form())
    at = packed.index(b"/ObjStm")
    start = packed.index(b"stream", at) + len(b"stream\n")
    blanks = zlib.compress(bytes(200_000_000).replace(b"\0", b" "), 1)
    lying = packed[:start] + blanks + packed[packed.index(b"endstream", start) :]
    assert reason_for("bom.pdf", lying) == "broken"


def test_upload_policy_names_the_endings_that_forms_offer():
    assert accepted_endings() == (".pdf", ".jpg", ".jpeg", ".png", ".docx", ".xlsx")
    assert accepted_endings({"kinds": ("pdf",)}) == (".pdf",)


def test_upload_refusal_names_the_limit():
    with pytest.raises(UploadRefused) as refusal:
        scan_upload(made.upload("surat.pdf", b"x" * 3_000_000), settings.UPLOAD_POLICY | {"max_file_bytes": 2_097_152})
    assert str(refusal.value.message) == (
        "Ukuran berkas melebihi 2 MB. Perkecil berkas atau bagi menjadi beberapa berkas."
    )


def test_zip_members_of_tests_are_where_the_tampering_expects_them():
    with zipfile.ZipFile(io.BytesIO(docx())) as archive:
        assert archive.namelist()[-1] == "word/document.xml"


ROOT = Path(__file__).resolve().parent.parent.parent


def sources(layer):
    for app in ("assessments", "units"):
        yield from sorted((ROOT / app / layer).rglob("*.py"))


def test_uploads_reach_views_only_through_forms():
    """`request.FILES` goes into a form and nowhere else (SEC-35)."""
    loose = []
    for path in [*sources("views"), *sources("services"), *sources("importers")]:
        tree = ast.parse(path.read_text())
        files = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "FILES"]
        in_forms = {
            id(part)
            for call in ast.walk(tree)
            if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("Form")
            for part in ast.walk(call)
        }
        loose += [f"{path.name}:{node.lineno}" for node in files if id(node) not in in_forms]
    assert loose == []


def test_forms_with_a_file_field_ask_the_scanner():
    """A file field that does not lead to `scan_upload` would be a second way in (SEC-35)."""
    unscanned = []
    for path in sources("forms"):
        for made_class in [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ClassDef)]:
            text = ast.unparse(made_class)
            if re.search(r"\b(FileField|ImageField)\b", text) and "scan_upload(" not in text:
                unscanned.append(f"{path.name}:{made_class.name}")
    assert unscanned == []
