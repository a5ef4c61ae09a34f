"""Log-in, passwords, profile."""

from django.urls import path

from units.views import account, inbox

urlpatterns = [
    path("masuk/", account.LoginView.as_view(), name="login"),
    path("keluar/", account.LogoutView.as_view(), name="logout"),
    path("sandi/ubah/", account.PasswordChangeView.as_view(), name="password_change"),
    path("sandi/lupa/", account.PasswordResetView.as_view(), name="password_reset"),
    path("sandi/lupa/terkirim/", account.PasswordResetDoneView.as_view(), name="password_reset_done"),
    path("sandi/atur/selesai/", account.PasswordResetCompleteView.as_view(), name="password_reset_complete"),
    path("sandi/atur/<uidb64>/<token>/", account.PasswordResetConfirmView.as_view(), name="password_reset_confirm"),
    path("profil/", account.profile, name="profile"),
    path("profil/pintasan/", account.keyboard_shortcuts, name="keyboard_shortcuts"),
    path("kabar/", inbox.inbox, name="inbox"),
    path("kabar/dibaca/", inbox.inbox_read, name="inbox_read"),
]
