"""Language: profile, then cookie, then Indonesian; never the browser's (UX-30)."""

import pytest
from django.test import Client

from units.models import AuditEvent


@pytest.fixture
def visitor(db):
    return Client()


def shown(client, path="/masuk/"):
    return client.get(path, headers={"accept-language": "en-US"})["Content-Language"]


def test_visitor_sees_indonesian_whatever_the_browser_says(visitor):
    response = visitor.get("/masuk/", headers={"accept-language": "en-US"})
    assert response["Content-Language"] == "id"
    assert "Masuk ke Portal ZI" in response.content.decode()


def test_visitor_switches_with_a_cookie(visitor):
    visitor.post("/bahasa/", {"language": "en", "next": "/masuk/"})
    assert shown(visitor) == "en"
    assert '<html lang="en"' in visitor.get("/masuk/").content.decode()


@pytest.mark.parametrize("cookie", ["de", "", "../../en"])
def test_unknown_cookie_is_indonesian(visitor, cookie):
    visitor.cookies["bahasa"] = cookie
    assert shown(visitor) == "id"


def test_profile_wins_over_the_cookie(cast, as_user):
    cast.operator.language = "en"
    cast.operator.save(update_fields=["language"])
    client = as_user(cast.operator)
    client.cookies["bahasa"] = "id"
    assert shown(client, "/profil/") == "en"


def test_switch_is_kept_in_the_profile_with_one_audit_record(cast, as_user):
    client = as_user(cast.operator)
    assert client.post("/bahasa/", {"language": "en", "next": "/profil/"})["Location"] == "/profil/"
    cast.operator.refresh_from_db()
    assert cast.operator.language == "en"
    assert shown(client, "/profil/") == "en"
    events = AuditEvent.objects.filter(verb="user.profile").values_list("actor", "before", "after")
    assert list(events) == [(cast.operator.pk, {"language": "id"}, {"language": "en"})]


def test_page_asks_session_user_and_roles_only(cast, as_user, django_assert_num_queries):
    client = as_user(cast.operator)
    with django_assert_num_queries(5):  # session, user, access; memberships and team parts are what this page shows
        client.get("/profil/")


def test_unknown_language_is_refused(visitor):
    assert visitor.post("/bahasa/", {"language": "xx"}).status_code == 400


def test_language_is_not_changed_by_a_link(visitor):
    assert visitor.get("/bahasa/?language=en").status_code == 405


@pytest.mark.parametrize(
    "target", ["//evil.example/", "https:evil.example", "javascript:alert(1)", "\\\\evil", "/\\evil"]
)
def test_way_back_stays_on_the_portal(visitor, target):
    assert visitor.post("/bahasa/", {"language": "en", "next": target})["Location"] == "/"
