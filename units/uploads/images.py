"""JPEG and PNG, by Pillow with nothing but these two formats (SEC-26)."""

import warnings
from collections.abc import Mapping
from typing import Any

from django.core.files.base import File
from PIL import Image, ImageFile

from units.uploads.refusals import UploadRefused

FORMATS = {"jpg": "JPEG", "png": "PNG"}
MEGAPIXEL = 1_000_000
PREVIEW = (64, 64)


def check_image(uploaded: File, kind: str, policy: Mapping[str, Any]) -> None:
    """Raises UploadRefused for what is no whole image of `kind`, or has more than `max_pixels`."""
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # WeasyPrint turns this on for the whole process
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            pixels = _parse(uploaded, kind, policy["max_pixels"])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        pixels = policy["max_pixels"] + 1
    except Exception as error:  # a parser fed by strangers may raise anything; each means "not a whole image"
        raise UploadRefused("broken") from error
    if pixels > policy["max_pixels"]:
        raise UploadRefused("too_many_pixels", limit=policy["max_pixels"] // MEGAPIXEL)


def _parse(uploaded: File, kind: str, max_pixels: int) -> int:
    """Number of pixels; within the limit the image is read to its end, which finds a truncated one."""
    with Image.open(uploaded, formats=[FORMATS[kind]]) as image:
        pixels = image.width * image.height
        if pixels > max_pixels:
            return pixels
        image.verify()
    uploaded.seek(0)
    if kind == "jpg":
        with Image.open(uploaded, formats=[FORMATS[kind]]) as image:
            image.draft("RGB", PREVIEW)  # decodes every block at an eighth of the size
            image.load()
    return pixels
