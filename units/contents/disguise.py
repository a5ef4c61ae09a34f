"""Files that are two things at once: a picture that is a web page too, a PDF with an archive behind it (SEC-21)."""

import io
import zipfile
from typing import IO

from units.contents.unsound import Unsound

# Five bytes or more, so that compressed pixels do not hold one by chance: less than one file in ten thousand.
WRITINGS = (b"<?php", b"<script", b"<html", b"<!doctype html", b"<iframe", b"<svg ", b"%pdf-")
ARCHIVES = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c")


def refuse_writings(source: IO[bytes]) -> None:
    """Refuses a picture that holds a web page, a script or a PDF in its comments or behind its end."""
    source.seek(0)
    content = source.read().lower()
    if any(word in content for word in WRITINGS):
        raise Unsound("hidden_file")


def refuse_archives(source: IO[bytes]) -> None:
    """Refuses what an archiver would open: a zip is found by its end, RAR and 7z anywhere."""
    source.seek(0)
    content = source.read()
    if zipfile.is_zipfile(io.BytesIO(content)) or any(head in content for head in ARCHIVES):
        raise Unsound("hidden_file")
