"""What stands in a person's inbox."""

from django.db.models import QuerySet

from units.models import Notice, User


def notices_of(user: User, *, unread_only: bool = False) -> QuerySet[Notice]:
    """The latest first."""
    rows = Notice.objects.filter(user=user).select_related("unit__agency", "agency")
    return rows.filter(read_at__isnull=True) if unread_only else rows
