"""A place to administer: the cast, and one row of everything that an administrator keeps."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from tests import factories
from tests.conftest import Cast
from units.models import Declaration, Decree, Membership, Predikat, Signatory, Team, TeamMember, User


@dataclass
class Place:
    cast: Cast
    signatory: Signatory
    decree: Decree
    predikat: Predikat
    declaration: Declaration
    tpi: Team
    assistance: Team
    role: Membership
    part: TeamMember
    colleague: User

    def __getattr__(self, name: str) -> Any:
        return getattr(self.cast, name)


@pytest.fixture
def place(cast: Cast) -> Place:
    agency = cast.agency
    tpi = Team.objects.get(kind="tpi", units=cast.unit_a)
    return Place(
        cast=cast,
        signatory=Signatory.objects.create(
            agency=agency, position="Inspektur", name="Inspektur Uji", valid_from=date(2023, 1, 1)
        ),
        decree=Decree.objects.create(agency=agency, kind="tpi", number="1/2024", date=date(2024, 1, 2), subject="TPI"),
        predikat=Predikat.objects.create(unit=cast.unit_a, kind="WBK", year=2022),
        declaration=Declaration.objects.create(
            unit=cast.unit_b, date=date(2023, 3, 1), place="Aula", signed_count=9, staff_count=10
        ),
        tpi=tpi,
        assistance=Team.objects.get(kind="assistance"),
        role=Membership.objects.get(user=cast.operator),
        part=TeamMember.objects.get(user=cast.member),
        colleague=factories.official_of(agency, "reader"),
    )
