"""Access: one query, every role where it belongs, only while it is valid."""

from datetime import date

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from tests import factories
from tests.conftest import Cast
from units.models import Membership, Notice, TeamMember, User
from units.permissions import ALL_AREAS, NOBODY, Access, access_of

FLAGS = (
    "is_unit_member",
    "is_unit_head",
    "is_evaluator",
    "is_lead",
    "is_assistant",
    "is_inspector",
    "is_reader",
    "is_admin",
)
EXPECTED = {
    "operator": {"is_unit_member"},
    "head": {"is_unit_member", "is_unit_head"},
    "member": {"is_evaluator"},
    "lead": {"is_evaluator", "is_lead"},
    "controller": {"is_evaluator"},
    "assistant": {"is_assistant"},
    "inspector": {"is_inspector"},
    "reader": {"is_reader"},
    "admin": {"is_admin"},
}


def again(user: User) -> Access:
    return access_of(User.objects.get(pk=user.pk))


@pytest.mark.parametrize("name", EXPECTED)
def test_access_has_the_flags_of_the_role_and_no_others(name: str, cast: Cast) -> None:
    access = access_of(getattr(cast, name))
    assert {flag for flag in FLAGS if getattr(access, flag)} == EXPECTED[name]


def test_access_counts_the_unread_notices_of_the_person(cast: Cast) -> None:
    now = timezone.now()
    for number, read_at in enumerate((None, None, now)):
        Notice.objects.create(user=cast.member, kind="x", path="/", key=str(number), created_at=now, read_at=read_at)
    Notice.objects.create(user=cast.lead, kind="x", path="/", key="0", created_at=now)
    assert [again(user).unread for user in (cast.member, cast.lead, cast.head)] == [2, 1, 0]
    assert again(cast.member).parts == access_of(cast.member).parts


def test_access_takes_one_query_and_is_kept(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    user = User.objects.get(pk=cast.member.pk)
    with django_assert_num_queries(1):
        assert access_of(user) is access_of(user)


def test_team_roles_reach_assigned_units_only(cast: Cast) -> None:
    access = access_of(cast.member)
    assert access.units_as("tpi_member") == {cast.unit_a.pk}
    assert access.units_as("tpi_lead") == frozenset()
    assert access.agencies_as("tpi_member") == {cast.agency.pk}


def test_areas_join_over_memberships_and_blank_means_all(cast: Cast) -> None:
    limited = factories.member_of(cast.unit_a, areas="15")
    assert access_of(limited).areas_in(cast.unit_a.pk) == {1, 5}
    assert access_of(cast.head).areas_in(cast.unit_a.pk) == ALL_AREAS
    assert access_of(limited).areas_in(cast.unit_b.pk) == frozenset()


def test_belongs_to_is_membership_and_not_team(cast: Cast) -> None:
    assert access_of(cast.operator).belongs_to(cast.unit_a.pk)
    assert not access_of(cast.member).belongs_to(cast.unit_a.pk)


@pytest.mark.parametrize("dates", [{"valid_from": date(2999, 1, 1)}, {"valid_until": date(2021, 1, 1)}])
def test_role_outside_its_dates_counts_nothing(dates: dict[str, date], cast: Cast) -> None:
    Membership.objects.filter(user=cast.operator).update(**dates)
    TeamMember.objects.filter(user=cast.member).update(**dates)
    assert (again(cast.operator).parts, again(cast.member).parts) == ((), ())


def test_inactive_team_gives_no_role(cast: Cast) -> None:
    cast.unit_a.teams.update(is_active=False)
    assert again(cast.member).parts == ()


def test_nobody_and_disabled_accounts_have_no_access(cast: Cast) -> None:
    assert access_of(AnonymousUser()) is NOBODY
    cast.operator.is_active = False
    assert access_of(cast.operator) is NOBODY


def test_superuser_has_no_right_by_being_one(cast: Cast) -> None:
    assert access_of(factories.UserFactory(is_superuser=True)).parts == ()
