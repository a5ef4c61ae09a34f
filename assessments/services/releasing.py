"""The moment in which the unit comes to see what TPI marked for it; before it sees none of that (SEC-05)."""

from datetime import datetime

from assessments.models import Assessment, Note, NoteMessage


def release(assessment: Assessment, now: datetime) -> None:
    """Release the notes that are marked for the unit, and on them the messages that are not internal.

    A thread that the unit had answered is open again where TPI replied. Called inside the transition's transaction.
    """
    marked = Note.objects.filter(assessment=assessment, for_release=True)
    marked.filter(released_at__isnull=True).update(released_at=now)
    held = NoteMessage.objects.filter(note__in=marked, by_unit=False, is_internal=False, released_at__isnull=True)
    marked.filter(thread=Note.Thread.ANSWERED, pk__in=held.values("note")).update(thread=Note.Thread.OPEN)
    held.update(released_at=now)
