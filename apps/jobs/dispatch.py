"""Telling the workers that there is work. A message names no job: which one is next is decided when it is claimed."""

from __future__ import annotations

import logging

from celery.exceptions import CeleryError
from django.conf import settings
from django.utils.module_loading import import_string
from kombu.exceptions import ChannelError, OperationalError

RUN_TASK = "apps.jobs.tasks.run_next"
QUEUE = "jobs"
logger = logging.getLogger(__name__)


def announce(count: int = 1) -> None:
    """Have as many jobs claimed as there are messages; never raises, as the sweeper announces what is still due."""
    app = import_string(settings.CELERY_APP)
    try:
        for _ in range(count):
            app.send_task(RUN_TASK, queue=QUEUE, retry=False, ignore_result=True)
    except (OSError, CeleryError, OperationalError) as error:
        logger.warning("The broker is away (%s); the sweeper will announce the job.", error)


def announced_count() -> int:
    """How many messages lie in the queue.

    Raises:
        kombu.exceptions.OperationalError: the broker is away.
    """
    app = import_string(settings.CELERY_APP)
    with app.connection_for_write() as connection:
        connection.ensure_connection(max_retries=1, timeout=2)
        try:
            return int(connection.default_channel.queue_declare(QUEUE, passive=True).message_count)
        except ChannelError:  # Redis knows no list without elements
            return 0
