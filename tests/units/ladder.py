"""The same rungs for every write of the administrator (style: habit 10)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.test import Client
from django.urls import reverse

from tests import factories
from units.models import AuditEvent, User


@dataclass(frozen=True)
class Write:
    """One write view: `where` and `data` are made from the place that the test set up."""

    name: str
    verb: str
    where: Callable[[Any], dict[str, Any]] = lambda _place: {}
    data: Callable[[Any], dict[str, Any]] = lambda _place: {}
    invalid: dict[str, Any] | None = field(default_factory=dict)  # None: a button without a form
    reads: bool = True  # the same address shows a form

    def url(self, place: Any) -> str:
        return reverse(self.name, kwargs={"agency": place.agency.code} | self.where(place))


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def check_works(write: Write, place: Any) -> None:
    before = set(AuditEvent.objects.values_list("pk", flat=True))
    response = browser(place.admin).post(write.url(place), write.data(place))
    assert response.status_code == 302, getattr(response, "context", None) and response.context["form"].errors
    events = AuditEvent.objects.exclude(pk__in=before)
    assert [(event.verb, event.actor, event.agency) for event in events] == [(write.verb, place.admin, place.agency)]


def check_stranger(write: Write, place: Any) -> None:
    """The administrator of another agency may not know that there is anything."""
    client = browser(factories.official_of(factories.AgencyFactory(), "admin"))
    for method in ("get", "post") if write.reads else ("post",):
        assert getattr(client, method)(write.url(place), write.data(place)).status_code == 404


def check_reader(write: Write, place: Any) -> None:
    """Everybody else of the agency is told that this is not theirs."""
    for person in (place.reader, place.inspector, place.operator, place.head, place.member):
        assert browser(person).post(write.url(place), write.data(place)).status_code == 403


def check_visitor(write: Write, place: Any) -> None:
    response = Client().post(write.url(place), write.data(place))
    assert response.status_code == 401


def check_method(write: Write, place: Any) -> None:
    client = browser(place.admin)
    assert client.put(write.url(place)).status_code == 405
    assert client.delete(write.url(place)).status_code == 405
    if not write.reads:
        assert client.get(write.url(place)).status_code == 405


def check_invalid(write: Write, place: Any) -> None:
    if write.invalid is None:
        return
    before = AuditEvent.objects.count()
    response = browser(place.admin).post(write.url(place), write.invalid)
    assert response.status_code == 422
    assert any(form.errors for form in response.context.get("forms", [response.context["form"]]))
    assert AuditEvent.objects.count() == before


def check_shows(write: Write, place: Any) -> None:
    if write.reads:
        response = browser(place.admin).get(write.url(place))
        assert response.status_code == 200
        assert b"<h1>" in response.content


RUNGS = (check_works, check_stranger, check_reader, check_visitor, check_method, check_invalid, check_shows)
