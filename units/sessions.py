"""Sessions: how long they live, and what is kept in them since log-in (SEC-70, SEC-71).

Limits (settings): idle 30 minutes for privileged roles and 60 for unit users, 12 hours in all. Nothing prolongs the
12 hours. The time of the last request is written at most once a minute, so a session may end up to that much early,
never late.
"""

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.utils.translation import gettext_lazy as _

from units.models import User
from units.permissions import access_of
from units.queries.demo import any_demo_agency, demo_data_is_loaded

LIMITS = "limits"
STAMP_SECONDS = 60
ENDED_MESSAGES = {
    "idle": _("Sesi Anda berakhir karena lama tidak ada kegiatan. Silakan masuk kembali."),
    "absolute": _("Sesi Anda berakhir setelah 12 jam. Silakan masuk kembali."),
}


def kind_of(user: User) -> str:
    """`privileged` for those who see more than their unit, else `unit`."""
    access = access_of(user)
    privileged = access.is_evaluator or access.is_inspector or access.is_admin or user.is_staff or user.is_superuser
    return "privileged" if privileged else "unit"


def sees_demo_data(user: User) -> bool:
    """Whether the person works in a demo agency; without any role, whether there is one."""
    agency_ids = {part.agency_id for part in access_of(user).parts}
    return user.is_demo or (any_demo_agency(agency_ids) if agency_ids else demo_data_is_loaded())


def begin(session: SessionBase, user: User, now: int) -> None:
    """Writes what later requests need into a session that has just been authenticated; `now` in epoch seconds."""
    session[LIMITS] = {"start": now, "seen": now, "kind": kind_of(user)}
    session["language"] = user.language
    session["demo"] = sees_demo_data(user)


def ended_by(session: SessionBase, now: int) -> str:
    """`idle` or `absolute` when the session has passed that limit, else empty; a session without stamps has."""
    limits = session.get(LIMITS)
    if not limits or now - limits["start"] >= settings.SESSION_ABSOLUTE_SECONDS:
        return "absolute"
    return "idle" if now - limits["seen"] >= settings.SESSION_IDLE_SECONDS[limits["kind"]] else ""


def seconds_left(session: SessionBase, now: int) -> int:
    """Until the session ends if nothing more is done."""
    limits = session[LIMITS]
    idle = settings.SESSION_IDLE_SECONDS[limits["kind"]] - (now - limits["seen"])
    return max(0, min(idle, settings.SESSION_ABSOLUTE_SECONDS - (now - limits["start"])))


def touch(session: SessionBase, now: int) -> None:
    """Notes that there was a request."""
    limits = session[LIMITS]
    if now - limits["seen"] >= STAMP_SECONDS:
        session[LIMITS] = limits | {"seen": now}
