"""PDF, by qpdf: no script, no command, no attachment, no encryption; signed files and forms are welcome (SEC-27)."""

import io
import re
from collections.abc import Iterator, Mapping
from typing import IO, Any, BinaryIO, cast

import pikepdf
from pikepdf.settings import set_qpdf_limits

from units.contents.disguise import refuse_archives
from units.contents.unsound import Unsound

# An object stream holds some hundred small objects; these limits stop bombs that unfold while the file is parsed.
UNFOLDED_MAX_BYTES = 32 * 1024 * 1024
FILTERS_MAX = 4
TAIL_BYTES = 64 * 1024
BLANKS = b" \t\r\n\f\0\x1a"

ACTIVE_KEYS = frozenset({"/JS", "/JavaScript", "/XFA", "/RichMediaContent", "/RichMediaSettings"})
# What a click or the opening of the file would start, send away or fetch. Links to web pages (/URI) and to places in
# the file (/GoTo, /Named) are what documents have.
ACTIVE_ACTIONS = frozenset(
    {
        "/GoToE",
        "/GoToR",
        "/ImportData",
        "/JavaScript",
        "/Launch",
        "/Movie",
        "/Rendition",
        "/RichMediaExecute",
        "/Sound",
        "/SubmitForm",
    }
)
ACTIVE_SUBTYPES = frozenset({"/3D", "/Movie", "/RichMedia", "/Screen", "/Sound"})
ATTACHMENT_KEYS = frozenset({"/EF"})
ATTACHMENT_TYPES = frozenset({"/EmbeddedFile"})
ATTACHMENT_SUBTYPES = frozenset({"/FileAttachment"})
LINK_KEY = "/URI"
RUNNING_LINK = re.compile(r"(javascript|vbscript|data):", re.IGNORECASE)
LINK_BLANKS = re.compile(r"[\x00-\x20]")
# Cheap first look at an object as qpdf writes it, with escaped names already undone; only hits are examined.
WATCHED = {
    *ACTIVE_KEYS, *ACTIVE_ACTIONS, *ACTIVE_SUBTYPES,
    *ATTACHMENT_KEYS, *ATTACHMENT_TYPES, *ATTACHMENT_SUBTYPES, LINK_KEY,
}  # fmt: skip
SUSPECT = re.compile("|".join(sorted(WATCHED)).encode())


def check_pdf(source: IO[bytes], kind: str, policy: Mapping[str, Any]) -> None:  # noqa: ARG001 - one signature for all kinds
    """Raises Unsound for an encrypted, broken, too long or active PDF, and for one that is something else too."""
    set_qpdf_limits(
        flate_max_memory=UNFOLDED_MAX_BYTES,
        png_max_memory=UNFOLDED_MAX_BYTES,
        run_length_max_memory=UNFOLDED_MAX_BYTES,
        tiff_max_memory=UNFOLDED_MAX_BYTES,
        max_stream_filters=FILTERS_MAX,
    )
    _check_end(source)
    refuse_archives(source)
    source.seek(0)
    try:
        with pikepdf.open(cast("BinaryIO", source), suppress_warnings=True) as pdf:
            _check_pages(pdf, policy["max_pages"])
            _check_objects(pdf)
    except (Unsound, MemoryError):
        raise
    except pikepdf.PasswordError as error:
        raise Unsound("password") from error
    except Exception as error:  # a parser fed by strangers may raise anything; each means "not a sound PDF"
        raise Unsound("broken") from error


def _check_end(source: IO[bytes]) -> None:
    """What was cut off is repaired by qpdf; the reader of the evidence should know. Nothing stands behind the end."""
    size = source.seek(0, io.SEEK_END)
    source.seek(max(0, size - TAIL_BYTES))
    _before, end, behind = source.read().rpartition(b"%%EOF")
    if not end:
        raise Unsound("broken")
    if behind.strip(BLANKS):
        raise Unsound("hidden_file")


def _check_pages(pdf: pikepdf.Pdf, limit: int) -> None:
    if pdf.is_encrypted:
        raise Unsound("password")
    if not len(pdf.pages):
        raise Unsound("broken")
    if len(pdf.pages) > limit:
        raise Unsound("too_many_pages", limit=limit)


def _check_objects(pdf: pikepdf.Pdf) -> None:
    """Looks at every object, those in compressed object streams and those that no page reaches included."""
    for found in [pdf.trailer, *pdf.objects]:
        if isinstance(found, pikepdf.Stream):
            _check_stream(found)
        shown = found.stream_dict if isinstance(found, pikepdf.Stream) else found
        if isinstance(shown, pikepdf.Dictionary | pikepdf.Array) and SUSPECT.search(shown.unparse(resolved=True)):
            for part in _dictionaries(shown):
                _check_dictionary(part)


def _check_stream(found: pikepdf.Stream) -> None:
    """/F takes the bytes of a stream from another file."""
    if "/F" in found.stream_dict:
        raise Unsound("pdf_active")


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
        raise Unsound("pdf_active")
    if LINK_KEY in keys and RUNNING_LINK.match(LINK_BLANKS.sub("", str(found[LINK_KEY]))):
        raise Unsound("pdf_active")
    if keys & ATTACHMENT_KEYS or kind in ATTACHMENT_TYPES or subtype in ATTACHMENT_SUBTYPES:
        raise Unsound("pdf_attachment")
