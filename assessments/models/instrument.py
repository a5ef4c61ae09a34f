"""The instrument (LKE) as rows. A published version is frozen by triggers (assessments/guards.py)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Instrument(models.Model):
    """One version of an assessment instrument; a change of a published one is a clone with the next version."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Rancangan")
        PUBLISHED = "published", _("Berlaku")

    code = models.SlugField(_("kode"), max_length=60)
    version = models.PositiveSmallIntegerField(_("versi"), default=1)
    title = models.CharField(_("judul"), max_length=200)
    regulation = models.CharField(_("dasar"), max_length=400)
    citation = models.CharField(_("rujukan"), max_length=300)
    predicates = models.JSONField(_("predikat"))
    prerequisites = models.JSONField(_("syarat pengusulan"))
    source_sha256 = models.CharField(_("hash berkas asal"), max_length=64)
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    published_at = models.DateTimeField(_("berlaku sejak"), null=True, blank=True)

    class Meta:
        verbose_name = _("instrumen")
        verbose_name_plural = _("instrumen")
        ordering = ("code", "-version")
        constraints = (
            models.UniqueConstraint(
                fields=("code", "version"),
                name="instrument_version_once",
                violation_error_message=_("Versi instrumen ini sudah ada."),
            ),
            models.CheckConstraint(
                name="instrument_published_has_time",
                condition=Q(status="draft", published_at__isnull=True)
                | Q(status="published", published_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class Node(models.Model):
    """A component, half, area or sub-area; `weight` in points of 100."""

    instrument = models.ForeignKey(Instrument, models.CASCADE, related_name="nodes")
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")
    code = models.CharField(max_length=20)
    key = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=160)
    weight = models.DecimalField(max_digits=6, decimal_places=2)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("instrument", "position")
        constraints = (
            models.UniqueConstraint(fields=("instrument", "code"), name="node_code_once"),
            models.UniqueConstraint(fields=("instrument", "position"), name="node_position_once"),
            models.CheckConstraint(name="node_weight_positive", condition=Q(weight__gt=0, weight__lte=100)),
        )

    def __str__(self) -> str:
        return self.code


class Question(models.Model):
    """A question of a sub-area, or a result item (B.I.a, B.I.b, B.II.a); numbers as the file writes them."""

    instrument = models.ForeignKey(Instrument, models.CASCADE, related_name="questions")
    node = models.ForeignKey(Node, models.CASCADE, related_name="questions")
    code = models.CharField(max_length=20)
    text = models.TextField()
    scale = models.CharField(max_length=8)
    weight = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    criterion = models.TextField(blank=True)
    formula = models.CharField(max_length=300, blank=True)
    cap = models.CharField(max_length=8, blank=True)
    minimum = models.CharField(max_length=8, blank=True)
    maximum = models.CharField(max_length=8, blank=True)
    respondents_min = models.PositiveSmallIntegerField(null=True)
    derived = models.JSONField(default=list)
    zero_denominator = models.JSONField(null=True)
    evidence = models.JSONField(default=list)
    help = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("instrument", "position")
        constraints = (
            models.UniqueConstraint(fields=("instrument", "code"), name="question_code_once"),
            models.UniqueConstraint(fields=("instrument", "position"), name="question_position_once"),
            models.CheckConstraint(
                name="question_scale_known",
                condition=Q(scale__in=("yes_no", "abc", "abcd", "abcde", "ratio", "index")),
            ),
        )

    def __str__(self) -> str:
        return self.code


class Option(models.Model):
    """An answer option; `score` 0 to 1."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="options")
    label = models.CharField(max_length=8)
    score = models.CharField(max_length=8)  # as the file writes it ("0.5"); exact, and dumped unchanged
    criterion = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("question", "position")
        constraints = (models.UniqueConstraint(fields=("question", "label"), name="option_label_once"),)

    def __str__(self) -> str:
        return self.label


class Input(models.Model):
    """A number that a ratio or index question asks for; `used` says whether the formula reads it."""

    question = models.ForeignKey(Question, models.CASCADE, related_name="inputs")
    key = models.CharField(max_length=40)
    label = models.CharField(max_length=200)
    used = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("question", "position")
        constraints = (models.UniqueConstraint(fields=("question", "key"), name="input_key_once"),)

    def __str__(self) -> str:
        return self.key


class Gate(models.Model):
    """A minimum for a predikat; `required` in points, or a share for areas, as the regulation gives it."""

    instrument = models.ForeignKey(Instrument, models.CASCADE, related_name="gates")
    predikat = models.CharField(max_length=4)
    key = models.CharField(max_length=20)
    required = models.CharField(max_length=8)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("instrument", "position")
        constraints = (
            models.UniqueConstraint(fields=("instrument", "predikat", "key"), name="gate_key_once"),
            models.CheckConstraint(name="gate_predikat_known", condition=Q(predikat__in=("WBK", "WBBM"))),
        )

    def __str__(self) -> str:
        return f"{self.predikat} {self.key}"
