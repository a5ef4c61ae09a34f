"""The assessment of one unit in one period, and its answers."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from assessments.models.instrument import Question
from assessments.models.period import Period
from assessments.windows import Window
from units import permissions as who
from units.models import Agency, Team, Unit, User

NOTE_MAX = 5_000


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    def visible_to(self, user: User | AnonymousUser) -> "AssessmentQuerySet":
        """The assessments that a person may know of; a reader only knows final ones."""
        access = who.access_of(user)
        mine = access.units_as(who.UNIT_MEMBER, who.UNIT_HEAD, who.ASSISTANT, *who.TPI_ROLES)
        return self.filter(
            Q(unit_id__in=mine)
            | Q(period__agency_id__in=access.agencies_as(who.INSPECTOR, who.ADMIN))
            | Q(period__agency_id__in=access.agencies_as(who.READER), state=Assessment.State.FINAL)
        )

    def for_path(self, agency: str, unit: str, period: str) -> "AssessmentQuerySet":
        """The assessment named by a path: agency code, unit code, `2024-2`; with what every page needs."""
        year, _, quarter = period.partition("-")
        return self.filter(
            unit__agency__code=agency, unit__code=unit, period__year=int(year), period__quarter=int(quarter)
        ).select_related("unit__agency", "period__instrument")


class Assessment(models.Model):
    """A unit's worksheet of a quarter. State changes go through services/transitions.py only."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Sedang diisi")
        SUBMITTED = "submitted", _("Terkirim")
        REVIEW_MEMBER = "review_member", _("Dinilai anggota TPI")
        REVIEW_LEAD = "review_lead", _("Direviu ketua tim")
        REVIEW_CONTROLLER = "review_controller", _("Direviu pengendali teknis")
        RETURNED = "returned", _("Dikembalikan untuk perbaikan")
        REOPENED = "reopened", _("Dibuka kembali")
        FINAL = "final", _("Final")

    EDITABLE = (State.DRAFT, State.RETURNED, State.REOPENED)
    IN_REVIEW = (State.REVIEW_MEMBER, State.REVIEW_LEAD, State.REVIEW_CONTROLLER)

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="assessments", verbose_name=_("unit kerja"))
    period = models.ForeignKey(Period, models.PROTECT, related_name="assessments", verbose_name=_("periode"))
    state = models.CharField(_("keadaan"), max_length=20, choices=State, default=State.DRAFT)
    round = models.PositiveSmallIntegerField(_("putaran"), default=1)
    version = models.PositiveIntegerField(default=1)
    submitted_at = models.DateTimeField(_("dikirim pada"), null=True, blank=True)
    submitted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    finalised_at = models.DateTimeField(_("final pada"), null=True, blank=True)
    finalised_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    # How TPI works on this worksheet; taken from team and agency when the first review starts, so that it stays.
    scoring = models.CharField(_("cara menilai"), max_length=6, choices=Team.Scoring, default=Team.Scoring.SINGLE)
    later_stages = models.CharField(
        _("nilai ketua tim dan pengendali teknis"),
        max_length=5,
        choices=Agency.LaterStages,
        default=Agency.LaterStages.AGREE,
    )
    # Deadlines of this worksheet alone (models/rounds.py: Extension); None leaves those of the period.
    fill_until = models.DateTimeField(_("batas pengiriman"), null=True, blank=True)
    review_until = models.DateTimeField(_("batas evaluasi TPI"), null=True, blank=True)

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("penilaian")
        verbose_name_plural = _("penilaian")
        ordering = ("period", "unit")
        constraints = (
            models.UniqueConstraint(
                fields=("unit", "period"),
                name="assessment_once_per_unit_period",
                violation_error_message=_("Unit ini sudah mempunyai penilaian pada periode tersebut."),
            ),
            models.CheckConstraint(
                name="assessment_state_known",
                condition=Q(
                    state__in=(
                        "draft",
                        "submitted",
                        "review_member",
                        "review_lead",
                        "review_controller",
                        "returned",
                        "reopened",
                        "final",
                    )
                ),
            ),
            models.CheckConstraint(
                name="assessment_final_has_finaliser",
                condition=~Q(state="final") | Q(finalised_at__isnull=False, finalised_by__isnull=False),
            ),
            models.CheckConstraint(name="assessment_round_positive", condition=Q(round__gte=1)),
            models.CheckConstraint(name="assessment_scoring_known", condition=Q(scoring__in=("single", "paired"))),
            models.CheckConstraint(
                name="assessment_later_stages_known", condition=Q(later_stages__in=("agree", "empty"))
            ),
        )

    def __str__(self) -> str:
        return f"{self.unit_id} {self.period_id}"

    @property
    def window(self) -> Window:
        """The phases of this worksheet: those of its period, and longer where the Inspector extended them."""
        period = self.period
        return Window(
            period.fill_from,
            max(period.fill_until, self.fill_until or period.fill_until),
            max(period.review_until, self.review_until or period.review_until),
        )


class StandingAnswers(models.Manager["Answer"]):
    """Without the scores that were taken back, which no number reads."""

    def get_queryset(self) -> models.QuerySet["Answer"]:
        return super().get_queryset().filter(is_withdrawn=False)


class Answer(models.Model):
    """What one stage says to one question: the unit's own answer, or an evaluator's.

    A score that was taken back keeps its row, for its history, as `is_withdrawn`; `objects` leaves it out, `every`
    shows it.

    `choice` holds an option's label; `inputs` holds counts, or an index with respondents, in the format of
    `manage.py score`. Both empty means unanswered. `version` guards against lost updates.
    """

    class Stage(models.TextChoices):
        UNIT = "unit", _("Unit kerja")
        MEMBER = "member", _("Anggota TPI")
        LEAD = "lead", _("Ketua tim TPI")
        CONTROLLER = "controller", _("Pengendali teknis")

    assessment = models.ForeignKey(Assessment, models.PROTECT, related_name="answers")
    question = models.ForeignKey(Question, models.PROTECT, related_name="+")
    stage = models.CharField(max_length=12, choices=Stage, default=Stage.UNIT)
    choice = models.CharField(max_length=8, blank=True)
    inputs = models.JSONField(null=True, blank=True)
    note = models.TextField(blank=True, max_length=NOTE_MAX)
    version = models.PositiveIntegerField(default=1)
    round = models.PositiveSmallIntegerField(default=1)
    is_withdrawn = models.BooleanField(default=False)
    updated_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    updated_at = models.DateTimeField()

    objects = StandingAnswers()
    every = models.Manager["Answer"]()

    class Meta:
        verbose_name = _("jawaban")
        verbose_name_plural = _("jawaban")
        constraints = (
            models.UniqueConstraint(fields=("assessment", "question", "stage"), name="answer_once_per_stage"),
            models.CheckConstraint(
                name="answer_stage_known", condition=Q(stage__in=("unit", "member", "lead", "controller"))
            ),
            models.CheckConstraint(name="answer_one_kind", condition=Q(choice="") | Q(inputs__isnull=True)),
            models.CheckConstraint(
                name="answer_withdrawn_is_an_empty_score",
                condition=Q(is_withdrawn=False) | (Q(choice="", inputs__isnull=True) & ~Q(stage="unit")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.assessment_id}:{self.question_id}:{self.stage}"

    @property
    def raw(self) -> Any:
        """The answer in the format of `manage.py score`; None when nothing is given."""
        return self.choice or self.inputs or None
