"""The Celery application: ids travel through the broker, truth stays in the database."""

from __future__ import annotations

import os

from celery import Celery
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

app = Celery("runfold")
app.conf.update(
    broker_url=settings.BROKER_URL,
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        # Longer than any task; a killed worker's message comes back by then, and the sweeper is sooner.
        "visibility_timeout": 600,
        "socket_timeout": 2,
        "socket_connect_timeout": 2,
    },
    task_publish_retry=False,
    # Jobs may take hours. They have a queue and workers of their own, so that points are folded meanwhile.
    task_routes={"apps.jobs.tasks.run_next": {"queue": "jobs"}},
    beat_schedule={
        "sweep-metrics": {"task": "apps.runs.tasks.sweep", "schedule": 15.0},
        "sweep-artifacts": {"task": "apps.artifacts.tasks.sweep", "schedule": 300.0},
        "sweep-jobs": {"task": "apps.jobs.tasks.sweep", "schedule": float(settings.JOB_SWEEP_SECONDS)},
        "forget-jobs": {"task": "apps.jobs.tasks.forget", "schedule": 3_600.0},
        "forget-deliveries": {"task": "apps.webhooks.tasks.forget", "schedule": 3_600.0},
    },
)
app.autodiscover_tasks(["apps.artifacts", "apps.runs", "apps.jobs", "apps.webhooks"])
