"""The WSGI entry point, served by granian."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from apps.common.checks import refuse_undeclared_routes

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")

application = get_wsgi_application()
refuse_undeclared_routes()
