"""Django admin, for superusers: everything that scores and reports rest on, to look at only."""

from django.contrib import admin

from assessments.models import (
    Answer,
    Assessment,
    Evidence,
    EvidenceFile,
    EvidenceUse,
    Gate,
    Input,
    Instrument,
    Node,
    Note,
    Option,
    Period,
    Question,
    Report,
    Snapshot,
    TransitionRecord,
)
from units.admin import ReadOnlyAdmin


@admin.register(Instrument)
class InstrumentAdmin(ReadOnlyAdmin):
    list_display = ("code", "version", "title", "status", "published_at")


@admin.register(Question)
class QuestionAdmin(ReadOnlyAdmin):
    list_display = ("code", "instrument", "scale", "weight")
    list_filter = ("instrument", "scale")
    search_fields = ("code", "text")
    list_select_related = ("instrument",)


@admin.register(Period)
class PeriodAdmin(ReadOnlyAdmin):
    list_display = ("agency", "year", "quarter", "fill_from", "fill_until", "review_until")
    list_filter = ("agency", "year")
    list_select_related = ("agency",)


@admin.register(Assessment)
class AssessmentAdmin(ReadOnlyAdmin):
    list_display = ("unit", "period", "state", "round", "submitted_at", "finalised_at")
    list_filter = ("state", "period__agency")
    search_fields = ("unit__name", "unit__code")
    list_select_related = ("unit", "period")


@admin.register(Answer)
class AnswerAdmin(ReadOnlyAdmin):
    list_display = ("assessment", "question", "stage", "version", "updated_at")
    list_filter = ("stage",)
    list_select_related = ("assessment", "question")


@admin.register(Note)
class NoteAdmin(ReadOnlyAdmin):
    list_display = ("assessment", "question", "stage", "round", "for_release", "released_at")
    list_filter = ("stage", "for_release")
    list_select_related = ("assessment", "question")


@admin.register(TransitionRecord)
class TransitionRecordAdmin(ReadOnlyAdmin):
    list_display = ("assessment", "action", "from_state", "to_state", "actor", "at")
    list_filter = ("action",)
    list_select_related = ("assessment", "actor")


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnlyAdmin):
    list_display = ("uuid", "assessment", "kind", "round", "engine_version", "sha256", "taken_at")
    list_filter = ("kind",)
    list_select_related = ("assessment",)


@admin.register(Report)
class ReportAdmin(ReadOnlyAdmin):
    list_display = ("kind", "period", "number", "sha256", "made_at")
    list_filter = ("kind",)
    list_select_related = ("period",)
    exclude = ("file",)


@admin.register(EvidenceFile)
class EvidenceFileAdmin(ReadOnlyAdmin):
    list_display = ("original_name", "evidence", "kind", "size", "sha256", "uploaded_at")
    list_select_related = ("evidence",)
    exclude = ("file",)


for _model in (Evidence, EvidenceUse, Gate, Input, Node, Option):
    admin.site.register(_model, ReadOnlyAdmin)
