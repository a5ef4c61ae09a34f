"""Agencies (instansi), their units (unit kerja) and who signs for them."""

from zoneinfo import ZoneInfo

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

code_validator = RegexValidator(r"^[a-z0-9]+(-[a-z0-9]+)*$", _("Gunakan huruf kecil, angka, dan tanda hubung."))


class Agency(models.Model):
    """A government that runs Zona Integritas; every other row belongs to one."""

    class Kind(models.TextChoices):
        LOCAL_GOVERNMENT = "local_government", _("Pemerintah daerah")
        MINISTRY_AGENCY = "ministry_agency", _("Kementerian/lembaga")

    class Zone(models.TextChoices):
        WIB = "Asia/Jakarta", "WIB"
        WIB_PONTIANAK = "Asia/Pontianak", _("WIB (Kalimantan bagian barat dan tengah)")
        WITA = "Asia/Makassar", "WITA"
        WIT = "Asia/Jayapura", "WIT"

    class LaterStages(models.TextChoices):
        """What lead and controller begin with: the score of the stage before, or nothing."""

        AGREE = "agree", _("Nilai tahap sebelumnya berlaku sampai diubah")
        EMPTY = "empty", _("Kosong: setiap tahap menilai sendiri")

    code = models.SlugField(_("kode"), max_length=40, unique=True, validators=[code_validator])
    name = models.CharField(_("nama"), max_length=160)
    kind = models.CharField(_("jenis"), max_length=20, choices=Kind, default=Kind.LOCAL_GOVERNMENT)
    zone = models.CharField(_("zona waktu"), max_length=40, choices=Zone, default=Zone.WIB)
    inspectorate = models.CharField(_("nama inspektorat"), max_length=160)
    letterhead = models.TextField(_("kop surat: alamat dan kontak"), blank=True, max_length=600)
    city = models.CharField(_("tempat surat ditandatangani"), max_length=80)
    later_stages = models.CharField(
        _("nilai ketua tim dan pengendali teknis"), max_length=5, choices=LaterStages, default=LaterStages.AGREE
    )
    member_unit_limit = models.PositiveSmallIntegerField(_("batas unit bagi seorang anggota TPI"), default=14)
    is_demo = models.BooleanField(_("data contoh"), default=False, editable=False)

    class Meta:
        verbose_name = _("instansi")
        verbose_name_plural = _("instansi")
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(
                name="agency_kind_known", condition=Q(kind__in=("local_government", "ministry_agency"))
            ),
            models.CheckConstraint(
                name="agency_zone_known",
                condition=Q(zone__in=("Asia/Jakarta", "Asia/Pontianak", "Asia/Makassar", "Asia/Jayapura")),
            ),
            models.CheckConstraint(name="agency_later_stages_known", condition=Q(later_stages__in=("agree", "empty"))),
            models.CheckConstraint(
                name="agency_member_unit_limit_positive",
                condition=Q(member_unit_limit__gte=1),
                violation_error_message=_("Batas unit paling sedikit 1."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def zone_label(self) -> str:
        """WIB, WITA or WIT, as written after a time."""
        return {"Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}.get(self.zone, "WIB")


class Signatory(models.Model):
    """Who signs the reports of an agency (the Inspector), from a day on."""

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="signatories")
    position = models.CharField(_("jabatan"), max_length=120)
    name = models.CharField(_("nama"), max_length=120)
    rank = models.CharField(_("pangkat/golongan"), max_length=80, blank=True)
    nip = models.CharField(_("NIP"), max_length=18, blank=True, validators=[RegexValidator(r"^\d{18}$")])
    valid_from = models.DateField(_("berlaku sejak"))

    class Meta:
        verbose_name = _("penanda tangan")
        verbose_name_plural = _("penanda tangan")
        ordering = ("agency", "-valid_from")
        constraints = (
            models.UniqueConstraint(
                fields=("agency", "valid_from"),
                name="signatory_once_a_day",
                violation_error_message=_("Pada tanggal itu sudah ada penanda tangan."),
            ),
        )

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """A unit kerja; units form a tree below their agency."""

    class Kind(models.TextChoices):
        OFFICE = "office", _("Dinas/badan")
        HOSPITAL = "hospital", _("Rumah sakit")
        HEALTH_CENTRE = "health_centre", _("Puskesmas")
        DISTRICT = "district", _("Kecamatan")
        SECTION = "section", _("Bagian")
        TECHNICAL = "technical", _("UPT")
        OTHER = "other", _("Lainnya")

    class Affirmative(models.TextChoices):
        """Kinds that may be proposed while Tabel 5 is still being completed (PermenPAN-RB 5/2024)."""

        REGIONAL_HOSPITAL = "regional_hospital", _("Rumah sakit umum daerah")
        CIVIL_REGISTRY = "civil_registry", _("Dinas kependudukan dan catatan sipil")
        SAMSAT = "samsat", _("Samsat")
        ONE_STOP_SERVICE = "one_stop_service", _("Pelayanan terpadu satu pintu (PTSP)")
        EDUCATION_SERVICE = "education_service", _("Pelayanan pendidikan")
        EMPLOYMENT_SERVICE = "employment_service", _("Pelayanan ketenagakerjaan")

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="units", verbose_name=_("instansi"))
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("unit induk")
    )
    code = models.SlugField(_("kode"), max_length=60, validators=[code_validator])
    name = models.CharField(_("nama"), max_length=160)
    kind = models.CharField(_("jenis"), max_length=20, choices=Kind, default=Kind.OFFICE)
    affirmative = models.CharField(_("layanan afirmasi"), max_length=24, choices=Affirmative, blank=True)
    head_name = models.CharField(_("nama kepala unit"), max_length=120, blank=True)
    is_active = models.BooleanField(_("aktif"), default=True)

    class Meta:
        verbose_name = _("unit kerja")
        verbose_name_plural = _("unit kerja")
        ordering = ("agency", "name")
        constraints = (
            models.UniqueConstraint(
                fields=("agency", "code"),
                name="unit_code_once_per_agency",
                violation_error_message=_("Kode ini sudah dipakai unit lain pada instansi yang sama."),
            ),
            models.CheckConstraint(
                name="unit_kind_known",
                condition=Q(
                    kind__in=("office", "hospital", "health_centre", "district", "section", "technical", "other")
                ),
            ),
            models.CheckConstraint(
                name="unit_affirmative_known",
                condition=Q(
                    affirmative__in=(
                        "",
                        "regional_hospital",
                        "civil_registry",
                        "samsat",
                        "one_stop_service",
                        "education_service",
                        "employment_service",
                    )
                ),
            ),
            models.CheckConstraint(
                name="unit_not_its_own_parent",
                condition=Q(parent__isnull=True) | ~Q(parent=models.F("id")),
                violation_error_message=_("Unit tidak dapat menjadi induk bagi dirinya sendiri."),
            ),
        )

    def __str__(self) -> str:
        return self.name
