"""What is frozen here: published instruments, snapshots, issued reports, the histories of states and answers."""

from units.guards import Guard

_PUBLISHED = "(SELECT status FROM assessments_instrument WHERE id = {{row}}.{column}) = 'published'"
_OF_INSTRUMENT = _PUBLISHED.format(column="instrument_id")
_OF_QUESTION = (
    "(SELECT i.status FROM assessments_instrument i JOIN assessments_question q ON q.instrument_id = i.id "
    "WHERE q.id = {row}.question_id) = 'published'"
)
_EVENTS = ("INSERT", "UPDATE", "DELETE")

GUARDS = (
    Guard("assessments_instrument", condition="{row}.status = 'published'"),
    *(Guard(f"assessments_{name}", _EVENTS, _OF_INSTRUMENT) for name in ("node", "question", "gate")),
    *(Guard(f"assessments_{name}", _EVENTS, _OF_QUESTION) for name in ("option", "input")),
    Guard("assessments_snapshot"),
    Guard("assessments_report"),
    Guard("assessments_report_snapshots"),
    Guard("assessments_transitionrecord"),
    Guard("assessments_answerrevision"),
    Guard("assessments_extension"),
)
