"""What Django announces about log-ins, whichever way they happen: stamps of the session and the security log."""

import time
from typing import Any

from django.http import HttpRequest

from units import sessions
from units.models import User
from zi_portal.logs import fingerprint, security_event


def logged_in(sender: object, request: HttpRequest, user: User, **kwargs: Any) -> None:  # noqa: ARG001 - a signal's signature
    sessions.begin(request.session, user, int(time.time()))
    security_event("authn_login_success", request, user=user.pk)


def login_failed(
    sender: object,  # noqa: ARG001 - a signal's signature
    credentials: dict[str, Any],
    request: HttpRequest | None = None,
    **kwargs: Any,  # noqa: ARG001 - a signal's signature
) -> None:
    """The typed name is only fingerprinted: people type passwords into the wrong field."""
    security_event("authn_login_fail", request, account=fingerprint(credentials.get("username", "")))
