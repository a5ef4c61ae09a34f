"""The demo accounts: their password is public by design, so they work in development only."""

from django.conf import settings

from zi_portal.env import env

DEMO_PASSWORD = "contoh-zona-integritas-2024"  # noqa: S105 - not a secret; load_demo refuses outside development


def demo_is_allowed() -> bool:
    """Whether demo data may be loaded and demo accounts may log in: under DEBUG, or where ALLOW_DEMO=1 says so."""
    return settings.DEBUG or env.bool("ALLOW_DEMO", default=False)
