"""Log-in, log-out, passwords and the profile, through the browser's eyes."""

import logging
import re

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client

from tests.factories import PASSWORD, AgencyFactory, UserFactory
from units.models import AuditEvent, User
from zi_portal.demo import DEMO_PASSWORD

NEW = "perahu kertas di sungai"
LOGIN = "/masuk/?next=/profil/"


class BrokenMail(BaseEmailBackend):
    def send_messages(self, email_messages):
        raise ConnectionRefusedError(email_messages)


def own_events():
    return AuditEvent.objects.filter(verb__startswith="user.")


def log_in(client, user, password=PASSWORD, address=LOGIN):
    return client.post(address, {"username": user.username, "password": password})


@pytest.fixture
def events(caplog):
    caplog.set_level(logging.INFO, "portal.security")
    return lambda: [record.event["event"] for record in caplog.records if record.name == "portal.security"]


# Log-in and log-out


def test_log_in_leads_to_the_page_that_was_asked_for(client, cast, events):
    response = log_in(client, cast.operator)
    assert (response.status_code, response["Location"]) == (302, "/profil/")
    assert client.get("/profil/").status_code == 200
    assert events() == ["authn_login_success"]


@pytest.mark.parametrize("target", ["//evil.example/", "https://evil.example/profil/", "javascript:alert(1)"])
def test_log_in_stays_on_the_portal(client, cast, settings, target):
    settings.LOGIN_REDIRECT_URL = "/profil/"
    assert log_in(client, cast.operator, address=f"/masuk/?next={target}")["Location"] == "/profil/"


def answer_without_echo(response, name):
    text = response.content.decode().replace(name, "")
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)


def test_log_in_refuses_everybody_in_the_same_words(client, cast, events):
    cast.head.is_active = False
    cast.head.save(update_fields=["is_active"])
    tries = [(cast.operator.username, "bukan itu"), ("tidak.ada", "bukan itu"), (cast.head.username, PASSWORD)]
    answers = [client.post(LOGIN, {"username": name, "password": word}) for name, word in tries]
    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert len({answer_without_echo(answer, name) for answer, (name, _) in zip(answers, tries, strict=True)}) == 1
    assert events() == ["authn_login_fail"] * 3


def test_typed_name_and_password_do_not_reach_the_log(client, caplog, db):
    caplog.set_level(logging.DEBUG)
    client.post(LOGIN, {"username": "canary-name-6173", "password": "canary-word-9042"})
    assert [record for record in caplog.records if "canary" in f"{record.getMessage()} {vars(record)}"] == []


def test_log_in_begins_a_new_session(client, cast):
    client.get("/masuk/")
    session = client.session
    session["planted"] = 1
    session.save()
    client.cookies["sesi"] = planted = session.session_key
    log_in(client, cast.operator)
    assert client.cookies["sesi"].value != planted
    assert not Session.objects.filter(pk=planted).exists()


def test_log_out_ends_the_session_on_the_server(client, cast):
    log_in(client, cast.operator)
    key = client.cookies["sesi"].value
    response = client.post("/keluar/")
    assert (response.status_code, response["Location"]) == (302, "/masuk/")
    assert response["Clear-Site-Data"] == '"cache", "storage"'
    assert not Session.objects.filter(pk=key).exists()
    client.cookies["sesi"] = key
    assert client.get("/profil/").status_code == 302


def test_log_out_needs_a_button(client, cast):
    log_in(client, cast.operator)
    assert client.get("/keluar/").status_code == 405
    assert client.get("/profil/").status_code == 200


def test_log_out_twice_is_no_mistake(client, db):
    assert client.post("/keluar/")["Location"] == "/masuk/"


# Demo


@pytest.fixture
def demo(db):
    AgencyFactory(is_demo=True)
    return UserFactory(username="contoh.satu", full_name="Satu Contoh", is_demo=True, demo_note="Mengisi LKE")


@pytest.mark.parametrize(("debug", "shown"), [(True, True), (False, False)])
def test_demo_accounts_are_shown_in_development_only(client, demo, settings, debug, shown):
    settings.DEBUG = debug
    text = client.get("/masuk/").content.decode()
    assert ["contoh.satu" in text, "Mengisi LKE" in text, DEMO_PASSWORD in text] == [shown] * 3
    assert "DATA CONTOH" in text


def test_demo_accounts_are_shown_while_demo_data_is_loaded_only(client, db, settings):
    settings.DEBUG = True
    UserFactory(username="contoh.satu", is_demo=True, demo_note="Mengisi LKE")
    text = client.get("/masuk/").content.decode()
    assert ["contoh.satu" in text, "DATA CONTOH" in text] == [False, False]


@pytest.mark.parametrize(("debug", "allowed", "status"), [(True, "", 302), (False, "", 422), (False, "1", 302)])
def test_demo_account_logs_in_where_demo_data_is_allowed(
    client, demo, settings, monkeypatch, events, debug, allowed, status
):
    settings.DEBUG = debug
    monkeypatch.setenv("ALLOW_DEMO", allowed or "0")
    assert log_in(client, demo).status_code == status
    assert events() == ["authn_login_success" if status == 302 else "authn_login_fail"]


def test_refused_demo_account_is_told_nothing_more(client, demo, cast):
    answers = [log_in(client, demo), log_in(client, cast.operator, "bukan itu")]
    names = (demo.username, cast.operator.username)
    assert [answer.status_code for answer in answers] == [422, 422]
    assert len({answer_without_echo(answer, name) for answer, name in zip(answers, names, strict=True)}) == 1


@pytest.mark.parametrize("is_demo", [True, False])
def test_banner_follows_the_persons_agency(cast, as_user, is_demo):
    AgencyFactory(is_demo=True)
    type(cast.agency).objects.filter(pk=cast.agency.pk).update(is_demo=is_demo)
    assert ("DATA CONTOH" in as_user(cast.operator).get("/profil/").content.decode()) == is_demo


# Change of the password


def change(client, old=PASSWORD, new=NEW, again=NEW):
    return client.post("/sandi/ubah/", {"old_password": old, "new_password1": new, "new_password2": again})


def test_change_ends_other_sessions_and_tells_by_mail(cast, as_user, events, django_capture_on_commit_callbacks):
    here, elsewhere = as_user(cast.operator), as_user(cast.operator)
    with django_capture_on_commit_callbacks(execute=True):
        assert change(here)["Location"] == "/profil/"
    assert [client.get("/profil/").status_code for client in (here, elsewhere)] == [200, 302]
    assert User.objects.get(pk=cast.operator.pk).check_password(NEW)
    assert [(message.to, message.subject) for message in mail.outbox] == [
        ([cast.operator.email], "Kata sandi Portal ZI Anda diganti")
    ]
    assert NEW not in mail.outbox[0].body
    assert list(own_events().values_list("verb", "actor", "before", "after")) == [
        ("user.password_change", cast.operator.pk, None, None)
    ]
    assert events()[-1] == "authn_password_change"


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [("salah", NEW, NEW), (PASSWORD, NEW, NEW + "x"), (PASSWORD, "pendek", "pendek"), (PASSWORD, "", "")],
)
def test_change_is_refused(cast, as_user, old, new, again):
    client = as_user(cast.operator)
    response = change(client, old, new, again)
    assert response.status_code == 422
    assert "Kesalahan:" in response.content.decode().split("</title>")[0]
    assert User.objects.get(pk=cast.operator.pk).check_password(PASSWORD)
    assert (own_events().count(), len(mail.outbox)) == (0, 0)


def test_change_holds_although_the_mail_fails(cast, as_user, settings, django_capture_on_commit_callbacks):
    settings.EMAIL_BACKEND = f"{__name__}.BrokenMail"
    with django_capture_on_commit_callbacks(execute=True):
        assert change(as_user(cast.operator)).status_code == 302
    assert User.objects.get(pk=cast.operator.pk).check_password(NEW)


# Reset by mail


def ask(client, email, **extra):
    return client.post("/sandi/lupa/", {"email": email}, **extra)


def link_in(message):
    return re.search(r"http://testserver(/sandi/atur/\S+)", message.body).group(1)


def open_link(client, path):
    page = client.get(path, follow=True)
    return page, page.redirect_chain[-1][0] if page.redirect_chain else path


def test_reset_answers_the_same_for_unknown_addresses(client, cast):
    known, unknown = ask(client, cast.operator.email), ask(client, "siapa@contoh.go.id")
    assert [(a.status_code, a["Location"]) for a in (known, unknown)] == [(302, "/sandi/lupa/terkirim/")] * 2
    assert [message.to for message in mail.outbox] == [[cast.operator.email]]


def test_reset_sets_the_password_once(client, cast, events, django_capture_on_commit_callbacks):
    elsewhere = Client()
    elsewhere.force_login(cast.operator, "django.contrib.auth.backends.ModelBackend")
    ask(client, cast.operator.email)
    link = link_in(mail.outbox[0])
    page, address = open_link(client, link)
    assert page.status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        done = client.post(address, {"new_password1": NEW, "new_password2": NEW})
    assert done["Location"] == "/sandi/atur/selesai/"
    assert User.objects.get(pk=cast.operator.pk).check_password(NEW)
    assert elsewhere.get("/profil/").status_code == 302
    assert open_link(Client(), link)[0].status_code == 410
    assert list(own_events().values_list("verb", flat=True)) == ["user.password_reset"]
    assert len(mail.outbox) == 2
    assert events()[-2:] == ["authn_token_created", "authn_password_change"]


def test_reset_mail_speaks_the_persons_language_and_shows_names_as_they_are(client, cast):
    User.objects.filter(pk=cast.operator.pk).update(full_name="D'Angelo & <Co>")
    ask(client, cast.operator.email)
    assert "D'Angelo & <Co>" in mail.outbox[0].body


def test_reset_link_is_not_built_from_a_forged_host(client, cast):
    assert ask(client, cast.operator.email, headers={"host": "evil.example"}).status_code == 400
    ask(client, cast.operator.email, headers={"x-forwarded-host": "evil.example"})
    assert ["evil.example" in message.body for message in mail.outbox] == [False]


def test_reset_asks_for_an_address(client, db):
    assert ask(client, "bukan alamat").status_code == 422


def test_reset_is_silent_for_closed_accounts(client, cast):
    User.objects.filter(pk=cast.operator.pk).update(is_active=False)
    ask(client, cast.operator.email)
    assert mail.outbox == []


# Profile


def test_profile_shows_roles_and_changes_name_and_language_only(cast, as_user):
    client = as_user(cast.operator)
    text = client.get("/profil/").content.decode()
    assert [part in text for part in (cast.unit_a.name, cast.agency.name, "Anggota tim kerja ZI unit")] == [True] * 3
    sent = {"full_name": "Nama Baru", "language": "en", "keyboard_shortcuts": "on"}
    sent |= {"username": "lain", "is_staff": "on", "email": "x@y.id"}
    assert client.post("/profil/", sent).status_code == 302
    stored = User.objects.get(pk=cast.operator.pk)
    assert (stored.full_name, stored.language) == ("Nama Baru", "en")
    assert (stored.username, stored.is_staff, stored.email) == (cast.operator.username, False, cast.operator.email)
    assert list(own_events().values_list("verb", "before", "after")) == [
        (
            "user.profile",
            {"full_name": cast.operator.full_name, "language": "id"},
            {"full_name": "Nama Baru", "language": "en"},
        )
    ]


def test_profile_needs_a_name(cast, as_user):
    assert as_user(cast.operator).post("/profil/", {"full_name": "", "language": "id"}).status_code == 422
    assert User.objects.get(pk=cast.operator.pk).full_name == cast.operator.full_name


def test_profile_of_a_team_member_names_the_team(cast, as_user):
    text = as_user(cast.lead).get("/profil/").content.decode()
    assert "Ketua tim" in text


@pytest.mark.parametrize("path", ["/profil/", "/sandi/ubah/"])
def test_own_pages_need_a_log_in(client, db, path):
    assert client.get(path)["Location"] == f"/masuk/?next={path}"
