"""The portal's settings as tests need them: no secrets, no HTTPS, no collected static files, quick passwords."""

import os

os.environ.setdefault("DEBUG", "0")
os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "0123456789" * 5)
os.environ.setdefault("HTTPS", "0")
os.environ.setdefault("ALLOWED_HOSTS", "testserver,localhost,127.0.0.1")

from zi_portal.env import VAR_DIR
from zi_portal.settings import *  # noqa: F403 all of them, then the differences below
from zi_portal.settings import STORAGES

if "STORAGE_DIR" not in os.environ:
    STORAGES["default"]["OPTIONS"]["location"] = str(VAR_DIR / "test-storage")
# The manifest of hashed names exists only after collectstatic; WhiteNoise reads the sources for the browser tests.
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True
# Argon2 takes 50 ms a log-in on purpose.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CLAMD_URL = ""
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
