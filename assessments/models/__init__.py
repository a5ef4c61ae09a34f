"""What: instrument, periods, assessments, answers, evidence, evaluation, snapshots, reports."""

from assessments.models.assessment import NOTE_MAX, Answer, Assessment
from assessments.models.duty import FollowUp, Presence, QuestionDuty
from assessments.models.evaluation import Note, NoteFile, NoteMessage, NoteTemplate, TransitionRecord, Visit
from assessments.models.evidence import Evidence, EvidenceFile, EvidenceUse
from assessments.models.history import AnswerCopy, AnswerRevision
from assessments.models.instrument import Gate, Input, Instrument, Node, Option, Question
from assessments.models.period import Period
from assessments.models.preview import Preview, PreviewPage
from assessments.models.rounds import Extension
from assessments.models.scoring_work import BlindScore, BulkScore, Scorer
from assessments.models.snapshot import Report, Snapshot
from assessments.models.workbook import WorkbookImport

__all__ = [
    "NOTE_MAX",
    "Answer",
    "AnswerCopy",
    "AnswerRevision",
    "Assessment",
    "BlindScore",
    "BulkScore",
    "Evidence",
    "EvidenceFile",
    "EvidenceUse",
    "Extension",
    "FollowUp",
    "Gate",
    "Input",
    "Instrument",
    "Node",
    "Note",
    "NoteFile",
    "NoteMessage",
    "NoteTemplate",
    "Option",
    "Period",
    "Presence",
    "Preview",
    "PreviewPage",
    "Question",
    "QuestionDuty",
    "Report",
    "Scorer",
    "Snapshot",
    "TransitionRecord",
    "Visit",
    "WorkbookImport",
]
