from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AssessmentsConfig(AppConfig):
    name = "assessments"
    verbose_name = _("Penilaian")

    def ready(self) -> None:
        import assessments.notice_kinds  # noqa: PLC0415 - registers the sentences
        import assessments.services.quarantine  # noqa: F401, PLC0415 - registers its files for the malware scan

        post_migrate.connect(install_guards, sender=self)


def install_guards(sender: AppConfig, using: str, **kwargs: Any) -> None:  # noqa: ARG001 - Django's signature
    from assessments.guards import GUARDS  # noqa: PLC0415 - only needed when migrating
    from units import guards  # noqa: PLC0415

    guards.install(connections[using], GUARDS)
