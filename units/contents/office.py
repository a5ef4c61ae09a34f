"""docx and xlsx: the zip is measured before it is opened, the parts are read before they are believed (SEC-23)."""

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import IO, Any

from units.contents.office_parts import Parts
from units.contents.unsound import Unsound

CHUNK_BYTES = 256 * 1024
END_RECORD = struct.Struct("<4s4H2LH")
END_SIGNATURE = b"PK\x05\x06"
LOCAL_HEADER_BYTES = 30
DIRECTORY_BYTES_PER_MEMBER = 400
ENCRYPTED_FLAG = 0x1
COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
SAFE_MEMBER = re.compile(r"^[^\x00-\x1f\\:]+$")
EMBEDDED_WORKBOOK = re.compile(r"^(word|xl)/embeddings/[^/]+\.xlsx$", re.IGNORECASE)
HIDES_FILES = re.compile(r"/embeddings/[^/]|\.(zip|jar|7z|rar|gz|docx|docm|xlsx|xlsm|xlsb|pptx|pptm)$", re.IGNORECASE)


def check_office(source: IO[bytes], kind: str, policy: Mapping[str, Any]) -> None:
    """Raises Unsound for what is no plain document or worksheet of `kind`."""
    try:
        _check_package(source, kind, policy, nested=False)
    except Unsound:
        raise
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        RuntimeError,
        ValueError,
        KeyError,
        struct.error,
        EOFError,
    ) as error:
        raise Unsound("broken") from error


def _check_package(source: IO[bytes], kind: str, policy: Mapping[str, Any], *, nested: bool) -> None:
    size, directory_at = _check_end_record(source, policy["max_members"])
    with zipfile.ZipFile(source) as archive:
        members = archive.infolist()
        _check_members(members, directory_at, size, policy)
        parts = Parts(kind)
        for member in members:
            _read_member(archive, member, parts, policy, nested=nested)
        parts.finish({member.filename for member in members})


def _check_end_record(source: IO[bytes], max_members: int) -> tuple[int, int]:
    """Size of the file and offset of the directory; trusts neither before zipfile loads the directory.

    The end record is the last thing in the file and the directory lies right before it: nothing is appended, nothing
    prepended, no second disk, no ZIP64 (whose marks make no sum).
    """
    size = source.seek(0, io.SEEK_END)
    source.seek(max(0, size - END_RECORD.size))
    tail = source.read(END_RECORD.size).ljust(END_RECORD.size, b"\0")
    sign, disk, directory_disk, _on_disk, count, length, offset, _comment = END_RECORD.unpack(tail)
    if sign != END_SIGNATURE or disk or directory_disk or offset + length + END_RECORD.size != size:
        raise Unsound("broken")
    if count > max_members or length > max_members * DIRECTORY_BYTES_PER_MEMBER:
        raise Unsound("office_too_big")
    source.seek(0)
    return size, offset


def _check_members(members: list[zipfile.ZipInfo], directory_at: int, size: int, policy: Mapping[str, Any]) -> None:
    declared = sum(member.file_size for member in members)
    if (
        len(members) > policy["max_members"]
        or declared > policy["max_unpacked_bytes"]
        or declared > size * policy["max_ratio"]
    ):
        raise Unsound("office_too_big")
    names = [member.filename.lower() for member in members]
    if len(set(names)) != len(names):
        raise Unsound("broken")
    for member in members:
        _check_member(member)
    _check_layout(members, directory_at)


def _check_member(member: zipfile.ZipInfo) -> None:
    name = member.orig_filename
    if member.flag_bits & ENCRYPTED_FLAG:
        raise Unsound("password")
    steps = name.rstrip("/").split("/")
    unsafe = not SAFE_MEMBER.match(name) or any(step in ("", ".", "..") for step in steps)
    if unsafe or stat.S_ISLNK(member.external_attr >> 16) or member.compress_type not in COMPRESSIONS:
        raise Unsound("broken")


def _check_layout(members: list[zipfile.ZipInfo], directory_at: int) -> None:
    """Members stand one after the other from the first byte on; overlapped ones are a bomb."""
    free = 0
    for member in sorted(members, key=lambda found: found.header_offset):
        if member.header_offset < free or (free == 0 and member.header_offset):
            raise Unsound("broken")
        free = member.header_offset + LOCAL_HEADER_BYTES + len(member.orig_filename.encode()) + member.compress_size
    if free > directory_at:
        raise Unsound("broken")


def _read_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, parts: Parts, policy: Mapping[str, Any], *, nested: bool
) -> None:
    """Hands the bytes to the part they belong to while they are unpacked; zipfile stops at the size declared."""
    keep = bool(EMBEDDED_WORKBOOK.match(member.filename)) and not nested
    if HIDES_FILES.search(member.filename) and not keep:
        raise Unsound("office_active")
    kept = io.BytesIO()
    part = parts.open(member.filename, package=keep)
    with archive.open(member) as content:
        while chunk := content.read(CHUNK_BYTES):
            part.feed(chunk)
            if keep:
                kept.write(chunk)
    part.close()
    if keep:
        _check_package(kept, "xlsx", policy, nested=True)
