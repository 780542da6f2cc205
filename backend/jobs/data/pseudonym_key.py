"""The secret of a data folder's pseudonyms."""

import os
import secrets
from pathlib import Path

from backend.storage.blob_store import PSEUDONYM_KEY, write_durably

KEY_BYTES = 32


def pseudonym_key(data_dir: Path) -> bytes:
    """The key of this data folder, made on first need and readable by its owner alone."""
    path = data_dir / PSEUDONYM_KEY
    if not path.exists():
        write_durably(path, secrets.token_bytes(KEY_BYTES))
        os.chmod(path, 0o600)
    return path.read_bytes()
