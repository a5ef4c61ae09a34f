"""What every test shares: the instrument, and a fixed cast of people around unit A.

operator and head of unit A, operator of unit B (the stranger), TPI member, lead and controller of A's team, a TPI
member of another team, the assistance team's member, Inspector, reader, administrator; an Inspector elsewhere.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client, TransactionTestCase

from assessments.guards import GUARDS
from assessments.models import Assessment, Instrument
from assessments.queries.instruments import forget_instruments
from tests import factories
from units import guards
from units.models import Agency, Unit, User

GOLDEN = Path(__file__).parent / "golden"
ALL_GUARDS = (*guards.AUDIT_GUARDS, *GUARDS)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Every test database holds the published instrument."""
    with django_db_blocker.unblock():
        call_command("load_instrument", verbosity=0)


_flush = TransactionTestCase._fixture_teardown


def _flush_past_guards(case: TransactionTestCase) -> None:
    """Tests with real transactions empty the tables; only they may take the guards away, and put them back."""
    guards.remove(connection, ALL_GUARDS)
    _flush(case)
    guards.install(connection, ALL_GUARDS)
    forget_instruments()
    call_command("load_instrument", verbosity=0)


TransactionTestCase._fixture_teardown = _flush_past_guards  # type: ignore[method-assign]


@dataclass
class Cast:
    """The people of a test, and the places that they belong to."""

    agency: Agency
    unit_a: Unit
    unit_b: Unit
    operator: User
    head: User
    stranger: User
    member: User
    lead: User
    controller: User
    other_member: User
    assistant: User
    inspector: User
    reader: User
    admin: User
    foreign_inspector: User


@pytest.fixture
def cast(db: None) -> Cast:
    agency = factories.AgencyFactory()
    unit_a, unit_b = factories.UnitFactory(agency=agency), factories.UnitFactory(agency=agency)
    tpi, other = factories.team_for(unit_a), factories.team_for(unit_b)
    return Cast(
        agency=agency,
        unit_a=unit_a,
        unit_b=unit_b,
        operator=factories.member_of(unit_a),
        head=factories.member_of(unit_a, "unit_head"),
        stranger=factories.member_of(unit_b),
        member=factories.teammate(tpi),
        lead=factories.teammate(tpi, "lead"),
        controller=factories.teammate(tpi, "controller"),
        other_member=factories.teammate(other),
        assistant=factories.teammate(factories.team_for(unit_a, kind="assistance")),
        inspector=factories.official_of(agency, "inspector"),
        reader=factories.official_of(agency, "reader"),
        admin=factories.official_of(agency, "admin"),
        foreign_inspector=factories.official_of(factories.AgencyFactory(), "inspector"),
    )


@pytest.fixture
def instrument(db: None) -> Instrument:
    return factories.published_instrument()


@pytest.fixture
def assessment(cast: Cast) -> Assessment:
    """Unit A's worksheet of an open quarter, still empty."""
    return factories.AssessmentFactory(unit=cast.unit_a)


@pytest.fixture
def assessment_b(cast: Cast, assessment: Assessment) -> Assessment:
    return factories.AssessmentFactory(unit=cast.unit_b, period=assessment.period)


@pytest.fixture
def golden() -> Callable[[str], dict[str, Any]]:
    """A worked worksheet by the number at the start of its name: `golden("22")["answers"]`."""

    def read(number: str) -> dict[str, Any]:
        (path,) = GOLDEN.glob(f"{number}_*.json")
        return json.loads(path.read_text(encoding="utf-8"))

    return read


@pytest.fixture
def as_user() -> Callable[[User], Client]:
    """A browser that is logged in as this person."""

    def log_in(user: User) -> Client:
        client = Client()
        client.force_login(user, "django.contrib.auth.backends.ModelBackend")
        return client

    return log_in
