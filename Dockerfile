# syntax=docker/dockerfile:1
ARG PYTHON_IMAGE=python:3.13-slim-trixie

FROM ${PYTHON_IMAGE} AS build
ARG UV_VERSION=0.13.9
ENV PYTHONDONTWRITEBYTECODE=1 UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy
RUN python -m pip install --no-cache-dir --disable-pip-version-check "uv==${UV_VERSION}"
WORKDIR /srv/runfold
COPY requirements.lock ./
# Exactly what the lock file says, by hash; compiled here, since the image's file system is read-only when it runs.
RUN uv venv /opt/venv \
    && uv pip install --python /opt/venv/bin/python --no-cache --require-hashes --compile-bytecode -r requirements.lock
COPY manage.py ./
COPY config ./config
COPY apps ./apps
COPY templates ./templates
COPY static ./static
RUN DJANGO_SETTINGS_MODULE=config.settings.dev RUNFOLD_SECRET_KEY=none RUNFOLD_STATIC_ROOT=/srv/runfold/static-collected \
    /opt/venv/bin/python manage.py collectstatic --no-input --verbosity 0 \
    && /opt/venv/bin/python -m compileall -q -j 0 apps config

FROM ${PYTHON_IMAGE}
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin runfold \
    && install --directory --owner=10001 --group=10001 --mode=0700 /var/lib/runfold
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/runfold /srv/runfold
WORKDIR /srv/runfold
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=config.settings.production \
    RUNFOLD_DATA_DIR=/var/lib/runfold \
    RUNFOLD_STATIC_ROOT=/srv/runfold/static-collected \
    GRANIAN_HOST=0.0.0.0 \
    GRANIAN_PORT=8000 \
    GRANIAN_INTERFACE=wsgi \
    GRANIAN_WEBSOCKETS=false \
    GRANIAN_WORKERS=2 \
    GRANIAN_BLOCKING_THREADS=32 \
    GRANIAN_RESPAWN_FAILED_WORKERS=true \
    GRANIAN_WORKERS_KILL_TIMEOUT=25 \
    GRANIAN_LOG_LEVEL=warning
USER 10001:10001
# Written to: /tmp, and /var/lib/runfold where artifacts are kept in a folder.
VOLUME ["/var/lib/runfold"]
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=4s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=3).read()"]
CMD ["granian", "config.wsgi:application"]
