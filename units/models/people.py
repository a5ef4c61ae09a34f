"""People and what they may be: users and their memberships."""

from datetime import date
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from units.models.agency import Agency, Unit


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: object) -> "User":
        return self.create_user(username, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """One person, one account; what the person may do is in their memberships and teams."""

    class Language(models.TextChoices):
        ID = "id", _("Bahasa Indonesia")
        EN = "en", _("Bahasa Inggris")

    class MailFrequency(models.TextChoices):
        AT_ONCE = "at_once", _("Setiap ada kabar")
        DAILY = "daily", _("Ringkasan harian")
        NEVER = "never", _("Hanya yang penting")

    username = models.CharField(_("nama pengguna"), max_length=60, unique=True, validators=[UnicodeUsernameValidator()])
    full_name = models.CharField(_("nama lengkap"), max_length=120)
    email = models.EmailField(_("surel"), blank=True)
    nip = models.CharField(_("NIP"), max_length=18, blank=True, validators=[RegexValidator(r"^\d{18}$")])
    language = models.CharField(_("bahasa"), max_length=2, choices=Language, default=Language.ID)
    keyboard_shortcuts = models.BooleanField(_("pintasan papan tik satu huruf"), default=True)
    mail_frequency = models.CharField(
        _("surel pemberitahuan"), max_length=7, choices=MailFrequency, default=MailFrequency.DAILY
    )
    is_staff = models.BooleanField(_("boleh membuka admin Django"), default=False)
    is_active = models.BooleanField(_("aktif"), default=True)
    is_demo = models.BooleanField(_("akun contoh"), default=False, editable=False)
    demo_note = models.CharField(_("peran akun contoh"), max_length=160, blank=True, editable=False)
    date_joined = models.DateTimeField(_("dibuat pada"), default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name", "email"]

    class Meta:
        verbose_name = _("pengguna")
        verbose_name_plural = _("pengguna")
        ordering = ("full_name",)
        constraints = (
            models.CheckConstraint(name="user_language_known", condition=Q(language__in=("id", "en"))),
            models.CheckConstraint(
                name="user_mail_frequency_known", condition=Q(mail_frequency__in=("at_once", "daily", "never"))
            ),
            models.UniqueConstraint(
                Lower("username"),
                name="user_username_once_any_case",
                violation_error_message=_("Nama pengguna ini sudah dipakai."),
            ),
        )

    def __str__(self) -> str:
        return self.full_name or self.username

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.full_name.split(" ")[0] if self.full_name else self.username


class MembershipQuerySet(models.QuerySet["Membership"]):
    def active_on(self, day: date) -> "MembershipQuerySet":
        return self.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day), valid_from__lte=day)


class Membership(models.Model):
    """A role of one person, in a unit or in the agency, from a day to a day."""

    class Role(models.TextChoices):
        UNIT_MEMBER = "unit_member", _("Anggota tim kerja ZI unit")
        UNIT_HEAD = "unit_head", _("Kepala unit")
        INSPECTOR = "inspector", _("Inspektur")
        READER = "reader", _("Pembaca hasil (pimpinan, Bagian Organisasi)")
        ADMIN = "admin", _("Administrator")

    UNIT_ROLES = (Role.UNIT_MEMBER, Role.UNIT_HEAD)

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships", verbose_name=_("pengguna"))
    role = models.CharField(_("peran"), max_length=16, choices=Role)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="memberships", verbose_name=_("instansi"))
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="memberships", verbose_name=_("unit kerja")
    )
    areas = models.CharField(
        _("area (pokja)"),
        max_length=6,
        blank=True,
        validators=[RegexValidator(r"^[1-6]{0,6}$", _("Tulis nomor area 1 sampai 6 tanpa pemisah, misalnya 135."))],
        help_text=_("Nomor area 1 sampai 6, misalnya 135; kosong berarti semua area."),
    )
    valid_from = models.DateField(_("berlaku sejak"))
    valid_until = models.DateField(_("berlaku sampai"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("keanggotaan")
        verbose_name_plural = _("keanggotaan")
        ordering = ("agency", "unit", "role", "user")
        constraints = (
            models.CheckConstraint(
                name="membership_unit_fits_role",
                condition=Q(role__in=("unit_member", "unit_head"), unit__isnull=False)
                | Q(role__in=("inspector", "reader", "admin"), unit__isnull=True),
                violation_error_message=_("Peran unit memerlukan unit kerja; peran instansi tidak."),
            ),
            models.CheckConstraint(
                name="membership_dates_in_order",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=models.F("valid_from")),
                violation_error_message=_("Tanggal berakhir mendahului tanggal mulai."),
            ),
            models.UniqueConstraint(
                fields=("user", "role", "unit"),
                condition=Q(valid_until__isnull=True, unit__isnull=False),
                name="membership_unit_role_once",
                violation_error_message=_("Orang ini sudah memegang peran itu pada unit tersebut."),
            ),
            models.UniqueConstraint(
                fields=("user", "role", "agency"),
                condition=Q(valid_until__isnull=True, unit__isnull=True),
                name="membership_agency_role_once",
                violation_error_message=_("Orang ini sudah memegang peran itu pada instansi tersebut."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.role}:{self.user_id}"
