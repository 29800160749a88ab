"""`python -m bench`: MLflow's server and Runfold side by side, on SQLite and on PostgreSQL."""

from __future__ import annotations

import argparse
import json
import os
import platform
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

from bench import products, seed_mlflow, seed_runfold, storage
from bench.comparison import WORKLOADS, alternate, markdown, table
from bench.measuring import FULL, QUICK, Measurement, Sizes, Subject
from tests.servers.postgres import PostgresServer
from tests.servers.session import Session, current

RESULTS = Path(__file__).parent / "results"
SEEDED = {"search", "history"}
STORAGE = "storage"
PRODUCTS: dict[str, tuple[Callable[..., products.Product], Callable[..., tuple[str, str]]]] = {
    "mlflow": (products.start_mlflow, seed_mlflow.seed),
    "runfold": (products.start_runfold, seed_runfold.seed),
}


def main() -> None:
    """Run the comparison on each database and leave the figures in bench/results/."""
    options = _parser().parse_args()
    sizes = _sizes(options)
    for kind in options.database:
        session = current()
        try:
            _compare(session, kind, sizes, options)
        finally:
            session.close()


def _compare(session: Session, kind: str, sizes: Sizes, options: argparse.Namespace) -> None:
    started = [_start(session, name, kind) for name in options.product]
    is_seeded = not SEEDED.isdisjoint(options.workload)
    subjects = [_subject(product, sizes, is_seeded=is_seeded) for product in started]
    loads = [name for name in options.workload if name != STORAGE]
    measured = alternate(subjects, sizes, loads)
    stored = (
        {
            subject.name: storage.bytes_per_point(product, sizes.storage_points)
            for subject, product in zip(subjects, started, strict=True)
        }
        if STORAGE in options.workload
        else {}
    )
    _report(kind, sizes, measured, stored)


def _start(session: Session, name: str, kind: str) -> products.Product:
    server = _postgres(session) if kind == "postgres" else None
    return PRODUCTS[name][0](session, products.make_database(session, name, server))


def _subject(product: products.Product, sizes: Sizes, *, is_seeded: bool) -> Subject:
    began = time.perf_counter()
    experiment, run = "", ""
    if is_seeded:
        seed = PRODUCTS[product.name][1]
        experiment, run = seed(product, runs=sizes.search_runs, points=sizes.history_points)
        print(f"{product.name}: seeded in {time.perf_counter() - began:.0f} s", flush=True)
    return Subject(
        name=f"{product.name} {product.version}",
        uri=product.uri,
        token=product.token,
        pids=product.pids,
        database=product.database.name,
        admin_url=product.database.admin_url,
        search_experiment=experiment,
        history_run=run,
    )


def _postgres(session: Session) -> PostgresServer:
    """Return the one PostgreSQL of this comparison, started by the first product."""
    return session.shared("bench-postgres", PostgresServer, lambda home: products.start_postgres(session, home))


def _report(kind: str, sizes: Sizes, measured: dict[str, list[Measurement]], stored: dict[str, float]) -> None:
    text = markdown(table(measured), list(measured))
    print(f"\n## {kind}: {' and '.join(measured)}\n\n{text}\n")
    for name, size in stored.items():
        print(f"{name}: {size:.1f} bytes a point")
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{kind}-{time.strftime('%Y%m%d-%H%M%S')}.json"
    machine = {"processors": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()}
    rows = {name: [one.as_json() for one in some] for name, some in measured.items()}
    result = {"machine": machine, "sizes": asdict(sizes), "measured": rows, "bytes_per_point": stored}
    path.write_text(json.dumps(result, indent=1))
    print(f"written to {path}", flush=True)


def _sizes(options: argparse.Namespace) -> Sizes:
    sizes = QUICK if options.quick else FULL
    given = {
        name: getattr(options, name)
        for name in ("seconds", "rounds", "search_runs", "history_points")
        if getattr(options, name) is not None
    }
    return replace(sizes, **given)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a few minutes: 10,000 runs, 100,000 points, one round")
    parser.add_argument("--database", nargs="+", choices=["sqlite", "postgres"], default=["postgres", "sqlite"])
    parser.add_argument("--product", nargs="+", choices=list(PRODUCTS), default=list(PRODUCTS))
    parser.add_argument("--workload", nargs="+", choices=[*WORKLOADS, STORAGE], default=[*WORKLOADS, STORAGE])
    parser.add_argument("--seconds", type=float, help="the longest a measurement takes")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--search-runs", type=int, help="runs to seed for searches")
    parser.add_argument("--history-points", type=int, help="length of the seeded metric")
    return parser


if __name__ == "__main__":
    main()
