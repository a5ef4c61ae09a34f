"""Forms of log-in, passwords and profile."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth import forms as auth_forms
from django.contrib.auth.signals import user_login_failed
from django.core.mail import EmailMessage
from django.utils.translation import gettext_lazy as _

from units.models import User
from units.services.accounts import set_password
from units.services.notices import compose
from zi_portal.demo import demo_is_allowed


class LoginForm(auth_forms.AuthenticationForm):
    """User name and password; says the same for every reason to refuse (SEC-63)."""

    error_messages = {
        "invalid_login": _("Nama pengguna atau kata sandi tidak cocok. Periksa huruf besar dan kecilnya."),
        "inactive": _("Nama pengguna atau kata sandi tidak cocok. Periksa huruf besar dan kecilnya."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("Nama pengguna")
        self.fields["username"].widget.attrs |= {"autocapitalize": "none", "spellcheck": "false"}
        self.fields["password"].label = _("Kata sandi")

    def confirm_login_allowed(self, user: User) -> None:
        """Refuses demo accounts outside development: everybody can know their password."""
        if user.is_demo and not demo_is_allowed():
            user_login_failed.send(sender=__name__, credentials={"username": user.get_username()}, request=self.request)
            raise self.get_invalid_login_error()
        super().confirm_login_allowed(user)


class StoresPassword:
    """Saves through the service, so that there is one audit record and one mail; the view sets `now` and `ip`."""

    verb = ""
    ip = ""
    now: datetime

    def save(self, commit: bool = True) -> User:  # noqa: ARG002 - Django's signature
        password = self.cleaned_data["new_password1"]  # type: ignore[attr-defined]
        set_password(user=self.user, password=password, verb=self.verb, now=self.now, ip=self.ip)  # type: ignore[attr-defined]
        return self.user  # type: ignore[attr-defined]


class NewPasswordForm(StoresPassword, auth_forms.SetPasswordForm):
    """From the link in the mail."""

    verb = "user.password_reset"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        label_new_passwords(self)


class PasswordForm(StoresPassword, auth_forms.PasswordChangeForm):
    """With the present password."""

    verb = "user.password_change"
    error_messages = {
        **auth_forms.PasswordChangeForm.error_messages,
        "password_incorrect": _("Kata sandi sekarang tidak cocok."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].label = _("Kata sandi sekarang")
        label_new_passwords(self)


def label_new_passwords(form: forms.BaseForm) -> None:
    form.fields["new_password1"].label = _("Kata sandi baru")
    form.fields["new_password2"].label = _("Kata sandi baru, sekali lagi")
    form.fields["new_password2"].help_text = ""


class ResetForm(auth_forms.PasswordResetForm):
    """Asks for the mail with the link; the messages wait in `outgoing` until the answer has been sent (SEC-63)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.outgoing: list[EmailMessage] = []
        self.fields["email"].label = _("Alamat surel")

    def send_mail(self, *_args: object, **_kwargs: object) -> None:
        context: dict[str, Any] = next(arg for arg in _args if isinstance(arg, dict))
        self.outgoing.append(compose(context["user"], "account/mail/password_reset", context))


class ProfileForm(forms.ModelForm):
    """What people may change about themselves; the rest belongs to the administrator."""

    class Meta:
        model = User
        fields = ("full_name", "language", "mail_frequency", "keyboard_shortcuts")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["mail_frequency"]
        field.required = not self.is_bound or self.add_prefix("mail_frequency") in self.data  # else it stays as it is
        field.help_text = _(
            "Yang penting selalu dikirim saat itu juga: LKE dikembalikan, dibuka kembali, diperpanjang, atau final, "
            "klarifikasi, dan tenggat. Ringkasan dikirim setiap pagi."
        )
