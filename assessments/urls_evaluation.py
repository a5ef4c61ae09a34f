"""TPI's desk, the Inspector's board, and where each number comes from."""

from django.urls import URLPattern, URLResolver, path

from assessments import converters  # noqa: F401 - makes `period` known to paths
from assessments.views import (
    agreement,
    board,
    bulk,
    calibration,
    desk,
    desk_queue,
    desk_saves,
    evaluation,
    explanation,
    extensions,
    rounds,
    threads,
    visits,
    workload,
)

HERE = "evaluasi/<slug:agency>/<slug:unit>/<period:period>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("evaluasi/", evaluation.evaluation_queue, name="evaluation_queue"),
    path("evaluasi/beban/", workload.workload, name="workload"),
    path("evaluasi/kalibrasi/<slug:agency>/<period:period>/", calibration.calibration, name="calibration"),
    path(HERE, evaluation.evaluation, name="evaluation"),
    path(f"{HERE}lke/<str:node>/", desk.desk, name="desk"),
    path(f"{HERE}meja/", desk.desk_start, name="desk_start"),
    path(f"{HERE}meja/<str:question>/", desk.desk_question_page, name="desk_question"),
    path(f"{HERE}antrean/", desk_queue.queue, name="desk_queue"),
    path(f"{HERE}antrean/sesuai/", bulk.bulk_agree, name="bulk_agree"),
    path(f"{HERE}antrean/catatan/", bulk.bulk_note, name="bulk_note"),
    path(f"{HERE}antrean/sesuai/<int:step>/batal/", bulk.bulk_undo, name="bulk_undo"),
    path(f"{HERE}putaran/", rounds.diff, name="round_diff"),
    path(f"{HERE}nilai/<str:question>/", desk_saves.score_save, name="score_save"),
    path(f"{HERE}sesuai/<str:question>/", desk_saves.score_agree, name="score_agree"),
    path(f"{HERE}tarik/<str:question>/", desk_saves.score_withdraw, name="score_withdraw"),
    path(f"{HERE}catatan/<str:question>/", desk_saves.note_save, name="note_save"),
    path(f"{HERE}klarifikasi/<str:question>/", threads.thread_ask, name="thread_ask"),
    path(f"{HERE}utas/", threads.threads, name="threads"),
    path(f"{HERE}utas/<int:pk>/balas/", threads.thread_reply, name="thread_reply"),
    path(f"{HERE}utas/<int:pk>/keadaan/", threads.thread_settle, name="thread_settle"),
    path(f"{HERE}tahap/", evaluation.transition, name="transition"),
    path(f"{HERE}serahkan/", agreement.hand_in, name="hand_in"),
    path(f"{HERE}selisih/", agreement.agreement_page, name="agreement"),
    path(f"{HERE}batas-waktu/", extensions.deadlines, name="deadlines"),
    path(f"{HERE}peninjauan/", visits.visits, name="visits"),
    path(f"{HERE}peninjauan/simpan/", visits.visit_save, name="visit_save"),
    path(f"{HERE}peninjauan/<int:visit>/temuan/", visits.finding_save, name="finding_save"),
    path("peninjauan/foto/<uuid:file>/", visits.visit_photo, name="visit_photo"),
    path("peninjauan/foto/<uuid:file>/kecil/", visits.visit_photo_small, name="visit_photo_small"),
    path("papan/", board.board, name="board"),
    path("papan/<slug:agency>/<period:period>/", board.board_period, name="board_period"),
    path("penilaian/<slug:agency>/<slug:unit>/<period:period>/angka/<str:key>/", explanation.explain, name="explain"),
]
