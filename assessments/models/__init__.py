"""What: instrument, periods, assessments, answers, evidence, evaluation, snapshots, reports."""

from assessments.models.assessment import NOTE_MAX, Answer, Assessment
from assessments.models.evaluation import Note, TransitionRecord
from assessments.models.evidence import Evidence, EvidenceFile, EvidenceUse
from assessments.models.instrument import Gate, Input, Instrument, Node, Option, Question
from assessments.models.period import Period
from assessments.models.snapshot import Report, Snapshot

__all__ = [
    "NOTE_MAX",
    "Answer",
    "Assessment",
    "Evidence",
    "EvidenceFile",
    "EvidenceUse",
    "Gate",
    "Input",
    "Instrument",
    "Node",
    "Note",
    "Option",
    "Period",
    "Question",
    "Report",
    "Snapshot",
    "TransitionRecord",
]
