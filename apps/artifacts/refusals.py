"""What to raise about files: the same words everywhere. They do not repeat paths: absent and not-yours look the same."""

from __future__ import annotations

from apps.common.errors import Conflict, InvalidInput, NotFound, PayloadTooLarge


def artifact_not_found() -> NotFound:
    """For a path under which there is nothing."""
    return NotFound("artifact_not_found", "No such artifact.", field="path")


def upload_not_found() -> NotFound:
    """For an upload that never was, is complete, or was aborted."""
    return NotFound("upload_not_found", "No such upload: it may be complete, aborted or expired.", field="upload_id")


def version_not_found() -> NotFound:
    """For an id that names no version of the project."""
    return NotFound("version_not_found", "No such model version.")


def version_files_stay() -> InvalidInput:
    """For a write to what was registered."""
    message = "The files of a registered version never change: log another model and register that."
    return InvalidInput("version_files_stay", message)


def try_again() -> Conflict:
    """For files that changed while they were copied."""
    return Conflict("changed_meanwhile", "The files changed while they were copied: try again.")


def is_a_folder(path: str) -> InvalidInput:
    """For a folder that is asked for as if it were a file."""
    return InvalidInput("is_a_folder", f"Artifact path refers to a directory, not a file: '{path}'", field="path")


def folder_in_the_way(path: str) -> Conflict:
    """For a file whose path is that of a folder."""
    return Conflict("folder_in_the_way", f"'{path}' is a folder: log the file under another name.", field="path")


def file_in_the_way(path: str) -> Conflict:
    """For a file that is to lie in a folder which is a file already."""
    return Conflict("file_in_the_way", f"'{path}' is a file, and cannot be a folder as well.", field="path")


def incomplete_upload(received: int, promised: int) -> InvalidInput:
    """For a body that ended early: nothing of it is kept."""
    return InvalidInput("incomplete_upload", f"The upload ended after {received} of {promised} bytes: send it again.")


def over_limit(whose: str, *, limit: int, used: int, needed: int) -> PayloadTooLarge:
    """For bytes that a project or team may not keep; all figures in bytes."""
    return PayloadTooLarge(
        "storage_limit",
        f"The {whose} may keep {limit} bytes of artifacts: {used} are used, and this needs {needed} more."
        " Delete artifacts that are not needed, or ask the operator for more.",
    )
