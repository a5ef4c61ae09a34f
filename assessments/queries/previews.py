"""What the viewer shows: the page images of a file, one page of them, and where words stand in its text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assessments.models import EvidenceFile, Preview, PreviewPage

WORDS_MAX = 100
AROUND = 48
BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text; `found` where it is what was searched for."""

    text: str
    found: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """A page on which the words stand `times` times, with the surroundings of the first."""

    number: int
    times: int
    excerpt: tuple[Piece, ...]


def preview_of(file: EvidenceFile) -> Preview | None:
    return Preview.objects.filter(sha256=file.sha256).first()


def drawn_page(sha256: str) -> PreviewPage | None:
    """The first page that was drawn of these bytes, as soon as there is one; one query."""
    return PreviewPage.objects.filter(preview__sha256=sha256, number=1).first()


def page_of(preview: Preview, number: int) -> PreviewPage | None:
    return PreviewPage.objects.filter(preview=preview, number=number).first()


def ready_page(file: EvidenceFile, number: int) -> PreviewPage | None:
    """One page with its preview, if it is drawn; one query."""
    found = PreviewPage.objects.filter(preview__sha256=file.sha256, number=number, preview__state=Preview.State.READY)
    return found.select_related("preview").first()


def wanted_words(typed: str) -> str:
    """What was typed into the search field, in one line and not endless."""
    return BLANKS.sub(" ", typed).strip()[:WORDS_MAX]


def pages_with(preview: Preview, words: str) -> list[Hit]:
    """Pages whose text holds the words, without regard to case and line breaks; one query."""
    if not words:
        return []
    texts = PreviewPage.objects.filter(preview=preview).order_by("number").values_list("number", "text")
    hits = ((number, BLANKS.sub(" ", text)) for number, text in texts)
    return [_hit(number, text, words) for number, text in hits if _matcher(words).search(text)]


def _matcher(words: str) -> re.Pattern[str]:
    return re.compile(re.escape(words), re.IGNORECASE)


def _hit(number: int, text: str, words: str) -> Hit:
    places = list(_matcher(words).finditer(text))
    cut = _surroundings(text, places[0].start(), places[0].end())
    return Hit(number, len(places), tuple(marked(cut, words)))


def _surroundings(text: str, start: int, end: int) -> str:
    """Whole words around a place; dots where the text goes on."""
    before, after = text[max(0, start - AROUND) : start], text[end : end + AROUND]
    if start > AROUND:
        before = "… " + before.partition(" ")[2]
    if end + AROUND < len(text):
        after = after.rpartition(" ")[0] + " …"
    return before + text[start:end] + after


def marked(text: str, words: str) -> Iterator[Piece]:
    """The text in pieces, so that a template can mark what was searched for."""
    if not words:
        yield Piece(text, found=False)
        return
    place = 0
    for found in _matcher(words).finditer(text):
        if found.start() > place:
            yield Piece(text[place : found.start()], found=False)
        yield Piece(found.group(), found=True)
        place = found.end()
    if place < len(text):
        yield Piece(text[place:], found=False)
