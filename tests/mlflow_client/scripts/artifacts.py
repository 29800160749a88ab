"""Everything that the stock client does with files, checked at the client. Run by tests/mlflow_client/test_artifacts.py."""

from __future__ import annotations

import hashlib
import inspect
import sys
import tempfile
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from mlflow import MlflowClient

NAMES = ["plain.txt", "with space.txt", "été/日本 😀.txt", "100%.txt", "a+b=c&d.txt", "what?why.txt", "a'b(c)!~,;@.txt"]


def tree(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def write(root: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def check_names(run_id: str, folder: Path) -> None:
    """log_artifact and download, of one file and of the folder, of names that are quoted in every way."""
    client = MlflowClient()
    for name in NAMES:
        write(folder, {name: name.encode()})
        client.log_artifact(
            run_id, str(folder / name), "names" + ("/" + name.rpartition("/")[0] if "/" in name else "")
        )
        if "?" not in name:  # the client makes a URI of the path without quoting it
            assert Path(client.download_artifacts(run_id, f"names/{name}")).read_bytes() == name.encode(), name
    assert tree(Path(client.download_artifacts(run_id, "names"))) == {name: name.encode() for name in NAMES}
    found = {info.path for info in client.list_artifacts(run_id, "names")}
    assert found == {f"names/{name.split('/')[0]}" for name in NAMES}, found


def check_folders(run_id: str, folder: Path) -> None:
    """log_artifacts of nested folders and 500 small files, and back."""
    files = {f"deep/{'/'.join('abcdef'[:n])}/file {n}.bin": bytes([n]) * n for n in range(1, 6)}
    files |= {f"many/{n:03d}.txt": str(n).encode() for n in range(500)} | {"empty.txt": b""}
    mlflow.log_artifacts(str(write(folder, files)), "tree")
    back = Path(mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="tree"))
    assert tree(back) == files
    listed = MlflowClient().list_artifacts(run_id, "tree")
    assert [(info.path, info.is_dir, info.file_size) for info in listed] == [
        ("tree/deep", True, None),
        ("tree/empty.txt", False, 0),
        ("tree/many", True, None),
    ], listed
    assert len(MlflowClient().list_artifacts(run_id, "tree/many")) == 500
    assert MlflowClient().list_artifacts(run_id, "tree/empty.txt") == []


def check_objects(run_id: str) -> None:
    """log_text, log_dict, log_figure, log_image, log_table, and what loads them."""
    mlflow.log_text("ünicode", "text/note.md")
    assert mlflow.artifacts.load_text(f"runs:/{run_id}/text/note.md") == "ünicode"
    mlflow.log_dict({"a": [1, 2]}, "dict/a.json")
    assert mlflow.artifacts.load_dict(f"runs:/{run_id}/dict/a.json") == {"a": [1, 2]}
    figure = Figure()
    figure.subplots().plot([1, 3, 2])
    mlflow.log_figure(figure, "plots/figure.png")
    image = np.zeros((8, 12, 3), dtype=np.uint8)
    mlflow.log_image(image, "images/still.png")
    assert mlflow.artifacts.load_image(f"runs:/{run_id}/images/still.png").size == (12, 8)
    has_keys = "key" in inspect.signature(mlflow.log_image).parameters  # since 2.15
    for step in (0, 23, 37) if has_keys else ():
        mlflow.log_image(image, key="dogs and/cats", step=step, synchronous=True)
    images = [info.path for info in MlflowClient().list_artifacts(run_id, "images")]
    assert len(images) == (7 if has_keys else 1), images
    for path in images:
        mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=path)
    for start in (0, 2):
        mlflow.log_table(pd.DataFrame({"n": [start, start + 1], "text": ["ä", "b"]}), "tables/table.json")
    assert list(mlflow.load_table("tables/table.json", run_ids=[run_id])["n"]) == [0, 1, 2, 3]


def check_refusals(run_id: str) -> None:
    """What is absent or not allowed is an error at once, not minutes of retries."""
    for path in ("absent.txt", "tree/absent/x"):
        try:
            mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path=path)
        except mlflow.MlflowException:
            continue
        raise AssertionError(path)


def check_large(run_id: str, folder: Path, megabytes: int) -> None:
    """A file of random bytes, there and back."""
    path = folder / "large.bin"
    block = np.random.default_rng(7).bytes(1024 * 1024)
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for number in range(megabytes):
            piece = number.to_bytes(8, "big") + block[8:]
            digest.update(piece)
            file.write(piece)
    mlflow.log_artifact(str(path), "large")
    path.unlink()
    back = mlflow.artifacts.download_artifacts(run_id=run_id, artifact_path="large/large.bin", dst_path=str(folder))
    with Path(back).open("rb") as file:
        assert hashlib.file_digest(file, "sha256").hexdigest() == digest.hexdigest()


def main(megabytes: int) -> None:
    with mlflow.start_run() as run, tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        run_id = run.info.run_id
        if megabytes:
            check_large(run_id, folder, megabytes)
        else:
            check_names(run_id, folder / "names")
            check_folders(run_id, folder / "tree")
            check_objects(run_id)
            check_refusals(run_id)


if __name__ == "__main__":
    main(int(sys.argv[1]))
