"""manage.py load_instrument [FILE]."""

import hashlib
from argparse import ArgumentParser
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from assessments.importers.instrument_file import read_instrument_file
from assessments.scoring import InstrumentError
from assessments.services.instruments import InstrumentDiffers, load_instrument

DEFAULT_FILE = Path(settings.BASE_DIR) / "fixtures" / "permenpanrb-90-2021.yaml"


class Command(BaseCommand):
    help = (
        "Memuat berkas instrumen ke basis data, atau memeriksa bahwa versi yang berlaku sama dengan berkas itu. | "
        "Loads an instrument file, or verifies that the published version says the same."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", nargs="?", type=Path, default=DEFAULT_FILE, help="berkas YAML instrumen | instrument file (YAML)"
        )

    def handle(self, *args: object, **options: object) -> None:  # noqa: ARG002 - Django's signature
        path = Path(str(options["file"]))
        if not path.is_file():
            raise CommandError(f"Berkas tidak ditemukan | file not found: {path}", returncode=2)
        try:
            value = read_instrument_file(path)
            sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
            row, is_new = load_instrument(value=value, sha256=sha256, actor=None, now=timezone.now())
        except InstrumentError as error:
            raise CommandError(f"{path}: {error}") from error
        except InstrumentDiffers as error:
            message = f"{path}: berbeda dari versi yang berlaku pada | differs from the published version at: "
            raise CommandError(message + str(error.data["where"])) from error
        done = "dimuat dan diberlakukan | loaded and published" if is_new else "sama dengan berkas | matches the file"
        self.stdout.write(f"{row.code} v{row.version}: {done}")
