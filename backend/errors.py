"""The exception tree. Every message is one sentence for people: what, where, what to do.

RadiomicLensError
|-- Refusal                  the input or request cannot be honoured; nothing was changed (exit code 1, HTTP 4xx)
|   |-- BadFile              a file is damaged, unsafe or of an unknown format
|   |-- BadTable             a table's columns, ids or values cannot be used
|   |-- BadImage             an image, mask or series cannot be used
|   |-- BadCheckpoint        encoder weights that do not fit
|   |-- BadSettings          a setting is unknown, out of range or impossible in combination
|   |-- NotFound             there is no such thing, or it is not yours to see (HTTP 404)
|   |-- Expired              a short-lived address has ended (HTTP 410)
|   |-- Conflict             the thing exists already or is in a state that forbids the request (HTTP 409)
|   |-- NotSignedIn          no valid credential (HTTP 401)
|   |-- Forbidden            signed in, but this role may not do it (HTTP 403)
|   |-- TooLarge             more bytes than allowed (HTTP 413)
|   |-- Busy                 somebody else writes this at the moment (HTTP 423)
|   |-- TooMany              more requests than allowed in a minute (HTTP 429)
|   |-- Unavailable          the database cannot be used at the moment; the same request may work later (HTTP 503)
|   `-- DiskFull             there is no room to write what was asked for (HTTP 507)
|-- Damaged                  stored data no longer matches its hash (HTTP 500, never answered with the data)
|-- Diverged                 a training whose loss is no longer a number
|-- Cancelled                a job was asked to stop
`-- LostClaim                another worker has the job now
"""

from collections.abc import Mapping
from types import MappingProxyType


class RadiomicLensError(Exception):
    """Base of everything this project raises on purpose."""

    exit_code = 1
    """Of the command that it ends."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Refusal(RadiomicLensError):
    """The request cannot be honoured as it stands; nothing was changed."""

    status = 422
    code = "refused"
    headers: Mapping[str, str] = MappingProxyType({})
    """That the answer carries beside its sentence."""


class BadFile(Refusal):
    """A file is damaged, unsafe or of an unknown format."""

    code = "bad-file"


class BadTable(Refusal):
    """A table's columns, ids or values cannot be used."""

    code = "bad-table"


class BadImage(Refusal):
    """An image, mask or series cannot be used."""

    code = "bad-image"


class BadCheckpoint(Refusal):
    """Encoder weights do not fit the architecture they were offered for."""

    code = "bad-checkpoint"


class BadSettings(Refusal):
    """A setting is unknown, out of range or impossible in combination."""

    code = "bad-settings"


class NotFound(Refusal):
    """There is no such thing, or it is not the caller's to see."""

    status = 404
    code = "not-found"


class Expired(Refusal):
    """A short-lived address has ended."""

    status = 410
    code = "expired"


class Conflict(Refusal):
    """The thing exists already or is in a state that forbids the request."""

    status = 409
    code = "conflict"


class NotSignedIn(Refusal):
    """No valid credential came with the request."""

    status = 401
    code = "not-signed-in"


class Forbidden(Refusal):
    """The caller is known, but this role may not do it."""

    status = 403
    code = "forbidden"


class TooLarge(Refusal):
    """More bytes than allowed."""

    status = 413
    code = "too-large"


class Busy(Refusal):
    """Somebody else writes this at the moment; the same request may work later."""

    status = 423
    code = "busy"


class TooMany(Refusal):
    """More requests than allowed in a minute."""

    status = 429
    code = "too-many"


class Unavailable(Refusal):
    """The database cannot be used at the moment; the same request may work later."""

    status = 503
    code = "unavailable"


class DiskFull(Refusal):
    """There is no room to write what was asked for; nothing was changed."""

    status = 507
    code = "disk-full"


class Damaged(RadiomicLensError):
    """Stored data no longer matches the hash it was stored under."""


class Diverged(RadiomicLensError):
    """A training's loss or gradient is no longer finite; the last whole epoch is untouched."""


class Cancelled(RadiomicLensError):
    """A job was asked to stop and stopped."""


class LostClaim(RadiomicLensError):
    """Another worker has taken the job over; whatever this one still computes is not written."""
