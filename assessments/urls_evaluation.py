"""TPI's desk, the Inspector's board, and where each number comes from."""

from django.urls import URLPattern, URLResolver, path

from assessments import converters  # noqa: F401 - makes `period` known to paths
from assessments.views import board, desk, evaluation, explanation, extensions

HERE = "evaluasi/<slug:agency>/<slug:unit>/<period:period>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("evaluasi/", evaluation.evaluation_queue, name="evaluation_queue"),
    path(HERE, evaluation.evaluation, name="evaluation"),
    path(f"{HERE}lke/<str:node>/", desk.desk, name="desk"),
    path(f"{HERE}nilai/<str:question>/", desk.score_save, name="score_save"),
    path(f"{HERE}sesuai/<str:question>/", desk.score_agree, name="score_agree"),
    path(f"{HERE}catatan/<str:question>/", desk.note_save, name="note_save"),
    path(f"{HERE}tahap/", evaluation.transition, name="transition"),
    path(f"{HERE}batas-waktu/", extensions.deadlines, name="deadlines"),
    path("papan/", board.board, name="board"),
    path("papan/<slug:agency>/<period:period>/", board.board_period, name="board_period"),
    path("penilaian/<slug:agency>/<slug:unit>/<period:period>/angka/<str:key>/", explanation.explain, name="explain"),
]
