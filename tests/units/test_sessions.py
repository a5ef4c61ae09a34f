"""How long a session lives (SEC-71), and what a page can ask about it."""

import time

import pytest
from django.contrib.sessions.models import Session

from units.sessions import kind_of

MINUTE, HOUR = 60, 3600


@pytest.fixture
def at(monkeypatch):
    """Sets the clock to so many seconds after the beginning."""
    begin = int(time.time())

    def set_clock(seconds):
        monkeypatch.setattr(time, "time", lambda: begin + seconds)

    set_clock(0)
    return set_clock


@pytest.mark.parametrize(
    ("who", "kind"),
    [
        ("operator", "unit"),
        ("head", "unit"),
        ("assistant", "unit"),
        ("reader", "unit"),
        ("member", "privileged"),
        ("lead", "privileged"),
        ("controller", "privileged"),
        ("inspector", "privileged"),
        ("admin", "privileged"),
    ],
)
def test_roles_that_see_more_than_their_unit_are_privileged(cast, who, kind):
    assert kind_of(getattr(cast, who)) == kind


@pytest.mark.parametrize(("who", "limit"), [("operator", 60 * MINUTE), ("inspector", 30 * MINUTE)])
def test_idle_session_ends_at_the_limit(cast, as_user, at, who, limit):
    client = as_user(getattr(cast, who))
    at(limit - 1)
    assert client.get("/profil/").status_code == 200
    at(2 * limit - 1)
    response = client.get("/profil/", follow=True)
    assert response.redirect_chain == [("/masuk/?next=/profil/", 302)]
    assert "berakhir karena lama tidak ada kegiatan" in response.content.decode()
    assert not Session.objects.filter(pk=client.cookies["sesi"].value, session_data__contains="_auth").exists()


def test_nothing_prolongs_the_twelve_hours(cast, as_user, at):
    client = as_user(cast.operator)
    for minutes in range(30, 12 * 60, 30):
        at(minutes * MINUTE)
        assert client.get("/profil/", headers={"HX-Request": "true"}).status_code == 200
    at(12 * HOUR - 1)
    assert client.get("/profil/").status_code == 200
    at(12 * HOUR)
    assert "setelah 12 jam" in client.get("/profil/", follow=True).content.decode()


def test_htmx_after_the_end_keeps_the_page(cast, as_user, at):
    client = as_user(cast.operator)
    at(13 * HOUR)
    response = client.post("/profil/", {"full_name": "teks panjang"}, headers={"HX-Request": "true"})
    assert response.status_code == 401
    assert "Sesi Anda sudah berakhir" in response.content.decode()


def test_form_sent_after_the_end_shows_its_text(cast, as_user, at):
    client = as_user(cast.operator)
    at(13 * HOUR)
    response = client.post("/profil/", {"full_name": "teks yang panjang"}, headers={"Sec-Fetch-Site": "same-origin"})
    assert response.status_code == 401
    assert "teks yang panjang" in response.content.decode()


def test_time_of_the_last_request_is_written_once_a_minute(cast, as_user, at, django_assert_num_queries):
    client = as_user(cast.operator)
    client.get("/sesi/")
    at(59)
    with django_assert_num_queries(2):  # session, user
        client.get("/sesi/")
    at(60)
    with django_assert_num_queries(5):  # and the session is written, between savepoint and release
        client.get("/sesi/")


def test_session_without_stamps_is_over(cast, as_user):
    client = as_user(cast.operator)
    session = client.session
    del session["limits"]
    session.save()
    assert client.get("/profil/").status_code == 302


def test_page_can_ask_how_long_it_has(cast, as_user, at):
    client = as_user(cast.operator)
    at(90)
    state = client.get("/sesi/").json()
    assert state["seconds"] == 60 * MINUTE
    at(11 * HOUR + 59 * MINUTE)
    assert client.get("/sesi/").json()["seconds"] == 0
    assert set(state) == {"user", "token", "seconds"}


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    ("site", "status"), [("same-origin", 200), ("none", 200), ("same-site", 403), ("cross-site", 403)]
)
def test_only_our_own_pages_ask(cast, as_user, method, site, status):
    """The answer holds a form token: no other site may read it, and no cache may keep it."""
    response = getattr(as_user(cast.operator), method)("/sesi/", headers={"Sec-Fetch-Site": site})
    assert (response.status_code, b'"token"' in response.content) == (status, status == 200)
    headers = ("Cache-Control", "Cross-Origin-Resource-Policy", "X-Content-Type-Options")
    assert [response[name] for name in headers] == ["private, no-store", "same-origin", "nosniff"]
    assert not response.has_header("Access-Control-Allow-Origin")


def test_page_can_tell_the_same_person_from_another(client, cast, as_user):
    owners = [as_user(user).get("/sesi/").json()["user"] for user in (cast.operator, cast.operator, cast.stranger)]
    assert owners[0] == owners[1] != owners[2]
    assert client.get("/sesi/").json()["user"] == ""
    assert owners[0] in as_user(cast.operator).get("/profil/").content.decode()
