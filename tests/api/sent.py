"""Uploads as the tests send them, by the words of the protocol and without the client."""

import base64
import time
from pathlib import Path

import httpx
from starlette.testclient import TestClient

from shared import schemas as s

PATCH = {"Content-Type": "application/offset+octet-stream", "Tus-Resumable": "1.0.0"}


def told(**pairs: str | bytes) -> str:
    """An `Upload-Metadata` header."""
    of = {key: value.encode() if isinstance(value, str) else value for key, value in pairs.items()}
    return ",".join(f"{key} {base64.b64encode(value).decode()}" for key, value in of.items())


def start(client: TestClient, who: dict[str, str], size: int | str, **pairs: str | bytes) -> httpx.Response:
    headers = who | {"Tus-Resumable": "1.0.0", "Upload-Length": str(size), "Upload-Metadata": told(**pairs)}
    return client.post("/api/v1/uploads", headers=headers)


def started(client: TestClient, who: dict[str, str], size: int, name: str = "data.csv") -> str:
    answer = start(client, who, size, filename=name)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == f"/api/v1/uploads/{answer.json()['id']}"
    return str(answer.json()["id"])


def patch(
    client: TestClient, who: dict[str, str], upload_id: str, offset: int | str, body: bytes, **headers: str
) -> httpx.Response:
    given = who | PATCH | {"Upload-Offset": str(offset)} | {k.replace("_", "-"): v for k, v in headers.items()}
    return client.patch(f"/api/v1/uploads/{upload_id}", content=body, headers=given)


def offset(client: TestClient, who: dict[str, str], upload_id: str) -> int:
    answer = client.head(f"/api/v1/uploads/{upload_id}", headers=who | {"Tus-Resumable": "1.0.0"})
    assert answer.status_code == 200
    return int(answer.headers["Upload-Offset"])


def checked(client: TestClient, who: dict[str, str], upload_id: str) -> s.Upload:
    """The upload once the server has looked at it."""
    while True:
        found = s.Upload.model_validate(client.get(f"/api/v1/uploads/{upload_id}", headers=who).json())
        if found.state in ("ready", "refused"):
            return found
        time.sleep(0.05)


def sent(client: TestClient, who: dict[str, str], name: str, content: bytes) -> s.Upload:
    """A whole file, sent in one request and looked at."""
    upload_id = started(client, who, len(content), name)
    assert patch(client, who, upload_id, 0, content).status_code == 204
    return checked(client, who, upload_id)


def folder_of(data_dir: Path, upload_id: str) -> Path:
    return data_dir / "uploads" / upload_id
