"""What config.settings.production refuses, each in a process of its own, as a server would start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
IMPORT = "import config.settings.production as s; print(s.SECURE_HSTS_SECONDS, s.DATABASES['default']['ENGINE'])"
GOOD = {
    "RUNFOLD_SECRET_KEY": "kf83jsl2LQpz7vnXw0RtY5cBhM6aGd9e",
    "RUNFOLD_PUBLIC_URL": "https://runs.acme.org",
    "RUNFOLD_ALLOWED_HOSTS": "runs.acme.org",
    "RUNFOLD_DATABASE_URL": "postgresql://runfold:hT4kQ9zLm2XwfB6sVr8a@postgres/runfold",
    "RUNFOLD_BROKER_URL": "redis://:pW7vN3bYc8ZsqG5tKd2h@valkey:6379/0",
    "RUNFOLD_ARTIFACT_STORE": "s3://runfold/artifacts",
    "RUNFOLD_S3_ACCESS_KEY": "runfold",
    "RUNFOLD_S3_SECRET_KEY": "uJ5rD1fKe6AxwM9pTb4c",
}
Changed = dict[str, str | None]
REFUSED: dict[str, tuple[Changed, str]] = {
    "no secret key": ({"RUNFOLD_SECRET_KEY": None}, "RUNFOLD_SECRET_KEY is not set"),
    "an empty secret key": ({"RUNFOLD_SECRET_KEY": ""}, "RUNFOLD_SECRET_KEY is not set"),
    "a short secret key": ({"RUNFOLD_SECRET_KEY": "kf83jsl2LQpz"}, "RUNFOLD_SECRET_KEY is too short"),
    "a uniform secret key": ({"RUNFOLD_SECRET_KEY": "ab" * 40}, "RUNFOLD_SECRET_KEY is too short or too uniform"),
    "a placeholder": ({"RUNFOLD_SECRET_KEY": "Change-me-3984tzhvkjdfn98437tzhgvkjn"}, "looks like an example"),
    "no hosts": ({"RUNFOLD_ALLOWED_HOSTS": None}, "RUNFOLD_ALLOWED_HOSTS"),
    "all hosts": ({"RUNFOLD_ALLOWED_HOSTS": "runs.acme.org,*"}, "RUNFOLD_ALLOWED_HOSTS"),
    "debugging": ({"RUNFOLD_DEBUG": "1"}, "RUNFOLD_DEBUG"),
    "no public url": ({"RUNFOLD_PUBLIC_URL": None}, "RUNFOLD_PUBLIC_URL"),
    "a public url that is none": ({"RUNFOLD_PUBLIC_URL": "runs.acme.org"}, "RUNFOLD_PUBLIC_URL"),
    "plain http": ({"RUNFOLD_PUBLIC_URL": "http://runs.acme.org"}, "RUNFOLD_ALLOW_HTTP"),
    "no database": ({"RUNFOLD_DATABASE_URL": None}, "RUNFOLD_DATABASE_URL"),
    "sqlite": ({"RUNFOLD_DATABASE_URL": "sqlite:////tmp/x.sqlite3"}, "RUNFOLD_ALLOW_SQLITE"),
    "a database without password": (
        {"RUNFOLD_DATABASE_URL": "postgresql://runfold@postgres/runfold"},
        "password in RUNFOLD_DATABASE_URL is not set",
    ),
    "a database with a weak one": (
        {"RUNFOLD_DATABASE_URL": "postgresql://runfold:runfold@127.0.0.1/runfold"},
        "password in RUNFOLD_DATABASE_URL is too short",
    ),
    "no broker": ({"RUNFOLD_BROKER_URL": None}, "RUNFOLD_BROKER_URL"),
    "a broker with a weak password": (
        {"RUNFOLD_BROKER_URL": "redis://:valkey@valkey:6379/0"},
        "password in RUNFOLD_BROKER_URL is too short",
    ),
    "s3 without credentials": (
        {"RUNFOLD_S3_ACCESS_KEY": None, "RUNFOLD_S3_SECRET_KEY": None},
        "RUNFOLD_S3_MACHINE_CREDENTIALS",
    ),
    "s3 with a secret alone": ({"RUNFOLD_S3_ACCESS_KEY": None}, "RUNFOLD_S3_ACCESS_KEY is not"),
    "s3 with a name alone": ({"RUNFOLD_S3_SECRET_KEY": None}, "RUNFOLD_S3_SECRET_KEY is not set"),
    "a weak secret for s3": ({"RUNFOLD_S3_SECRET_KEY": "admin"}, "RUNFOLD_S3_SECRET_KEY is too short"),
    "a weak token for metrics": ({"RUNFOLD_METRICS_TOKEN": "prometheus"}, "RUNFOLD_METRICS_TOKEN is too short"),
}
ACCEPTED: dict[str, tuple[Changed, str]] = {
    "as it should be": ({}, "31536000 config.postgresql"),
    "plain http that is meant": (
        {"RUNFOLD_PUBLIC_URL": "http://runs.lan", "RUNFOLD_ALLOW_HTTP": "1"},
        "0 config.postgresql",
    ),
    "sqlite that is meant": (
        {"RUNFOLD_DATABASE_URL": "sqlite:////tmp/x.sqlite3", "RUNFOLD_ALLOW_SQLITE": "1"},
        "31536000 django.db.backends.sqlite3",
    ),
    "a database on this machine that knows who asks": (
        {"RUNFOLD_DATABASE_URL": "postgresql://runfold@127.0.0.1/runfold"},
        "31536000 config.postgresql",
    ),
    "the machine's own credentials": (
        {"RUNFOLD_S3_ACCESS_KEY": None, "RUNFOLD_S3_SECRET_KEY": None, "RUNFOLD_S3_MACHINE_CREDENTIALS": "1"},
        "31536000 config.postgresql",
    ),
    "a folder": ({"RUNFOLD_ARTIFACT_STORE": "file:///srv/artifacts"}, "31536000 config.postgresql"),
}


def start(changed: Changed) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("RUNFOLD_")}
    env = inherited | {name: value for name, value in (GOOD | changed).items() if value is not None}
    argv = [sys.executable, "-c", IMPORT]
    return subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("case", REFUSED)
def test_production_refuses(case: str) -> None:
    changed, said = REFUSED[case]
    done = start(changed)
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("django.core.exceptions.ImproperlyConfigured:")
    assert said in last
    shown = [value for name, value in changed.items() if "KEY" in name or "TOKEN" in name if value and value in last]
    assert not shown, "A refusal shows no secret."


@pytest.mark.parametrize("case", ACCEPTED)
def test_production_starts_with(case: str) -> None:
    changed, said = ACCEPTED[case]
    done = start(changed)
    assert (done.stdout.strip(), done.stderr) == (said, "")
