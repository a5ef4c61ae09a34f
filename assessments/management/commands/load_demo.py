"""manage.py load_demo [--scale N]."""

from argparse import ArgumentParser, ArgumentTypeError

from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from assessments.demo.load import DemoRefused, Loaded, load_government, states_of
from assessments.demo.places import read_places
from assessments.demo.quarters import QUARTERS
from assessments.models import Instrument
from assessments.models.period import ROMAN
from units.queries.demo import demo_accounts
from zi_portal.demo import DEMO_PASSWORD, demo_is_allowed

SALT = "contoh-zona-integritas"  # one salt for all, so that the demo is the same everywhere; the password is public


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ArgumentTypeError("N >= 1")
    return number


class Command(BaseCommand):
    help = (
        "Memuat data contoh: lima pemerintah daerah, triwulan 2024, nilai rekaan. Ditolak di luar pengembangan, "
        "kecuali ALLOW_DEMO=1. | Loads the demo: five governments, the quarters of 2024, invented scores. Refused "
        "outside development unless ALLOW_DEMO=1."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--scale",
            type=positive,
            metavar="N",
            help="kalikan jumlah unit untuk uji beban | multiply the number of units for load tests",
        )

    def handle(self, *args: object, **options: int) -> None:  # noqa: ARG002 - Django's signature
        if not demo_is_allowed():
            raise CommandError(
                "Data contoh hanya untuk pengembangan: DEBUG mati dan ALLOW_DEMO bukan 1. | "
                "Demo data is for development: DEBUG is off and ALLOW_DEMO is not 1."
            )
        published = Instrument.objects.filter(status=Instrument.Status.PUBLISHED, code="permenpanrb-90-2021")
        instrument = published.order_by("-version").first()
        if instrument is None:
            raise CommandError("Muat instrumen dahulu | load the instrument first: manage.py load_instrument")
        password, now = make_password(DEMO_PASSWORD, salt=SALT), timezone.now()
        loaded = []
        scale = options["scale"]
        for plan in read_places(scale=scale or 1):
            try:
                loaded.append(
                    load_government(
                        plan=plan, instrument=instrument, password=password, now=now, same_size=scale is not None
                    )
                )
            except DemoRefused as refusal:
                raise CommandError(why(refusal)) from refusal
        self.summarise(loaded, verbosity=options["verbosity"])

    def summarise(self, loaded: list[Loaded], verbosity: int) -> None:
        """What is there now, and who can log in."""
        if not any(item.is_new for item in loaded):
            self.stdout.write("Data contoh sudah dimuat, tidak ada yang diubah. | Demo data is there, nothing changed.")
        if verbosity < 1:
            return
        states = states_of([item.agency for item in loaded])
        self.stdout.write("DATA CONTOH - nilai rekaan")
        for item in loaded:
            self.stdout.write(f"{item.agency.name}: {item.units} unit, {item.building} membangun ZI")
            for quarter in QUARTERS:
                counts = sorted(states.get((item.agency.pk, quarter), {}).items())
                told = ", ".join(f"{count} {name}" for name, count in counts)
                self.stdout.write(f"  TW {ROMAN[quarter - 1]}: {told or '-'}")
        self.stdout.write(f"Akun contoh, kata sandi | demo accounts, password: {DEMO_PASSWORD}")
        for user in demo_accounts():
            self.stdout.write(f"  {user.username:<24} {user.demo_note}")


def why(refusal: DemoRefused) -> str:
    if not refusal.is_demo:
        return (
            f"Instansi {refusal.code} sudah ada dan bukan data contoh. | "
            f"Agency {refusal.code} exists and is not demo data."
        )
    return (
        f"Data contoh {refusal.code} sudah dimuat dengan {refusal.found} unit, bukan {refusal.wanted}. Pakai basis "
        f"data kosong. | The demo of {refusal.code} has {refusal.found} units, not {refusal.wanted}. Use an empty "
        "database."
    )
