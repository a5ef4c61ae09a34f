"""manage.py scan_files: for a timer, and for whoever clears up a false alarm."""

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
        done, failed = 0, 0
        for sha256 in scans.waiting(now=timezone.now()):
            if scans.scan(sha256=sha256, now=timezone.now()):
                done, failed = done + 1, 0
                continue
            failed += 1
            if failed == GIVES_UP_AFTER:
                self.stderr.write("Pemindai virus tidak menjawab; dicoba lagi nanti. | The scanner does not answer.")
                break
        if verbosity > 1:
            self.stdout.write(f"{done} berkas | files")
