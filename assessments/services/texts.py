"""Prose on its way into the database: one verdict on every database, and nothing that PDF or xlsx cannot hold."""

import unicodedata

from django.utils.translation import gettext_lazy as _

from zi_portal.errors import Refused

ALLOWED_CONTROLS = "\t\n"
NONCHARACTERS = 0xFFFE  # U+FFFE, U+FFFF and the last two code points of every plane


class TextRefused(Refused):
    """`data`: maximum."""

    status = 422


def checked_text(text: str, maximum: int) -> str:
    """The text with plain line ends; blanks alone become nothing.

    Raises TextRefused for more than `maximum` characters and for characters that cannot be stored everywhere: NUL
    and other control characters, halves of surrogate pairs, code points that are no characters.
    """
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(plain) > maximum:
        message = _("Teks ini lebih dari %(maximum)s karakter. Persingkat teksnya.") % {"maximum": maximum}
        raise TextRefused(message, maximum=maximum)
    if any(_is_unstorable(char) for char in plain):
        raise TextRefused(_("Teks ini memuat karakter yang tidak dapat disimpan. Ketik ulang bagian itu."))
    return plain if plain.strip() else ""


def has_words(text: str) -> bool:
    """Whether it says anything: a slash or a dash alone gives no reason."""
    return any(char.isalnum() for char in text)


def _is_unstorable(char: str) -> bool:
    if char in ALLOWED_CONTROLS:
        return False
    return unicodedata.category(char) in ("Cc", "Cs") or (ord(char) & NONCHARACTERS) == NONCHARACTERS
