"""Column types and defaults: UTC times, arrays with a hash, JSON, random ids."""

import hashlib
import json
import secrets
from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy import Dialect, LargeBinary, types

from backend.errors import Damaged


def new_id() -> str:
    """A random id of 64 bits (hex)."""
    return secrets.token_hex(8)


def now() -> datetime:
    """The current time, aware, in UTC."""
    return datetime.now(UTC)


class UtcTime(types.TypeDecorator[datetime]):
    """Aware UTC times, stored as ISO text so that SQLite keeps the zone."""

    impl = types.Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002 (SQLAlchemy's signature)
        return None if value is None else value.astimezone(UTC).isoformat()

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (SQLAlchemy's signature)
        try:
            return None if value is None else datetime.fromisoformat(value)
        except ValueError:
            raise Damaged("A stored time cannot be read; restore the database from a backup.") from None


def read_json(text: str | bytes) -> Any:
    """The value of a JSON column; raises `Damaged` where it is not valid JSON."""
    try:
        return json.loads(text)
    except ValueError:
        raise Damaged("A stored cell is no JSON any more; restore the database from a backup.") from None


_DIGEST = 32


class Array(types.TypeDecorator[np.ndarray]):
    """Column of a little-endian array with its sha256, dtype and shape; reading raises `Damaged` for a changed byte."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: np.ndarray | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002 (SQLAlchemy's signature)
        return None if value is None else pack_array(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> np.ndarray | None:  # noqa: ARG002 (SQLAlchemy's signature)
        return None if value is None else unpack_array(value)


def pack_array(value: np.ndarray) -> bytes:
    """The bytes of an array: sha256 (32 bytes) + `dtype|d0,d1\\n` + the values in C order, little-endian."""
    array = np.ascontiguousarray(value)
    array = array.astype(array.dtype.newbyteorder("<"), copy=False)
    head = f"{array.dtype.str}|{','.join(map(str, value.shape))}\n".encode()
    body = head + array.tobytes()
    return hashlib.sha256(body).digest() + body


def unpack_array(blob: bytes) -> np.ndarray:
    """The array of the bytes of `pack_array`, read-only; raises `Damaged` where they no longer match their hash."""
    body = memoryview(blob)[_DIGEST:]  # decoders take megabytes: no copy but the one that aligns the values
    if hashlib.sha256(body).digest() != blob[:_DIGEST]:
        raise Damaged("A stored array no longer matches its hash; restore the database from a backup.")
    end = blob.index(b"\n", _DIGEST)
    dtype, _, dims = blob[_DIGEST:end].decode().rpartition("|")  # a byte-sized type's name has a bar itself: |b1
    shape = tuple(int(n) for n in dims.split(",") if n)
    values = np.frombuffer(blob, dtype=np.dtype(dtype), offset=end + 1).reshape(shape)
    if not values.flags.aligned:
        values = values.copy()
        values.flags.writeable = False
    return values
