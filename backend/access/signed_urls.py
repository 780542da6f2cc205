"""Signed URLs of voxels: a browser that was shown a case may fetch its images for a limited time.

An address carries a signed and dated claim (case, content, sign-in), so the viewer's many requests need no cookie. It
ends with the sign-in it was made for, and by itself after half an hour at most. Within ten minutes a case keeps its
addresses, so that browsers may keep what they fetched under them.
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
"""Seconds in which a claim keeps its URL: longer is better cached, shorter expires sooner."""
LIFETIME_S = 1200
"""Seconds a claim is read after its step began; its URL so lives 20 to 30 minutes, a look at a case."""
_SALT = "voxels of a case"


class _SteppedSigner(TimestampSigner):
    """Dates claims in steps of `STEP_S`, so that the same claim has the same URL within a step."""

    def get_timestamp(self) -> int:
        return int(time()) // STEP_S * STEP_S


def load_or_create_key(data_dir: Path) -> bytes:
    """The signing key of a data folder, 256 random bits; created at the first use, readable by its owner only."""
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
    """Signs and verifies the claims of one server."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._serializer = URLSafeTimedSerializer(key, salt=_SALT, signer=_SteppedSigner)

    def token(self, *parts: str) -> str:
        """A token of 256 bits derived from `parts` and the server's key: the same parts give the same token."""
        text = json.dumps(["token", *parts]).encode()
        return urlsafe_b64encode(hmac.digest(self._key, text, "sha256")).rstrip(b"=").decode()

    def dated(self, purpose: str) -> URLSafeTimedSerializer:
        """Signs and dates values for one purpose; what was signed for another is refused."""
        return URLSafeTimedSerializer(self._key, salt=purpose)

    def sign(self, case_id: str, view_key: str, token_id: str) -> str:
        """A claim to the voxels of a case as they are now, for the holder of a token and as long as that lives."""
        return str(self._serializer.dumps([case_id, view_key, token_id]))

    def read(self, claim: str) -> tuple[str, str, str]:
        """Case id, view key and token id of a claim; raises `Expired` after half an hour, `NotFound` for others."""
        try:
            case_id, view_key, token_id = self._serializer.loads(claim, max_age=LIFETIME_S)
        except SignatureExpired as error:
            raise Expired("This address has expired; reload the page.") from error
        except (BadSignature, ValueError, TypeError) as error:
            raise NotFound("There is no image at this address.") from error
        return str(case_id), str(view_key), str(token_id)
