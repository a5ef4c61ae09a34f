from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class UnitsConfig(AppConfig):
    name = "units"
    verbose_name = _("Instansi dan unit kerja")

    def ready(self) -> None:
        import units.services.documents  # noqa: F401, PLC0415 - registers its files for the malware scan

        post_migrate.connect(install_guards, sender=self)


def install_guards(sender: AppConfig, using: str, **kwargs: Any) -> None:  # noqa: ARG001 - Django's signature
    from units import guards  # noqa: PLC0415 - only needed when migrating

    guards.install(connections[using], guards.AUDIT_GUARDS)
