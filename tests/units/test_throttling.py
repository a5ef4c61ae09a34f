"""Throttling that stops guessing and does not lock out an office behind one address (SEC-62)."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django.utils import timezone

from tests.factories import PASSWORD, UserFactory

LOGIN = "/masuk/?next=/profil/"
ATTACKER, OFFICE = "203.0.113.7", "198.51.100.20"


@pytest.fixture
def attempt(client):
    """One try in a browser that nobody has used before."""

    def answer(user, password=PASSWORD, address=OFFICE):
        client.cookies.clear()
        return client.post(LOGIN, {"username": user.username, "password": password}, REMOTE_ADDR=address)

    return answer


@pytest.fixture
def victim(db):
    return UserFactory()


def test_attacker_gets_five_tries_and_the_owner_gets_in_from_elsewhere(attempt, victim):
    answers = [attempt(victim, f"tebakan {n}", ATTACKER).status_code for n in range(200)]
    assert answers.count(422) == 4
    assert set(answers[4:]) == {429}
    assert attempt(victim, address=ATTACKER).status_code == 429
    assert attempt(victim).status_code == 302


def test_waiting_page_is_ours_and_says_how_long(attempt, victim):
    for n in range(5):
        response = attempt(victim, f"tebakan {n}")
    assert (response.status_code, response["Retry-After"]) == (429, "900")
    assert "Tunggu 15 menit" in response.content.decode()


def test_lock_ends_although_the_attacker_goes_on(attempt, victim):
    for n in range(5):
        attempt(victim, f"tebakan {n}", ATTACKER)
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=14, seconds=50))
    assert attempt(victim, "tebakan lagi", ATTACKER).status_code == 429
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=15, seconds=1))
    assert attempt(victim, address=ATTACKER).status_code == 302


def test_another_browser_is_the_same_attacker(victim):
    answers = [
        Client(REMOTE_ADDR=ATTACKER, headers={"User-Agent": f"browser {n}"}).post(
            LOGIN, {"username": victim.username, "password": "tebakan"}
        )
        for n in range(6)
    ]
    assert [answer.status_code for answer in answers] == [422, 422, 422, 422, 429, 429]


def test_forged_forwarded_address_is_the_same_attacker(victim):
    answers = [
        Client(REMOTE_ADDR=ATTACKER, headers={"X-Forwarded-For": f"10.0.0.{n}"}).post(
            LOGIN, {"username": victim.username, "password": "tebakan"}
        )
        for n in range(6)
    ]
    assert answers[-1].status_code == 429


def test_three_hundred_people_log_in_from_one_address_some_after_a_mistake(attempt, db):
    people = UserFactory.create_batch(300)
    assert {attempt(person, "salah ketik").status_code for person in people[::5]} == {422}
    assert {attempt(person).status_code for person in people} == {302}


def test_guessing_over_many_accounts_meets_the_budget_of_the_network(attempt, db, settings):
    settings.LOGIN_FAILURES_PER_NETWORK = 12
    people = UserFactory.create_batch(15)
    answers = [attempt(person, "kata sandi lazim", ATTACKER).status_code for person in people]
    assert answers == [422] * 12 + [429] * 3
    assert attempt(people[0]).status_code == 302


def test_success_forgets_the_mistakes_before(attempt, victim):
    for _ in range(3):
        assert [attempt(victim, "salah").status_code for _ in range(4)] == [422] * 4
        assert attempt(victim).status_code == 302
