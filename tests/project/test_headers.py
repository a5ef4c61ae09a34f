"""What every response carries (SEC-73, SEC-101, SEC-107, SEC-111)."""

import re

import pytest
from django.test import Client, RequestFactory

from tests.factories import PASSWORD
from zi_portal.middleware import client_ip

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
CSP = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
}
HEADERS = (*SECURITY_HEADERS, "Content-Security-Policy", "Permissions-Policy")
RESPONSES = (
    ("/masuk/", 200),
    ("/t/private/", 302),
    ("/healthz", 200),
    ("/t/400/", 400),
    ("/t/403/", 403),
    ("/t/404/", 404),
    ("/tidak-ada/", 404),
    ("/static/tidak-ada.css", 404),
    ("/t/405/", 405),
    ("/t/409/", 409),
    ("/t/429/", 429),
    ("/t/500/", 500),
    ("/t/503/", 503),
    ("/static/css/portal.css", 200),
)


@pytest.mark.parametrize(("path", "status"), RESPONSES)
def test_headers_are_the_same_on_every_response(visitor, path, status):
    response = visitor.get(path)
    assert response.status_code == status
    assert {name: response[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert set(response["Content-Security-Policy"].split("; ")) == CSP
    assert response["Permissions-Policy"].count("=()") == 21
    home = visitor.get("/masuk/")
    assert [response[name] for name in HEADERS] == [home[name] for name in HEADERS]


@pytest.mark.parametrize(("path", "status"), RESPONSES)
def test_only_static_files_may_be_kept(visitor, path, status):
    cacheable = path == "/static/css/portal.css"
    assert (visitor.get(path)["Cache-Control"] != "private, no-store") == cacheable


def test_static_files_are_for_this_origin_only(visitor):
    assert "Access-Control-Allow-Origin" not in visitor.get("/static/css/portal.css")


def test_request_id_is_new_each_time_and_never_the_clients(visitor):
    ids = [visitor.get("/masuk/", headers={"X-Request-ID": "mine"})["X-Request-ID"] for _ in range(2)]
    assert all(re.fullmatch(r"[0-9a-f]{32}", name) for name in ids)
    assert ids[0] != ids[1]


@pytest.mark.parametrize("path", ["/masuk/", "/t/500/"])
def test_https_adds_hsts_and_redirects_keep_the_headers(visitor, settings, path):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    plain, secure = visitor.get(path), visitor.get(path, secure=True)
    assert (plain.status_code, plain["Location"]) == (301, f"https://testserver{path}")
    assert plain["Content-Security-Policy"] == secure["Content-Security-Policy"]
    assert secure["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"


@pytest.mark.parametrize("https", [False, True])
def test_forged_host_gets_our_page_with_every_header(visitor, settings, https):
    settings.SECURE_SSL_REDIRECT = https
    response = visitor.get("/masuk/", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert "Permintaan tidak dapat dibaca" in response.content.decode()
    assert {name: response[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert set(response["Content-Security-Policy"].split("; ")) == CSP


def test_cookies_are_closed(visitor, cast):
    visitor.post("/bahasa/", {"language": "en", "next": "/masuk/"})
    visitor.post("/masuk/?next=/profil/", {"username": cast.operator.username, "password": PASSWORD})
    visitor.post("/profil/", {"full_name": "Nama Baru", "language": "en"})
    assert set(visitor.cookies) == {"bahasa", "csrf", "sesi", "pesan"}
    for morsel in visitor.cookies.values():
        assert (bool(morsel["httponly"]), morsel["samesite"], morsel["path"]) == (True, "Lax", "/"), morsel.key


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "", "10.0.0.9"),
        (0, "1.2.3.4", "10.0.0.9"),
        (1, "1.2.3.4", "1.2.3.4"),
        (1, "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        (2, "6.6.6.6, 1.2.3.4, 10.0.0.1", "1.2.3.4"),
        (2, "1.2.3.4", "10.0.0.9"),
        (1, "not an address", "10.0.0.9"),
        (1, "2001:DB8::1", "2001:db8::1"),
    ],
)
def test_client_address_counts_trusted_proxies_from_the_right(settings, proxies, forwarded, expected):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory().get("/", headers={"x-forwarded-for": forwarded}, REMOTE_ADDR="10.0.0.9")
    assert client_ip(request) == expected


def test_health_needs_no_login_and_says_nothing(db):
    response = Client().get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_administration_has_no_log_in_of_its_own(visitor, cast):
    assert visitor.get("/admin-django/login/?next=/admin-django/")["Location"] == "/masuk/?next=/admin-django/"
    visitor.force_login(cast.operator, "django.contrib.auth.backends.ModelBackend")
    assert visitor.get("/admin-django/", follow=True).status_code == 403
