"""`python -m units.contents.pages`: pages of a PDF, or one picture, drawn as plain WebP images (SEC-26, SEC-32).

What is drawn carries no EXIF, no script, no link and no hidden layer: pixels, and beside them the text of the page.
"""

import re
from pathlib import Path
from typing import Any

from zi_portal.killable import serve

WIDTH = 1400
HEIGHT_MAX = 4200
QUALITY = 78
EFFORT = 2  # of WebP's 0 to 6: twice as quick as the default for a tenth more bytes
TEXT_MAX = 20_000
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
FORMATS = {"jpg": "JPEG", "png": "PNG"}


def draw(path: str, kind: str, folder: str, first: int, count: int) -> dict[str, Any]:
    """Draws `count` pages from number `first` on into `folder`, each as its number; `total` pages there are."""
    if kind == "pdf":
        return _draw_pdf(path, Path(folder), first, count)
    return {"total": 1, "pages": [_draw_picture(path, kind, Path(folder))]}


def _draw_pdf(path: str, folder: Path, first: int, count: int) -> dict[str, Any]:
    import pypdfium2  # noqa: PLC0415 - pictures do without it

    pdf = pypdfium2.PdfDocument(path)
    pdf.init_forms()
    last = min(first + count - 1, len(pdf))
    return {
        "total": len(pdf),
        "pages": [_draw_page(pdf[number - 1], number, folder) for number in range(first, last + 1)],
    }


def _draw_page(page: Any, number: int, folder: Path) -> dict[str, Any]:
    width, height = page.get_size()
    scale = min(WIDTH / max(width, 1), HEIGHT_MAX / max(height, 1))
    image = page.render(scale=scale).to_pil().convert("RGB")
    image.save(folder / str(number), "WEBP", quality=QUALITY, method=EFFORT)
    text = UNPRINTABLE.sub("", page.get_textpage().get_text_bounded())[:TEXT_MAX]
    return {"number": number, "width": image.width, "height": image.height, "text": text}


def _draw_picture(path: str, kind: str, folder: Path) -> dict[str, Any]:
    from PIL import Image, ImageOps  # noqa: PLC0415 - a PDF has its own way

    with Image.open(path, formats=[FORMATS[kind]]) as opened:
        opened.draft("RGB", (WIDTH, WIDTH))
        upright = ImageOps.exif_transpose(opened)
        upright.thumbnail((WIDTH, HEIGHT_MAX))
        plain = _on_white(upright)
    plain.save(folder / "1", "WEBP", quality=QUALITY, method=EFFORT)
    return {"number": 1, "width": plain.width, "height": plain.height, "text": ""}


def _on_white(image: Any) -> Any:
    """The pixels alone, in RGB; what is transparent shows paper."""
    from PIL import Image  # noqa: PLC0415 - as above

    if image.mode.startswith("I;16"):
        image = image.point(lambda value: value / 256).convert("L")
    seen = image.convert("RGBA")
    paper = Image.new("RGB", image.size, "white")
    paper.paste(seen, mask=seen.getchannel("A"))
    return paper


if __name__ == "__main__":
    serve(draw)
