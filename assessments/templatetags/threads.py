"""Words of threads on notes."""

from uuid import UUID, uuid4

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from assessments.models import Note
from assessments.queries.threads import Thread
from assessments.services.threads import FILES_PER_MESSAGE

register = template.Library()

HEADINGS = {
    Note.Kind.NOTE: _("Catatan TPI"),
    Note.Kind.CLARIFICATION: _("TPI meminta klarifikasi"),
    Note.Kind.FINDING: _("Temuan peninjauan lapangan"),
}


@register.filter
def thread_heading(note: Note) -> str | Promise:
    return HEADINGS[Note.Kind(note.kind)]


@register.filter
def thread_words(thread: Thread) -> str | Promise:
    """The state of a thread in words."""
    if thread.is_closed:
        return _("Selesai")
    if thread.is_answered:
        return _("Dijawab unit")
    if thread.note.released_at is None:
        return _("Belum disampaikan") if thread.note.for_release else _("Internal TPI")
    return _("Menunggu jawaban unit") if thread.is_clarification else _("Terbuka")


@register.simple_tag
def new_key() -> UUID:
    """A key for a form: what is sent twice by mistake is stored once."""
    return uuid4()


@register.simple_tag
def files_per_message() -> int:
    return FILES_PER_MESSAGE
