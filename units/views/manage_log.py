"""The audit log, read by the administrator. Nobody writes it by hand, and nobody changes it."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from units.forms.log import LogFilter
from units.models import Agency, AuditEvent
from units.queries.audit_log import OPEN_REASONS, OPEN_VERBS, events_of
from units.views.manage_base import manage_view, page, page_of, query_string
from units.views.manage_words import FIELD_WORDS, VERB_WORDS


@dataclass(frozen=True, slots=True)
class Change:
    """One value, before and after, as text."""

    name: str | Promise
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Entry:
    event: AuditEvent
    what: str | Promise
    reason: str
    changes: tuple[Change, ...]


@manage_view("GET")
def log(request: HttpRequest, agency: Agency) -> HttpResponse:
    """Who did what, when, from where; values only of what the administrator keeps."""
    wanted = LogFilter(request.GET, agency=agency)
    wanted.is_valid()
    chosen = wanted.cleaned_data
    events = events_of(
        agency, subject=chosen.get("hal", ""), unit=chosen.get("unit", ""), person=chosen.get("orang", "")
    )
    rows = page_of(request, events)
    context = {
        "filter": wanted,
        "rows": rows,
        "entries": [entry_of(event) for event in rows],
        "query": query_string(request),
    }
    return page(
        request,
        agency,
        "units/manage_log.html",
        section="manage_log",
        title=_("Jejak audit"),
        lead=_("Setiap perubahan tercatat. Catatan ini tidak dapat diubah atau dihapus."),
        context=context,
    )


def entry_of(event: AuditEvent) -> Entry:
    reason = event.reason if event.verb.startswith(OPEN_REASONS) else ""
    return Entry(event, VERB_WORDS.get(event.verb, event.verb), reason, tuple(changes_of(event)))


def changes_of(event: AuditEvent) -> list[Change]:
    """What differs, field by field; nothing for verbs whose values are not the administrator's to read."""
    if not event.verb.startswith(OPEN_VERBS):
        return []
    before, after = event.before or {}, event.after or {}
    return [
        Change(FIELD_WORDS.get(name, name), told(before.get(name)), told(after.get(name)))
        for name in {**before, **after}
    ]


def told(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return str(_("ya") if value else _("tidak"))
    if isinstance(value, list):
        return ", ".join(told(item) for item in value if item not in (None, ""))
    if isinstance(value, dict):
        return "; ".join(f"{key}: {told(item)}" for key, item in value.items())
    return str(value)
