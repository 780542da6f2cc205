"""Calls that send files, resume them where they stopped, and look into the server's folders."""

import base64
import hashlib
import time
from collections.abc import Callable
from pathlib import Path

from shared import schemas as s
from shared.calls.listed import Listed
from shared.calls.transport import NO_ANSWER, ApiError, Transport

PIECE_BYTES = 8 * 2**20
"""Bytes of one request; after a cut the transfer goes on from the last whole one, or from within it."""
TUS = {"Tus-Resumable": "1.0.0"}
PAUSES_SECONDS = (0.2, 1.0, 3.0, 10.0)
"""Between tries of a part that did not arrive."""
AGAIN = (409, 423, 429, 503)
"""Answers after which the offset is asked for and the part sent again."""


class UploadCalls(Transport):
    """Calls that send files, resume them where they stopped, and look into the server's folders."""

    def uploads(self) -> Listed[s.Upload]:
        """One's own uploads, newest first."""
        return self._all(s.Upload, "/uploads")

    def upload_state(self, upload_id: str) -> s.Upload:
        """One upload of one's own."""
        return self._get(s.Upload, f"/uploads/{upload_id}")

    def remove_upload(self, upload_id: str) -> None:
        """Removes an upload and its bytes."""
        self._send("DELETE", f"/uploads/{upload_id}", headers=TUS)

    def folders(self, path: str | None = None) -> s.Folder:
        """What a folder inside the import roots holds; without a path, these roots."""
        query = {} if path is None else {"path": path}
        return s.Folder.model_validate_json(self._send("GET", "/folders", params=query).content)

    def upload(
        self, path: str | Path, progress: Callable[[int, int], None] | None = None, *, wait: bool = True
    ) -> s.Upload:
        """Sends a file, and goes on where an earlier try of the same file stopped.

        `progress` is called with the bytes that arrived and all bytes. With `wait` the answer is what the server found
        the file to be. Use `upload:ID` of the answer wherever a request asks for a path.

        Raises ApiError where the server refuses, OSError where the file cannot be read.
        """
        file = Path(path)
        size, sha256 = file.stat().st_size, _sha256(file)
        there = self._started(file.name, size, sha256) or self._start(file.name, size, sha256)
        said = progress or (lambda _done, _all: None)
        said(there.n_received, size)
        with file.open("rb") as content:
            at = there.n_received
            while at < size:
                content.seek(at)
                at = self._part(there.id, content.read(PIECE_BYTES), at)
                said(at, size)
        there = self.upload_state(there.id)
        while wait and there.state == "checking":
            time.sleep(PAUSES_SECONDS[0])
            there = self.upload_state(there.id)
        return there

    def _started(self, name: str, size: int, sha256: str) -> s.Upload | None:
        """An upload of the same file that has not ended."""
        for one in self.uploads():
            if (one.name, one.n_bytes, one.fingerprint, one.state) == (name, size, sha256, "receiving"):
                return one
        return None

    def _start(self, name: str, size: int, sha256: str) -> s.Upload:
        told = {"filename": name, "fingerprint": sha256, "sha256": sha256}
        pairs = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in told.items())
        headers = {**TUS, "Upload-Length": str(size), "Upload-Metadata": pairs}
        return s.Upload.model_validate_json(self._send("POST", "/uploads", headers=headers).content)

    def _part(self, upload_id: str, piece: bytes, at: int) -> int:
        """Sends a part until it has arrived; gives where the upload stands, which a cut may have left within it."""
        headers = {**TUS, "Upload-Offset": str(at), "Content-Type": "application/offset+octet-stream"}
        for pause in (*PAUSES_SECONDS, None):
            try:
                answer = self._send("PATCH", f"/uploads/{upload_id}", content=piece, headers=headers)
                return int(answer.headers["Upload-Offset"])
            except ApiError as error:
                if pause is None or (error.problem.code != NO_ANSWER and error.problem.status not in AGAIN):
                    raise
            time.sleep(pause)
            try:
                stands = int(self._send("HEAD", f"/uploads/{upload_id}", headers=TUS).headers["Upload-Offset"])
            except ApiError:
                continue  # the next try says it again
            if stands != at:
                return stands
        raise AssertionError("the last try returns or raises")


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
