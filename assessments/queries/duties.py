"""Who in a unit looks after what."""

from assessments.models import QuestionDuty
from units.models import User


def duties_of(unit_id: int) -> dict[str, User]:
    """The person whom the unit has given a question to, by question code; one query."""
    active = QuestionDuty.objects.filter(unit_id=unit_id, ended_at__isnull=True).select_related("user")
    return {duty.code: duty.user for duty in active}
