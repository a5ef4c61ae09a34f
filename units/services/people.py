"""Accounts and memberships, as the administrator keeps them. Memberships are ended, never deleted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from django.contrib.auth.tokens import default_token_generator
from django.db import transaction
from django.utils.crypto import get_random_string
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext_lazy as _

from units.audit import record
from units.models import Agency, Membership, Team, TeamMember, User
from units.services.changes import assign, day_of, locked_agency, shown
from units.services.notices import compose, deliver
from units.services.parts import (
    MEMBER_FIELDS,
    MEMBERSHIP_FIELDS,
    AlreadyEnded,
    new_membership,
    new_team_member,
)
from zi_portal.errors import Refused
from zi_portal.logs import security_event

PERSON_FIELDS = ("full_name", "email", "nip")
NEW_PERSON_FIELDS = ("username", *PERSON_FIELDS)
UNKNOWN_PASSWORD_LENGTH = 64


class SharedAccount(Refused):
    """The account has roles in an agency that this administrator does not keep, or rights above theirs."""

    status = 422
    message = _("Akun ini juga dipakai di luar instansi Anda. Perubahannya dilakukan oleh pengelola sistem.")


class OwnAccount(Refused):
    status = 422
    message = _("Anda tidak dapat menonaktifkan akun Anda sendiri.")


class LastAdministrator(Refused):
    status = 422
    message = _("Instansi harus mempunyai paling sedikit satu administrator. Tunjuk penggantinya lebih dahulu.")


class NoMailAddress(Refused):
    status = 422
    message = _("Akun ini belum mempunyai alamat surel. Lengkapi dahulu, lalu kirim undangan.")


@dataclass(frozen=True, slots=True)
class Site:
    """Where links in a mail lead: `https`, `zi.contoh.go.id`."""

    protocol: str
    domain: str


@dataclass(frozen=True, slots=True)
class FirstRole:
    """Values of a membership (`role`, `unit`, ...)."""

    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FirstTeam:
    """A team, and values of a place in it (`role`, `home_body`, ...)."""

    team: Team
    values: Mapping[str, Any]


@transaction.atomic
def create_person(
    *, agency: Agency, values: Mapping[str, Any], first: FirstRole | FirstTeam, actor: User, now: datetime, site: Site
) -> User:
    """A new account with its first role or its place in a team; invites the person by mail.

    Nobody knows the first password: it is long and random, so that the account can ask for a reset.
    Raises ConflictOfInterest.
    """
    locked_agency(agency)
    user = User.objects.create_user(
        password=get_random_string(UNKNOWN_PASSWORD_LENGTH), **{key: values[key] for key in NEW_PERSON_FIELDS}
    )
    after = shown(user, NEW_PERSON_FIELDS)
    if isinstance(first, FirstRole):
        membership = new_membership(agency=agency, user=user, values=first.values, today=day_of(now))
        after |= shown(membership, MEMBERSHIP_FIELDS)
        unit = membership.unit
    else:
        part = new_team_member(team=first.team, user=user, values=first.values, today=day_of(now))
        after |= {"team": first.team.name} | shown(part, MEMBER_FIELDS)
        unit = None
    record(verb="user.create", target=user, actor=actor, now=now, agency=agency, unit=unit, after=after)
    security_event("user_created", None, account=user.pk, by=actor.pk)
    transaction.on_commit(partial(_send_invitation, user, site))
    return user


def may_edit_account(*, user: User, agency_ids: frozenset[int], actor: User) -> bool:
    """Whether the account belongs to these agencies alone: who can change its address can take it over."""
    if (user.is_superuser or user.is_staff) and not actor.is_superuser:
        return False
    elsewhere = Membership.objects.filter(user=user).exclude(agency__in=agency_ids).exists()
    return not elsewhere and not TeamMember.objects.filter(user=user).exclude(team__agency__in=agency_ids).exists()


def _refuse_shared(user: User, agency_ids: frozenset[int], actor: User) -> None:
    if not may_edit_account(user=user, agency_ids=agency_ids, actor=actor):
        security_event("authz_fail", None, reason="account of another agency", account=user.pk, by=actor.pk)
        raise SharedAccount


@transaction.atomic
def update_person(
    *, user: User, agency: Agency, agency_ids: frozenset[int], values: Mapping[str, Any], actor: User, now: datetime
) -> bool:
    """Name, address and NIP; False when nothing differs. Raises SharedAccount."""
    row = User.objects.select_for_update().get(pk=user.pk)
    _refuse_shared(row, agency_ids, actor)
    before, after = assign(row, values, PERSON_FIELDS)
    if not after:
        return False
    row.save(update_fields=list(after))
    record(verb="user.update", target=row, actor=actor, now=now, agency=agency, before=before, after=after)
    security_event("user_updated", None, account=row.pk, by=actor.pk)
    return True


@transaction.atomic
def set_person_active(
    *,
    user: User,
    agency: Agency,
    agency_ids: frozenset[int],
    active: bool,
    actor: User,
    now: datetime,
    reason: str = "",
) -> None:
    """Opens or closes an account; a closed one loses its sessions with its next request.

    Raises OwnAccount, SharedAccount, LastAdministrator.
    """
    locked_agency(agency)
    row = User.objects.select_for_update().get(pk=user.pk)
    if row.pk == actor.pk:
        raise OwnAccount
    _refuse_shared(row, agency_ids, actor)
    if row.is_active == active:
        return
    if not active:
        _keep_one_administrator(agency, without=row, day=day_of(now))
    row.is_active = active
    row.save(update_fields=["is_active"])
    record(
        verb="user.activate" if active else "user.deactivate",
        target=row,
        actor=actor,
        now=now,
        agency=agency,
        before={"is_active": not active},
        after={"is_active": active},
        reason=reason,
    )
    security_event("user_updated", None, account=row.pk, by=actor.pk, active=active)


def _keep_one_administrator(agency: Agency, *, without: User, day: date) -> None:
    admins = Membership.objects.active_on(day).filter(agency=agency, role=Membership.Role.ADMIN, user__is_active=True)
    if admins.filter(user=without).exists() and not admins.exclude(user=without).exists():
        raise LastAdministrator


@transaction.atomic
def invite_person(*, user: User, agency: Agency, actor: User, now: datetime, site: Site) -> None:
    """Sends the link with which the person sets a password. Raises NoMailAddress."""
    if not user.email:
        raise NoMailAddress
    record(verb="user.invite", target=user, actor=actor, now=now, agency=agency)
    security_event("authn_token_created", None, account=user.pk, by=actor.pk)
    transaction.on_commit(partial(_send_invitation, user, site))


def _send_invitation(user: User, site: Site) -> None:
    context: dict[str, object] = {
        "protocol": site.protocol,
        "domain": site.domain,
        "uid": urlsafe_base64_encode(force_bytes(user.pk)),
        "token": default_token_generator.make_token(user),
    }
    deliver([compose(user, "units/mail/invitation", context)])


@transaction.atomic
def add_membership(*, agency: Agency, user: User, values: Mapping[str, Any], actor: User, now: datetime) -> Membership:
    """Gives a role in the agency or one of its units, from a day on. Raises ConflictOfInterest."""
    locked_agency(agency)
    row = new_membership(agency=agency, user=user, values=values, today=day_of(now))
    record(
        verb="membership.add",
        target=row,
        actor=actor,
        now=now,
        agency=agency,
        unit=row.unit_id,
        after={"user": user.full_name} | shown(row, MEMBERSHIP_FIELDS),
    )
    security_event("privilege_permissions_changed", None, account=user.pk, by=actor.pk, role=row.role)
    return row


@transaction.atomic
def end_membership(*, membership: Membership, until: date, actor: User, now: datetime, reason: str = "") -> None:
    """The role holds up to and including `until`. Raises AlreadyEnded, LastAdministrator."""
    agency = locked_agency(membership.agency_id)
    row = Membership.objects.select_related("user").get(pk=membership.pk)
    if row.valid_until is not None and row.valid_until <= until:
        raise AlreadyEnded
    if row.role == Membership.Role.ADMIN:
        _keep_one_administrator(agency, without=row.user, day=day_of(now))
    before, after = assign(row, {"valid_until": until}, MEMBERSHIP_FIELDS)
    row.save(update_fields=["valid_until"])
    record(
        verb="membership.end",
        target=row,
        actor=actor,
        now=now,
        agency=agency,
        unit=row.unit_id,
        before=before | {"user": row.user.full_name, "role": row.role},
        after=after,
        reason=reason,
    )
    security_event("privilege_permissions_changed", None, account=row.user_id, by=actor.pk, role=row.role)
