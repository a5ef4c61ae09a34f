"""Decrees, declarations (pencanangan) and the teams that evaluate or assist."""

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from units.models.agency import Agency, Unit
from units.models.people import User
from units.models.scans import KeptFile


def document_path(instance: models.Model, filename: str) -> str:  # noqa: ARG001 - Django's signature; a stranger's name never becomes a path
    return f"documents/{uuid.uuid4().hex}"


class Decree(KeptFile):
    """A surat keputusan: names the units that build ZI, TPI or an assistance team."""

    class Kind(models.TextChoices):
        ZI_UNITS = "zi_units", _("Penetapan unit kerja ZI")
        TPI = "tpi", _("Pembentukan TPI")
        ASSISTANCE = "assistance", _("Pembentukan tim asistensi")

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="decrees", verbose_name=_("instansi"))
    kind = models.CharField(_("jenis"), max_length=12, choices=Kind)
    number = models.CharField(_("nomor"), max_length=80)
    date = models.DateField(_("tanggal"))
    subject = models.CharField(_("tentang"), max_length=240)
    units = models.ManyToManyField(Unit, blank=True, related_name="decrees", verbose_name=_("unit kerja"))
    file = models.FileField(_("berkas"), upload_to=document_path, blank=True)
    file_name = models.CharField(_("nama berkas"), max_length=200, blank=True, editable=False)
    sha256 = models.CharField(max_length=64, blank=True, default="", editable=False, db_index=True)

    class Meta:
        verbose_name = _("surat keputusan")
        verbose_name_plural = _("surat keputusan")
        ordering = ("-date", "number")
        constraints = (
            models.UniqueConstraint(
                fields=("agency", "number"),
                name="decree_number_once_per_agency",
                violation_error_message=_("Nomor surat keputusan ini sudah tercatat."),
            ),
            models.CheckConstraint(name="decree_kind_known", condition=Q(kind__in=("zi_units", "tpi", "assistance"))),
        )

    def __str__(self) -> str:
        return self.number


class Declaration(KeptFile):
    """Pencanangan of one unit; the pakta integritas is signed by `signed_count` of `staff_count` people."""

    unit = models.OneToOneField(Unit, models.PROTECT, related_name="declaration", verbose_name=_("unit kerja"))
    date = models.DateField(_("tanggal"))
    place = models.CharField(_("tempat"), max_length=160)
    signed_count = models.PositiveIntegerField(_("penanda tangan pakta integritas"))
    staff_count = models.PositiveIntegerField(_("jumlah pegawai"))
    witnesses = models.CharField(_("saksi"), max_length=240, blank=True)
    file = models.FileField(_("berkas"), upload_to=document_path, blank=True)
    file_name = models.CharField(_("nama berkas"), max_length=200, blank=True, editable=False)
    sha256 = models.CharField(max_length=64, blank=True, default="", editable=False, db_index=True)

    class Meta:
        verbose_name = _("pencanangan")
        verbose_name_plural = _("pencanangan")
        ordering = ("-date",)
        constraints = (
            models.CheckConstraint(
                name="declaration_signed_within_staff",
                condition=Q(signed_count__lte=F("staff_count")),
                violation_error_message=_("Penanda tangan tidak dapat melebihi jumlah pegawai."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.unit_id} {self.date}"


class Team(models.Model):
    """TPI, which evaluates, or an assistance team, which reads and advises; both look after assigned units."""

    class Kind(models.TextChoices):
        TPI = "tpi", _("Tim Penilai Internal (TPI)")
        ASSISTANCE = "assistance", _("Tim asistensi")

    class Scoring(models.TextChoices):
        SINGLE = "single", _("Tunggal: satu anggota menilai")
        PAIRED = "paired", _("Berpasangan: dua anggota menilai tanpa saling melihat")

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="teams", verbose_name=_("instansi"))
    kind = models.CharField(_("jenis"), max_length=12, choices=Kind)
    name = models.CharField(_("nama"), max_length=120)
    decree = models.ForeignKey(
        Decree, models.PROTECT, null=True, blank=True, related_name="teams", verbose_name=_("surat keputusan")
    )
    units = models.ManyToManyField(
        Unit, through="TeamAssignment", related_name="teams", verbose_name=_("unit yang ditangani")
    )
    scoring = models.CharField(_("cara menilai"), max_length=6, choices=Scoring, default=Scoring.SINGLE)
    is_active = models.BooleanField(_("aktif"), default=True)

    class Meta:
        verbose_name = _("tim")
        verbose_name_plural = _("tim")
        ordering = ("agency", "kind", "name")
        constraints = (
            models.UniqueConstraint(
                fields=("agency", "name"),
                name="team_name_once_per_agency",
                violation_error_message=_("Nama tim ini sudah dipakai."),
            ),
            models.CheckConstraint(name="team_kind_known", condition=Q(kind__in=("tpi", "assistance"))),
            models.CheckConstraint(name="team_scoring_known", condition=Q(scoring__in=("single", "paired"))),
        )

    def __str__(self) -> str:
        return self.name


class TeamMember(models.Model):
    """A person's part in a team; `home_body` is where the person works (Inspektorat, BKPSDM, ...)."""

    class Role(models.TextChoices):
        MEMBER = "member", _("Anggota")
        LEAD = "lead", _("Ketua tim")
        CONTROLLER = "controller", _("Pengendali teknis")

    team = models.ForeignKey(Team, models.PROTECT, related_name="members", verbose_name=_("tim"))
    user = models.ForeignKey(User, models.PROTECT, related_name="team_memberships", verbose_name=_("pengguna"))
    role = models.CharField(_("peran dalam tim"), max_length=12, choices=Role)
    home_body = models.CharField(_("unsur"), max_length=120)
    valid_from = models.DateField(_("berlaku sejak"))
    valid_until = models.DateField(_("berlaku sampai"), null=True, blank=True)

    class Meta:
        verbose_name = _("anggota tim")
        verbose_name_plural = _("anggota tim")
        ordering = ("team", "role", "user")
        constraints = (
            models.UniqueConstraint(
                fields=("team", "user"),
                condition=Q(valid_until__isnull=True),
                name="team_member_once",
                violation_error_message=_("Orang ini sudah menjadi anggota tim."),
            ),
            models.CheckConstraint(
                name="team_member_role_known", condition=Q(role__in=("member", "lead", "controller"))
            ),
            models.CheckConstraint(
                name="team_member_dates_in_order",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                violation_error_message=_("Tanggal berakhir mendahului tanggal mulai."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.team_id}:{self.user_id}"


class TeamAssignment(models.Model):
    """A unit that a team looks after. One TPI per unit is checked by the service that assigns."""

    team = models.ForeignKey(Team, models.PROTECT, related_name="assignments")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="team_assignments")

    class Meta:
        verbose_name = _("penugasan tim")
        verbose_name_plural = _("penugasan tim")
        constraints = (
            models.UniqueConstraint(
                fields=("team", "unit"),
                name="team_assignment_once",
                violation_error_message=_("Unit ini sudah ditangani tim tersebut."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.team_id}:{self.unit_id}"
