"""Keys of single letters can be switched off: in the profile, and beside the help of the keys (WCAG 2.1.4)."""

import pytest

from units.models import AuditEvent, User

SWITCH = "/profil/pintasan/"


def is_on(user):
    return User.objects.get(pk=user.pk).keyboard_shortcuts


def changes():
    return list(AuditEvent.objects.filter(verb="user.profile").values_list("before", "after"))


def test_switch_is_kept_in_the_profile(cast, as_user):
    browser = as_user(cast.operator)
    assert is_on(cast.operator) is True
    assert browser.post(SWITCH, {}, headers={"HX-Request": "true"}).status_code == 204
    assert is_on(cast.operator) is False
    assert browser.post(SWITCH, {"aktif": "1"}).headers["Location"] == "/profil/"
    assert is_on(cast.operator) is True
    assert changes() == [
        ({"keyboard_shortcuts": True}, {"keyboard_shortcuts": False}),
        ({"keyboard_shortcuts": False}, {"keyboard_shortcuts": True}),
    ]


def test_switch_says_nothing_where_nothing_changes(cast, as_user):
    assert as_user(cast.operator).post(SWITCH, {"aktif": "1"}).status_code == 302
    assert changes() == []


def test_switch_takes_no_get_and_no_strangers(cast, as_user, client):
    assert as_user(cast.operator).get(SWITCH).status_code == 405
    assert client.post(SWITCH, {}).status_code == 401


@pytest.mark.parametrize(("sent", "stored"), [({}, False), ({"keyboard_shortcuts": "on"}, True)])
def test_profile_has_the_switch_too(cast, as_user, sent, stored):
    browser = as_user(cast.operator)
    assert 'name="keyboard_shortcuts" id="id_keyboard_shortcuts" checked' in browser.get("/profil/").content.decode()
    fields = {"full_name": cast.operator.full_name, "language": "id", **sent}
    assert browser.post("/profil/", fields).status_code == 302
    assert is_on(cast.operator) is stored
