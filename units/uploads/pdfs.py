"""PDF, by qpdf: no script, no command, no attachment, no encryption; signed files and forms are welcome (SEC-27)."""

import io
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, cast

import pikepdf
from django.core.files.base import File
from pikepdf.settings import set_qpdf_limits

from units.uploads.refusals import UploadRefused

# An object stream holds some hundred small objects; these limits stop bombs that unfold while the file is parsed.
UNFOLDED_MAX_BYTES = 32 * 1024 * 1024
FILTERS_MAX = 4
WALK_MAX_SECONDS = 10
TAIL_BYTES = 4096

ACTIVE_KEYS = frozenset({"/JS", "/JavaScript", "/XFA", "/RichMediaContent", "/RichMediaSettings"})
ACTIVE_ACTIONS = frozenset({"/JavaScript", "/Launch", "/ImportData", "/Rendition", "/RichMediaExecute", "/GoToE"})
ACTIVE_SUBTYPES = frozenset({"/RichMedia", "/Screen", "/Movie", "/Sound", "/3D"})
ATTACHMENT_KEYS = frozenset({"/EF"})
# Cheap first look at an object as qpdf writes it, with escaped names already undone; only hits are examined.
SUSPECT = re.compile(
    rb"/(JS|JavaScript|XFA|RichMedia|Launch|ImportData|Rendition|GoToE|Screen|Movie|Sound|3D|EF|EmbeddedFile|FileAttachment)"
)


def check_pdf(uploaded: File, kind: str, policy: Mapping[str, Any]) -> None:  # noqa: ARG001 - one signature for all kinds
    """Raises UploadRefused for an encrypted, broken, too long or active PDF."""
    set_qpdf_limits(
        flate_max_memory=UNFOLDED_MAX_BYTES,
        png_max_memory=UNFOLDED_MAX_BYTES,
        run_length_max_memory=UNFOLDED_MAX_BYTES,
        tiff_max_memory=UNFOLDED_MAX_BYTES,
        max_stream_filters=FILTERS_MAX,
    )
    _check_end(uploaded)
    try:
        with pikepdf.open(cast("BinaryIO", uploaded), suppress_warnings=True) as pdf:
            _check_pages(pdf, policy["max_pages"])
            _check_objects(pdf)
    except UploadRefused:
        raise
    except pikepdf.PasswordError as error:
        raise UploadRefused("password") from error
    except Exception as error:  # a parser fed by strangers may raise anything; each means "not a sound PDF"
        raise UploadRefused("broken") from error


def _check_end(uploaded: File) -> None:
    """A file cut off on its way has no end mark; qpdf would repair what is left of it and nobody would know."""
    size = uploaded.seek(0, io.SEEK_END) or uploaded.tell()
    uploaded.seek(max(0, size - TAIL_BYTES))
    if b"%%EOF" not in uploaded.read():
        raise UploadRefused("broken")
    uploaded.seek(0)


def _check_pages(pdf: pikepdf.Pdf, limit: int) -> None:
    if pdf.is_encrypted:
        raise UploadRefused("password")
    if not len(pdf.pages):
        raise UploadRefused("broken")
    if len(pdf.pages) > limit:
        raise UploadRefused("too_many_pages", limit=limit)


def _check_objects(pdf: pikepdf.Pdf) -> None:
    """Looks at every object, those in compressed object streams and those that no page reaches included."""
    stop_at = time.monotonic() + WALK_MAX_SECONDS
    for found in [pdf.trailer, *pdf.objects]:
        if time.monotonic() > stop_at:
            raise UploadRefused("broken")
        shown = found.stream_dict if isinstance(found, pikepdf.Stream) else found
        if isinstance(shown, pikepdf.Dictionary | pikepdf.Array) and SUSPECT.search(shown.unparse(resolved=True)):
            for part in _dictionaries(shown):
                _check_dictionary(part)


def _dictionaries(start: pikepdf.Object) -> Iterator[pikepdf.Dictionary]:
    """The dictionary itself and those written directly inside; references are objects of their own."""
    waiting = [start]
    while waiting:
        current = waiting.pop()
        if isinstance(current, pikepdf.Dictionary):
            yield current
            children = [value for _key, value in current.items()]
        else:
            children = list(current)
        waiting += [
            child
            for child in children
            if isinstance(child, pikepdf.Dictionary | pikepdf.Array) and not child.is_indirect
        ]


def _check_dictionary(found: pikepdf.Dictionary) -> None:
    keys = set(found.keys())
    action, kind, subtype = (str(found.get(key, "")) for key in ("/S", "/Type", "/Subtype"))
    if keys & ACTIVE_KEYS or action in ACTIVE_ACTIONS or subtype in ACTIVE_SUBTYPES:
        raise UploadRefused("pdf_active")
    if keys & ATTACHMENT_KEYS or kind == "/EmbeddedFile" or subtype == "/FileAttachment":
        raise UploadRefused("pdf_attachment")
