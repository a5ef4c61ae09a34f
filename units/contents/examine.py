"""One door to all checks of contents; loads only the parser that the kind needs."""

import importlib
from collections.abc import Mapping
from typing import IO, Any

CHECKS = {
    "pdf": ("units.contents.pdfs", "check_pdf"),
    "jpg": ("units.contents.images", "check_image"),
    "png": ("units.contents.images", "check_image"),
    "docx": ("units.contents.office", "check_office"),
    "xlsx": ("units.contents.office", "check_office"),
}


def examine(source: IO[bytes], kind: str, policy: Mapping[str, Any]) -> None:
    """Raises Unsound for a file that is not wholly and only what `kind` says."""
    module, name = CHECKS[kind]
    getattr(importlib.import_module(module), name)(source, kind, policy)
