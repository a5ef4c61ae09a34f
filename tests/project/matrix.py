"""The truth about who may open what: role x view x state, as data. tests/project/test_matrix.py walks the URLconf.

An answer is what a person gets at best, whatever the form says and whether or not the phase is open:
  ok     2xx, 3xx within the portal, 409, 422 or 428
  403    may know of the object, not do this
  404    may not know of the object
Strangers of every kind get 404; nobody who is not logged in gets anything but the log-in page (PUBLIC apart).
"""

from dataclasses import dataclass, field

OUTSIDE = ("stranger", "other_member", "foreign_inspector")
UNIT = ("operator", "head")
TPI = ("member", "lead", "controller")
PEOPLE = (*UNIT, *TPI, "assistant", "inspector", "reader", "admin", *OUTSIDE)
STATES = ("draft", "submitted", "review_member", "review_controller", "returned", "final")

READS_ANSWERS = (*UNIT, *TPI, "assistant", "inspector")


@dataclass(frozen=True)
class Rule:
    """`allowed` get ok; those of `hidden` 404; everybody else 403. `final` replaces `allowed` in that state."""

    allowed: tuple[str, ...]
    hidden: tuple[str, ...] = OUTSIDE
    final: tuple[str, ...] | None = None
    method: str = "get"
    data: dict[str, str] = field(default_factory=dict)

    def expected(self, person: str, state: str) -> str:
        allowed = self.final if self.final is not None and state == "final" else self.allowed
        # A reader knows of an assessment once it is final.
        hidden = self.hidden if state == "final" else (*self.hidden, "reader")
        if person in allowed:
            return "ok"
        return "404" if person in hidden else "403"


EVERYBODY = Rule(PEOPLE, ())

# Reached without logging in.
PUBLIC = {
    "favicon", "healthz", "set_language", "session_state", "login", "password_reset", "password_reset_done",
    "password_reset_complete", "password_reset_confirm", "report_check_start", "report_check",
}  # fmt: skip

# Everybody who is logged in; what they show is their own.
OWN = {
    "logout", "password_change", "profile", "keyboard_shortcuts", "home", "assessment_list", "report_list", "inbox",
    "inbox_read",
}  # fmt: skip

# By the start of the path: administrators of the agency, whatever the state.
ADMINISTRATION = "kelola/"

# Views of one assessment.
ASSESSMENT: dict[str, Rule] = {
    "unit_home": Rule(READS_ANSWERS),
    "worksheet": Rule(READS_ANSWERS),
    "worksheet_focus": Rule(READS_ANSWERS),
    "worksheet_whole": Rule(READS_ANSWERS),
    "evidence_list": Rule(READS_ANSWERS),
    "evidence_download": Rule(READS_ANSWERS),
    "evidence_view": Rule(READS_ANSWERS),
    "evidence_page": Rule(READS_ANSWERS),
    "workbook_export": Rule(READS_ANSWERS),
    "workbook_import": Rule(UNIT),
    "workbook_import_preview": Rule(UNIT),
    "workbook_import_apply": Rule(UNIT, method="post"),
    "check": Rule(READS_ANSWERS),
    "receipt": Rule(READS_ANSWERS),
    "receipt_pdf": Rule(READS_ANSWERS),
    "answer_save": Rule(UNIT, method="post"),
    "answer_editing": Rule(UNIT, method="post"),
    "answer_history": Rule(READS_ANSWERS),
    "answer_restore": Rule(UNIT, method="post"),
    "evidence_add": Rule(UNIT, method="post"),
    "evidence_detach": Rule(UNIT, method="post"),
    "evidence_withdraw": Rule(UNIT, method="post"),
    "evidence_known": Rule(UNIT),
    "evidence_detail": Rule(READS_ANSWERS),
    "evidence_edit": Rule(UNIT, method="post"),
    "evidence_attach": Rule(UNIT),
    "evidence_file_add": Rule(UNIT, method="post"),
    "evidence_file_change": Rule(UNIT, method="post"),
    "evidence_zip": Rule(READS_ANSWERS),
    "submit": Rule(("head",), method="post"),
    "copy_answers": Rule(UNIT),
    "copy_settle": Rule(UNIT, method="post"),
    "duties": Rule(READS_ANSWERS),
    "duty_areas": Rule(UNIT, method="post"),
    "duty_questions": Rule(UNIT, method="post"),
    "duty_handover": Rule(UNIT, method="post"),
    "notes": Rule(READS_ANSWERS),
    "note_answer": Rule(UNIT, method="post"),
    "note_file": Rule(READS_ANSWERS, hidden=(*OUTSIDE, "reader", "admin")),
    "threads": Rule((*TPI, "inspector")),
    "thread_ask": Rule(TPI, method="post"),
    "thread_reply": Rule(TPI, method="post"),
    "thread_settle": Rule(TPI, method="post"),
    "followups": Rule(READS_ANSWERS),
    "followup_create": Rule(TPI, method="post"),
    "followup_report": Rule(UNIT, method="post"),
    "followup_owner": Rule(UNIT, method="post"),
    "followup_due": Rule(TPI, method="post"),
    "followup_settle": Rule(TPI, method="post"),
    "assist_note": Rule(("assistant",), method="post"),
    "visits": Rule((*TPI, "inspector")),
    "visit_save": Rule(TPI, method="post"),
    "finding_save": Rule(TPI, method="post"),
    "visit_results": Rule(READS_ANSWERS),
    # Not released in this test: the unit does not even learn that there is a photo.
    "visit_photo": Rule((*TPI, "inspector"), (*UNIT, "assistant", "reader", "admin", *OUTSIDE)),
    "visit_photo_small": Rule((*TPI, "inspector"), (*UNIT, "assistant", "reader", "admin", *OUTSIDE)),
    "explain": Rule(READS_ANSWERS, final=(*READS_ANSWERS, "reader"), data={"sisi": "unit"}),
    "evaluation": Rule((*TPI, "inspector")),
    "desk": Rule((*TPI, "inspector")),
    "desk_start": Rule((*TPI, "inspector")),
    "desk_question": Rule((*TPI, "inspector")),
    "score_save": Rule(TPI, method="post"),
    "score_agree": Rule(TPI, method="post"),
    "score_withdraw": Rule(TPI, method="post"),
    "desk_queue": Rule((*TPI, "inspector")),
    "bulk_agree": Rule(TPI),
    "bulk_note": Rule(TPI),
    "bulk_undo": Rule(("member",), method="post"),
    "round_diff": Rule((*TPI, "inspector")),
    "note_save": Rule(TPI, method="post"),
    "deadlines": Rule((*TPI, "inspector")),
    "agreement": Rule((*TPI, "inspector")),
    "hand_in": Rule(("member",), method="post"),
    "lhe_issue": Rule(("inspector",)),
    "lhe_draft": Rule(("inspector",)),
}

# Views of an agency or a period, and files of reports; whoever has any part in the agency knows of its periods.
AGENCY: dict[str, Rule] = {
    "board_period": Rule(
        ("inspector", "reader", "admin"), (*UNIT, *TPI, "assistant", "stranger", "other_member", "foreign_inspector")
    ),
    "calibration": Rule(("lead", "inspector"), ("foreign_inspector",)),
    "report_zip": Rule(("inspector", "reader"), ("foreign_inspector",)),
    "quarterly_make": Rule(("inspector",), ("foreign_inspector",), method="post", data={"number": "x" * 200}),
}
QUARTERLY_READERS = ("inspector", "reader")
LHE_READERS = (*READS_ANSWERS, "reader")

# Start pages: those who have something there, everybody else 403.
STARTS: dict[str, tuple[str, ...]] = {
    "followup_list": (*TPI, "other_member", "inspector", "foreign_inspector"),
    "workload": ("lead", "inspector", "foreign_inspector"),
    "board": ("inspector", "reader", "admin", "foreign_inspector"),
    "evaluation_queue": (*TPI, "assistant", "other_member"),
}

# Steps of TPI and the Inspector (`transition`); each is tried in every state. The unit's is the view `submit`.
ACTIONS: dict[str, Rule] = {
    "start": Rule(("member",)),
    "release_claim": Rule(("member",)),
    "to_lead": Rule(("member",)),
    "to_controller": Rule(("lead",)),
    "back_to_member": Rule(("lead",)),
    "back_to_lead": Rule(("controller",)),
    "return": Rule(("controller",)),
    "finalise": Rule(("controller",)),
    "reopen": Rule(("inspector",)),
}
