"""LHE and quarterly reports."""

from django.urls import path

from assessments import converters  # noqa: F401 - makes `period` known to paths
from assessments.views import report_check, reports

urlpatterns = [
    path("keaslian/", report_check.report_check_start, name="report_check_start"),
    path("keaslian/<str:code>/", report_check.report_check, name="report_check"),
    path("laporan/", reports.report_list, name="report_list"),
    path("laporan/<uuid:report>/", reports.report_download, name="report_download"),
    path("laporan/<slug:agency>/<period:period>/semua.zip", reports.report_zip, name="report_zip"),
    path("laporan/<slug:agency>/<period:period>/triwulan/", reports.quarterly_make, name="quarterly_make"),
    path("laporan/<slug:agency>/<slug:unit>/<period:period>/lhe/", reports.lhe_issue, name="lhe_issue"),
    path("laporan/<slug:agency>/<slug:unit>/<period:period>/lhe/konsep/", reports.lhe_draft, name="lhe_draft"),
]
