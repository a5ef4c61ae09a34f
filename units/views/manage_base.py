"""What the administrator's screens have in common: the right, the menu, forms that end in a service."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db import IntegrityError
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from units.models import Agency, User
from units.permissions import ADMIN, access_of
from units.services.people import Site
from zi_portal.errors import Refused

UNPROCESSABLE = 422
PER_PAGE = 50
SAVE = _("Simpan")
Extra = ParamSpec("Extra")
Text = str | Promise

# The menu of the screens: URL name, label. Periods, prerequisites and instruments are screens of `assessments`.
SECTIONS: tuple[tuple[str, Text], ...] = (
    ("manage_start", _("Ringkasan")),
    ("manage_units", _("Unit kerja")),
    ("manage_people", _("Orang")),
    ("manage_teams", _("Tim")),
    ("manage_decrees", _("SK")),
    ("manage_years", _("Tahap dan predikat")),
    ("manage_periods", _("Periode")),
    ("manage_instruments", _("Instrumen")),
    ("manage_note_templates", _("Templat catatan")),
    ("manage_agency", _("Instansi")),
    ("manage_log", _("Jejak audit")),
)


@dataclass(frozen=True, slots=True)
class Section:
    url: str
    label: Text
    current: bool


def administered_agency(request: HttpRequest, code: str) -> Agency:
    """The agency, for its administrator. PermissionDenied for other roles, 404 for another agency's administrator."""
    access = access_of(request.user)
    if not access.is_admin:
        raise PermissionDenied
    return get_object_or_404(Agency, code=code, pk__in=access.agencies_as(ADMIN))


def manage_view(
    *methods: str,
) -> Callable[
    [Callable[Concatenate[HttpRequest, Agency, Extra], HttpResponseBase]],
    Callable[Concatenate[HttpRequest, str, Extra], HttpResponseBase],
]:
    """A screen below `/kelola/<agency>/`: answers `methods`, gets the agency instead of its code."""

    def decorate(
        view: Callable[Concatenate[HttpRequest, Agency, Extra], HttpResponseBase],
    ) -> Callable[Concatenate[HttpRequest, str, Extra], HttpResponseBase]:
        @require_http_methods([*methods, "HEAD"] if "GET" in methods else list(methods))
        @wraps(view)
        def checked(request: HttpRequest, agency: str, *args: Extra.args, **kwargs: Extra.kwargs) -> HttpResponseBase:
            return view(request, administered_agency(request, agency), *args, **kwargs)

        return checked

    return decorate


def administrator(request: HttpRequest) -> User:
    """The person at the screen, for services and the audit log."""
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied
    return user


def sent(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: the data of a POST, an empty one included."""
    return request.POST if request.method == "POST" else None


def agency_ids(request: HttpRequest) -> frozenset[int]:
    return access_of(request.user).agencies_as(ADMIN)


def site_of(request: HttpRequest) -> Site:
    return Site(protocol="https" if request.is_secure() else "http", domain=request.get_host())


def page(
    request: HttpRequest,
    agency: Agency,
    template: str,
    *,
    section: str,
    title: Text,
    context: Mapping[str, Any] | None = None,
    trail: tuple[tuple[Text, str], ...] = (),
    lead: Text = "",
    status: int = 200,
) -> HttpResponse:
    """Renders a screen with its menu and the way back; `trail` are the steps between section and this page."""
    sections = [Section(reverse(name, args=[agency.code]), label, name == section) for name, label in SECTIONS]
    crumbs = [*_way_back(agency, sections, section, title), *trail, (title, "")]
    shared = {"agency": agency, "sections": sections, "crumbs": crumbs, "title": title, "lead": lead}
    return render(request, template, shared | dict(context or {}), status=status)


def _way_back(agency: Agency, sections: list[Section], section: str, title: Text) -> list[tuple[Text, str]]:
    """The agency, then the section when this page lies below it."""
    if section == "manage_start":
        return []
    steps: list[tuple[Text, str]] = [(agency.name, reverse("manage_start", args=[agency.code]))]
    return steps + [(item.label, item.url) for item in sections if item.current and item.label != title]


@dataclass(frozen=True, slots=True)
class FormPage:
    """A screen that is one form: what it is called, where it leads, what it says when it is done."""

    section: str
    title: Text
    done: Text
    next_url: str
    button: Text = SAVE
    lead: Text = ""
    template: str = "units/manage_form.html"
    trail: tuple[tuple[Text, str], ...] = ()
    danger: bool = False


def form_page(
    request: HttpRequest,
    agency: Agency,
    forms: tuple[BaseForm, ...],
    save: Callable[[], object],
    *,
    about: FormPage,
    context: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """Shows the forms; when all are valid, `save` calls the service. What it refuses stands on top of the form.

    `save` may return False for "nothing differed". Answers 422 for an invalid form and for a refusal, and what was
    typed stays.
    """
    if request.method == "POST":
        valid = [form.is_valid() for form in forms]
        if all(valid) and saved(request, forms[0], save, about.done):
            return HttpResponseRedirect(about.next_url)
    errors = any(form.errors for form in forms)
    shared = {"forms": forms, "form": forms[0], "about": about}
    return page(
        request,
        agency,
        about.template,
        section=about.section,
        title=about.title,
        trail=about.trail,
        lead=about.lead,
        context=shared | dict(context or {}),
        status=UNPROCESSABLE if errors else 200,
    )


def saved(request: HttpRequest, form: BaseForm, save: Callable[[], object], done: Text) -> bool:
    """Calls the service; a refusal becomes an error of the form."""
    try:
        result = save()
    except Refused as refusal:
        form.add_error(None, str(refusal.message))
        return False
    except IntegrityError:
        form.add_error(None, _("Data yang sama baru saja disimpan. Muat ulang halaman, lalu periksa."))
        return False
    messages.success(request, str(_("Tidak ada yang berubah.") if result is False else done))
    return True


def act(request: HttpRequest, do: Callable[[], object], *, done: Text, next_url: str) -> HttpResponse:
    """An action of one button; a refusal becomes a message on the page that it leads to."""
    try:
        do()
    except Refused as refusal:
        messages.error(request, str(refusal.message))
    else:
        messages.success(request, str(done))
    return HttpResponseRedirect(next_url)


def page_of(request: HttpRequest, rows: QuerySet[Any], per_page: int = PER_PAGE) -> Page[Any]:
    """The page that `?halaman=` asks for; the nearest one when there is no such page."""
    return Paginator(rows, per_page).get_page(request.GET.get("halaman"))


def query_string(request: HttpRequest) -> str:
    """The filters of this page, for the links of the pagination."""
    query = request.GET.copy()
    query.pop("halaman", None)
    return query.urlencode()
