"""TPI shares its worksheets out: who scores which one, handing over with a reason, and the limit that only warns.

Rows end, they are never deleted. A blind slot keeps its scores when its person changes: the next one goes on, and
whoever has held one slot never takes the other. Every write locks the worksheet first, as scoring does, so that a
score either stands before the change or is refused after it (REL-07).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from assessments import permissions
from assessments.models import Answer, AnswerRevision, Assessment, Scorer, TransitionRecord
from assessments.queries.scorers import scoring_of, slots_of, units_of_scorer
from assessments.services import telling
from assessments.services.texts import checked_text
from assessments.services.transitions import ReasonMissing, WrongState, lock
from units import audit
from units import permissions as who
from units.models import Team, User
from units.permissions import access_of
from units.services.changes import day_of
from units.services.conflicts import refuse_member_of_evaluated_unit
from zi_portal.errors import Refused
from zi_portal.logs import security_event

REASON_MAX = 240


class NotInTeam(Refused):
    """`data`: person, unit."""

    status = 422


class WorkedForUnit(Refused):
    """Who filled in or sent this worksheet does not score it, whatever they are today; `data`: person, unit."""

    status = 422


class OtherSlot(Refused):
    """`data`: person, unit."""

    status = 422


class SlotTaken(Refused):
    message = _("Tempat penilai ini baru saja diisi. Muat ulang halaman untuk melihat pembagian terbaru.")


class NoSuchSlot(Refused):
    status = 422
    message = _("Penilaian tunggal mempunyai satu penilai. Muat ulang halaman untuk melihat cara menilai terbaru.")


class AlreadyMoved(Refused):
    message = _("Tugas ini baru saja dipindahkan. Muat ulang halaman untuk melihat pembagian terbaru.")


class SamePerson(Refused):
    status = 422
    message = _("Penerima harus orang lain.")


class NothingToMove(Refused):
    status = 422
    message = _("Pilih paling sedikit satu unit.")


@dataclass(frozen=True, slots=True)
class Place:
    """One slot of one worksheet."""

    assessment: Assessment
    slot: int


@dataclass(frozen=True, slots=True)
class Given:
    """What was given to `user`; `units` counts all of theirs in the period, `limit` is the agency's."""

    user: User
    scorers: tuple[Scorer, ...]
    units: int
    limit: int

    @property
    def is_over(self) -> bool:
        return self.units > self.limit


def assign(*, assessment: Assessment, user: User, slot: int, actor: User, now: datetime) -> Given:
    """Give an empty slot of one worksheet to `user`. As `assign_all`."""
    return assign_all(places=(Place(assessment, slot),), user=user, actor=actor, now=now)


def assign_all(*, places: Iterable[Place], user: User, actor: User, now: datetime) -> Given:
    """Give empty slots of worksheets of one period to one person: all of them, or none.

    Raises PermissionDenied, WrongState (final), NoSuchSlot, SlotTaken, ConflictOfInterest, WorkedForUnit, NotInTeam,
    OtherSlot.
    """
    wanted = sorted(places, key=lambda place: (place.assessment.pk, place.slot))
    _refuse_strangers(actor, [place.assessment for place in wanted])
    with transaction.atomic():
        made = [_assign(place, user, actor, now) for place in wanted]
        return _given(wanted[0].assessment, user, made)


def move(*, scorer: Scorer, user: User, reason: str, actor: User, now: datetime) -> Given:
    """The slot goes to `user`, with everything that was scored in it. As `move_all`."""
    return move_all(scorers=[scorer], user=user, reason=reason, actor=actor, now=now)


def move_all(*, scorers: Iterable[Scorer], user: User, reason: str, actor: User, now: datetime) -> Given:
    """Several slots, of worksheets of one period, go to `user`: all of them, or none.

    Raises PermissionDenied, ReasonMissing, TextRefused, NothingToMove, AlreadyMoved, SamePerson, and as assign_all.
    """
    rows, why = _movable(scorers, actor), _reason(reason)
    with transaction.atomic():
        made = [_move(row, user, why, actor, now) for row in rows]
        return _given(rows[0].assessment, user, made)


def end(*, scorer: Scorer, reason: str, actor: User, now: datetime) -> None:
    """The slot becomes empty; its blind scores wait for the next one. As `end_all`."""
    end_all(scorers=[scorer], reason=reason, actor=actor, now=now)


def end_all(*, scorers: Iterable[Scorer], reason: str, actor: User, now: datetime) -> None:
    """Several slots become empty: all of them, or none.

    Raises PermissionDenied, ReasonMissing, TextRefused, NothingToMove, WrongState (final), AlreadyMoved.
    """
    rows, why = _movable(scorers, actor), _reason(reason)
    with transaction.atomic():
        for row in rows:
            _end(row, why, actor, now)


def _end(scorer: Scorer, why: str, actor: User, now: datetime) -> None:
    locked = _locked_open(scorer.assessment)
    row = _end_row(scorer, locked, why, actor, now)
    audit.record(
        verb="scorer.end",
        target=row,
        actor=actor,
        now=now,
        unit=locked.unit,
        before={"user": row.user.full_name, "slot": row.slot},
        reason=why,
    )
    telling.scorer_ended(assessment=locked, scorer=row, now=now)


def _assign(place: Place, user: User, actor: User, now: datetime) -> Scorer:
    locked = _locked_open(place.assessment)
    if place.slot not in slots_of(scoring_of(locked)):
        raise NoSuchSlot
    if Scorer.objects.filter(assessment=locked, slot=place.slot, ended_at__isnull=True).exists():
        raise SlotTaken
    _refuse_unfit(locked, place.slot, user, now)
    row = _begin(locked, place.slot, user, actor, now)
    audit.record(
        verb="scorer.assign",
        target=row,
        actor=actor,
        now=now,
        unit=locked.unit,
        after={"user": user.full_name, "slot": place.slot},
    )
    telling.scorer_assigned(assessment=locked, scorer=row, now=now)
    return row


def _movable(scorers: Iterable[Scorer], actor: User) -> list[Scorer]:
    """In the order in which they are locked."""
    rows = sorted(scorers, key=lambda row: (row.assessment_id, row.slot))
    if not rows:
        raise NothingToMove
    _refuse_strangers(actor, [row.assessment for row in rows])
    return rows


def _move(scorer: Scorer, user: User, why: str, actor: User, now: datetime) -> Scorer:
    locked = _locked_open(scorer.assessment)
    if scorer.user_id == user.pk:
        raise SamePerson
    _refuse_unfit(locked, scorer.slot, user, now)
    left = _end_row(scorer, locked, why, actor, now)
    row = _begin(locked, left.slot, user, actor, now, handed_in_at=left.handed_in_at)
    audit.record(
        verb="scorer.move",
        target=row,
        actor=actor,
        now=now,
        unit=locked.unit,
        before={"user": left.user.full_name, "slot": left.slot},
        after={"user": user.full_name, "slot": row.slot},
        reason=why,
    )
    telling.scorer_ended(assessment=locked, scorer=left, now=now)
    telling.scorer_assigned(assessment=locked, scorer=row, now=now)
    return row


def _locked_open(assessment: Assessment) -> Assessment:
    locked = lock(assessment)
    if locked.state == Assessment.State.FINAL:
        raise WrongState(state=locked.state, action="assign")
    return locked


def _begin(
    assessment: Assessment, slot: int, user: User, actor: User, now: datetime, *, handed_in_at: datetime | None = None
) -> Scorer:
    return Scorer.objects.create(
        assessment=assessment, user=user, slot=slot, assigned_by=actor, assigned_at=now, handed_in_at=handed_in_at
    )


def _end_row(scorer: Scorer, locked: Assessment, why: str, actor: User, now: datetime) -> Scorer:
    """The row as it stood, ended. A page that shows an older sharing out changes nothing."""
    row = Scorer.objects.select_related("user").filter(pk=scorer.pk, assessment=locked, ended_at__isnull=True).first()
    if row is None:
        raise AlreadyMoved
    row.ended_at, row.ended_by, row.ended_reason = now, actor, why
    row.save(update_fields=("ended_at", "ended_by", "ended_reason"))
    return row


def _refuse_strangers(actor: User, assessments: Iterable[Assessment]) -> None:
    """Each worksheet is checked, not only the first one (SEC-09)."""
    if not all(permissions.can_assign(actor, assessment) for assessment in assessments):
        raise PermissionDenied


def _reason(text: str) -> str:
    why = checked_text(text, REASON_MAX).strip()
    if not why:
        raise ReasonMissing
    return why


def _refuse_unfit(assessment: Assessment, slot: int, user: User, now: datetime) -> None:
    """SEC-07 first, so that whoever belongs to the unit learns why; then the team, then the other slot."""
    words = {"person": user.full_name, "unit": assessment.unit.name}
    team = Team.objects.filter(kind=Team.Kind.TPI, is_active=True, assignments__unit=assessment.unit).first()
    if team is not None:
        refuse_member_of_evaluated_unit(user=user, team=team, units=[assessment.unit], day=day_of(now))
        if _worked_for_unit(assessment, user):
            security_event("authz_fail", None, reason="conflict of interest", person=user.pk, unit=assessment.unit_id)
            message = _("Benturan kepentingan: %(person)s ikut mengisi atau mengirim LKE ini untuk %(unit)s.") % words
            raise WorkedForUnit(message, **words)
    if team is None or assessment.unit_id not in access_of(user).units_as(who.TPI_MEMBER):
        raise NotInTeam(_("%(person)s bukan anggota TPI yang menilai %(unit)s.") % words, **words)
    if Scorer.objects.filter(assessment=assessment, user=user).exclude(slot=slot).exists():
        message = _("%(person)s memegang, atau pernah memegang, tempat penilai yang lain pada %(unit)s.") % words
        raise OtherSlot(message, **words)


def _worked_for_unit(assessment: Assessment, user: User) -> bool:
    wrote = AnswerRevision.objects.filter(answer__assessment=assessment, answer__stage=Answer.Stage.UNIT, by=user)
    answered = Answer.objects.filter(assessment=assessment, stage=Answer.Stage.UNIT, updated_by=user)
    sent = TransitionRecord.objects.filter(assessment=assessment, action="submit", actor=user)
    tests: tuple[Callable[[], bool], ...] = (wrote.exists, answered.exists, sent.exists)
    return any(test() for test in tests)


def _given(assessment: Assessment, user: User, made: Iterable[Scorer]) -> Given:
    units = units_of_scorer(user.pk, assessment.period_id)
    return Given(user, tuple(made), units, assessment.unit.agency.member_unit_limit)
