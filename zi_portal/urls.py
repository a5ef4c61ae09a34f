"""Paths that people see are Indonesian and stable: they get quoted in letters."""

from django.contrib import admin
from django.urls import include, path

from zi_portal import views

urlpatterns = [
    path("favicon.ico", views.favicon, name="favicon"),
    path("healthz", views.healthz, name="healthz"),
    path("bahasa/", views.set_language, name="set_language"),
    path("sesi/", views.session_state, name="session_state"),
    path("", include("units.urls_account")),
    path("kelola/", include("units.urls_manage")),
    path("kelola/", include("assessments.urls_manage")),
    path("", include("assessments.urls_unit")),
    path("", include("assessments.urls_evaluation")),
    path("", include("assessments.urls_reports")),
    path("admin-django/login/", views.admin_login),
    path("admin-django/", admin.site.urls),
]

handler400 = "zi_portal.views.bad_request"
handler403 = "zi_portal.views.forbidden"
handler404 = "zi_portal.views.not_found"
handler500 = "zi_portal.views.server_error"
