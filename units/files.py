"""Stored files: durable before the row that names them, gone again with it, and read only through a view.

Every stored file is private (settings.STORAGES): nothing a web server serves points there.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import models
from django.http import FileResponse, Http404, HttpRequest
from django.utils.translation import gettext_lazy as _

from zi_portal.errors import Refused

CONTENT_TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
SHOWN_IN_BROWSER = ("pdf", "jpg", "png", "webp")
SANDBOX = "sandbox; default-src 'none'"
MADE_HERE = ""  # the `hold` of files that the portal has made itself


@contextmanager
def stored(content: File, path: str) -> Iterator[str]:
    """Keeps `content` while the block commits its row; the file goes again when the block fails (REL-42).

    Yields the name in storage. Open the transaction inside the block, so that the bytes are durable before the
    row exists and the row is committed before the block ends:

        with stored(upload, path) as name, transaction.atomic():
            ...
    """
    name = default_storage.save(path, content)
    try:
        _make_durable(name)
        yield name
    except BaseException:
        default_storage.delete(name)
        raise


def new_path(row: models.Model, field_name: str, original_name: str) -> str:
    """The path that the model's `upload_to` gives to a new file of `row`."""
    field = row._meta.get_field(field_name)
    return field.generate_filename(row, original_name)  # type: ignore[union-attr]


def _make_durable(name: str) -> None:
    """Flushes the file and its folder to disk; object stores have no path and are durable by themselves."""
    try:
        path = Path(default_storage.path(name))
    except NotImplementedError:
        return
    for place in (path, path.parent):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class FileHeld(Refused):
    """The malware scanner has not cleared a file, or has condemned it; `hold` as in units.models.hold_of."""

    words: ClassVar = {
        "pending": (
            _("Berkas ini belum dapat dibuka"),
            _("Berkas ini masih menunggu pemeriksaan virus."),
            _("Coba lagi beberapa menit lagi. Bila tetap begini, hubungi administrator."),
        ),
        "quarantined": (
            _("Berkas ini dikarantina"),
            _("Berkas ini terdeteksi berbahaya, sehingga tidak dapat dibuka maupun diunduh."),
            _("Sebagai gantinya perlu diunggah berkas lain yang bersih."),
        ),
    }

    def __init__(self, hold: str) -> None:
        self.title, message, self.advice = self.words[hold]
        super().__init__(message, hold=hold)


def private_file_response(request: HttpRequest, path: str, name: str, kind: str, *, hold: str) -> FileResponse:
    """Sends a stored file to somebody whose right has been checked (SEC-31).

    PDF and images open in the browser; everything else is saved, in a sandbox. Raises PermissionDenied when another
    site asks, FileHeld unless `hold` is empty (KeptFile.hold, MADE_HERE), Http404 when the bytes are gone.
    """
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise PermissionDenied
    if hold:
        raise FileHeld(hold)
    try:
        content = default_storage.open(path)
    except FileNotFoundError as error:
        raise Http404 from error
    shown = kind in SHOWN_IN_BROWSER
    response = FileResponse(content, content_type=CONTENT_TYPES.get(kind, "application/octet-stream"))
    response["Content-Disposition"] = content_disposition("inline" if shown else "attachment", name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    if not shown:
        response["Content-Security-Policy"] = SANDBOX
    return response


def content_disposition(how: str, name: str) -> str:
    """RFC 6266: an ASCII name for old readers, and the real one; no character of `name` can end the header."""
    plain = "".join(char if char.isascii() and char.isprintable() and char not in '"\\;%' else "_" for char in name)
    return f"{how}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
