"""What happens around every view: request id, headers, language, our own mistake pages, session limits."""

import ipaddress
import logging
import time
import uuid
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.http.response import HttpResponseBase
from django.middleware.security import SecurityMiddleware
from django.utils import translation
from django.utils.cache import patch_vary_headers

from units import sessions
from units.audit import Origin, origin
from zi_portal import views
from zi_portal.errors import Refused
from zi_portal.logs import REQUEST_ID, security_event

Handler = Callable[[HttpRequest], HttpResponseBase]
log = logging.getLogger("portal")

TOO_LARGE = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)
SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")
DRAIN_CHUNK_BYTES = 64 * 1024
FEATURES_OFF = (
    "accelerometer",
    "autoplay",
    "camera",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "hid",
    "idle-detection",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "picture-in-picture",
    "publickey-credentials-create",
    "publickey-credentials-get",
    "screen-wake-lock",
    "serial",
    "usb",
    "xr-spatial-tracking",
)
PERMISSIONS_POLICY = ", ".join(f"{feature}=()" for feature in FEATURES_OFF)


def client_ip(request: HttpRequest) -> str:
    """The address of the client: the connection's, or the one that the outermost trusted proxy saw (SEC-111).

    X-Forwarded-For is counted from the right by TRUSTED_PROXIES; what a client wrote further left is never read.
    """
    peer: str = request.META.get("REMOTE_ADDR", "")
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    proxies = settings.TRUSTED_PROXIES
    candidate = hops[-proxies] if proxies and len(hops) >= proxies else peer
    try:
        return str(ipaddress.ip_address(candidate))
    except ValueError:
        return peer


def request_id(get_response: Handler) -> Handler:
    """Names the request: in every log line, audit record, mistake page and the X-Request-ID header."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        request.id = uuid.uuid4().hex  # type: ignore[attr-defined]
        request.client_ip = client_ip(request)  # type: ignore[attr-defined]
        token = REQUEST_ID.set(request.id)  # type: ignore[attr-defined]
        came = origin.set(Origin(ip=request.client_ip or None, request_id=request.id))  # type: ignore[attr-defined]
        try:
            response = get_response(request)
        finally:
            REQUEST_ID.reset(token)
            origin.reset(came)
        response["X-Request-ID"] = request.id  # type: ignore[attr-defined]
        return response

    return middleware


def response_headers(get_response: Handler) -> Handler:
    """Headers of SEC-107 that Django has no setting for; only static files may be kept by caches (SEC-101).

    Where Django's SecurityMiddleware refuses the Host its own headers are missing: they are added to that page too.
    """
    security = SecurityMiddleware(get_response)

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = security.process_response(request, get_response(request))  # type: ignore[arg-type]
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        response["Permissions-Policy"] = PERMISSIONS_POLICY
        is_static = request.path_info.startswith(settings.STATIC_URL) and response.status_code in (200, 206, 304)
        if not is_static:
            response["Cache-Control"] = "private, no-store"
        return response

    return middleware


class PortalLocaleMiddleware:
    """Language: the profile's (kept in the session since log-in), else the cookie's, else Indonesian.

    The browser's Accept-Language is not asked: Indonesian offices run English browsers.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        chosen = request.session.get("language") or request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Cookie",))
        return response


class MistakePagesMiddleware:
    """Every mistake gets a page of ours, or a fragment when htmx asks (SEC-97)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code not in views.MISTAKES or getattr(response, "is_mistake_page", False):
            return response
        unresolved = response.status_code == HTTPStatus.NOT_FOUND and request.resolver_match is None
        empty = not response.streaming and not response.content  # type: ignore[attr-defined]
        if not (unresolved or empty):
            return response
        page = views.mistake(request, response.status_code)
        if "Allow" in response:
            page["Allow"] = response["Allow"]
        return page

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        """Reads the form before anything else does, so that one too large is answered and not only dropped."""
        if request.method in SAFE_METHODS:
            return None
        if request.headers.get("Sec-Fetch-Site") == "cross-site":
            security_event("malicious_csrf", request, reason="cross-site")
            return views.mistake(request, 403)
        try:
            _ = request.POST
        except TOO_LARGE as error:
            drain(request)
            return views.bad_request(request, error)
        except (MultiPartParserError, UnreadablePostError) as error:
            return views.bad_request(request, error)
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, Refused):
            return views.refused(request, error)
        if isinstance(error, OperationalError | InterfaceError):
            log.error("database unavailable", exc_info=error)
            return views.unavailable(request)
        if isinstance(error, TOO_LARGE):
            return views.bad_request(request, error)
        if isinstance(error, Http404):
            return views.mistake(request, 404)
        if isinstance(error, PermissionDenied):
            return views.forbidden(request, error)
        return None


def drain(request: HttpRequest) -> None:
    """Reads on for a while, so that the browser finishes sending and shows the answer; bounded by the upload limit."""
    request._mark_post_parse_error()  # type: ignore[attr-defined]  # noqa: SLF001 - as Django's own handler does
    left = 2 * settings.UPLOAD_POLICY["max_file_bytes"]
    try:
        while left > 0 and (chunk := request._stream.read(DRAIN_CHUNK_BYTES)):  # noqa: SLF001
            left -= len(chunk)
    except OSError:
        return


class SessionLimitsMiddleware:
    """Ends sessions that were idle too long, or that began too long ago (SEC-71). Asks the session only."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if SESSION_KEY in request.session:
            now = int(time.time())
            ended = sessions.ended_by(request.session, now)
            if ended:
                security_event("session_expired", request, reason=ended)
                logout(request)
                request.session_ended = ended  # type: ignore[attr-defined]
            else:
                sessions.touch(request.session, now)
        return self.get_response(request)


class PortalLoginRequiredMiddleware(LoginRequiredMiddleware):
    """Sends a visitor to the log-in page, and never throws away what somebody was just sending."""

    def handle_no_permission(  # type: ignore[override]  # also a page, where a redirect would lose what was sent
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        if request.method not in SAFE_METHODS or request.headers.get("HX-Request") == "true":
            return views.mistake(request, 401)
        if getattr(request, "session_ended", ""):
            messages.info(request, sessions.ENDED_MESSAGES[request.session_ended])  # type: ignore[attr-defined]
        return redirect_to_login(
            request.get_full_path(), self.get_login_url(view_func), self.get_redirect_field_name(view_func)
        )
