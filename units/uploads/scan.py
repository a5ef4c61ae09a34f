"""The scanner: name, size, first bytes and a parse must agree on what a file is."""

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.files.base import File

from units.uploads.known import refuse_quarantined
from units.uploads.names import checked_name, ending_of
from units.uploads.refusals import UploadRefused
from zi_portal.killable import Killed, Limits, run
from zi_portal.logs import security_event

Policy = Mapping[str, Any]
Examine = Callable[[File, str, Policy], None]
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


def limits_of(policy: Policy) -> dict[str, int]:
    """What another process has to know of a policy."""
    return {key: value for key, value in policy.items() if isinstance(value, int)}


def examine_apart(uploaded: File, kind: str, policy: Policy) -> None:
    """Parses the contents in a process that is killed when it takes too long or too much. Raises UploadRefused."""
    limits = Limits(
        wall_seconds=policy["check_seconds"],
        cpu_seconds=policy["check_seconds"],
        memory_bytes=policy["check_memory_bytes"],
        file_bytes=MEGABYTE,
    )
    with _on_disk(uploaded) as path:
        try:
            found = run("units.contents.child", {"path": path, "kind": kind, "policy": limits_of(policy)}, limits)
        except Killed as error:
            raise UploadRefused(error.how) from error
    if found:
        raise UploadRefused(found["reason"], **found["data"])


@contextmanager
def _on_disk(uploaded: File) -> Iterator[str]:
    """Where another process can read the bytes: uploads lie in a file already, anything else gets one."""
    if hasattr(uploaded, "temporary_file_path"):
        yield uploaded.temporary_file_path()
        return
    with tempfile.NamedTemporaryFile() as copy:
        uploaded.seek(0)
        while chunk := uploaded.read(CHUNK_BYTES):
            copy.write(chunk)
        copy.flush()
        yield copy.name


def scan_upload(uploaded: File, policy: Policy | None = None, *, examine: Examine = examine_apart) -> ScannedFile:
    """Examines a file and leaves it at its start; `policy` defaults to settings.UPLOAD_POLICY.

    `examine` is for a caller that reads the contents anyway: it must ask units.contents.examine too. The content type
    that the browser claims is not read. Raises UploadRefused.
    """
    policy = policy or settings.UPLOAD_POLICY
    try:
        scanned = _scan(uploaded, policy, examine)
    except UploadRefused as refusal:
        security_event("upload_validation", None, reason=refusal.reason)
        raise
    uploaded.seek(0)
    return scanned


def _scan(uploaded: File, policy: Policy, examine: Examine) -> ScannedFile:
    name = checked_name(uploaded.name or "")
    ending = ending_of(name)
    if ending not in policy["kinds"]:
        raise UploadRefused("kind", kinds=", ".join(accepted_endings(policy)))
    kind = KIND_OF_ENDING.get(ending, ending)
    size, sha256 = _measure(uploaded, policy["max_file_bytes"])
    refuse_quarantined(sha256)
    _check_signature(uploaded, kind, ending)
    uploaded.seek(0)
    examine(uploaded, kind, policy)
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
