"""Short-lived addresses of voxels: whoever was shown a case may fetch its images for minutes.

An address carries a signed and dated claim (case, content), so the viewer's many requests need no cookie and no look at
the session. It ends by itself after half an hour at most; within ten minutes a case keeps its addresses, so that
browsers may keep what they fetched under them.
"""

import hmac
import json
import os
import secrets
from base64 import urlsafe_b64encode
from pathlib import Path
from time import time

from itsdangerous import BadSignature, SignatureExpired, TimestampSigner, URLSafeTimedSerializer

from backend.errors import Expired, NotFound

STEP_S = 600
LIFETIME_S = 1200
_SALT = "voxels of a case"


class _Stepped(TimestampSigner):
    """Dates in steps of ten minutes: the same claim has the same address within a step."""

    def get_timestamp(self) -> int:
        return int(time()) // STEP_S * STEP_S


def key_of(data_dir: Path) -> bytes:
    """The secret of a data folder, 256 random bits; made on first use, readable by its owner only."""
    path = data_dir / "signing.key"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(32))
        file.flush()
        os.fsync(file.fileno())
    return path.read_bytes()


class Signer:
    """Signs and reads the claims of one server."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._serializer = URLSafeTimedSerializer(key, salt=_SALT, signer=_Stepped)

    def token(self, *parts: str) -> str:
        """A token of 256 bits, the same for the same texts; without this server's key nobody can work it out."""
        text = json.dumps(["token", *parts]).encode()
        return urlsafe_b64encode(hmac.digest(self._key, text, "sha256")).rstrip(b"=").decode()

    def sign(self, case_id: str, view_key: str) -> str:
        """A claim to the voxels of a case as they are now."""
        return str(self._serializer.dumps([case_id, view_key]))

    def read(self, claim: str) -> tuple[str, str]:
        """Case id and view key of a claim; raises `Expired` after half an hour and `NotFound` for any other text."""
        try:
            case_id, view_key = self._serializer.loads(claim, max_age=LIFETIME_S)
        except SignatureExpired as error:
            raise Expired("This address has expired; reload the page.") from error
        except (BadSignature, ValueError, TypeError) as error:
            raise NotFound("There is no image at this address.") from error
        return str(case_id), str(view_key)
