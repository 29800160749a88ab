"""A large upload through the native API of a real server, whose worker completes it."""

from __future__ import annotations

import hashlib
import os
import time

import pytest
import requests

from tests.faults.test_artifact_streams import headers, new_native_root
from tests.servers.live import LiveRunfold

pytestmark = pytest.mark.faults

PART = 90 * 1024 * 1024
PARTS = 3


def test_a_worker_completes_a_large_upload(live_worker: LiveRunfold) -> None:
    server, root = live_worker, new_native_root(live_worker)
    run, sent = root.removesuffix("/artifacts"), headers(live_worker)
    digest = hashlib.sha256()
    upload = requests.post(f"{run}/uploads", json={"path": "a/large.bin"}, headers=sent).json()["upload_id"]
    for number in range(1, PARTS + 1):
        piece = os.urandom(1024) * (PART // 1024)
        digest.update(piece)
        assert requests.put(f"{run}/uploads/{upload}/parts/{number}", data=piece, headers=sent).status_code == 200
    done = {"sha256": digest.hexdigest()}
    answer = requests.post(f"{run}/uploads/{upload}/complete", json=done, headers=sent)
    assert answer.status_code == 202, answer.text
    job = f"{server.tracking_uri.replace(server.url, server.url + '/api/v1/projects')}/jobs/{answer.json()['job_id']}"
    deadline = time.monotonic() + 90
    while (state := requests.get(job, headers=sent).json()["state"]) in {"queued", "running"}:
        assert time.monotonic() < deadline, state
        time.sleep(0.2)
    assert state == "succeeded"
    found = requests.get(f"{run}/artifact-info/a/large.bin", headers=sent).json()
    assert (found["sha256"], found["size_bytes"]) == (digest.hexdigest(), PARTS * PART)
