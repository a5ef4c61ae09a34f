"""Which areas (pokja) the members of a unit's team fill."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from units.audit import record
from units.models import Membership, Unit, User
from units.permissions import ALL_AREAS
from units.services.changes import day_of, locked_agency
from zi_portal.errors import Refused
from zi_portal.logs import security_event


class NotInUnit(Refused):
    status = 422
    message = _("Orang ini bukan anggota aktif tim kerja unit.")


class NoArea(Refused):
    status = 422
    message = _("Pilih paling sedikit satu area.")


class StaleAreas(Refused):
    """`data`: areas, those that the person has now."""

    message = _("Area orang ini baru saja diubah orang lain. Periksa lagi, lalu simpan.")


def as_areas(numbers: frozenset[int]) -> str:
    """As a membership keeps them: `135`; all six are no limit, the empty text."""
    return "" if numbers == ALL_AREAS else "".join(str(number) for number in sorted(numbers))


@transaction.atomic
def set_areas(*, unit: Unit, user: User, areas: frozenset[int], seen: str, actor: User, now: datetime) -> bool:
    """Limit a member of the team to areas (1-6); all six are no limit. False when nothing differs.

    `seen` is what the form was made from. The caller has checked that the actor may do this. Raises NotInUnit, NoArea,
    StaleAreas.
    """
    locked_agency(unit.agency_id)
    row = active_member(unit, user, day_of(now))
    if row is None:
        raise NotInUnit
    if not areas or not areas <= ALL_AREAS:
        raise NoArea
    wanted = as_areas(areas)
    if row.areas == wanted:
        return False
    if row.areas != seen:
        raise StaleAreas(areas=row.areas)
    before = row.areas
    _write(row, wanted, actor)
    record(
        verb="membership.areas",
        target=row,
        actor=actor,
        now=now,
        unit=unit,
        before={"user": user.full_name, "areas": before},
        after={"user": user.full_name, "areas": wanted},
    )
    return True


def pass_areas(*, unit: Unit, leaver: User, receiver: User, ends: bool, actor: User, now: datetime) -> str:
    """Give the receiver the leaver's areas too; returns the leaver's, empty for no limit.

    `ends` ends the leaver's membership with this day. No audit and no transaction here: the calling service writes and
    opens it, and holds the agency's lock. Raises NotInUnit.
    """
    day = day_of(now)
    taken = active_member(unit, receiver, day)
    if taken is None:
        raise NotInUnit
    given = last_membership(unit, leaver)
    if given is None:
        return ""
    if taken.areas and (merged := _numbers(taken.areas) | _numbers(given.areas)) != _numbers(taken.areas):
        _write(taken, as_areas(merged), actor)
    if ends:
        _end(unit, leaver, day, actor)
    return given.areas


def _end(unit: Unit, user: User, day: date, actor: User) -> None:
    """Every place in the team that would outlast the day, also one with a later end."""
    lasting = Membership.objects.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=day))
    for row in lasting.filter(unit=unit, user=user, role=Membership.Role.UNIT_MEMBER).select_for_update():
        row.valid_until = max(day, row.valid_from)
        row.save(update_fields=["valid_until"])
        security_event("privilege_permissions_changed", None, account=user.pk, by=actor.pk, role=row.role)


def active_member(unit: Unit, user: User, day: date) -> Membership | None:
    """The membership in the unit's team on a day; the head's own role is none."""
    rows = Membership.objects.active_on(day).filter(unit=unit, user=user, user__is_active=True)
    return rows.filter(role=Membership.Role.UNIT_MEMBER).order_by("pk").first()


def last_membership(unit: Unit, user: User) -> Membership | None:
    """The newest membership in the unit's team, ended or not."""
    rows = Membership.objects.filter(unit=unit, user=user, role=Membership.Role.UNIT_MEMBER)
    return rows.order_by("-valid_from", "-pk").first()


def _numbers(areas: str) -> frozenset[int]:
    return frozenset(int(digit) for digit in areas) or ALL_AREAS


def _write(row: Membership, areas: str, actor: User) -> None:
    row.areas = areas
    row.save(update_fields=["areas"])
    security_event("privilege_permissions_changed", None, account=row.user_id, by=actor.pk, role=row.role)
