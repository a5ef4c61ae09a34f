"""What people change about their own account."""

from datetime import datetime
from functools import partial

from django.db import transaction

from units.audit import record
from units.models import User
from units.services.notices import tell_password_changed


def update_profile(*, user: User, full_name: str, language: str, now: datetime) -> bool:
    """Changes the name under which the person appears and the language (`id`, `en`); False when nothing differs."""
    stored: dict[str, str] = dict(User.objects.values("full_name", "language").get(pk=user.pk))  # type: ignore[arg-type]
    wanted = {"full_name": full_name, "language": language}
    changed = {key: value for key, value in wanted.items() if stored[key] != value}
    if not changed:
        return False
    for key, value in changed.items():
        setattr(user, key, value)
    with transaction.atomic():
        user.save(update_fields=list(changed))
        record(
            verb="user.profile",
            target=user,
            actor=user,
            now=now,
            before={key: stored[key] for key in changed},
            after=changed,
        )
    return True


def set_language(*, user: User, language: str, now: datetime) -> bool:
    """Keeps the language of the interface in the profile."""
    if user.language == language:
        return False
    return update_profile(user=user, full_name=user.full_name, language=language, now=now)


def set_password(*, user: User, password: str, verb: str, now: datetime, ip: str = "") -> None:
    """Stores a new password, already validated; every session of the old one ends with it, and a mail tells.

    `verb` says how it came: `user.password_change` or `user.password_reset`. The audit record holds no password.
    """
    user.set_password(password)
    with transaction.atomic():
        user.save(update_fields=["password"])
        record(verb=verb, target=user, actor=user, now=now)
        transaction.on_commit(partial(tell_password_changed, user, {"now": now, "ip": ip}))
