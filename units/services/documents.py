"""The file of a decree or a declaration: kept before its row is written, replaced only on commit."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import models, transaction

from units.files import new_path, stored
from units.uploads import ScannedFile


@contextmanager
def document(row: models.Model, upload: "File[Any] | None", scanned: ScannedFile | None) -> Iterator[dict[str, Any]]:
    """Keeps the upload, then opens the transaction in which the row is written; yields the values to assign."""
    if upload is None or scanned is None:
        with transaction.atomic():
            yield {}
        return
    with stored(upload, new_path(row, "file", scanned.safe_name)) as name, transaction.atomic():
        yield {"file": name, "file_name": scanned.safe_name}


def forget_replaced(old_name: str) -> None:
    """Removes the file that a new one has replaced, once the row says so."""
    if old_name:
        transaction.on_commit(partial(default_storage.delete, old_name))
