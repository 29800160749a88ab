"""Settings shared by every way to run Runfold; the environment says the rest."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import gettempdir

from config import env
from config.storage import artifact_store

BASE_DIR = Path(__file__).resolve().parents[2]
DATA_DIR = Path(env.text("RUNFOLD_DATA_DIR", str(BASE_DIR / ".runfold")))

DEBUG = False
SECRET_KEY = ""
# Earlier keys, under which secrets at rest may still be encrypted: see apps/common/encryption.py.
SECRET_KEY_FALLBACKS = env.words("RUNFOLD_SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = env.words("RUNFOLD_ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.words("RUNFOLD_TRUSTED_ORIGINS")
# How people reach this installation; links that are printed or mailed start with it.
PUBLIC_URL = env.text("RUNFOLD_PUBLIC_URL", "http://127.0.0.1:8000")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "apps.common",
    "apps.audit",
    "apps.accounts",
    "apps.teams",
    "apps.projects",
    "apps.jobs",
    "apps.webhooks",
    "apps.experiments",
    "apps.runs",
    "apps.logged_models",
    "apps.artifacts",
    "apps.retention",
    "apps.registry",
    "apps.mlflow_api",
]

# What a browser page needs (session, CSRF, user, messages) steps aside for protocol requests, which carry their own
# credential: see apps.common.middleware.
MIDDLEWARE = [
    "apps.common.monitoring.middleware.CountRequests",
    "apps.common.middleware.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "apps.common.middleware.PageSession",
    "apps.common.middleware.PageCsrf",
    "apps.common.middleware.PageUser",
    "apps.common.middleware.PageMessages",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

DATABASES = {"default": env.database("RUNFOLD_DATABASE_URL", default=f"sqlite:///{DATA_DIR}/runfold.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("RUNFOLD_STATIC_ROOT", str(BASE_DIR / "static-collected")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "apps.common.static_files.HashedStaticFiles"},
}

# A log-batch may carry 1,000,000 bytes of JSON; native columnar ingest sets its own bound.
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024

# file:///folder or s3://bucket/prefix: see config/storage.py.
ARTIFACT_STORE = artifact_store(default=f"{DATA_DIR.resolve().as_uri()}/artifacts")
# Files of at most so many bytes are kept in the database: durable with its commit, without a round trip to the store.
INLINE_ARTIFACT_BYTES = env.integer("RUNFOLD_INLINE_ARTIFACT_BYTES", default=16 * 1024)
# How many bytes a project, and a team in all its projects, may keep; 0 is no limit.
PROJECT_STORAGE_LIMIT_BYTES = env.integer("RUNFOLD_PROJECT_STORAGE_LIMIT_BYTES", default=0)
TEAM_STORAGE_LIMIT_BYTES = env.integer("RUNFOLD_TEAM_STORAGE_LIMIT_BYTES", default=0)
# How long a presigned address works. A part of a large upload must begin within this time.
PRESIGNED_SECONDS = env.integer("RUNFOLD_PRESIGNED_SECONDS", default=300, minimum=1)
# The native API checks and completes larger files in the background, and answers at once.
FINALISE_IN_BACKGROUND_BYTES = env.integer("RUNFOLD_FINALISE_IN_BACKGROUND_BYTES", default=256 * 1024 * 1024)

BROKER_URL = env.text("RUNFOLD_BROKER_URL", "redis://127.0.0.1:6379/0")
# What web processes send tasks with.
CELERY_APP = "config.celery.app"

# Background work (apps/jobs): the function that does each kind, and how often, in seconds, it is done in every project.
JOB_HANDLERS = {
    "aggregate_metrics": "apps.runs.jobs.aggregate_metrics",
    "apply_retention": "apps.retention.jobs.apply_retention",
    "build_preview": "apps.artifacts.jobs.build_preview",
    "deliver_webhook": "apps.webhooks.jobs.deliver_webhook",
    "empty_trash": "apps.retention.jobs.empty_trash",
    "finalise_upload": "apps.artifacts.jobs.finalise_upload",
    "read_model_package": "apps.artifacts.jobs.read_model_package",
    "integrity_check": "apps.retention.jobs.integrity_check",
    "usage_totals": "apps.artifacts.jobs.usage_totals",
}
JOB_SCHEDULES = {"apply_retention": 86_400, "integrity_check": 86_400, "usage_totals": 86_400}
# A worker that gave no sign of life for so long has lost its job to another.
JOB_LEASE_SECONDS = env.integer("RUNFOLD_JOB_LEASE_SECONDS", default=60, minimum=2)
# The wait before the second attempt; doubled before each further one.
JOB_RETRY_SECONDS = env.integer("RUNFOLD_JOB_RETRY_SECONDS", default=10, minimum=1)
JOB_SWEEP_SECONDS = env.integer("RUNFOLD_JOB_SWEEP_SECONDS", default=10, minimum=1)
JOB_HISTORY_DAYS = env.integer("RUNFOLD_JOB_HISTORY_DAYS", default=30, minimum=1)

# Webhooks (apps/webhooks): the time for one delivery, from looking up its host to the end of the answer.
WEBHOOKS_DEADLINE_SECONDS = env.integer("RUNFOLD_WEBHOOKS_DEADLINE_SECONDS", default=10, minimum=1)
WEBHOOKS_HISTORY_DAYS = env.integer("RUNFOLD_WEBHOOKS_HISTORY_DAYS", default=30, minimum=1)
# Certificate authorities, as PEM, to be believed besides the machine's own.
WEBHOOKS_CA_FILE = env.text("RUNFOLD_WEBHOOKS_CA_FILE", "")
# Whether receivers may be on this very machine, with http too: never on a server for others.
WEBHOOKS_ALLOW_LOOPBACK = False
# The function (host, port) -> addresses that looks up a receiver's host.
WEBHOOKS_RESOLVER = "apps.webhooks.resolving.system_resolver"

# Who may read /metrics, as a Bearer token; without one nothing is counted and there is no such address.
METRICS_TOKEN = env.text("RUNFOLD_METRICS_TOKEN", "")
# Where the processes of a web server leave their counts for one another; nothing there has to survive a restart.
METRICS_DIR = Path(env.text("RUNFOLD_METRICS_DIR", f"{gettempdir()}/runfold-metrics-{os.getuid()}"))
# What /readyz asks, by name: each raises an error of its own kind, or returns.
READINESS_PROBES = {
    "database": "apps.common.monitoring.probes.database",
    "broker": "apps.common.monitoring.probes.broker",
    "store": "apps.artifacts.probes.store",
}
# What /metrics asks besides, by name: each returns its samples' values by label.
METRIC_GAUGES = {"runfold_unfinished_jobs": "apps.jobs.monitoring.unfinished_jobs"}

# Functions (project_id, run_ids) -> set of the run ids that something needs: neither rules nor emptying the trash may
# remove these runs.
RETENTION_KEEPERS = ["apps.registry.keepers.runs_of_versions"]
# How much of a project's files is read again, and compared with what was stored, in one day's check.
INTEGRITY_CHECK_BYTES = env.integer("RUNFOLD_INTEGRITY_CHECK_BYTES", default=1024**3, minimum=1)

# Called, in order, with the Access of its creator inside the transaction that makes a project.
PROJECT_INITIALISERS = ["apps.experiments.services.create_default_experiment"]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Runfold",
    "VERSION": "1",
    "DESCRIPTION": "The native API. Errors are `{error: {code, message, field}}`; lists come in pages by `page_token`.",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "PATH_CONVERTER_OVERRIDES": {"key": int, "text": str},
    "POSTPROCESSING_HOOKS": ["apps.common.api.schema.share_refusals"],
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "token": {"type": "http", "scheme": "bearer", "description": "Or as the password of Basic."},
            "session": {
                "type": "apiKey",
                "in": "cookie",
                "name": "sessionid",
                "description": "Writes need X-CSRFToken.",
            },
        }
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": env.text("RUNFOLD_LOG_LEVEL", "INFO")},
    "loggers": {"django.request": {"level": "ERROR"}},
}
