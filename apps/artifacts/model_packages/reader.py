"""A program of its own that reads a hostile model package: `python -I reader.py <folder>`, what to read on its standard input.

It has no environment, no secrets and no database; its memory, processor time and output are bounded before the first byte is
looked at. Nothing is unpickled, imported or executed: pickles are walked opcode by opcode. The input is a JSON list of
{"file": name in the folder, "path": path in the package, "role": one of `contents.Role`}; the output one JSON object
of the form `facts.Reading`. Who reads that trusts it no more than the package.
"""

from __future__ import annotations

import json
import logging
import mmap
import pickletools
import posixpath
import re
import resource
import sys
import zipfile
from pathlib import Path
from typing import Any

import yaml
from packaging.requirements import InvalidRequirement, Requirement
from picklescan.scanner import scan_bytes

MEMORY_BYTES = 2 * 1024 * 1024 * 1024
CPU_SECONDS = 120
MAX_TEXT, MAX_EXAMPLE = 500, 4_000
MAX_FLAVORS, MAX_SETTINGS, MAX_COLUMNS, MAX_REQUIREMENTS, MAX_IMPORTS = 50, 40, 1_000, 500, 500
MAX_DEPTH = 40
# A line of one of MLflow's requirements files that names no package.
NO_PACKAGE = re.compile(r"(#|-|$)")
# Of a flavor: which of its settings is the version of its library.
VERSIONS = re.compile(r"(?!python_version$)\w*version$")
# Settings of a flavor that name a pickle.
PICKLED = ("pickled_model", "python_model")
LAMBDA = re.compile(rb'"class_name":\s*"Lambda"')
NUMPY = b"\x93NUMPY"
MAX_CONFIG = 32 * 1024 * 1024


class Refusal(Exception):
    """A file cannot be read, for a reason that people may read."""


class Loader(yaml.SafeLoader):
    """YAML without aliases, which can expand to anything, and without deep nesting."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """One node.

        Raises:
            Refusal: it has what a model's description never needs.
        """
        if self.check_event(yaml.AliasEvent):
            raise Refusal("It has YAML aliases, which no MLmodel needs.")
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Refusal("It is nested too deeply.")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def load_yaml(text: str) -> Any:
    """The document.

    Raises:
        Refusal: it is none, or not a mapping.
    """
    try:
        found = yaml.load(text, Loader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as exc:
        raise Refusal("It is no valid YAML.") from exc
    if not isinstance(found, dict):
        raise Refusal("It is no YAML mapping.")
    return found


def short(value: Any, limit: int = MAX_TEXT) -> str:
    """A scalar as a short text; anything else is empty."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None or isinstance(value, dict | list) else str(value)[:limit]


def read_manifest(texts: dict[str, str]) -> dict[str, Any]:
    """What MLmodel and the files beside it say."""
    if "MLmodel" not in texts:
        return {"error": "There is no file MLmodel."}
    try:
        said = load_yaml(texts["MLmodel"])
    except Refusal as refusal:
        return {"error": str(refusal)}
    flavors = flavors_of(said.get("flavors"))
    example = said.get("saved_input_example_info")
    example_path = short(example.get("artifact_path")) if isinstance(example, dict) else ""
    size = said.get("model_size_bytes")
    return {
        "flavors": flavors,
        "signature": signature_of(said.get("signature")),
        "mlflow_version": short(said.get("mlflow_version")),
        "python_version": python_version(texts, flavors),
        "model_size_bytes": size if isinstance(size, int) and 0 <= size < 2**63 else None,
        "example_path": example_path,
        "example": texts.get(example_path, "")[:MAX_EXAMPLE],
        "requirements": requirements_of(texts),
    }


def flavors_of(said: Any) -> list[dict[str, Any]]:
    """The flavors with their plain settings."""
    found = []
    for name, settings in list(said.items())[:MAX_FLAVORS] if isinstance(said, dict) else ():
        items = list(settings.items())[:MAX_SETTINGS] if isinstance(settings, dict) else []
        plain = {short(key): short(value) for key, value in items if short(value)}
        version = next((value for key, value in plain.items() if VERSIONS.match(key)), "")
        found.append({"name": short(name), "version": version, "settings": plain})
    return found


def python_version(texts: dict[str, str], flavors: list[dict[str, Any]]) -> str:
    """As python_env.yaml has it, else as the flavor python_function."""
    try:
        said = short(load_yaml(texts.get("python_env.yaml", "")).get("python"))
    except Refusal:
        said = ""
    pyfunc: dict[str, str] = next((each["settings"] for each in flavors if each["name"] == "python_function"), {})
    return said or pyfunc.get("python_version", "")


def signature_of(said: Any) -> dict[str, Any] | None:
    """Inputs, outputs and params; None if MLmodel has no signature."""
    if not isinstance(said, dict):
        return None
    return {part: columns_of(said.get(part)) for part in ("inputs", "outputs", "params")}


def columns_of(said: Any) -> list[dict[str, Any]]:
    """The columns of a schema, which is JSON in a text."""
    try:
        found = json.loads(said) if isinstance(said, str) else said
    except (ValueError, RecursionError):
        return []
    return (
        [column_of(each) for each in found[:MAX_COLUMNS] if isinstance(each, dict)] if isinstance(found, list) else []
    )


def column_of(said: dict[str, Any]) -> dict[str, Any]:
    """One column, tensor or param."""
    tensor = said.get("tensor-spec")
    shape = tensor.get("shape") if isinstance(tensor, dict) else said.get("shape")
    is_shape = isinstance(shape, list) and all(isinstance(size, int) and abs(size) < 2**53 for size in shape)
    column = {
        "name": short(said.get("name")),
        "type": type_of(said),
        "is_required": said.get("required") is not False and not said.get("optional"),
        "shape": shape[:32] if is_shape and shape else None,
    }
    if "default" in said:
        column["default"] = json.dumps(said["default"])[:MAX_TEXT]
    return column


def type_of(said: Any, depth: int = 0) -> str:
    """The type in words: `double`, `array of string`, `object of (a: long)`."""
    if not isinstance(said, dict) or depth > MAX_DEPTH:
        return "unknown"
    if isinstance(said.get("tensor-spec"), dict):
        return short(said["tensor-spec"].get("dtype")) or "tensor"
    kind = short(said.get("type") or said.get("dtype")) or "unknown"
    if kind == "array":
        return f"array of {type_of(said.get('items'), depth + 1)}"[:MAX_TEXT]
    if kind == "map":
        return f"map of {type_of(said.get('values'), depth + 1)}"[:MAX_TEXT]
    if kind == "object" and isinstance(said.get("properties"), dict):
        inner = [f"{short(key)}: {type_of(value, depth + 1)}" for key, value in list(said["properties"].items())[:20]]
        return f"object of ({', '.join(inner)})"[:MAX_TEXT]
    return kind


def requirements_of(texts: dict[str, str]) -> list[dict[str, str]]:
    """Of requirements.txt; without one, what conda.yaml has pip install."""
    lines = (
        texts["requirements.txt"].splitlines()
        if "requirements.txt" in texts
        else pip_lines(texts.get("conda.yaml", ""))
    )
    found = []
    for line in lines[: 2 * MAX_REQUIREMENTS]:
        text = line.split(" #")[0].strip()[:MAX_TEXT]
        if NO_PACKAGE.match(text):
            continue
        try:
            parsed = Requirement(text)
            found.append({"name": parsed.name, "specifier": str(parsed.specifier) or (parsed.url or "")})
        except (InvalidRequirement, RecursionError):
            found.append({"name": text, "specifier": ""})
    return found[:MAX_REQUIREMENTS]


def pip_lines(conda: str) -> list[str]:
    """What an environment of conda has pip install."""
    try:
        dependencies = load_yaml(conda).get("dependencies")
    except Refusal:
        return []
    installed = (
        [each.get("pip") for each in dependencies if isinstance(each, dict)] if isinstance(dependencies, list) else []
    )
    return [short(line) for lines in installed if isinstance(lines, list) for line in lines]


def scan(path: str, file: Path) -> dict[str, Any]:
    """What loading a file would import."""
    found: dict[str, Any] = {"path": path}
    try:
        with file.open("rb") as data:
            result = scan_bytes(data, "file", posixpath.splitext(path)[1].lower())
        imports = sorted({(each.module[:MAX_TEXT], each.name[:MAX_TEXT], each.safety.value) for each in result.globals})
        found["imports"] = [dict(zip(("module", "name", "level"), each, strict=True)) for each in imports[:MAX_IMPORTS]]
        if result.scan_err or len(imports) > MAX_IMPORTS or (not imports and not is_readable(file)):
            found["error"] = "It was not read to its end."
    except Exception:  # noqa: BLE001 - hostile bytes in other people's parsers
        found["error"] = "It cannot be read."
    return found


def is_readable(file: Path) -> bool:
    """Whether a file is a whole pickle, or an array or archive: a scan that finds nothing may have read nothing."""
    with file.open("rb") as data:
        if data.read(6) == NUMPY or zipfile.is_zipfile(data):
            return True
        data.seek(0)
        try:
            for _ in pickletools.genops(data):
                pass
        except Exception:  # noqa: BLE001
            return False
    return True


def scan_keras(path: str, file: Path) -> dict[str, Any]:
    """Whether a model of Keras has a layer that is a function of its own, which loading it would run."""
    found: dict[str, Any] = {"path": path}
    try:
        has_lambda = zip_says_lambda(file) if zipfile.is_zipfile(file) else says_lambda(file)
    except Exception:  # noqa: BLE001
        return found | {"error": "It cannot be read."}
    return found | (
        {"imports": [{"module": "keras.layers", "name": "Lambda", "level": "dangerous"}]} if has_lambda else {}
    )


def zip_says_lambda(file: Path) -> bool:
    """The newer format: a zip with a description in JSON."""
    with zipfile.ZipFile(file) as archive, archive.open("config.json") as config:
        return LAMBDA.search(config.read(MAX_CONFIG)) is not None


def says_lambda(file: Path) -> bool:
    """HDF5: the same JSON somewhere in it."""
    with file.open("rb") as data, mmap.mmap(data.fileno(), 0, access=mmap.ACCESS_READ) as whole:
        return LAMBDA.search(whole) is not None


def pickles_named_by(manifest: dict[str, Any]) -> set[str]:
    """The files that MLmodel has flavors unpickle, whatever they are called."""
    settings = [flavor["settings"] for flavor in manifest.get("flavors", [])]
    return {posixpath.normpath(each[key]) for each in settings for key in PICKLED if key in each}


def main() -> None:
    """Bound, read, print."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    logging.disable()
    folder = Path(sys.argv[1])
    wanted = json.load(sys.stdin)
    texts = {
        each["path"]: (folder / each["file"]).read_bytes().decode("utf-8", "replace")
        for each in wanted
        if each["role"] == "text"
    }
    manifest = read_manifest(texts)
    named = pickles_named_by(manifest)
    scans = []
    for each in wanted:
        path, file = each["path"], folder / each["file"]
        if each["role"] == "keras":
            scans.append(scan_keras(path, file))
        elif each["role"] == "scan" or (each["role"] != "text" and path in named):
            scans.append(scan(path, file))
    sys.stdout.write(json.dumps({"manifest": manifest, "scans": scans}))


if __name__ == "__main__":
    main()
