"""Preview, then apply, a filled worksheet from the command line."""

import hashlib
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.base import File
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from assessments import permissions
from assessments.importers.apart import read_apart
from assessments.importers.reasons import mend_sentence, reason_named, reason_sentence
from assessments.importers.xlsx import WorkbookError
from assessments.management.commands.build_report import WRONG_USE, period_key, unit_key
from assessments.management.commands.export_lke import assessment_of
from assessments.models import Assessment, WorkbookImport
from assessments.queries.duties import unit_team
from assessments.queries.instruments import stored_instrument
from assessments.queries.workbook_import import Flaw, Line, Preview, Status, preview_of
from assessments.services.answers import refuse_closed
from assessments.services.workbook_import import Upload, Wish, apply_import, keep_import, refuse_foreign
from units.models import User
from zi_portal.errors import Refused

REASON = "manage.py import_lke"
SHOWN = (Status.NEW, Status.CHANGED, Status.STALE, Status.LOCKED)


class Command(BaseCommand):
    help = (
        "Menampilkan apa yang berubah bila LKE terisi (.xlsx) diimpor; dengan --apply menyimpannya, semua atau tidak "
        "sama sekali. Tercatat atas nama --as, atau kepala unit. Kode keluar: 0 selesai, 1 ditolak atau ada sel yang "
        "tidak terbaca (sel lain tetap diimpor), 2 salah pakai. / Shows what importing a filled LKE (.xlsx) would "
        "change; --apply stores it, all or nothing. Recorded as --as, else as the head of the unit. Exit codes: 0 "
        "done, 1 refused or unreadable cells (the others are imported), 2 wrong use."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="Lembar kerja .xlsx. / Worksheet, .xlsx.")
        parser.add_argument(
            "--unit", type=unit_key, required=True, metavar="AGENCY:UNITCODE", help="Kunci unit. / Key of the unit."
        )
        parser.add_argument(
            "--period", type=period_key, required=True, metavar="AGENCY:2024-2", help="Triwulan. / Quarter."
        )
        parser.add_argument("--apply", action="store_true", help="Simpan. / Store it.")
        parser.add_argument(
            "--mode",
            choices=WorkbookImport.Mode.values,
            default=WorkbookImport.Mode.FILL.value,
            help="fill: isi yang kosong / fill blanks; overwrite: timpa / overwrite. (fill)",
        )
        parser.add_argument(
            "--stale",
            action="store_true",
            help="Sertakan yang diubah di portal sejak ekspor. / Include what changed in the portal since the export.",
        )
        parser.add_argument("--as", dest="username", metavar="USERNAME", help="Pelaku tercatat. / Who is recorded.")
        parser.add_argument("--json", action="store_true", help="Cetak JSON. / Print JSON.")

    def handle(self, *_args: Any, **options: Any) -> None:
        raw = _bytes(options["file"])
        assessment, now = assessment_of(options["unit"], options["period"]), timezone.now()
        actor = _actor(assessment, options["username"], now)
        try:
            content = read_apart(options["file"], stored_instrument(assessment.period.instrument).value)
            refuse_foreign(assessment, content["stamp"])
            preview = preview_of(content, assessment, actor, now)
            done = None
            if options["apply"]:
                _refuse(assessment, actor, now)
                wish = Wish(options["mode"], preview.versions, with_stale=options["stale"])
                if preview.takes(wish.mode, with_stale=wish.with_stale):
                    done = _apply(assessment, options["file"], raw, content, wish, actor, now)
        except WorkbookError as error:
            raise CommandError(str(error)) from error
        except PermissionDenied as error:
            raise CommandError(f"Tidak berhak mengisi / may not fill: {actor.username}") from error
        except Refused as error:
            raise CommandError(str(error.message)) from error
        facts = _facts(preview, options["mode"], done, stale=options["stale"])
        self.stdout.write(json.dumps(facts, ensure_ascii=False, indent=2) if options["json"] else _table(facts))
        if preview.flaws:
            sys.exit(1)


def _bytes(path: Path) -> bytes:
    if path.suffix.casefold() != ".xlsx":
        raise CommandError(f"Berkas harus .xlsx / file must be .xlsx: {path}", returncode=WRONG_USE)
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"Berkas tidak dapat dibuka / cannot open: {path}: {error.strerror}"
        raise CommandError(message, returncode=WRONG_USE) from error


def _actor(assessment: Assessment, username: str | None, now: datetime) -> User:
    if username:
        found = User.objects.filter(username=username, is_active=True).first()
        if found is None:
            raise CommandError(f"Pengguna tidak dikenal / unknown user: {username}", returncode=WRONG_USE)
        return found
    team = unit_team(assessment.unit_id, now.astimezone(assessment.unit.agency.tz).date())
    heads = [person.user for person in team.people if person.is_head]
    if not heads:
        raise CommandError("Unit ini belum mempunyai kepala; sebutkan --as. / The unit has no head; name --as.")
    return heads[0]


def _refuse(assessment: Assessment, actor: User, now: datetime) -> None:
    """Also where the file says nothing new, which is no refusal by itself."""
    if not permissions.can_fill(actor, assessment):
        raise PermissionDenied
    refuse_closed(assessment, now)


def _apply(
    assessment: Assessment, path: Path, raw: bytes, content: dict[str, Any], wish: Wish, actor: User, now: datetime
) -> WorkbookImport:
    with path.open("rb") as source:
        upload = Upload(File(source, path.name), path.name[:180], hashlib.sha256(raw).hexdigest(), content)
        kept = keep_import(assessment=assessment, upload=upload, actor=actor, now=now, reason=REASON)
    return apply_import(found=kept, wish=wish, actor=actor, now=now, reason=REASON)


def _facts(preview: Preview, mode: str, done: WorkbookImport | None, *, stale: bool) -> dict[str, Any]:
    return {
        "applied": done is not None,
        "mode": mode,
        "written": [take.line.code for take in preview.takes(mode, with_stale=stale)],
        "counts": {status.value: count for status, count in preview.counts.items()},
        "rows": preview.content["rows"],
        "placed": preview.content["placed"],
        "changes": [_change(line) for status in SHOWN for line in preview.groups[status]],
        "problems": [_problem(flaw) for flaw in preview.flaws],
        "leftovers": [_problem(flaw) for flaw in preview.leftovers],
        "missing": [line.code for line in preview.groups[Status.MISSING]],
    }


def _change(line: Line) -> dict[str, Any]:
    return {
        "question": line.code,
        "status": line.status.value,
        "cell": line.cell,
        "before": line.before_raw,
        "after": line.after_raw,
        "note_changes": line.note_differs,
    }


def _problem(flaw: Flaw) -> dict[str, str]:
    reason = reason_named(flaw.reason)
    words = {"reason": reason_sentence(reason), "mend": mend_sentence(reason)}
    return {"cell": flaw.cell, "question": flaw.code, "value": flaw.value} | words


def _table(facts: dict[str, Any]) -> str:
    lines = [f"{name:<10}{count:>5}" for name, count in facts["counts"].items()]
    lines.append(f"{'rows':<10}{facts['rows']:>5}  placed {facts['placed']}")
    lines += [
        f"{change['status']:<9}{change['cell']:<6}{change['question']:<13}"
        f"{_short(change['before'])} -> {_short(change['after'])}{' + catatan/note' if change['note_changes'] else ''}"
        for change in facts["changes"]
    ]
    lines += [
        f"{kind:<9}{item['cell']:<6}{item['question']:<13}{item['value']!r} {item['reason']} {item['mend']}"
        for kind, found in (("problem", facts["problems"]), ("leftover", facts["leftovers"]))
        for item in found
    ]
    words = "Tersimpan / stored" if facts["applied"] else "Belum disimpan / not stored"
    return "\n".join([*lines, f"{words}: {len(facts['written'])} ({facts['mode']})"])


def _short(raw: object) -> str:
    return "-" if raw is None else json.dumps(raw, ensure_ascii=False) if isinstance(raw, dict) else str(raw)
