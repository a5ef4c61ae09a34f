"""Puts the demo's files into the default storage, and takes them out again when the load fails."""

import hashlib
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

NAMES = uuid.UUID("5f0c2a53-7f6e-4c39-9d0a-3a1f7c1f0b24")


def named_uuid(*names: object) -> uuid.UUID:
    """The same id for the same names, so that a repeated load finds its own files."""
    return uuid.uuid5(NAMES, "/".join(str(name) for name in names))


class Shelf:
    """Remembers what it stored."""

    def __init__(self) -> None:
        self.stored: list[str] = []

    def put(self, path: str, content: bytes) -> str:
        """Store the bytes and return their name; bytes that already lie there (of a dropped database) are kept."""
        if default_storage.exists(path):
            with default_storage.open(path) as old:
                if old.read() == content:
                    return path
        name = default_storage.save(path, ContentFile(content))
        self.stored.append(name)
        return name

    def adopt(self, name: str) -> None:
        """A file that a service has stored goes with the others."""
        self.stored.append(name)

    def clear(self) -> None:
        for name in self.stored:
            default_storage.delete(name)
        self.stored.clear()


@contextmanager
def shelf() -> Iterator[Shelf]:
    """Open the transaction inside: files of a load that fails go again."""
    found = Shelf()
    try:
        yield found
    except BaseException:
        found.clear()
        raise


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
