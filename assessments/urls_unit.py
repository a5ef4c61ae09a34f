"""The unit: home, worksheet, evidence, submission."""

from django.urls import path

import assessments.converters  # noqa: F401 - registers `period`
from assessments.views import evidence, history, home, sheet, submission, worksheet

A = "penilaian/<slug:agency>/<slug:unit>/<period:period>/"

urlpatterns = [
    path("", home.home, name="home"),
    path("penilaian/", home.assessment_list, name="assessment_list"),
    path(A, home.unit_home, name="unit_home"),
    path(f"{A}lke/<str:node>/", sheet.worksheet, name="worksheet"),
    path(f"{A}soal/<str:code>/", sheet.worksheet_focus, name="worksheet_focus"),
    path(f"{A}lembar/", sheet.worksheet_whole, name="worksheet_whole"),
    path(f"{A}jawaban/<str:code>/", worksheet.answer_save, name="answer_save"),
    path(f"{A}jawaban/<str:code>/riwayat/", history.answer_history, name="answer_history"),
    path(f"{A}jawaban/<str:code>/pulihkan/", history.answer_restore, name="answer_restore"),
    path(f"{A}asistensi/<str:code>/", worksheet.assist_note, name="assist_note"),
    path(f"{A}bukti/", evidence.evidence_list, name="evidence_list"),
    path(f"{A}bukti/<str:code>/", evidence.evidence_add, name="evidence_add"),
    path(f"{A}bukti/<str:code>/lepas/", evidence.evidence_detach, name="evidence_detach"),
    path(f"{A}periksa/", submission.check, name="check"),
    path(f"{A}kirim/", submission.submit, name="submit"),
    path(f"{A}tanda-terima/", submission.receipt, name="receipt"),
    path("bukti/<uuid:file>/", evidence.evidence_download, name="evidence_download"),
    path("bukti/<uuid:record>/tarik/", evidence.evidence_withdraw, name="evidence_withdraw"),
]
