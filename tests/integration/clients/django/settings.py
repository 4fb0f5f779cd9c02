"""Django over mysqlclient, at the server that is tested."""

import os

SECRET_KEY = "of a test"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "shop"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "America/New_York"
DATABASES = {"default": {
    "ENGINE": "django.db.backends.mysql",
    "HOST": os.environ["DB_HOST"], "PORT": os.environ["DB_PORT"], "USER": os.environ["DB_USER"],
    "PASSWORD": os.environ["DB_PASSWORD"], "NAME": os.environ["DB_NAME"] + "_django",
    "CONN_MAX_AGE": 60, "OPTIONS": {"charset": "utf8mb4", "isolation_level": "read committed"},
}}
