"""What every page of the portal may show: navigation by role, the demo banner, the session's state.

Values are callables, so a fragment that shows none of them costs nothing.
"""

import time
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from units import sessions
from units.models import User
from units.permissions import Access, access_of
from units.queries.demo import demo_data_is_loaded
from zi_portal.views import session_owner


@dataclass(frozen=True, slots=True)
class NavItem:
    url: str
    label: str | Promise
    icon: str
    current: bool


def portal(request: HttpRequest) -> dict[str, Any]:
    """The context processor."""
    return {
        "navigation": partial(navigation, request),
        "demo_data": partial(demo_data, request),
        "session_state": partial(session_state, request),
        "unread_notices": partial(unread_notices, request),
        "contact": settings.CONTACT,
    }


def person(request: HttpRequest) -> User | None:
    user = getattr(request, "user", None)
    return user if user is not None and user.is_authenticated else None


def navigation(request: HttpRequest) -> list[NavItem]:
    """The main screens of this person's roles, in the order of work."""
    user = person(request)
    if user is None:
        return []
    items = [nav_item(request, name, label, icon) for name, label, icon, shown in screens(access_of(user)) if shown]
    here = max((item.url for item in items if item and item.current), key=len, default="")
    return [replace(item, current=item.url == here) for item in items if item]


def screens(access: Access) -> tuple[tuple[str, Promise, str, bool], ...]:
    """URL name, label, icon, whether this person works there."""
    watches = access.is_inspector or access.is_reader
    return (
        ("home", _("Beranda"), "home", True),
        ("evaluation_queue", _("Evaluasi"), "queue", access.is_evaluator or access.is_assistant),
        ("workload", _("Papan tugas"), "people", access.is_lead or access.is_inspector),
        ("followup_list", _("Tindak lanjut"), "flag", access.is_evaluator or access.is_inspector),
        ("board", _("Papan pantau"), "board", watches),
        ("report_list", _("Laporan"), "report", watches or access.is_unit_member),
        ("manage_home", _("Kelola"), "manage", access.is_admin),
    )


def nav_item(request: HttpRequest, name: str, label: Promise, icon: str) -> NavItem | None:
    try:
        url = reverse(name)
    except NoReverseMatch:
        return None
    current = request.path == url or (url != reverse("home") and request.path.startswith(url))
    return NavItem(url, label, icon, current)


def demo_data(request: HttpRequest) -> bool:
    """Whether this page can show invented scores: noted in the session at log-in, looked up for visitors."""
    known = request.session.get("demo") if person(request) else None
    return demo_data_is_loaded() if known is None else bool(known)


def unread_notices(request: HttpRequest) -> int:
    """Comes with the person's access, which every page reads anyway."""
    user = person(request)
    return access_of(user).unread if user else 0


def session_state(request: HttpRequest) -> dict[str, object]:
    """For the page's script: whose page this is and how long the session lasts."""
    if person(request) is None or sessions.LIMITS not in request.session:
        return {}
    return {"owner": session_owner(request), "seconds": sessions.seconds_left(request.session, int(time.time()))}
