"""The scanner: name, size, first bytes and a parse must agree on what a file is."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.files.base import File

from units.uploads.images import check_image
from units.uploads.names import checked_name, ending_of
from units.uploads.office import check_office
from units.uploads.pdfs import check_pdf
from units.uploads.refusals import UploadRefused
from zi_portal.logs import security_event

Policy = Mapping[str, Any]
MEGABYTE = 1024 * 1024
CHUNK_BYTES = 256 * 1024
KIND_OF_ENDING = {"jpeg": "jpg"}
OLE_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_OFFICE = "EncryptedPackage".encode("utf-16-le")
SIGNATURES = {
    "pdf": b"%PDF-",
    "jpg": b"\xff\xd8\xff",
    "png": b"\x89PNG\r\n\x1a\n",
    "docx": b"PK\x03\x04",
    "xlsx": b"PK\x03\x04",
}
CHECKS: dict[str, Callable[[File, str, Policy], None]] = {
    "pdf": check_pdf,
    "jpg": check_image,
    "png": check_image,
    "docx": check_office,
    "xlsx": check_office,
}


@dataclass(frozen=True, slots=True)
class ScannedFile:
    """What the portal knows of an accepted file; `size` in bytes, `sha256` of the bytes in hex."""

    kind: str
    size: int
    sha256: str
    safe_name: str


def accepted_endings(policy: Policy | None = None) -> tuple[str, ...]:
    """For file fields: `.pdf`, `.jpg`, ..."""
    return tuple(f".{kind}" for kind in (policy or settings.UPLOAD_POLICY)["kinds"])


def scan_upload(uploaded: File, policy: Policy | None = None) -> ScannedFile:
    """Examines a file and leaves it at its start; `policy` defaults to settings.UPLOAD_POLICY.

    The content type that the browser claims is not read. Raises UploadRefused.
    """
    policy = policy or settings.UPLOAD_POLICY
    try:
        scanned = _scan(uploaded, policy)
    except UploadRefused as refusal:
        security_event("upload_validation", None, reason=refusal.reason)
        raise
    uploaded.seek(0)
    return scanned


def _scan(uploaded: File, policy: Policy) -> ScannedFile:
    name = checked_name(uploaded.name or "")
    ending = ending_of(name)
    if ending not in policy["kinds"]:
        raise UploadRefused("kind", kinds=", ".join(accepted_endings(policy)))
    kind = KIND_OF_ENDING.get(ending, ending)
    size, sha256 = _measure(uploaded, policy["max_file_bytes"])
    _check_signature(uploaded, kind, ending)
    uploaded.seek(0)
    CHECKS[kind](uploaded, kind, policy)
    return ScannedFile(kind=kind, size=size, sha256=sha256, safe_name=name)


def _measure(uploaded: File, limit: int) -> tuple[int, str]:
    """Size and hash by reading; what the client says about the size is not asked."""
    digest, size = hashlib.sha256(), 0
    uploaded.seek(0)
    while chunk := uploaded.read(CHUNK_BYTES):
        size += len(chunk)
        if size > limit:
            raise UploadRefused("too_large", limit=limit // MEGABYTE)
        digest.update(chunk)
    if not size:
        raise UploadRefused("empty")
    return size, digest.hexdigest()


def _check_signature(uploaded: File, kind: str, ending: str) -> None:
    uploaded.seek(0)
    head = uploaded.read(CHUNK_BYTES)
    if head.startswith(SIGNATURES[kind]):
        return
    if kind in ("docx", "xlsx") and head.startswith(OLE_SIGNATURE):
        raise UploadRefused("password" if _holds(uploaded, ENCRYPTED_OFFICE) else "old_office")
    raise UploadRefused("content", ending=ending)


def _holds(uploaded: File, needle: bytes) -> bool:
    uploaded.seek(0)
    return needle in uploaded.read()
