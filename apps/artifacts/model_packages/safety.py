"""What to think of loading a package: one verdict a file, and the worst of them."""

from __future__ import annotations

from collections.abc import Iterable

from apps.artifacts.model_packages.facts import FileKind, FileReport, Import, Manifest, Scan, Verdict

# Whose classes and functions ordinary models consist of. What is dangerous among them, the scanner knows.
KNOWN_PACKAGES = frozenset(
    """
    catboost category_encoders cuml datetime decimal fastai fractions imblearn joblib keras lightgbm mlflow numpy pandas
    pmdarima prophet pyspark scipy sentence_transformers sklearn skops spacy statsmodels tensorflow tokenizers torch
    torchvision transformers uuid xgboost
    """.split()
)
# Parts of the standard library that pickles of plain data name.
KNOWN_NAMES = {
    ("builtins", "__builtin__"): frozenset(
        "bool bytearray bytes complex dict float frozenset int list object range set slice str tuple type".split()
    ),
    ("collections",): frozenset("Counter OrderedDict defaultdict deque".split()),
    ("copyreg", "copy_reg"): frozenset(["_reconstructor"]),
    ("_codecs",): frozenset(["encode"]),
}
# What carries functions and classes of people's own, as models that are written in Python are. The scanner calls some of
# its parts dangerous, and then every such model would be.
CODE_CARRIERS = frozenset(["cloudpickle", "dill"])
_ORDER = (Verdict.CLEAN, Verdict.REVIEW, Verdict.DANGEROUS)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst; of none the best."""
    return max(verdicts, key=_ORDER.index, default=Verdict.CLEAN)


def report(
    path: str, kind: FileKind, size_bytes: int, sha256: str, scan: Scan | None, *, is_skipped: bool
) -> FileReport:
    """What there is to say about a file.

    Args:
        path: below the root of the package.
        kind: what it is.
        size_bytes: its size.
        sha256: of its bytes.
        scan: what the reader found; None for a file that it was not asked to look into.
        is_skipped: it was too large to be looked into.
    """
    remarks, verdict = [], Verdict.CLEAN
    imports = scan.imports if scan else []
    own, others = _apart(imports)
    if any(each.level == "dangerous" for each in others):
        verdict = Verdict.DANGEROUS
        remarks.append("Loading it runs code that can do anything.")
    if own:
        verdict = worst([verdict, Verdict.REVIEW])
        remarks.append("It holds code of its own, which runs when the model is loaded or asked.")
    strange = [each for each in others if each.level != "dangerous" and not is_known(each)]
    if strange:
        verdict = worst([verdict, Verdict.REVIEW])
        remarks.append("It imports what no common library has: see what that is.")
    if scan and scan.error:
        verdict = worst([verdict, Verdict.REVIEW])
        remarks.append(scan.error)
    if is_skipped:
        verdict = worst([verdict, Verdict.REVIEW])
        remarks.append("It is too large to be looked into.")
    if kind is FileKind.CODE:
        verdict = worst([verdict, Verdict.REVIEW])
        remarks.append("It is code, which runs when the model is loaded.")
    return FileReport(path, kind, size_bytes, sha256, verdict, imports, remarks)


def _apart(imports: Iterable[Import]) -> tuple[list[Import], list[Import]]:
    """Those that carry code, and all others."""
    own: list[Import] = []
    others: list[Import] = []
    for each in imports:
        (own if each.module.partition(".")[0] in CODE_CARRIERS else others).append(each)
    return own, others


def is_known(found: Import) -> bool:
    """Whether ordinary models name it."""
    if found.level == "innocuous" or found.module.partition(".")[0] in KNOWN_PACKAGES:
        return True
    return any(found.module in modules and found.name in names for modules, names in KNOWN_NAMES.items())


def manifest_verdict(manifest: Manifest) -> Verdict:
    """What MLmodel itself gives reason to think: whether it is readable, and whether it names a loader of its own."""
    settings = next((flavor.settings for flavor in manifest.flavors if flavor.name == "python_function"), {})
    loader = settings.get("loader_module", "mlflow.")
    is_own = not loader.startswith("mlflow.") or "code" in settings or "model_code_path" in settings
    return Verdict.REVIEW if manifest.error or is_own else Verdict.CLEAN
