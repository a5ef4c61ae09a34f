"""Page images of evidence: asked for with an upload or a first look, made by the worker, once for the same bytes.

They are made from the evidence and can be made again, so the audit log does not tell of them.
"""

import logging
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from assessments.models import EvidenceFile, NoteFile, Preview, PreviewPage
from units.files import CONTENT_TYPES, new_path
from zi_portal.killable import Killed, Limits, run

PREVIEWED = ("pdf", "jpg", "png")
# A request that nobody fulfilled in this time was lost with its worker: the next look asks again.
LOST_AFTER = timedelta(minutes=15)
PAGES_AT_ONCE = 20
MEGABYTE = 1024 * 1024
LIMITS = Limits(wall_seconds=60, cpu_seconds=60, memory_bytes=1024 * MEGABYTE, file_bytes=32 * MEGABYTE)
CHUNK_BYTES = 256 * 1024
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """A stored file whose pages are drawn: evidence of a unit, or a photo of a field visit."""

    uuid: UUID
    path: str
    kind: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """One page in a passing folder; `width` and `height` in pixels."""

    number: int
    path: Path
    width: int
    height: int
    text: str


def request_preview(*, sha256: str, kind: str, now: datetime) -> None:
    """Put the making of page images in the queue, unless they are there, being made, or of a kind that has none.

    Joins the transaction of the caller: a file that is not stored is not drawn.
    """
    if kind not in PREVIEWED:
        return
    with transaction.atomic():
        preview, created = Preview.objects.get_or_create(sha256=sha256, defaults={"requested_at": now})
        if not created and not _asked_again(preview, now):
            return
        from assessments.tasks import draw_preview  # noqa: PLC0415 - the task calls make_preview below

        draw_preview.enqueue(sha256)


def _asked_again(preview: Preview, now: datetime) -> bool:
    """Whether this call took over a request that was lost."""
    if preview.state != Preview.State.PENDING or preview.requested_at > now - LOST_AFTER:
        return False
    lost = Preview.objects.filter(pk=preview.pk, state=Preview.State.PENDING, requested_at=preview.requested_at)
    return bool(lost.update(requested_at=now))


def make_preview(*, sha256: str, now: datetime) -> None:
    """Draw the pages of the file with this hash and store them; a file that cannot be drawn is marked so."""
    preview = Preview.objects.filter(sha256=sha256, state=Preview.State.PENDING).first()
    source = _source(sha256)
    if preview is None or source is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        try:
            pages = list(_drawn(source, Path(folder)))
        except (Killed, FileNotFoundError) as error:
            log.warning("No preview of file %s: %s", source.uuid, error)
            Preview.objects.filter(pk=preview.pk, state=Preview.State.PENDING).update(state=Preview.State.FAILED)
            return
        with suppress(_MadeMeanwhile):
            _keep(preview, pages, now)


def _source(sha256: str) -> Source | None:
    file = EvidenceFile.objects.filter(sha256=sha256, kind__in=PREVIEWED).order_by("pk").first()
    if file is not None:
        return Source(file.uuid, str(file.file.name), file.kind)
    kinds = {CONTENT_TYPES[kind]: kind for kind in PREVIEWED}
    photo = NoteFile.objects.filter(sha256=sha256, content_type__in=kinds).order_by("pk").first()
    return Source(photo.uuid, str(photo.file.name), kinds[photo.content_type]) if photo is not None else None


def _drawn(source: Source, folder: Path) -> Iterator[Drawn]:
    """Page after page, some at a time, so that no child works long on a thick file. Raises Killed."""
    original = folder / "original"
    _fetch(source, original)
    first, total = 1, 1
    while first <= total:
        arguments = {"path": str(original), "kind": source.kind, "folder": str(folder), "first": first}
        answer = run("units.contents.pages", arguments | {"count": PAGES_AT_ONCE}, LIMITS)
        total = answer["total"]
        yield from (_page(found, folder) for found in answer["pages"])
        first += PAGES_AT_ONCE


def _page(found: dict[str, Any], folder: Path) -> Drawn:
    number = int(found["number"])
    return Drawn(number, folder / str(number), int(found["width"]), int(found["height"]), str(found["text"]))


def _fetch(source: Source, to: Path) -> None:
    """Storage may be on another machine; the child reads a plain file."""
    with default_storage.open(source.path) as stored, to.open("wb") as copy:
        while chunk := stored.read(CHUNK_BYTES):
            copy.write(chunk)


def _keep(preview: Preview, drawn: list[Drawn], now: datetime) -> None:
    """Images first, then their rows; of two workers with the same bytes the first one's stay."""
    rows: list[PreviewPage] = []
    try:
        for found in drawn:
            rows.append(_stored(preview, found))  # noqa: PERF401 - what was stored before a failure must be known
        _settle(preview, rows, now)
    except BaseException:
        for row in rows:
            default_storage.delete(str(row.image.name))
        raise


def _stored(preview: Preview, found: Drawn) -> PreviewPage:
    """The row of a page whose image lies in storage; the row is not saved."""
    row = PreviewPage(preview=preview, number=found.number, width=found.width, height=found.height, text=found.text)
    row.image.name = default_storage.save(new_path(row, "image", ""), ContentFile(found.path.read_bytes()))
    return row


def _settle(preview: Preview, rows: list[PreviewPage], now: datetime) -> None:
    values = {"state": Preview.State.READY, "page_count": len(rows), "made_at": now}
    with transaction.atomic():
        if not Preview.objects.filter(pk=preview.pk, state=Preview.State.PENDING).update(**values):
            raise _MadeMeanwhile
        PreviewPage.objects.bulk_create(rows)


class _MadeMeanwhile(Exception):  # noqa: N818 - a signal inside this module
    """Another worker stored the pages of the same bytes first."""
