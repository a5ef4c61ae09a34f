"""manage.py scan_files: for a timer, and for whoever clears up a false alarm."""

from collections.abc import Iterable

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from units.services import scans

# A scanner that gave no verdict so many times in a row is down; the next run goes on.
GIVES_UP_AFTER = 3


class Command(BaseCommand):
    help = (
        "Memeriksa berkas yang belum diperiksa pemindai virus, juga yang diunggah sebelum pemindai dipasang. Aman "
        "dijalankan berulang. | Scans stored files that have no verdict yet, also those from before the scanner was "
        "set up. Safe to run again and again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--again", metavar="SHA256", help="periksa ulang satu berkas, misalnya sesudah tanda palsu | scan one again"
        )

    def handle(self, *args: object, again: str | None, verbosity: int, **options: object) -> None:  # noqa: ARG002 - Django's signature
        if again and not scans.scan_again(sha256=again.lower(), now=timezone.now()):
            message = "Tidak ada berkas dengan SHA-256 ini. | There is no file with this SHA-256."
            raise CommandError(message)
        seen: set[str] = set()
        while hashes := [sha256 for sha256 in scans.waiting(now=timezone.now()) if sha256 not in seen]:
            seen.update(hashes)
            if not self._scan(hashes):
                self.stderr.write("Pemindai virus tidak menjawab; dicoba lagi nanti. | The scanner does not answer.")
                break
        if verbosity > 1:
            self.stdout.write(f"{len(seen)} berkas | files")

    def _scan(self, hashes: Iterable[str]) -> bool:
        """Each once; False as soon as the scanner seems to be down."""
        failed = 0
        for sha256 in hashes:
            failed = 0 if scans.scan(sha256=sha256, now=timezone.now()) else failed + 1
            if failed == GIVES_UP_AFTER:
                return False
        return True
