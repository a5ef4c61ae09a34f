"""Mail to people about their own account. A failing mail server is logged; it never undoes what was done (SEC-98)."""

import logging
from collections.abc import Sequence

from django.core.mail import EmailMessage
from django.template import Context
from django.template.loader import get_template
from django.utils import translation

from units.models import User

log = logging.getLogger("portal.mail")


def compose(user: User, template: str, context: dict[str, object]) -> EmailMessage:
    """A plain-text message in the person's language: `<template>_subject.txt` and `<template>_body.txt`."""
    with translation.override(user.language):
        values = context | {"user": user}
        subject = " ".join(plain_text(f"{template}_subject.txt", values).split())
        return EmailMessage(subject, plain_text(f"{template}_body.txt", values), to=[user.email])


def plain_text(template: str, values: dict[str, object]) -> str:
    """Renders without HTML escapes: the reader is a mail program that shows text as it is."""
    text: str = get_template(template).template.render(Context(values, autoescape=False))  # type: ignore[attr-defined]
    return text


def deliver(messages: Sequence[EmailMessage]) -> None:
    """Sends what can be sent."""
    for message in messages:
        try:
            message.send()
        except Exception:
            log.exception("a message was not sent")


def tell_password_changed(user: User, context: dict[str, object]) -> None:
    """To the address on file, whoever changed the password (SEC-66)."""
    if user.email:
        deliver([compose(user, "account/mail/password_changed", context)])
