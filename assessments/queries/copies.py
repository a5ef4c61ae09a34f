"""What an earlier quarter offers to this one: copies that wait to be checked, and what could still be copied."""

from assessments.models import AnswerCopy, Assessment
from assessments.queries.instruments import stored_instrument


def copies_of(assessment: Assessment) -> dict[str, AnswerCopy]:
    """The copies that wait to be checked, by question code, each with its `source.period`; one query."""
    codes = stored_instrument(assessment.period.instrument).codes
    waiting = AnswerCopy.objects.filter(assessment=assessment).select_related("source__period")
    return {codes[row.question_id]: row for row in waiting.order_by("question__position")}
