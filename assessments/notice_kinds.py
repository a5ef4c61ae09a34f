"""The sentences of notices about assessments. They name no score and no note: a notice may be mailed (SEC-05)."""

from django.utils.translation import gettext_lazy as _

from units.notice_kinds import Kind, register

SHEET = ("unit", "period")
QUESTION = (*SHEET, "code")
FOLLOWUP = ("unit", "code", "due")
COUNTED = ("period", "until", "zone", "number")

KINDS = (
    # The worksheet moves on.
    Kind("sheet_received", _("LKE %(unit)s %(period)s sudah dikirim dan menunggu penilaian."), SHEET, icon="send"),
    Kind("sheet_receipt", _("LKE %(unit)s %(period)s sudah terkirim. Tanda terima tersedia."), SHEET, icon="check"),
    Kind("sheet_for_lead", _("LKE %(unit)s %(period)s selesai dinilai dan menunggu reviu ketua tim."), SHEET),
    Kind(
        "sheet_for_controller",
        _("LKE %(unit)s %(period)s selesai direviu ketua tim dan menunggu pengendali teknis."),
        SHEET,
    ),
    Kind("sheet_back_to_member", _("Ketua tim mengembalikan penilaian %(unit)s %(period)s kepada anggota TPI."), SHEET),
    Kind("sheet_back_to_lead", _("Pengendali teknis mengembalikan reviu %(unit)s %(period)s kepada ketua tim."), SHEET),
    Kind("sheet_returned", _("LKE %(unit)s %(period)s dikembalikan TPI untuk diperbaiki."), SHEET, icon="warning"),
    Kind("sheet_final", _("Hasil evaluasi %(unit)s %(period)s sudah ditetapkan."), SHEET, icon="check"),
    Kind("sheet_reopened", _("LKE %(unit)s %(period)s dibuka kembali oleh Inspektur."), SHEET, icon="warning"),
    Kind(
        "fill_extended",
        _("Batas pengiriman LKE %(unit)s %(period)s diperpanjang sampai %(until)s %(zone)s."),
        (*SHEET, "until", "zone"),
        moments=("until",),
        icon="clock",
    ),
    Kind(
        "review_extended",
        _("Batas evaluasi dan perbaikan %(unit)s %(period)s diperpanjang sampai %(until)s %(zone)s."),
        (*SHEET, "until", "zone"),
        moments=("until",),
        icon="clock",
    ),
    # The deadline comes near.
    Kind("sheet_opened", _("Pengisian LKE %(unit)s %(period)s sudah dibuka."), SHEET, icon="clock"),
    Kind(
        "deadline_near",
        _("LKE %(unit)s %(period)s belum dikirim. Batasnya %(until)s %(zone)s."),
        (*SHEET, "until", "zone"),
        moments=("until",),
        icon="clock",
    ),
    # A file in which malware was found.
    Kind(
        "evidence_quarantined",
        _("Berkas bukti %(code)s, %(unit)s %(period)s, dikarantina karena terdeteksi berbahaya. Unggah berkas lain."),
        QUESTION,
        icon="warning",
    ),
    Kind(
        "note_file_quarantined",
        _("Berkas Anda pada catatan %(code)s, %(unit)s %(period)s, dikarantina karena terdeteksi berbahaya."),
        QUESTION,
        icon="warning",
    ),
    # Notes and clarifications.
    Kind("clarification_asked", _("TPI meminta klarifikasi atas %(code)s, %(unit)s %(period)s."), QUESTION),
    Kind("clarification_answered", _("%(unit)s menjawab klarifikasi atas %(code)s, %(period)s."), QUESTION),
    Kind("note_answered", _("%(unit)s menjawab catatan atas %(code)s, %(period)s."), QUESTION),
    Kind("note_message", _("Ada pesan baru dari TPI pada catatan %(code)s, %(unit)s %(period)s."), QUESTION),
    Kind("note_closed", _("TPI menyatakan pembahasan %(code)s, %(unit)s %(period)s, selesai."), QUESTION, icon="check"),
    Kind("note_reopened", _("TPI membuka lagi pembahasan %(code)s, %(unit)s %(period)s."), QUESTION),
    # Follow-ups.
    Kind(
        "followup_set",
        _("TPI menetapkan tindak lanjut atas %(code)s untuk %(unit)s, paling lambat %(due)s."),
        FOLLOWUP,
        days=("due",),
    ),
    Kind(
        "followup_moved",
        _("Batas tindak lanjut atas %(code)s untuk %(unit)s diubah menjadi %(due)s."),
        FOLLOWUP,
        days=("due",),
    ),
    Kind("followup_reported", _("%(unit)s melaporkan tindak lanjut atas %(code)s."), ("unit", "code")),
    Kind(
        "followup_sent_back",
        _("TPI meminta tindak lanjut atas %(code)s dari %(unit)s dilengkapi, paling lambat %(due)s."),
        FOLLOWUP,
        days=("due",),
        icon="warning",
    ),
    Kind("followup_closed", _("TPI menyatakan tindak lanjut atas %(code)s dari %(unit)s selesai."), ("unit", "code")),
    Kind(
        "followup_overdue",
        _("Tindak lanjut atas %(code)s dari %(unit)s melewati batas waktu %(due)s."),
        FOLLOWUP,
        days=("due",),
        icon="warning",
    ),
    # Who scores.
    Kind("scorer_assigned", _("Anda ditugaskan menilai LKE %(unit)s %(period)s."), SHEET, icon="user"),
    Kind("scorer_ended", _("Penilaian LKE %(unit)s %(period)s dialihkan dari Anda."), SHEET, icon="user"),
    # A whole quarter, for those who oversee it or read its results.
    Kind(
        "quarter_unsent",
        _("Pengisian LKE %(period)s ditutup %(until)s %(zone)s. Unit yang belum mengirim: %(number)s."),
        COUNTED,
        moments=("until",),
        icon="warning",
    ),
    Kind(
        "quarter_review_near",
        _("Evaluasi %(period)s berakhir %(until)s %(zone)s. Unit yang belum selesai dievaluasi: %(number)s."),
        COUNTED,
        moments=("until",),
        icon="clock",
    ),
    Kind(
        "quarter_lhe_ready",
        _("LHE %(period)s dapat diterbitkan. Unit final yang belum mempunyai LHE: %(number)s."),
        ("period", "number"),
        icon="check",
    ),
    Kind(
        "quarter_complete",
        _("Semua unit pada %(period)s sudah final. Laporan triwulan dapat dibuat."),
        ("period",),
        icon="check",
    ),
    Kind(
        "quarter_released", _("Hasil evaluasi semua unit pada %(period)s sudah ditetapkan."), ("period",), icon="check"
    ),
    Kind(
        "followups_overdue",
        _("Tindak lanjut dengan batas waktu %(due)s yang belum dilaporkan: %(number)s. Jumlah unit: %(units)s."),
        ("due", "number", "units"),
        days=("due",),
        icon="warning",
    ),
)

register(*KINDS)
