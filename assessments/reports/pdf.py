"""HTML to PDF: the only module that knows WeasyPrint (SEC-40).

The fetcher is closed: it opens `data:` and nothing else. Our own stylesheets are read by name from a fixed map, so no
address in a document, whoever wrote it, reaches the disk or the network.
"""

from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from weasyprint import CSS, HTML
from weasyprint.urls import URLFetcher

STYLES = {"common": "common.css", "lhe": "lhe.css", "quarterly": "quarterly.css", "receipt": "receipt.css"}


class ClosedFetcher(URLFetcher):
    """Opens `data:` only; raises ValueError for everything else, which WeasyPrint leaves out."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=("data",), allow_redirects=False)

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
        if not url.casefold().startswith("data:"):
            raise ValueError("Reports open nothing but data:")
        return super().fetch(url, headers)


def write_pdf(html: str, *, styles: tuple[str, ...], identifier: str) -> bytes:
    """The PDF of a complete document; the same arguments give the same bytes. Tagged (PDF/UA-1), not encrypted."""
    document = HTML(string=html, url_fetcher=ClosedFetcher())
    content: bytes = document.write_pdf(
        stylesheets=[CSS(string=_stylesheet(name), url_fetcher=ClosedFetcher()) for name in styles],
        pdf_identifier=identifier.encode(),
        pdf_variant="pdf/ua-1",
    )
    return content


@cache
def _stylesheet(name: str) -> str:
    """The text of one of our print stylesheets. Raises KeyError for a name that is not ours."""
    return (Path(settings.BASE_DIR) / "static" / "css" / "reports" / STYLES[name]).read_text(encoding="utf-8")
