"""The in-app inbox: what somebody should know, told once, and mailed at once or in a digest."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from units.models.agency import Agency, Unit
from units.models.people import User


class Notice(models.Model):
    """One thing told to one person. The sentence is made from `kind` and `params` in the reader's language.

    Neither holds a score or the text of a note: a notice may be mailed. `key` names the event, which is told once.
    `unit` is where it happened; news of a whole quarter has an `agency` instead. Notices of one message share
    `mail_key`; while a run sends it, nobody else may before `claimed_until` (services/notice_mail.py).
    """

    KEY_LENGTH = 32

    user = models.ForeignKey(User, models.CASCADE, related_name="notices")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=40)
    params = models.JSONField(default=dict)
    path = models.CharField(max_length=300)
    key = models.CharField(max_length=120)
    is_urgent = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    mail_key = models.CharField(max_length=KEY_LENGTH, default="", blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("pemberitahuan")
        verbose_name_plural = _("pemberitahuan")
        ordering = ("-created_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=("user", "key"), name="notice_once_per_event"),
            models.CheckConstraint(name="notice_path_is_local", condition=Q(path__startswith="/")),
            models.CheckConstraint(
                name="notice_claim_is_of_an_unsent_message",
                condition=Q(claimed_until__isnull=True) | (Q(mailed_at__isnull=True) & ~Q(mail_key="")),
            ),
            models.CheckConstraint(
                name="notice_of_unit_or_agency", condition=Q(unit__isnull=True) | Q(agency__isnull=True)
            ),
        )
        indexes = (
            models.Index(fields=("user",), condition=Q(read_at__isnull=True), name="notice_unread"),
            models.Index(fields=("user",), condition=Q(mailed_at__isnull=True), name="notice_unmailed"),
        )

    def __str__(self) -> str:
        return f"{self.user_id}:{self.kind}"

    @property
    def place(self) -> Agency | None:
        """The agency whose zone its time is shown in."""
        return self.unit.agency if self.unit else self.agency
