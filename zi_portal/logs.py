"""Logs: one line of JSON a record, to stdout; security events carry OWASP's names (SEC-93, SEC-94, SEC-95)."""

import json
import logging
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.crypto import salted_hmac

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
MESSAGE_LIMIT = 1_000
FIELD_LIMIT = 300

# OWASP Application Logging Vocabulary, the part that this portal can meet; value: the level.
SECURITY_EVENTS = {
    "authn_login_success": logging.INFO,
    "authn_login_fail": logging.WARNING,
    "authn_login_lock": logging.WARNING,
    "authn_password_change": logging.INFO,
    "authn_password_change_fail": logging.WARNING,
    "authn_token_created": logging.INFO,
    "authz_admin": logging.WARNING,
    "authz_change": logging.WARNING,
    "authz_fail": logging.WARNING,
    "excess_rate_limit_exceeded": logging.WARNING,
    "input_validation_fail": logging.WARNING,
    "malicious_csrf": logging.WARNING,
    "malicious_direct_reference": logging.WARNING,
    "malicious_extraneous": logging.WARNING,
    "privilege_permissions_changed": logging.WARNING,
    "sensitive_create": logging.INFO,
    "sensitive_delete": logging.INFO,
    "sensitive_read": logging.INFO,
    "sensitive_update": logging.INFO,
    "sequence_fail": logging.WARNING,
    "session_created": logging.INFO,
    "session_expired": logging.INFO,
    "session_renewed": logging.INFO,
    "session_use_after_expire": logging.WARNING,
    "sys_crash": logging.ERROR,
    "upload_complete": logging.INFO,
    "upload_delete": logging.INFO,
    "upload_stored": logging.INFO,
    "upload_validation": logging.WARNING,
    "user_created": logging.INFO,
    "user_updated": logging.INFO,
}
security_log = logging.getLogger("portal.security")


def request_id() -> str:
    """The id of the request being served, empty outside of one (commands, tests)."""
    return REQUEST_ID.get()


class RequestIdFilter(logging.Filter):
    """Gives every record the id of its request."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = REQUEST_ID.get() or getattr(getattr(record, "request", None), "id", "")
        return True


class JsonFormatter(logging.Formatter):
    """One record, one line; time in UTC as RFC 3339 with Z; the text of an exception is cut to its first line.

    Databases put row values into the later lines of their messages, and those may be personal data.
    """

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        entry: dict[str, Any] = {
            "time": at.replace("+00:00", "Z"),
            "level": record.levelname,
            "logger": record.name,
            "request_id": getattr(record, "request_id", ""),
            "message": one_line(record.getMessage(), MESSAGE_LIMIT),
        }
        entry |= getattr(record, "event", {})
        if record.exc_info and record.exc_info[0]:
            kind, error, trace = record.exc_info
            entry["error"] = kind.__qualname__
            entry["error_text"] = one_line((str(error).splitlines() or [""])[0], FIELD_LIMIT)
            entry["trace"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
        return json.dumps(entry, ensure_ascii=False, default=str)


def one_line(text: object, limit: int) -> str:
    """Text without control characters or line breaks, at most `limit` characters."""
    return "".join(char if char.isprintable() else " " for char in str(text)[:limit])


def fingerprint(value: object) -> str:
    """A short keyed hash: tells that two values are the same without telling what they are."""
    return salted_hmac("portal.security", str(value), algorithm="sha256").hexdigest()[:16]


def security_event(name: str, request: HttpRequest | None, **fields: object) -> None:
    """Writes one security event.

    `fields` are short facts (ids, counts, codes): never a password, token, session id, note or file content.
    Raises ValueError for a name outside SECURITY_EVENTS.
    """
    if name not in SECURITY_EVENTS:
        message = f"Unknown security event: {name}"
        raise ValueError(message)
    event: dict[str, object] = {"event": name}
    if request is not None:
        user = getattr(request, "user", None)
        event["ip"] = getattr(request, "client_ip", "")
        event["method"] = one_line(request.method, 10)
        event["path"] = one_line(request.path, FIELD_LIMIT)
        event["user"] = user.pk if user is not None and user.is_authenticated else None
    event |= {key: value if isinstance(value, int) else one_line(value, FIELD_LIMIT) for key, value in fields.items()}
    security_log.log(SECURITY_EVENTS[name], name, extra={"event": event})
