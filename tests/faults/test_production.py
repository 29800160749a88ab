"""What docker-compose.yml starts, by hand: the same commands, settings, roles and proxy, without an engine."""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import requests

from config import valkey
from tests.servers import live, postgres, process, seaweedfs
from tests.servers.buckets import new_bucket
from tests.servers.restarts import Restartable
from tests.servers.session import Session

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc"),
]

ROOT = Path(__file__).resolve().parents[2]
TOOLS = Path(sys.executable).parent
MIB = 1024 * 1024
HOST = "127.0.0.1"
ALL_WELL = {"database": "ok", "broker": "ok", "store": "ok"}
# The database ends as on a shutdown; the others are killed.
SIGNALS = {"database": signal.SIGINT, "broker": signal.SIGKILL, "store": signal.SIGKILL}


@dataclass
class Production:
    """A web server as in production, its proxy, and what it depends on."""

    url: str
    proxy_url: str
    env: dict[str, str]
    parts: dict[str, Restartable]
    database: postgres.PostgresServer
    bootstrap: dict[str, Any]

    def get(self, path: str, **headers: str) -> requests.Response:
        return requests.get(f"{self.url}{path}", headers=headers, timeout=30)

    def ready(self) -> tuple[int, dict[str, str]]:
        answer = self.get("/readyz")
        return answer.status_code, answer.json()["parts"]

    def becomes_ready(self) -> None:
        deadline = time.monotonic() + 30
        while self.ready() != (200, ALL_WELL):
            assert time.monotonic() < deadline, self.ready()
            time.sleep(0.2)

    def metrics(self) -> dict[str, float]:
        token = self.env["RUNFOLD_METRICS_TOKEN"]
        lines = self.get("/metrics", Authorization=f"Bearer {token}").text.splitlines()
        samples = [line.rpartition(" ") for line in lines if not line.startswith("#")]
        return {name: float(value) for name, _, value in samples}

    def mlflow(self, method: str, path: str, **arguments: Any) -> requests.Response:
        """A request of the protocol, through the proxy."""
        tenant = str(self.bootstrap["tracking_uri"]).removeprefix(self.env["RUNFOLD_PUBLIC_URL"])
        headers = {"Authorization": f"Bearer {self.bootstrap['token']}"}
        address = f"{self.proxy_url}{tenant}/api/2.0/{path}"
        return requests.request(method, address, headers=headers, timeout=60, **arguments)

    def count(self, rows: str, database: str = "runfold") -> int:
        """How many there are, as the superuser sees them."""
        connection = psycopg2.connect(self.database.url(database, role="postgres"))
        with connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {rows}")
            (number,) = cursor.fetchone() or (0,)
        connection.close()
        return int(number)

    def unfinished_files(self) -> int:
        return self.count("artifacts_blob WHERE state = 'writing'")

    def new_run(self) -> str:
        answer = self.mlflow("POST", "mlflow/runs/create", json={"experiment_id": "0", "start_time": 1})
        return str(answer.json()["run"]["info"]["run_id"])

    def log(self, run_id: str, step: int) -> int:
        point = {"run_id": run_id, "key": "loss", "value": 0.5, "timestamp": 1, "step": step}
        return self.mlflow("POST", "mlflow/runs/log-metric", json=point).status_code


class SlowContent:
    """8 MiB that pause before the end, to look at what the server has begun by then."""

    def __init__(self, production: Production) -> None:
        self.seen: list[int] = []
        self._production = production

    def __len__(self) -> int:
        return 8 * MIB

    def __iter__(self) -> Iterator[bytes]:
        for number in range(8):
            if number == 6:
                time.sleep(1)
                self.seen.append(self._production.unfinished_files())
            yield bytes(MIB)


def web_environment() -> dict[str, str]:
    """What the image tells granian, from the Dockerfile itself."""
    found = dict(re.findall(r"(GRANIAN_\w+)=(\S+)", (ROOT / "Dockerfile").read_text()))
    assert found["GRANIAN_INTERFACE"] == "wsgi"
    return found


def compose_service(name: str) -> dict[str, Any]:
    """A service of docker-compose.yml, with the example's empty fields filled in."""
    with tempfile.NamedTemporaryFile("w", suffix=".env") as filled:
        filled.write(re.sub(r"=$", "=filled-in", (ROOT / ".env.example").read_text(), flags=re.MULTILINE))
        filled.flush()
        words = f"--env-file {filled.name} --file docker-compose.yml config --format json"
        said = live.run([str(TOOLS / "docker-compose"), *words.split()], dict(os.environ))
    service: dict[str, Any] = json.loads(said)["services"][name]
    return service


def start_broker(session: Session, home: Path, password: str) -> tuple[int, Restartable]:
    port = process.free_port()

    def is_ready() -> bool:
        return process.answers(port)

    words = f"--port {port} --bind {HOST} --appendonly no --requirepass {password} --dir {home}".split()
    argv: list[str | Path] = [valkey.executable(), *words, "--save", ""]
    started = process.start(session, argv, log=home / "valkey.log", is_ready=is_ready)
    return port, Restartable(session, started.pid, log=home / "valkey.log", is_ready=is_ready, argv=argv)


def make_roles(database: postgres.PostgresServer) -> dict[str, str]:
    """Run deploy/postgres/roles.sh, as the image does at its first start; the addresses of both roles."""
    passwords = {"RUNFOLD_OWNER_PASSWORD": secrets.token_hex(24), "RUNFOLD_APP_PASSWORD": secrets.token_hex(24)}
    server = {"PGHOST": HOST, "PGPORT": str(database.port), "PGUSER": "postgres"}
    path = f"{postgres.binaries_folder()}:{os.environ['PATH']}"
    live.run(["sh", str(ROOT / "deploy/postgres/roles.sh")], {**os.environ, **passwords, **server, "PATH": path})
    at = f"{HOST}:{database.port}/runfold"
    return {
        "owner": f"postgresql://runfold_owner:{passwords['RUNFOLD_OWNER_PASSWORD']}@{at}",
        "app": f"postgresql://runfold:{passwords['RUNFOLD_APP_PASSWORD']}@{at}",
    }


def settings(session: Session, home: Path, url: str, **places: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("RUNFOLD_")}
    return {
        **inherited,
        **web_environment(),
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "GRANIAN_HOST": HOST,
        "GRANIAN_PORT": url.rpartition(":")[2],
        "RUNFOLD_SECRET_KEY": secrets.token_urlsafe(48),
        "RUNFOLD_PUBLIC_URL": url,
        "RUNFOLD_ALLOW_HTTP": "1",
        "RUNFOLD_ALLOWED_HOSTS": HOST,
        "RUNFOLD_METRICS_TOKEN": secrets.token_hex(24),
        "RUNFOLD_METRICS_DIR": str(home / "metrics"),
        "RUNFOLD_STATIC_ROOT": live.static_root(session),
        "RUNFOLD_DATA_DIR": str(home),
        **places,
    }


def start_proxy(session: Session, home: Path, upstream: str) -> str:
    """Caddy with deploy/caddy/Caddyfile."""
    port = process.free_port()
    env = {**os.environ, "RUNFOLD_SITE": f"http://{HOST}:{port}", "RUNFOLD_UPSTREAM": upstream, "HOME": str(home)}
    argv: list[str | Path] = [
        TOOLS / "caddy",
        "run",
        "--adapter",
        "caddyfile",
        "--config",
        ROOT / "deploy/caddy/Caddyfile",
    ]
    process.start(session, argv, log=home / "caddy.log", is_ready=lambda: process.answers(port), env=env)
    return f"http://{HOST}:{port}"


@pytest.fixture(scope="module")
def production(server_session: Session) -> Production:
    session = server_session
    home = session.directory / f"production-{os.getpid()}"
    for folder in (home, home / "postgres", home / "seaweedfs"):
        folder.mkdir(mode=0o755)
    database = postgres.start(session, home / "postgres")
    roles = make_roles(database)
    broker_password = secrets.token_hex(24)
    broker_port, broker = start_broker(session, home, broker_password)
    store = seaweedfs.start(session, home / "seaweedfs", secret_key=secrets.token_hex(24))
    port = process.free_port()
    env = settings(
        session,
        home,
        f"http://{HOST}:{port}",
        RUNFOLD_DATABASE_URL=roles["app"],
        RUNFOLD_BROKER_URL=f"redis://:{broker_password}@{HOST}:{broker_port}/0",
        RUNFOLD_ARTIFACT_STORE=f"s3://{new_bucket(store)['bucket']}/artifacts",
        RUNFOLD_S3_ENDPOINT_URL=store.endpoint_url,
        RUNFOLD_S3_ACCESS_KEY=store.access_key,
        RUNFOLD_S3_SECRET_KEY=store.secret_key,
    )
    live.manage({**env, "RUNFOLD_DATABASE_URL": roles["owner"]}, "migrate", "--no-input", "--verbosity", "0")
    made = json.loads(live.manage(env, "bootstrap"))
    argv: list[str | Path] = [TOOLS / "granian", "config.wsgi:application"]
    process.start(session, argv, log=home / "web.log", is_ready=lambda: process.answers(port), env=env, cwd=ROOT)
    parts = {
        "broker": broker,
        "database": Restartable(
            session,
            database.pid,
            log=session.directory / "postgres-production.log",
            is_ready=lambda: process.answers(database.port),
        ),
        "store": Restartable(session, store.pid, log=home / "weed.log", is_ready=lambda: process.answers(store.port)),
    }
    proxy_url = start_proxy(session, home, f"{HOST}:{port}")
    return Production(env["RUNFOLD_PUBLIC_URL"], proxy_url, env, parts, database, made)


def test_the_app_cannot_change_the_schema_nor_see_unbound_rows(production: Production) -> None:
    production.new_run()
    with psycopg2.connect(production.env["RUNFOLD_DATABASE_URL"]) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM runs_run")
        assert cursor.fetchone() == (0,)
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            cursor.execute("DROP TABLE runs_run")
    connection.close()


def test_checks_of_a_deployment_pass(production: Production) -> None:
    live.manage(production.env, "check", "--deploy", "--database", "default", "--fail-level", "ERROR")
    superuser = {**production.env, "RUNFOLD_DATABASE_URL": production.database.url("runfold", role="postgres")}
    with pytest.raises(process.ServerStartError, match=r"runfold\.E002"):
        live.manage(superuser, "check", "--deploy", "--database", "default", "--fail-level", "ERROR")


def test_the_worker_and_beat_start_and_answer(production: Production, server_session: Session) -> None:
    home = Path(production.env["RUNFOLD_DATA_DIR"])
    env = {**production.env, "PATH": f"{TOOLS}:{os.environ['PATH']}", "HOSTNAME": socket.gethostname()}
    schedule = f"--schedule={home}/celerybeat-schedule"
    for name in ("worker", "jobs", "beat"):
        words = [schedule if word.startswith("--schedule") else word for word in compose_service(name)["command"]]
        process.start(server_session, words, log=home / f"{name}.log", is_ready=lambda: True, env=env, cwd=ROOT)
    deadline = time.monotonic() + 90
    for name in ("worker", "jobs"):
        _, check = compose_service(name)["healthcheck"]["test"]
        while not is_healthy(check.replace("$$", "$"), env):
            assert time.monotonic() < deadline
    run_id = production.new_run()
    production.log(run_id, 1)
    while production.count("runs_metricblock WHERE NOT is_folded"):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert list(home.glob("celerybeat-schedule*"))


def test_a_dump_can_be_restored(production: Production) -> None:
    """As docs/deploying.md says it, into a database that roles.sh might have made."""
    production.new_run()
    at = {"PGHOST": HOST, "PGPORT": str(production.database.port), "PGUSER": "postgres"}
    env = {**os.environ, **at, "PATH": f"{postgres.binaries_folder()}:{os.environ['PATH']}"}
    dump = f"{production.env['RUNFOLD_DATA_DIR']}/runfold.dump"
    live.run(["pg_dump", "-Fc", "--file", dump, "runfold"], env)
    live.run(["createdb", "--owner", "runfold_owner", "--template", "template0", "restored"], env)
    live.run(["pg_restore", "--dbname=restored", "--exit-on-error", dump], env)
    assert production.count("runs_run", "restored") == production.count("runs_run") > 0
    app = production.env["RUNFOLD_DATABASE_URL"].removesuffix("/runfold") + "/restored"
    live.manage({**production.env, "RUNFOLD_DATABASE_URL": app}, "check", "--database", "default")


def test_upload_and_log_through_the_proxy(production: Production) -> None:
    run_id, content = production.new_run(), os.urandom(32 * MIB)
    path = f"mlflow-artifacts/artifacts/0/{run_id}/artifacts/large"
    assert production.mlflow("PUT", path, data=content).status_code == 200
    back = hashlib.sha256(production.mlflow("GET", path).content)
    assert back.digest() == hashlib.sha256(content).digest()
    assert [production.log(run_id, step) for step in range(20)] == [200] * 20
    for hidden in ("/metrics", "/readyz"):
        assert requests.get(f"{production.proxy_url}{hidden}", timeout=10).status_code == 404


def test_the_proxy_streams_an_upload(production: Production) -> None:
    """The server has begun to write while the client is still sending: a proxy that buffers would wait for all of it."""
    path = f"mlflow-artifacts/artifacts/0/{production.new_run()}/artifacts/slow"
    content = SlowContent(production)
    assert production.mlflow("PUT", path, data=content).status_code == 200
    assert (content.seen, production.unfinished_files()) == ([1], 0)


def test_metrics_are_those_of_all_processes(production: Production) -> None:
    assert production.get("/metrics").status_code == 401
    assert production.get("/metrics", Authorization="Bearer wrong").status_code == 401
    run_id = production.new_run()
    time.sleep(1.5)
    before = production.metrics()
    for step in range(60):
        production.log(run_id, step)
    time.sleep(1.5)
    after = production.metrics()
    route = 'runfold_http_requests_total{method="POST",route="2.0/mlflow/runs/log-metric",status="200"}'
    assert after[route] - before.get(route, 0) == 60
    assert after["runfold_metric_points_total"] - before.get("runfold_metric_points_total", 0) == 60
    assert after['runfold_ready{part="database"}'] == 1
    assert {"runfold_queued_messages", 'runfold_unfinished_jobs{state="waiting"}'} <= after.keys()
    team, project = str(production.bootstrap["tracking_uri"]).split("/")[-2:]
    assert not [name for name in after if f'"{team}"' in name or f"/{team}/{project}" in name]


def test_any_host_may_ask_for_health_and_nothing_else(production: Production) -> None:
    assert production.get("/healthz", Host="10.1.2.3").status_code == 200
    assert production.get("/version", Host="10.1.2.3").status_code == 400


@pytest.mark.parametrize("part", list(SIGNALS))
def test_readiness_says_what_is_away_and_when_it_is_back(production: Production, part: str) -> None:
    production.becomes_ready()
    run_id = production.new_run()
    production.parts[part].stop(SIGNALS[part])
    time.sleep(1.1)
    status, said = production.ready()
    try:
        assert (status, [name for name, word in said.items() if word != "ok"]) == (503, [part])
        assert production.get("/healthz").status_code == 200
        assert HOST not in production.get("/readyz").text
        # What does not need the part goes on.
        assert production.log(run_id, 1) == (503 if part == "database" else 200)
    finally:
        production.parts[part].start()
    production.becomes_ready()
    # A connection that was in use a moment ago is found to be dead by the request that has it: clients repeat a 503.
    assert repeated(lambda: production.log(run_id, 2)) == 200
    path = f"mlflow-artifacts/artifacts/0/{run_id}/artifacts/after"
    assert repeated(lambda: production.mlflow("PUT", path, data=b"whole").status_code) == 200
    assert repeated(lambda: production.mlflow("GET", path).status_code) == 200
    assert production.mlflow("GET", path).content == b"whole"


def is_healthy(check: str, env: dict[str, str]) -> bool:
    try:
        return "pong" in live.run(["sh", "-c", check], env)
    except process.ServerStartError:
        return False


def repeated(request: Callable[[], int]) -> int:
    """The status, at last, of a request that is sent again while it is 503, as clients do."""
    return next((status for _ in range(64) if (status := request()) != 503), 503)
