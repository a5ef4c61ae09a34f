"""Forms for periods. Times are typed and shown in the zone of the agency, and stored in UTC."""

from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from crispy_forms.layout import Column, Layout, Row
from django import forms
from django.utils.translation import gettext_lazy as _

from assessments.models import Instrument, Period
from assessments.services.periods import Phases
from units.forms.fields import Group, PortalForm, RowForm
from units.forms.teams import UnitsField
from units.models import Agency, Unit

PHASES = ("fill_from", "fill_until", "review_until")
FIRST_YEAR, LAST_YEAR = 2012, 2100
MORNING, EVENING = time(0, 0), time(23, 59)


class ZonedTimeField(forms.Field):
    """`31-03-2025 23.59` in the agency's zone; a day alone begins or ends with `default`."""

    widget = forms.TextInput(attrs={"placeholder": _("hh-bb-tttt jj.mm")})
    default_error_messages = {"invalid": _("Tulis sebagai hh-bb-tttt jj.mm, misalnya 31-03-2025 23.59.")}
    formats = ("%d-%m-%Y %H.%M", "%d-%m-%Y %H:%M", "%d/%m/%Y %H.%M", "%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M")
    day_formats = ("%d-%m-%Y", "%d/%m/%Y", "%Y-%m-%d")

    def __init__(self, *, default: time, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.default = default
        self.zone: ZoneInfo | None = None

    def prepare_value(self, value: Any) -> Any:
        return value.astimezone(self.zone).strftime("%d-%m-%Y %H.%M") if isinstance(value, datetime) else value

    def to_python(self, value: Any) -> datetime | None:
        text = " ".join(str(value or "").split())
        if not text:
            return None
        for form in self.formats:
            try:
                return self._aware(datetime.strptime(text, form))  # noqa: DTZ007 - the zone is the agency's
            except ValueError:
                continue
        for form in self.day_formats:
            try:
                day = datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
            except ValueError:
                continue
            return self._aware(datetime.combine(day, self.default))
        raise forms.ValidationError(self.error_messages["invalid"], code="invalid")

    def _aware(self, moment: datetime) -> datetime:
        return moment.replace(tzinfo=self.zone).astimezone(UTC)


class PhasesMixin:
    """The three times, named with the zone that they are meant in."""

    def set_zone(self, agency: Agency) -> None:
        for name in PHASES:
            field = self.fields[name]  # type: ignore[attr-defined]
            field.zone = agency.tz
            field.help_text = _("Waktu %(zone)s") % {"zone": agency.zone_label}

    def phases(self) -> Phases:
        return Phases(**{name: self.cleaned_data[name] for name in PHASES})  # type: ignore[attr-defined]


class DeadlinesForm(PhasesMixin, RowForm):
    """Other times for a period, with the reason."""

    fill_from = ZonedTimeField(label=_("Pengisian dibuka"), default=MORNING)
    fill_until = ZonedTimeField(label=_("Batas pengiriman"), default=EVENING)
    review_until = ZonedTimeField(label=_("Batas evaluasi TPI"), default=EVENING)
    reason = forms.CharField(label=_("Alasan"), max_length=240, help_text=_("Tersimpan dalam jejak audit."))
    layout = Layout(Row(*(Column(name) for name in PHASES)), "reason")

    class Meta:
        model = Period
        fields = PHASES

    def __init__(self, *args: Any, agency: Agency, **kwargs: Any) -> None:
        super().__init__(*args, fixed={"agency": agency}, **kwargs)
        self.set_zone(agency)


class PeriodForm(PhasesMixin, RowForm):
    """A new quarter and the units that get a worksheet."""

    year = forms.IntegerField(label=_("Tahun"), min_value=FIRST_YEAR, max_value=LAST_YEAR)
    quarter = forms.TypedChoiceField(
        label=_("Triwulan"), coerce=int, choices=[(1, "TW I"), (2, "TW II"), (3, "TW III"), (4, "TW IV")]
    )
    fill_from = ZonedTimeField(label=_("Pengisian dibuka"), default=MORNING)
    fill_until = ZonedTimeField(label=_("Batas pengiriman"), default=EVENING)
    review_until = ZonedTimeField(label=_("Batas evaluasi TPI"), default=EVENING)
    units = UnitsField(
        label=_("Unit yang mengisi LKE"),
        queryset=Unit.objects.none(),
        required=False,
        help_text=_("Unit yang membangun ZI sudah dipilih. Unit lain dapat ditambahkan kemudian."),
    )
    layout = Layout(
        Group(_("Triwulan"), Row(Column("year"), Column("quarter")), "instrument"),
        Group(_("Tahapan"), Row(*(Column(name) for name in PHASES))),
        Group(_("Unit kerja"), "units"),
    )

    class Meta:
        model = Period
        fields = ("year", "quarter", "instrument", *PHASES)

    def __init__(self, *args: Any, agency: Agency, **kwargs: Any) -> None:
        super().__init__(*args, fixed={"agency": agency}, **kwargs)
        self.set_zone(agency)
        self.fields["instrument"].queryset = Instrument.objects.filter(status=Instrument.Status.PUBLISHED)  # type: ignore[attr-defined]
        self.fields["instrument"].empty_label = None  # type: ignore[attr-defined]
        self.fields["units"].queryset = agency.units.filter(is_active=True)  # type: ignore[attr-defined]


class PeriodUnitsForm(PortalForm):
    units = UnitsField(
        label=_("Unit yang ditambahkan"),
        queryset=Unit.objects.none(),
        error_messages={"required": _("Pilih paling sedikit satu unit kerja.")},
    )

    def __init__(self, *args: Any, period: Period, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = period.agency.units.filter(is_active=True).exclude(assessments__period=period)
        self.fields["units"].queryset = units  # type: ignore[attr-defined]
