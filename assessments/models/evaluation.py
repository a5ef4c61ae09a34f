"""Notes (catatan) on questions, their threads, visits, and the record of every change of state."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from assessments.models.assessment import NOTE_MAX, Assessment
from assessments.models.instrument import Question
from units.models import Agency, KeptFile, User


class Visit(models.Model):
    """A field visit (peninjauan lapangan) of TPI to a unit; what was found on a question is a Note of kind FINDING."""

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="visits")
    date = models.DateField(_("tanggal"))
    place = models.CharField(_("tempat"), max_length=160)
    participants = models.TextField(_("peserta"), max_length=2_000)
    summary = models.TextField(_("ringkasan"), blank=True, max_length=NOTE_MAX)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("peninjauan lapangan")
        verbose_name_plural = _("peninjauan lapangan")
        ordering = ("date", "id")
        constraints = (
            models.CheckConstraint(name="visit_has_place_and_people", condition=Q(place__gt="", participants__gt="")),
        )

    def __str__(self) -> str:
        return f"{self.assessment_id} {self.date}"


class Note(models.Model):
    """What an evaluator or assistant writes on a question in a round, and the head of its thread (NoteMessage).

    TPI's notes are invisible to the unit until `released_at` is set, and only those with `for_release` ever
    get it. Notes of an assistance team are for the unit from the start. A clarification (perlu klarifikasi) is put to
    the unit during the review and is released as it is sent; a finding comes from a field visit.
    """

    class Kind(models.TextChoices):
        NOTE = "note", _("Catatan")
        CLARIFICATION = "clarification", _("Perlu klarifikasi")
        FINDING = "finding", _("Temuan lapangan")

    class Thread(models.TextChoices):
        OPEN = "open", _("Terbuka")
        ANSWERED = "answered", _("Dijawab unit")
        CLOSED = "closed", _("Selesai")

    class Stage(models.TextChoices):
        MEMBER = "member", _("Anggota TPI")
        LEAD = "lead", _("Ketua tim TPI")
        CONTROLLER = "controller", _("Pengendali teknis")
        ASSISTANCE = "assistance", _("Tim asistensi")

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="notes")
    question = models.ForeignKey(Question, models.PROTECT, related_name="+")
    stage = models.CharField(max_length=12, choices=Stage)
    round = models.PositiveSmallIntegerField(default=1)
    text = models.TextField(_("catatan"), max_length=NOTE_MAX)
    for_release = models.BooleanField(_("sampaikan kepada unit"), default=False)
    released_at = models.DateTimeField(null=True, blank=True)
    kind = models.CharField(max_length=13, choices=Kind, default=Kind.NOTE)
    visit = models.ForeignKey(Visit, models.PROTECT, null=True, blank=True, related_name="findings")
    thread = models.CharField(max_length=8, choices=Thread, default=Thread.OPEN)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("catatan")
        verbose_name_plural = _("catatan")
        ordering = ("round", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("assessment", "question", "stage", "round"),
                condition=Q(kind="note"),
                name="note_once_per_stage_and_round",
            ),
            models.UniqueConstraint(
                fields=("assessment", "question"),
                condition=Q(kind="clarification") & ~Q(thread="closed"),
                name="note_one_open_clarification",
            ),
            models.UniqueConstraint(fields=("visit", "question"), name="note_one_finding_per_visit"),
            models.CheckConstraint(
                name="note_kind_fits",
                condition=Q(kind="note", visit__isnull=True)
                | Q(kind="clarification", visit__isnull=True, for_release=True, released_at__isnull=False)
                | Q(kind="finding", visit__isnull=False),
            ),
            models.CheckConstraint(
                name="note_thread_closed_by_somebody",
                condition=Q(thread__in=("open", "answered"), closed_at__isnull=True, closed_by__isnull=True)
                | Q(thread="closed", closed_at__isnull=False, closed_by__isnull=False),
            ),
            models.CheckConstraint(name="note_not_empty", condition=Q(text__gt="")),
            models.CheckConstraint(
                name="note_released_only_if_marked", condition=Q(released_at__isnull=True) | Q(for_release=True)
            ),
            models.CheckConstraint(
                name="note_stage_known", condition=Q(stage__in=("member", "lead", "controller", "assistance"))
            ),
        )

    def __str__(self) -> str:
        return f"{self.assessment_id}:{self.question_id}:{self.stage}"


class NoteMessage(models.Model):
    """One contribution to the thread of a note, by TPI or by the unit.

    The unit sees its own ones, and those of TPI that are not internal, from `released_at` on.
    """

    note = models.ForeignKey(Note, models.PROTECT, related_name="messages")
    by_unit = models.BooleanField(default=False)
    is_internal = models.BooleanField(_("hanya untuk TPI"), default=False)
    text = models.TextField(_("isi"), max_length=NOTE_MAX)
    released_at = models.DateTimeField(null=True, blank=True)
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    key = models.UUIDField(null=True, blank=True)

    class Meta:
        verbose_name = _("pesan pada catatan")
        verbose_name_plural = _("pesan pada catatan")
        ordering = ("note", "id")
        constraints = (
            models.CheckConstraint(name="note_message_not_empty", condition=Q(text__gt="")),
            models.CheckConstraint(
                name="note_message_visibility",
                condition=Q(by_unit=True, is_internal=False, released_at__isnull=False)
                | Q(by_unit=False, is_internal=True, released_at__isnull=True)
                | Q(by_unit=False, is_internal=False),
            ),
            models.UniqueConstraint(
                fields=("note", "key"), condition=Q(key__isnull=False), name="note_message_once_per_key"
            ),
        )

    def __str__(self) -> str:
        return f"{self.note_id}:{self.pk}"


def note_file_path(instance: "NoteFile", filename: str) -> str:  # noqa: ARG001 - a stranger's name never becomes a path
    name = instance.uuid.hex
    return f"notes/{name[:2]}/{name}"


class NoteFile(KeptFile):
    """A file of a note (a photo of a visit, for instance), or of one message of its thread; as visible as these are."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    note = models.ForeignKey(Note, models.PROTECT, related_name="files")
    message = models.ForeignKey(NoteMessage, models.PROTECT, null=True, blank=True, related_name="files")
    file = models.FileField(upload_to=note_file_path, max_length=120)
    original_name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("berkas catatan")
        verbose_name_plural = _("berkas catatan")
        ordering = ("note", "id")

    def __str__(self) -> str:
        return self.original_name


class NoteTemplate(models.Model):
    """A text that evaluators of an agency insert into notes; names such as `{unit}` and `{kode}` are filled in."""

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="note_templates")
    title = models.CharField(_("judul"), max_length=80)
    text = models.TextField(_("isi"), max_length=2_000)
    position = models.PositiveSmallIntegerField(_("urutan"), default=0)
    is_active = models.BooleanField(_("dipakai"), default=True)
    updated_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name = _("templat catatan")
        verbose_name_plural = _("templat catatan")
        ordering = ("agency", "position", "title")
        constraints = (
            models.UniqueConstraint(
                fields=("agency", "title"),
                name="note_template_title_once",
                violation_error_message=_("Judul templat ini sudah dipakai."),
            ),
            models.CheckConstraint(name="note_template_not_empty", condition=Q(text__gt="", title__gt="")),
        )

    def __str__(self) -> str:
        return self.title


class TransitionRecord(models.Model):
    """One change of state: from, to, by whom, why; the history that people see.

    `key` is the form's idempotency key: sending the form twice is one change.
    """

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="transitions")
    action = models.CharField(max_length=20)
    from_state = models.CharField(max_length=20)
    to_state = models.CharField(max_length=20)
    round = models.PositiveSmallIntegerField()
    actor = models.ForeignKey(User, models.PROTECT, related_name="+")
    reason = models.TextField(blank=True, max_length=NOTE_MAX)
    key = models.UUIDField(null=True, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("riwayat keadaan")
        verbose_name_plural = _("riwayat keadaan")
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("assessment", "key"), condition=Q(key__isnull=False), name="transition_once_per_key"
            ),
        )

    def __str__(self) -> str:
        return f"{self.assessment_id}: {self.from_state} > {self.to_state}"
