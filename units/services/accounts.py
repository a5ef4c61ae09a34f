"""What people change about their own account."""

from datetime import datetime

from django.db import transaction

from units.audit import record
from units.models import User


def set_language(*, user: User, language: str, now: datetime) -> None:
    """Keeps the language of the interface (`id` or `en`) in the profile."""
    if user.language == language:
        return
    before, user.language = user.language, language
    with transaction.atomic():
        user.save(update_fields=["language"])
        record(
            verb="user.language",
            target=user,
            actor=user,
            now=now,
            before={"language": before},
            after={"language": language},
        )


def rename(*, user: User, full_name: str, now: datetime) -> None:
    """Changes the name under which the person appears; the user name stays."""
    stored = User.objects.values_list("full_name", flat=True).get(pk=user.pk)
    if stored == full_name:
        return
    user.full_name = full_name
    with transaction.atomic():
        user.save(update_fields=["full_name"])
        record(
            verb="user.rename",
            target=user,
            actor=user,
            now=now,
            before={"full_name": stored},
            after={"full_name": full_name},
        )


def set_password(*, user: User, password: str, verb: str, now: datetime) -> None:
    """Stores a new password, already validated; every session of the old one ends with it.

    `verb` tells how it came: `user.password_change` or `user.password_reset`. The audit record holds no password.
    """
    user.set_password(password)
    with transaction.atomic():
        user.save(update_fields=["password"])
        record(verb=verb, target=user, actor=user, now=now)
