"""Secrets that have to be read again, as the keys of somebody's bucket: encrypted at rest."""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_KEY_BYTES = 32


class Undecryptable(Exception):
    """The text was encrypted under another SECRET_KEY, or is none of ours."""


def encrypt(text: str, *, purpose: str) -> str:
    """`text` so that only who has SECRET_KEY can read it, and for no other purpose.

    The key is derived (HKDF-SHA-256) from SECRET_KEY. To rotate that, move the old one to RUNFOLD_SECRET_KEY_FALLBACKS:
    what was encrypted under it is still read, and new texts are encrypted under the new one. Once everything has been
    encrypted again (each purpose says by which command), the old key can be dropped.
    """
    return _cipher(purpose).encrypt(text.encode()).decode()


def decrypt(text: str, *, purpose: str) -> str:
    """What `encrypt` was given.

    Raises:
        Undecryptable: under none of our keys.
    """
    try:
        return _cipher(purpose).decrypt(text.encode()).decode()
    except InvalidToken:
        raise Undecryptable(
            "Encrypted under another SECRET_KEY: put that one into RUNFOLD_SECRET_KEY_FALLBACKS."
        ) from None


def _cipher(purpose: str) -> MultiFernet:
    return MultiFernet([_fernet(key, purpose) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _fernet(secret: str, purpose: str) -> Fernet:
    derivation = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=f"runfold.{purpose}".encode())
    return Fernet(base64.urlsafe_b64encode(derivation.derive(secret.encode())))
