"""Who in a unit looks after what: areas of members, questions of persons, and handing them over.

A duty says who is asked to do something; it gives no right. Rows end, they are never deleted.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from assessments import permissions
from assessments.models import QuestionDuty
from assessments.queries.duties import UnitTeam, unit_team
from assessments.queries.progress import area_number
from assessments.scoring import Instrument
from assessments.services.texts import checked_text
from assessments.services.transitions import ReasonMissing
from units import audit
from units import permissions as who
from units.models import Unit, User
from units.permissions import access_of
from units.services import areas as pokja
from units.services.areas import NotInUnit
from units.services.changes import day_of, locked_agency
from zi_portal.errors import Refused

REASON_MAX = 240


class OutsideAreas(Refused):
    """`data`: codes of the questions that lie in areas which the person does not fill."""

    status = 422
    message = _("Sebagian pertanyaan berada di luar area orang ini. Beri areanya lebih dahulu.")


class NothingChosen(Refused):
    status = 422
    message = _("Pilih paling sedikit satu pertanyaan.")


class SamePerson(Refused):
    status = 422
    message = _("Penerima harus orang lain.")


def set_areas(*, unit: Unit, user: User, areas: frozenset[int], seen: str, actor: User, now: datetime) -> bool:
    """As units.services.areas.set_areas, by those who may share out. Raises PermissionDenied besides."""
    if not permissions.can_share_out(actor, unit.pk):
        raise PermissionDenied
    return pokja.set_areas(unit=unit, user=user, areas=areas, seen=seen, actor=actor, now=now)


@transaction.atomic
def give_questions(
    *, unit: Unit, instrument: Instrument, codes: Collection[str], user: User | None, actor: User, now: datetime
) -> int:
    """Give questions to one person; None takes them away from whoever has them. Returns how many changed hands.

    Raises PermissionDenied, NothingChosen, NotInUnit, OutsideAreas; KeyError for an unknown code.
    """
    if not permissions.can_share_out(actor, unit.pk):
        raise PermissionDenied
    if not codes:
        raise NothingChosen
    locked_agency(unit.agency_id)
    wanted = [instrument.question(code).code for code in dict.fromkeys(codes)]
    if user is not None:
        _refuse_outside(unit_team(unit.pk, day_of(now)), instrument, wanted, user)
    active = QuestionDuty.objects.filter(unit=unit, code__in=wanted, ended_at__isnull=True).select_related("user")
    held = {duty.code: duty for duty in active}
    moving = [code for code in wanted if (held[code].user_id if code in held else None) != (user.pk if user else None)]
    if not moving:
        return 0
    _end([held[code] for code in moving if code in held], actor, now)
    if user is not None:
        _begin(unit, moving, user, actor, now)
    audit.record(
        verb="duty.give",
        target=unit,
        actor=actor,
        now=now,
        unit=unit,
        before={"holders": {code: held[code].user.full_name for code in moving if code in held}},
        after={"questions": moving, "user": user.full_name if user else ""},
    )
    return len(moving)


@transaction.atomic
def hand_over(
    *, unit: Unit, leaver: User, receiver: User, reason: str, ends_membership: bool, actor: User, now: datetime
) -> int:
    """Everything of one person to another: all questions, and the areas. Returns how many questions changed hands.

    `ends_membership` also ends the leaver's place in the team with this day; only the head decides that. The leaver
    may have left already. Raises PermissionDenied, SamePerson, ReasonMissing, TextRefused, NotInUnit.
    """
    is_head = unit.pk in access_of(actor).units_as(who.UNIT_HEAD)
    if not permissions.can_share_out(actor, unit.pk) or (ends_membership and not is_head):
        raise PermissionDenied
    if leaver.pk == receiver.pk:
        raise SamePerson
    why = checked_text(reason, REASON_MAX).strip()
    if not why:
        raise ReasonMissing
    locked_agency(unit.agency_id)
    duties = list(QuestionDuty.objects.filter(unit=unit, user=leaver, ended_at__isnull=True))
    if pokja.last_membership(unit, leaver) is None and not duties:
        raise NotInUnit
    areas = pokja.pass_areas(unit=unit, leaver=leaver, receiver=receiver, ends=ends_membership, actor=actor, now=now)
    _end(duties, actor, now, why)
    codes = [duty.code for duty in duties]
    _begin(unit, codes, receiver, actor, now)
    audit.record(
        verb="duty.handover",
        target=unit,
        actor=actor,
        now=now,
        unit=unit,
        before={"user": leaver.full_name, "areas": areas},
        after={"user": receiver.full_name, "questions": codes, "membership_ended": ends_membership},
        reason=why,
    )
    return len(codes)


def _refuse_outside(team: UnitTeam, instrument: Instrument, codes: Collection[str], user: User) -> None:
    if not team.has(user.pk):
        raise NotInUnit
    outside = [
        code for code in codes if not team.fills(user.pk, area_number(instrument, instrument.question(code).node))
    ]
    if outside:
        raise OutsideAreas(codes=outside)


def _end(duties: Collection[QuestionDuty], actor: User, now: datetime, reason: str = "") -> None:
    values: dict[str, Any] = {"ended_at": now, "ended_by": actor, "ended_reason": reason}
    QuestionDuty.objects.filter(pk__in=[duty.pk for duty in duties], ended_at__isnull=True).update(**values)


def _begin(unit: Unit, codes: Collection[str], user: User, actor: User, now: datetime) -> None:
    QuestionDuty.objects.bulk_create(
        QuestionDuty(unit=unit, code=code, user=user, assigned_by=actor, assigned_at=now) for code in codes
    )
