"""The WSGI entry point, served by granian."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

django = get_wsgi_application()

# These need the apps, which are there from here on.
from apps.artifacts.stores import artifact_store  # noqa: E402
from apps.common.checks import refuse_undeclared_routes  # noqa: E402
from apps.mlflow_api.wsgi import ProtocolFirst  # noqa: E402

application = ProtocolFirst(django)
refuse_undeclared_routes()
# Opened now: a client of S3 takes 60 MiB and half a second, which no upload should have to wait for.
artifact_store()
