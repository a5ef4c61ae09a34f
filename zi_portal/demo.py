"""The password of the demo accounts: public by design, shown on the log-in page while DEBUG is on."""

DEMO_PASSWORD = "contoh-zona-integritas-2024"  # noqa: S105 - not a secret; load_demo refuses outside development
