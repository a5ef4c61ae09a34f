"""manage.py dump_instrument CODE."""

import json
from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from assessments.models import Instrument
from assessments.queries.instruments import instrument_value
from assessments.scoring import dump_instrument


class Command(BaseCommand):
    help = (
        "Mencetak instrumen yang tersimpan sebagai JSON: versi berlaku yang terbaru. | "
        "Prints the stored instrument as JSON: the latest published version."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code", help="kode instrumen | code of the instrument, e.g. permenpanrb-90-2021")

    def handle(self, *args: object, **options: object) -> None:  # noqa: ARG002 - Django's signature
        published = Instrument.objects.filter(code=options["code"], status=Instrument.Status.PUBLISHED)
        row = published.order_by("-version").first()
        if row is None:
            raise CommandError(f"Instrumen tidak ada | no such instrument: {options['code']}")
        self.stdout.write(json.dumps(dump_instrument(instrument_value(row)), ensure_ascii=False, indent=1))
