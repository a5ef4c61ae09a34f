"""The unit: home, worksheet, evidence, submission."""

from django.urls import path

import assessments.converters  # noqa: F401 - registers `period`
from assessments.views import (
    copies,
    duties,
    evidence,
    evidence_adding,
    evidence_record,
    evidence_zip,
    followups,
    history,
    home,
    previews,
    sheet,
    submission,
    worksheet,
)

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
    path(f"{A}bukti/<str:code>/", evidence_adding.evidence_add, name="evidence_add"),
    path(f"{A}bukti/<str:code>/lepas/", evidence.evidence_detach, name="evidence_detach"),
    path(f"{A}bukti/<str:code>/cocok/", evidence_adding.evidence_known, name="evidence_known"),
    path(f"{A}bukti/rincian/<uuid:record>/", evidence_record.evidence_detail, name="evidence_detail"),
    path(f"{A}bukti/rincian/<uuid:record>/ubah/", evidence_record.evidence_edit, name="evidence_edit"),
    path(f"{A}bukti/rincian/<uuid:record>/pakai/", evidence_record.evidence_attach, name="evidence_attach"),
    path(f"{A}bukti/rincian/<uuid:record>/berkas/", evidence_record.evidence_file_add, name="evidence_file_add"),
    path(
        f"{A}bukti/rincian/<uuid:record>/berkas/<uuid:file>/",
        evidence_record.evidence_file_change,
        name="evidence_file_change",
    ),
    path(f"{A}bukti.zip", evidence_zip.evidence_zip, name="evidence_zip"),
    path(f"{A}salin/", copies.copy_answers, name="copy_answers"),
    path(f"{A}jawaban/<str:code>/salinan/", copies.copy_settle, name="copy_settle"),
    path(f"{A}tugas/", duties.duties, name="duties"),
    path(f"{A}tugas/area/", duties.duty_areas, name="duty_areas"),
    path(f"{A}tugas/pertanyaan/", duties.duty_questions, name="duty_questions"),
    path(f"{A}tugas/serah/", duties.duty_handover, name="duty_handover"),
    path(f"{A}tindak-lanjut/", followups.followups, name="followups"),
    path(f"{A}tindak-lanjut/baru/", followups.followup_create, name="followup_create"),
    path(f"{A}tindak-lanjut/<int:pk>/lapor/", followups.followup_report, name="followup_report"),
    path(f"{A}tindak-lanjut/<int:pk>/nilai/", followups.followup_settle, name="followup_settle"),
    path(f"{A}periksa/", submission.check, name="check"),
    path(f"{A}kirim/", submission.submit, name="submit"),
    path(f"{A}tanda-terima/", submission.receipt, name="receipt"),
    path(f"{A}tanda-terima.pdf", submission.receipt_pdf, name="receipt_pdf"),
    path("bukti/<uuid:file>/", evidence.evidence_download, name="evidence_download"),
    path("berkas/<uuid:file>/lihat/", previews.evidence_view, name="evidence_view"),
    path("berkas/<uuid:file>/halaman/<int:number>/", previews.evidence_page, name="evidence_page"),
    path("bukti/<uuid:record>/tarik/", evidence.evidence_withdraw, name="evidence_withdraw"),
]
