"""What units have promised to improve (tindak lanjut)."""

from collections import defaultdict

from assessments.models import FollowUp


def open_followups(unit_id: int) -> dict[str, list[FollowUp]]:
    """What TPI has not closed yet, by question code, the earliest due first; one query."""
    found: defaultdict[str, list[FollowUp]] = defaultdict(list)
    rows = FollowUp.objects.filter(unit_id=unit_id, closed_at__isnull=True).select_related("proof", "reported_by")
    for row in rows.order_by("due", "pk"):
        found[row.code].append(row)
    return dict(found)
