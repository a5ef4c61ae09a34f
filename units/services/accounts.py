"""What people change about their own account."""

from datetime import datetime
from functools import partial

from django.db import transaction

from units.audit import record
from units.models import User
from units.services.notices import tell_password_changed


def update_profile(
    *,
    user: User,
    full_name: str,
    language: str,
    now: datetime,
    keyboard_shortcuts: bool | None = None,
    mail_frequency: str = "",
) -> bool:
    """Changes the name under which the person appears, the language (`id`, `en`), single letters as keys, and mail.

    `keyboard_shortcuts` None and an empty `mail_frequency` leave them as they are. False when nothing differs.
    """
    names = ("full_name", "language", "keyboard_shortcuts", "mail_frequency")
    stored: dict[str, str | bool] = dict(User.objects.values(*names).get(pk=user.pk))
    wanted: dict[str, str | bool] = {"full_name": full_name, "language": language}
    if keyboard_shortcuts is not None:
        wanted["keyboard_shortcuts"] = keyboard_shortcuts
    if mail_frequency:
        wanted["mail_frequency"] = mail_frequency
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


def set_keyboard_shortcuts(*, user: User, wanted: bool, now: datetime) -> bool:
    """Switches the keys of single letters on or off, on every page (WCAG 2.1.4)."""
    return update_profile(
        user=user, full_name=user.full_name, language=user.language, keyboard_shortcuts=wanted, now=now
    )


def set_password(*, user: User, password: str, verb: str, now: datetime, ip: str = "") -> None:
    """Stores a new password, already validated; every session of the old one ends with it, and a mail tells.

    `verb` says how it came: `user.password_change` or `user.password_reset`. The audit record holds no password.
    """
    user.set_password(password)
    with transaction.atomic():
        user.save(update_fields=["password"])
        record(verb=verb, target=user, actor=user, now=now)
        transaction.on_commit(partial(tell_password_changed, user, {"now": now, "ip": ip}))
