"""What: instrument, periods, assessments, answers, evidence, evaluation, snapshots, reports."""

from assessments.models.assessment import NOTE_MAX, Answer, Assessment
from assessments.models.duty import FollowUp, QuestionDuty
from assessments.models.evaluation import Note, TransitionRecord
from assessments.models.evidence import Evidence, EvidenceFile, EvidenceUse
from assessments.models.history import AnswerCopy, AnswerRevision
from assessments.models.instrument import Gate, Input, Instrument, Node, Option, Question
from assessments.models.period import Period
from assessments.models.preview import Preview, PreviewPage
from assessments.models.snapshot import Report, Snapshot
from assessments.models.workbook import WorkbookImport

__all__ = [
    "NOTE_MAX",
    "Answer",
    "AnswerCopy",
    "AnswerRevision",
    "Assessment",
    "Evidence",
    "EvidenceFile",
    "EvidenceUse",
    "FollowUp",
    "Gate",
    "Input",
    "Instrument",
    "Node",
    "Note",
    "Option",
    "Period",
    "Preview",
    "PreviewPage",
    "Question",
    "QuestionDuty",
    "Report",
    "Snapshot",
    "TransitionRecord",
    "WorkbookImport",
]
