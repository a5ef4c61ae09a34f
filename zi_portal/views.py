"""Views of the project itself: mistake pages, health, language, the state of one's session."""

import hashlib
import logging
import sys
import time
from http import HTTPStatus
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
    TooManyFilesSent,
)
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import resolve_url
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import requires_csrf_token
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from units import sessions
from units.models import User
from units.services.accounts import set_language as save_language
from zi_portal.errors import Refused
from zi_portal.logs import security_event
from zi_portal.uploads import UploadTooLarge

log = logging.getLogger("portal")

# Title, what happened, what to do. The pages say no more than this to anybody.
MISTAKES: dict[int, tuple[Any, Any, Any]] = {
    400: (
        _("Permintaan tidak dapat dibaca"),
        _("Alamat atau isian yang diterima tidak lengkap atau rusak. Tidak ada yang disimpan."),
        _("Kembali ke halaman sebelumnya, muat ulang, lalu coba sekali lagi."),
    ),
    401: (
        _("Sesi Anda sudah berakhir"),
        _("Kiriman terakhir belum disimpan. Teksnya masih ada pada halaman ini."),
        _("Masuk kembali di tab baru. Setelah itu kembali ke sini dan kirim ulang."),
    ),
    403: (
        _("Anda tidak berhak membuka halaman ini"),
        _("Peran Anda tidak mencakup tindakan ini. Tidak ada yang berubah."),
        _("Bila seharusnya boleh, hubungi administrator instansi Anda."),
    ),
    404: (
        _("Halaman tidak ditemukan"),
        _("Alamat ini tidak ada, sudah dipindah, atau bukan bagian dari unit Anda."),
        _("Periksa alamatnya atau mulai lagi dari beranda."),
    ),
    405: (
        _("Tindakan ini tidak tersedia"),
        _("Halaman ini tidak dapat dibuka dengan cara tersebut. Tidak ada yang berubah."),
        _("Buka halamannya melalui menu, lalu gunakan tombol yang tersedia."),
    ),
    409: (
        _("Keadaan sudah berubah"),
        _("Tindakan ini tidak dapat dilakukan pada keadaan sekarang. Tidak ada yang ditimpa."),
        _("Muat ulang halaman untuk melihat keadaan terbaru."),
    ),
    413: (
        _("Kiriman terlalu besar"),
        _("Kiriman melebihi batas yang diizinkan dan tidak disimpan."),
        _("Kirim berkas yang lebih kecil atau bagi menjadi beberapa berkas."),
    ),
    422: (
        _("Isian belum dapat disimpan"),
        _("Ada isian yang tidak dapat diterima. Tidak ada yang disimpan."),
        _("Kembali ke halaman sebelumnya, perbaiki isiannya, lalu kirim lagi."),
    ),
    428: (
        _("Versi isian tidak diketahui"),
        _("Kiriman ini tidak menyebut versi yang diubah. Tidak ada yang ditimpa."),
        _("Kembali ke halaman sebelumnya, muat ulang, lalu kirim lagi."),
    ),
    429: (
        _("Terlalu banyak percobaan"),
        _("Demi keamanan, permintaan ini ditahan sementara. Akun Anda tidak dikunci selamanya."),
        _("Tunggu sebentar, lalu coba lagi."),
    ),
    500: (
        _("Terjadi kesalahan pada portal"),
        _("Permintaan ini gagal diproses. Yang sudah tersimpan sebelumnya tetap aman."),
        _("Coba lagi beberapa saat lagi. Bila berulang, sampaikan nomor di bawah kepada administrator."),
    ),
    503: (
        _("Portal sedang sibuk"),
        _("Basis data belum dapat menjawab. Kiriman terakhir mungkin belum disimpan."),
        _("Coba lagi sebentar lagi. Yang sudah tersimpan sebelumnya tetap aman."),
    ),
}
BARE = frozenset({500, 503})
RETRY_AFTER_SECONDS = 10
TOO_LARGE = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)
DATABASE_DOWN = (OperationalError, InterfaceError)


def mistake(request: HttpRequest, status: int, *, message: object = "", **more: object) -> HttpResponse:
    """The page (or htmx fragment) for a status of MISTAKES; `message` replaces the general sentence.

    Renders without the database for 500 and 503, and whenever the full page cannot be made.
    """
    title, general, advice = MISTAKES[status]
    context = {
        "status": status,
        "title": title,
        "message": message or general,
        "advice": advice,
        "request_id": getattr(request, "id", ""),
        "contact": settings.CONTACT,
        "language": getattr(request, "LANGUAGE_CODE", settings.LANGUAGE_CODE),
        "typed": typed_texts(request),
    } | more
    response = HttpResponse(render_mistake(request, status, context), status=status)
    response.is_mistake_page = True  # type: ignore[attr-defined]
    return response


def render_mistake(request: HttpRequest, status: int, context: dict[str, Any]) -> str:
    if request.headers.get("HX-Request") == "true":
        return render_to_string("errors/_fragment.html", context)
    if status not in BARE and hasattr(request, "user"):
        try:
            return render_to_string("errors/page.html", context, request)
        except Exception:
            log.exception("mistake page falls back to the bare one")
    return render_to_string("errors/bare.html", context)


def typed_texts(request: HttpRequest) -> list[str]:
    """Prose that was just sent from a page of ours and is not saved: shown again, so that it can be copied."""
    if request.method != "POST" or request.headers.get("Sec-Fetch-Site") != "same-origin":
        return []
    if getattr(request, "_post_parse_error", False):
        return []
    return [
        value
        for key, values in request.POST.lists()
        if "password" not in key and key != "csrfmiddlewaretoken"
        for value in values
        if " " in value.strip()
    ]


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400, and 413 for what is too large."""
    if isinstance(exception, UploadTooLarge):
        security_event("upload_validation", request, reason="size")
        limit = exception.limit // (1024 * 1024)
        return mistake(
            request,
            413,
            message=_("Satu berkas paling besar %(limit)s MB. Kiriman ini tidak disimpan.") % {"limit": limit},
        )
    if isinstance(exception, TOO_LARGE):
        security_event("input_validation_fail", request, reason=type(exception).__name__)
        return mistake(request, 413)
    if isinstance(exception, SuspiciousOperation):
        security_event("malicious_extraneous", request, reason=type(exception).__name__)
    return mistake(request, 400)


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """handler403; the exception's text stays inside."""
    security_event("authz_fail", request)
    return mistake(request, 403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW: mostly a page left open across a log-in; the script fetches a new token and tries again."""
    security_event("malicious_csrf", request, reason=reason)
    response = mistake(
        request,
        403,
        title=_("Formulir ini sudah kedaluwarsa"),
        message=_("Halaman dibuka sebelum Anda masuk kembali. Kiriman terakhir belum disimpan."),
        advice=_("Kembali ke halaman sebelumnya, muat ulang, lalu kirim lagi."),
    )
    response["X-Token-Expired"] = "1"
    return response


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django's signature
    """handler404."""
    return mistake(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500; a database that does not answer is 503."""
    error = sys.exc_info()[1]
    if isinstance(error, DATABASE_DOWN):
        return unavailable(request)
    security_event("sys_crash", request, error=type(error).__name__)
    return mistake(request, 500)


def unavailable(request: HttpRequest) -> HttpResponse:
    response = mistake(request, 503)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def refused(request: HttpRequest, error: Refused) -> HttpResponse:
    """The answer to a typed refusal of a service."""
    event = "sequence_fail" if error.status == HTTPStatus.CONFLICT else "input_validation_fail"
    security_event(event, request, kind=type(error).__name__)
    status = error.status if error.status in MISTAKES else HTTPStatus.CONFLICT
    own = {name: text for name in ("title", "advice") if (text := getattr(error, name))}
    response = mistake(request, status, message=error.message, **own)
    if "retry_after" in error.data:
        response["Retry-After"] = str(error.data["retry_after"])
    return response


@login_not_required
@require_safe
def favicon(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view
    """Where browsers look by themselves, for instance beside an opened PDF."""
    return HttpResponseRedirect(static("img/favicon.svg"))


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - a view
    """Alive, and the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@login_not_required
@require_safe
def admin_login(request: HttpRequest) -> HttpResponse:
    """Django's admin has no log-in of its own: there is one door, with one throttle and one second factor."""
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect_to_login(request.GET.get("next", ""), "login")


@login_not_required
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Changes the language: cookie for visitors, profile and session as well for those who are logged in."""
    wanted = request.POST.get("language", "")
    if wanted not in dict(settings.LANGUAGES):
        return mistake(request, 400)
    response = HttpResponseRedirect(safe_next(request))
    if request.user.is_authenticated:
        save_language(user=request.user, language=wanted, now=timezone.now())
        request.session["language"] = wanted
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        wanted,
        max_age=365 * 24 * 3600,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
    return response


def safe_next(request: HttpRequest) -> str:
    """The page named by `next` when it is one of ours, else the front page (SEC-45)."""
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return target
    return resolve_url("/")


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def session_state(request: HttpRequest) -> JsonResponse:
    """For the page's own script: who is logged in (a hash), a current form token, seconds until the session ends.

    A page that stayed open across a new log-in uses it to send again what was typed, if it is the same person; POST
    means "I am still here". No other site, nor a neighbour in the same domain, has any business here.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise PermissionDenied
    if not request.user.is_authenticated:
        return JsonResponse({"user": "", "token": get_token(request), "seconds": 0})
    return JsonResponse(
        {
            "user": session_owner(request),
            "token": get_token(request),
            "seconds": sessions.seconds_left(request.session, int(time.time())),
        }
    )


def session_owner(request: HttpRequest) -> str:
    """Names the person without saying who; outlives SECRET_KEY, as unsent texts wait under it in browsers."""
    user = cast(User, request.user)
    seed = f"portal.session-owner {user.pk} {user.date_joined.isoformat()}"
    return hashlib.sha256(seed.encode()).hexdigest()[:32]
