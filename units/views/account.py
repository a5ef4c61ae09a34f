"""Log-in, log-out, passwords, profile."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from axes.utils import reset as forget_failures
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, update_session_auth_hash
from django.contrib.auth import views as auth_views
from django.contrib.auth.decorators import login_not_required
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from units.forms.account import LoginForm, NewPasswordForm, PasswordForm, ProfileForm, ResetForm
from units.models import User
from units.queries.accounts import failed_logins_from, held_roles
from units.queries.demo import demo_accounts, demo_data_is_loaded
from units.services.accounts import set_keyboard_shortcuts, update_profile
from units.services.notices import deliver
from zi_portal.demo import DEMO_PASSWORD
from zi_portal.logs import fingerprint, security_event
from zi_portal.views import mistake

UNPROCESSABLE = 422
GONE = 410


def next_step(request: HttpRequest, user: User, destination: str) -> HttpResponse:
    """The password is right: what comes now.

    The one place where a second factor will stand between the password and the session.
    """
    login(request, user)
    return HttpResponseRedirect(destination)


class AnswersInvalidForms:
    """An invalid form is 422, so that htmx and tests can tell it from success."""

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        return self.render_to_response(self.get_context_data(form=form), status=UNPROCESSABLE)  # type: ignore[attr-defined]


class LoginView(AnswersInvalidForms, auth_views.LoginView):
    authentication_form = LoginForm
    template_name = "account/login.html"
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        since = timezone.now() - timedelta(hours=settings.AXES_COOLOFF_TIME)
        if failed_logins_from(request.client_ip, since) >= settings.LOGIN_FAILURES_PER_NETWORK:  # type: ignore[attr-defined]
            security_event("excess_rate_limit_exceeded", request, what="log-in failures of a network")
            return held_back(request)
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        return next_step(self.request, form.get_user(), self.get_success_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        if settings.DEBUG and demo_data_is_loaded():
            context |= {"demo_accounts": demo_accounts(), "demo_password": DEMO_PASSWORD}
        return context


def held_back(request: HttpRequest) -> HttpResponse:
    """429 with the time to wait."""
    seconds = int(settings.AXES_COOLOFF_TIME * 3600)
    response = mistake(
        request,
        429,
        message=_("Terlalu banyak percobaan masuk. Tunggu %(minutes)d menit. Akun Anda tidak dikunci selamanya.")
        % {"minutes": seconds // 60},
        advice=_("Bila lupa kata sandi, atur ulang melalui surel."),
    )
    response["Retry-After"] = str(seconds)
    return response


def locked_out(
    request: HttpRequest, _response: HttpResponseBase | None, credentials: dict[str, Any] | None
) -> HttpResponse:
    """AXES_LOCKOUT_CALLABLE: this account from this network waits; from elsewhere it still opens (SEC-62)."""
    username = (credentials or {}).get("username", "")
    security_event("authn_login_lock", request, account=fingerprint(username))
    return held_back(request)


@method_decorator(login_not_required, name="dispatch")
class LogoutView(auth_views.LogoutView):
    """POST only; the browser forgets pages and drafts of this person (SEC-75)."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post(request, *args, **kwargs)
        messages.success(request, _("Anda sudah keluar."))
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response


class PasswordChangeView(AnswersInvalidForms, auth_views.PasswordChangeView):
    form_class = PasswordForm
    template_name = "account/password_change.html"
    success_url = reverse_lazy("profile")

    def form_valid(self, form: Any) -> HttpResponse:
        form.ip, form.now = self.request.client_ip, timezone.now()  # type: ignore[attr-defined]
        user = form.save()
        update_session_auth_hash(self.request, user)
        security_event("authn_password_change", self.request)
        messages.success(self.request, _("Kata sandi sudah diganti. Sesi lain milik Anda sudah ditutup."))
        return HttpResponseRedirect(str(self.success_url))

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        security_event("authn_password_change_fail", self.request)
        return super().form_invalid(form)


class AfterAnswer(HttpResponseRedirect):
    """A redirect that does something once the client has it: its duration tells nobody anything."""

    def __init__(self, url: str, then: Callable[[], None]) -> None:
        super().__init__(url)
        self.then = then

    def close(self) -> None:
        super().close()
        self.then()


class PasswordResetView(AnswersInvalidForms, auth_views.PasswordResetView):
    form_class = ResetForm
    template_name = "account/password_reset.html"
    success_url = reverse_lazy("password_reset_done")

    def form_valid(self, form: Any) -> HttpResponse:
        form.save(use_https=self.request.is_secure(), token_generator=self.token_generator, request=self.request)
        if form.outgoing:
            security_event("authn_token_created", self.request, kind="password reset")
        return AfterAnswer(str(self.success_url), lambda: deliver(form.outgoing))


class PasswordResetDoneView(auth_views.PasswordResetDoneView):
    template_name = "account/password_reset_done.html"


class PasswordResetConfirmView(AnswersInvalidForms, auth_views.PasswordResetConfirmView):
    form_class = NewPasswordForm
    template_name = "account/password_reset_confirm.html"
    success_url = reverse_lazy("password_reset_complete")

    def form_valid(self, form: Any) -> HttpResponse:
        form.ip, form.now = self.request.client_ip, timezone.now()  # type: ignore[attr-defined]
        response = super().form_valid(form)
        forget_failures(username=form.user.username)
        security_event("authn_password_change", self.request, account=form.user.pk)
        return response

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        if not context.get("validlink"):
            kwargs["status"] = GONE
        return super().render_to_response(context, **kwargs)


class PasswordResetCompleteView(auth_views.PasswordResetCompleteView):
    template_name = "account/password_reset_complete.html"


@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """One's own name, language and keys; the roles are shown, the administrator sets them."""
    user: User = request.user  # type: ignore[assignment]
    stored_name = user.full_name
    form = ProfileForm(request.POST or None, instance=user)
    if request.method == "POST":
        if form.is_valid():
            wanted = form.cleaned_data
            update_profile(user=user, now=timezone.now(), **wanted)
            request.session["language"] = wanted["language"]
            security_event("user_updated", request)
            messages.success(request, _("Profil sudah disimpan."))
            return redirect("profile")
        user.full_name = stored_name
    context = {"form": form, "roles": held_roles(user, timezone.localdate())}
    return render(request, "account/profile.html", context, status=UNPROCESSABLE if form.errors else 200)


@require_POST
def keyboard_shortcuts(request: HttpRequest) -> HttpResponse:
    """The switch beside the help of the keys: `aktif=1` or nothing."""
    user: User = request.user  # type: ignore[assignment]
    set_keyboard_shortcuts(user=user, wanted=request.POST.get("aktif") == "1", now=timezone.now())
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(status=204)
    return redirect("profile")
