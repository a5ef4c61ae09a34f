"""Password rules that Django does not bring: profile `asvs` of SEC-60 (length and known words, no composition)."""

import re
import unicodedata
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from units.models import Agency, Unit, User

CONTEXT_WORDS = frozenset(
    {
        "admin",
        "administrator",
        "evaluasi",
        "indonesia",
        "inspektorat",
        "inspektur",
        "instansi",
        "integritas",
        "korupsi",
        "lhe",
        "lke",
        "menpan",
        "panrb",
        "passwd",
        "password",
        "pemerintah",
        "pemkab",
        "pemkot",
        "pemprov",
        "penilaian",
        "portal",
        "rahasia",
        "sandi",
        "tpi",
        "unit",
        "wbbm",
        "wbk",
        "zi",
        "zona",
    }
)
PERSONAL_WORD_LENGTH = 3
OWN_PART_LENGTH = 8


class MaximumLengthValidator:
    """At most `max_length` characters: enough for any passphrase, too little to keep the hasher busy."""

    def __init__(self, max_length: int = 128) -> None:
        self.max_length = max_length

    def validate(self, password: str, user: User | None = None) -> None:  # noqa: ARG002 - Django's signature
        if len(password) > self.max_length:
            raise ValidationError(
                ngettext(
                    "Kata sandi paling panjang %(count)d karakter.",
                    "Kata sandi paling panjang %(count)d karakter.",
                    self.max_length,
                )
                % {"count": self.max_length},
                code="password_too_long",
            )

    def get_help_text(self) -> str:
        return _("Paling panjang %(count)d karakter. Spasi dan simbol boleh dipakai.") % {"count": self.max_length}


class ContextWordsValidator:
    """Words of this portal, of the person's agency and units, names and years do not make a password.

    They may stand in one: what is left without them, digits in a row and punctuation must still have OWN_PART_LENGTH
    characters.
    """

    def validate(self, password: str, user: User | None = None) -> None:
        text = fold(password)
        own = text
        for word in sorted(CONTEXT_WORDS | personal_words(user), key=len, reverse=True):
            own = own.replace(word, " ")
        if own == text:
            return
        own = re.sub(r"[0-9]+|[^\w]|_", "", own)
        if len(own) < OWN_PART_LENGTH:
            raise ValidationError(
                _("Kata sandi hanya tersusun dari nama, tahun, atau istilah yang mudah ditebak."),
                code="password_context_words",
            )

    def get_help_text(self) -> str:
        return _("Jangan hanya memakai nama, nama instansi atau unit, tahun, atau istilah seperti LKE dan ZI.")


def fold(text: str) -> str:
    """Compatibility form, lower case: what a guesser would try."""
    return unicodedata.normalize("NFKC", text).casefold()


def personal_words(user: User | None) -> frozenset[str]:
    """Parts of the person's own names and of the names of their agencies and units."""
    if user is None:
        return frozenset()
    names = [user.username, user.full_name, user.email.partition("@")[0]]
    if user.pk:
        names += place_names(user)
    words = {word for name in names for word in re.split(r"[\W_]+", fold(name)) if len(word) >= PERSONAL_WORD_LENGTH}
    return frozenset(words | {fold(user.username)} - {""})


def place_names(user: User) -> Iterable[str]:
    agencies = Agency.objects.filter(memberships__user=user).values_list("name", "code", "inspectorate")
    units = Unit.objects.filter(memberships__user=user).values_list("name", "code")
    return [name for row in [*agencies, *units] for name in row]
