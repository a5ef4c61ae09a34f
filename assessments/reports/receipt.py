"""The receipt of a submission as one page: everything from the snapshot, so that the same one gives the same bytes."""

import json
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation

from assessments.models import Assessment, Snapshot
from assessments.queries.submission import Receipt
from assessments.reports import wording
from assessments.reports.letter import DEMO_MARK

HASH_GROUP = 8


def receipt_pdf(*, assessment: Assessment, receipt: Receipt) -> bytes:
    """The PDF; in Indonesian like every letter, whatever the language of the screen."""
    from assessments.reports.pdf import write_pdf  # noqa: PLC0415 - WeasyPrint takes a second to load

    with translation.override("id"):
        html = render_to_string("reports/receipt.html", receipt_context(assessment, receipt))
    return write_pdf(html, styles=("common", "receipt"), identifier=receipt.snapshot.sha256)


def receipt_context(assessment: Assessment, receipt: Receipt) -> dict[str, Any]:
    """What templates/reports/receipt.html asks for."""
    snapshot, agency = receipt.snapshot, assessment.unit.agency
    content = json.loads(snapshot.content)
    period = content["period"]
    title = f"Tanda Terima LKE {receipt.number}"
    return {
        "letter": {
            "agency": content["agency"]["name"],
            "inspectorate": content["agency"]["inspectorate"],
            "mark": DEMO_MARK if agency.is_demo else "",
        },
        "title": title,
        "made_at": snapshot.taken_at.isoformat(timespec="seconds"),
        "foot": f"{receipt.number}, sidik rekaman {snapshot.sha256[:12]}",
        "number": receipt.number,
        "facts": _facts(content, receipt, wording.time_of(snapshot.taken_at, agency.zone)),
        "period": wording.quarter(period["year"], period["quarter"]),
        "hash_groups": _groups(snapshot),
        "instrument": content["instrument"],
        "engine_version": content["engine_version"],
    }


def _facts(content: dict[str, Any], receipt: Receipt, when: str) -> list[tuple[str, str]]:
    period = content["period"]
    answers = content["answers"].values()
    proven = sum(bool(entry["evidence"]) for entry in answers)
    records = {(item["title"], item["url"], *_hashes(item)) for entry in answers for item in entry["evidence"]}
    return [
        ("Unit kerja", wording.breakable(content["unit"]["name"])),
        ("Instansi", wording.breakable(content["agency"]["name"])),
        ("Periode", wording.quarter(period["year"], period["quarter"])),
        ("Putaran", str(content["round"])),
        ("Diterima", when),
        ("Dikirim oleh kepala unit", wording.breakable(content["taken_by"])),
        ("Pertanyaan dijawab", f"{receipt.answered} dari {receipt.questions}"),
        ("Pertanyaan berbukti dukung", f"{proven} dari {receipt.questions}"),
        ("Bukti dukung", f"{len(records)} dokumen"),
        ("Nilai mandiri", receipt.total_text.replace(".", ",")),
    ]


def _hashes(item: dict[str, Any]) -> tuple[str, ...]:
    return tuple(file["sha256"] for file in item["files"])


def _groups(snapshot: Snapshot) -> list[str]:
    """The hash in eights, which people can compare."""
    return [snapshot.sha256[place : place + HASH_GROUP] for place in range(0, len(snapshot.sha256), HASH_GROUP)]
