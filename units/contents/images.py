"""JPEG and PNG, by Pillow with nothing but these two formats (SEC-26)."""

import warnings
from collections.abc import Mapping
from typing import IO, Any

from PIL import Image, ImageFile

from units.contents.disguise import refuse_archives, refuse_writings
from units.contents.unsound import Unsound

FORMATS = {"jpg": "JPEG", "png": "PNG"}
MEGAPIXEL = 1_000_000
SMALL = (64, 64)


def check_image(source: IO[bytes], kind: str, policy: Mapping[str, Any]) -> None:
    """Raises Unsound for what is no whole image of `kind`, is something else too, or has more than `max_pixels`."""
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # WeasyPrint turns this on for the whole process
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            pixels = _parse(source, kind, policy["max_pixels"])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        pixels = policy["max_pixels"] + 1
    except MemoryError:
        raise
    except Exception as error:  # a parser fed by strangers may raise anything; each means "not a whole image"
        raise Unsound("broken") from error
    if pixels > policy["max_pixels"]:
        raise Unsound("too_many_pixels", limit=policy["max_pixels"] // MEGAPIXEL)
    refuse_writings(source)
    refuse_archives(source)


def _parse(source: IO[bytes], kind: str, max_pixels: int) -> int:
    """Number of pixels; within the limit the image is read to its end, which finds a truncated one."""
    with Image.open(source, formats=[FORMATS[kind]]) as image:
        pixels = image.width * image.height
        if pixels > max_pixels:
            return pixels
        image.verify()
    source.seek(0)
    with Image.open(source, formats=[FORMATS[kind]]) as image:
        image.draft("RGB", SMALL)  # a JPEG decodes every block at an eighth of the size
        image.load()
    return pixels
