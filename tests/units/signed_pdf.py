"""A PDF with a genuine electronic signature, made as signing services do: an incremental update around a PKCS#7."""

import io
import re
import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pikepdf

ROOM = 4096  # bytes kept free for the signature; twice as many hex digits
RANGE_WIDTH = 44


@cache
def signer() -> tuple[str, str]:
    """A key and its certificate, PEM."""
    with TemporaryDirectory() as folder:
        key, certificate = Path(folder, "key.pem"), Path(folder, "certificate.pem")
        subject = "/C=ID/O=Balai Contoh Sertifikasi/CN=Kepala Unit Contoh"
        _openssl(
            *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", subject),
            *("-keyout", str(key), "-out", str(certificate)),
        )
        return key.read_text(), certificate.read_text()


def signed(original: bytes, field: str = "Tanda tangan") -> bytes:
    """The PDF with one more signature; the bytes before it stay as they are."""
    content = _with_field(original, field)
    room = content.index(b"<" + b"0" * 2 * ROOM + b">", len(original))
    behind = room + 2 * ROOM + 2
    span = f"[0 {room} {behind} {len(content) - behind}]".ljust(RANGE_WIDTH).encode()
    place = content.index(b"[" + b" " * (RANGE_WIDTH - 2) + b"]", len(original))
    content = content[:place] + span + content[place + RANGE_WIDTH :]
    signature = _pkcs7(content[:room] + content[behind:]).hex().encode()
    return content[: room + 1] + signature.ljust(2 * ROOM, b"0") + content[behind - 1 :]


def is_genuine(content: bytes) -> bool:
    """Whether every signature of the file belongs to its bytes."""
    with TemporaryDirectory() as folder:
        certificate, proof, data = (Path(folder, name) for name in ("c.pem", "s.der", "d.bin"))
        certificate.write_text(signer()[1])
        for span in re.findall(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\]", content):
            first, second, length = map(int, span)
            data.write_bytes(content[:first] + content[second : second + length])
            raw = bytes.fromhex(content[first + 1 : second - 1].decode())
            proof.write_bytes(raw[: 4 + int.from_bytes(raw[2:4], "big")])  # a DER sequence says its own length
            _openssl(
                *("cms", "-verify", "-binary", "-inform", "DER", "-in", str(proof), "-content", str(data)),
                *("-CAfile", str(certificate), "-purpose", "any", "-out", "/dev/null"),
            )
    return b"/ByteRange" in content


def _with_field(original: bytes, field: str) -> bytes:
    with pikepdf.open(io.BytesIO(original)) as pdf:
        root, size = pdf.trailer.Root, int(pdf.trailer.Size)
        page = pdf.pages[0].obj
        fields = [f"{one.objgen[0]} 0 R" for one in root.AcroForm.Fields] if "/AcroForm" in root else []
        notes = [f"{one.objgen[0]} 0 R" for one in page.Annots] if "/Annots" in page else []
        numbers = {"root": root.objgen[0], "page": page.objgen[0]}
        root_keys = {key: _unparsed(value) for key, value in root.items() if key != "/AcroForm"}
        page_keys = {key: _unparsed(value) for key, value in page.items() if key != "/Annots"}
    root_keys["/AcroForm"] = f"<< /SigFlags 3 /Fields [{' '.join([*fields, f'{size + 1} 0 R'])}] >>"
    page_keys["/Annots"] = f"[{' '.join([*notes, f'{size + 1} 0 R'])}]"
    value = (
        "<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /adbe.pkcs7.detached /M (D:20240501120000+07'00') "
        "/Reason (Ditandatangani secara elektronik) "
        f"/ByteRange [{' ' * (RANGE_WIDTH - 2)}] /Contents <{'0' * 2 * ROOM}> >>"
    )
    widget = (
        f"<< /Type /Annot /Subtype /Widget /FT /Sig /T ({field}) /V {size} 0 R /P {numbers['page']} 0 R "
        "/F 132 /Rect [0 0 0 0] >>"
    )
    bodies = {numbers["root"]: _dictionary(root_keys), numbers["page"]: _dictionary(page_keys)}
    return _appended(original, bodies | {size: value, size + 1: widget}, numbers["root"])


def _unparsed(value: object) -> str:
    """As it stands in a file; an object of its own as a reference."""
    return value.unparse().decode() if isinstance(value, pikepdf.Object) else str(value)


def _dictionary(keys: dict[str, str]) -> str:
    return "<< " + " ".join(f"{key} {value}" for key, value in keys.items()) + " >>"


def _appended(original: bytes, bodies: dict[int, str], root: int) -> bytes:
    """An incremental update: objects, a table of their places, a trailer that points back."""
    out, places = bytearray(original), {}
    for number, body in bodies.items():
        places[number] = len(out)
        out += f"{number} 0 obj\n{body}\nendobj\n".encode()
    start = len(out)
    out += b"xref\n" + b"".join(b"%d 1\n%010d 00000 n \n" % place for place in sorted(places.items()))
    previous = int(original[original.rindex(b"startxref") + 9 : original.rindex(b"%%EOF")])
    trailer = f"<< /Size {max(bodies) + 1} /Root {root} 0 R /Prev {previous} >>"
    return bytes(out) + f"trailer\n{trailer}\nstartxref\n{start}\n%%EOF\n".encode()


def _pkcs7(data: bytes) -> bytes:
    key, certificate = signer()
    with TemporaryDirectory() as folder:
        paths = [Path(folder, name) for name in ("key.pem", "certificate.pem", "data", "signature")]
        for path, content in zip(paths, (key.encode(), certificate.encode(), data), strict=False):
            path.write_bytes(content)
        _openssl(
            *("cms", "-sign", "-binary", "-outform", "DER", "-inkey", str(paths[0]), "-signer", str(paths[1])),
            *("-in", str(paths[2]), "-out", str(paths[3])),
        )
        return paths[3].read_bytes()


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
