"""The audit log as the administrator reads it."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from units.models import Agency, AuditEvent

# What a filter offers: a name for the beginnings of verbs.
SUBJECTS = {
    "akun": (_("Akun dan peran"), ("user.", "membership.", "admin.")),
    "unit": (_("Instansi dan unit kerja"), ("agency.", "signatory.", "unit.")),
    "tim": (_("Tim"), ("team.",)),
    "dokumen": (_("SK dan pencanangan"), ("decree.", "declaration.")),
    "tahun": (_("Tahap, syarat, dan predikat"), ("unit_year.", "prerequisite.", "predikat.")),
    "periode": (_("Periode, instrumen, dan templat"), ("period.", "instrument.", "note_template.")),
    "penilaian": (_("Pengisian dan evaluasi"), ("answer.", "assessment.", "evidence.", "score.", "note.")),
    "laporan": (_("Laporan"), ("report.",)),
}
# Values are shown only for what the administrator keeps; scores and notes are not theirs to read (SEC-05).
OPEN_SUBJECTS = ("akun", "unit", "tim", "dokumen", "tahun", "periode")
OPEN_VERBS = tuple(start for key in OPEN_SUBJECTS for start in SUBJECTS[key][1])
# What evaluators write to each other when they send a worksheet back is not the administrator's either.
OPEN_REASONS = (*OPEN_VERBS, "assessment.reopen", "evidence.", "report.")


def events_of(agency: Agency, *, subject: str = "", unit: str = "", person: str = "") -> QuerySet[AuditEvent]:
    """Events of the agency, the latest first; `unit` is a code, `person` part of a name; one query."""
    events = AuditEvent.objects.filter(agency=agency).select_related("actor", "unit").order_by("-pk")
    if subject in SUBJECTS:
        starts = Q()
        for start in SUBJECTS[subject][1]:
            starts |= Q(verb__startswith=start)
        events = events.filter(starts)
    if unit:
        events = events.filter(unit__code=unit)
    for word in person.split():
        events = events.filter(Q(actor__full_name__icontains=word) | Q(actor__username__icontains=word))
    return events
