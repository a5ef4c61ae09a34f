"""The file of a decree or a declaration: kept before its row is written, replaced only on commit."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import models, transaction

from units import audit
from units.files import new_path, stored
from units.kept_files import Keeper, register
from units.models import Declaration, Decree, FileScan
from units.services.scans import request_scan
from units.uploads import ScannedFile


@contextmanager
def document(
    row: models.Model, upload: "File[Any] | None", scanned: ScannedFile | None, now: datetime
) -> Iterator[dict[str, Any]]:
    """Keeps the upload, then opens the transaction in which the row is written; yields the values to assign."""
    if upload is None or scanned is None:
        with transaction.atomic():
            yield {}
        return
    with stored(upload, new_path(row, "file", scanned.safe_name)) as name, transaction.atomic():
        yield {"file": name, "file_name": scanned.safe_name, "sha256": scanned.sha256}
        request_scan(sha256=scanned.sha256, path=name, now=now)


def forget_replaced(old_name: str) -> None:
    """Removes the file that a new one has replaced, once the row says so."""
    if old_name:
        transaction.on_commit(partial(default_storage.delete, old_name))


def unscanned(limit: int) -> Iterator[tuple[str, str]]:
    """Documents that no scan knows; one from before hashes were kept gets its hash now."""
    return islice(_unscanned(), limit)


def _unscanned() -> Iterator[tuple[str, str]]:
    for model in (Decree, Declaration):
        for row in model.objects.unscanned().exclude(file=""):
            sha256 = row.sha256 or _hashed(row)
            if sha256:
                yield sha256, str(row.file.name)


def _hashed(row: Decree | Declaration) -> str:
    """Keeps the hash of the stored bytes; empty where they are gone."""
    try:
        with default_storage.open(str(row.file.name)) as content:
            sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    except FileNotFoundError:
        return ""
    type(row).objects.filter(pk=row.pk, file=row.file.name).update(sha256=sha256)
    return sha256


def quarantined(scan: FileScan, now: datetime) -> None:
    """One audit record for each document with these bytes; whoever manages decrees sees it in their list."""
    after = {"sha256": scan.sha256, "signature": scan.signature}
    for decree in Decree.objects.filter(sha256=scan.sha256):
        audit.record(verb="decree.quarantine", target=decree, actor=None, now=now, agency=decree.agency_id, after=after)
    for row in Declaration.objects.filter(sha256=scan.sha256).select_related("unit"):
        audit.record(verb="declaration.quarantine", target=row, actor=None, now=now, unit=row.unit, after=after)


register("documents", Keeper(unscanned, quarantined))
