"""Path row of the safety benchmark: nothing outside the import roots is read, whatever a file or request names."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from backend.app import create_app
from backend.settings import Settings

CANARY = "CANARY-e6f1"
ORIGIN = "http://127.0.0.1"


@dataclass
class Outcome:
    """Number of requests, number answered with 4xx or a refusal, and failures."""

    sent: int = 0
    refused: int = 0
    wrong: list[str] = field(default_factory=list)


def prepare(folder: Path) -> tuple[Path, Path]:
    """Make an import root and, beside it, a folder that must not be read."""
    root, secret = folder / "root", folder / "root-secret"
    root.mkdir(parents=True)
    secret.mkdir()
    for name in ("clinical.csv", "manifest.csv", "secret.raw", "SHA256SUMS", "dataset.json"):
        (secret / name).write_text(f"study_id,patient_id,t2w\n{CANARY},{CANARY},{CANARY}.nii\n" * 30)
    (root / "link").symlink_to(secret)
    (root / "link.csv").symlink_to(secret / "clinical.csv")
    (root / "sub").mkdir()
    os.mkfifo(root / "pipe.csv")
    return root, secret


def payloads(root: Path, secret: Path) -> list[str]:
    """48 paths that lead out of the root."""
    up = "/".join([".."] * 12)
    plain = [
        str(secret),
        f"{secret}/clinical.csv",
        f"{secret}/manifest.csv",
        "/etc",
        "/etc/passwd",
        "/",
        "/proc/self/environ",
    ]
    plain += [
        "/proc/1/cwd/etc",
        "/proc/self/fd/0",
        "/proc/self/cwd",
        "/dev/zero",
        "/dev/stdin",
        "/sys",
        "/root",
        "~",
        "~root/.ssh",
    ]
    plain += [
        f"{root}/../root-secret",
        f"{root}/../root-secret/clinical.csv",
        f"{root}/sub/../../root-secret",
        f"{root}/link",
    ]
    plain += [
        f"{root}/link/clinical.csv",
        f"{root}/link.csv",
        f"{root}/./link/../root-secret",
        f"{root}-secret/clinical.csv",
    ]
    plain += [f"{root}/{up}/etc/passwd", f"{root}//..//root-secret", f"{up}/etc/passwd", "../root-secret", "..", "."]
    plain += [
        f"file://{secret}/clinical.csv",
        f"{root}%2f..%2froot-secret",
        f"{root}/..%2froot-secret",
        f"{root}\\..\\root-secret",
    ]
    plain += [
        f"{root}/\u2025/root-secret",
        f"{root}/\uff0e\uff0e/root-secret",
        f"{root}\0/../root-secret",
        f"\0{secret}",
        "C:\\Windows",
    ]
    plain += [
        "\\\\server\\share\\x.csv",
        f"{root}/pipe.csv",
        "x" * 990,
        "/" * 900,
        f"{root}/{'../' * 300}etc/passwd",
        f" {secret}",
    ]
    plain += [
        f"{secret} ",
        f"{secret}\n",
        f"{root}/$HOME",
        f"{root}/`id`",
        f"{root}/;cat /etc/passwd",
        "http://127.0.0.1/secret.csv",
    ]
    return plain


def requests(path: str, root: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every endpoint that takes a path, with the payload in each of its fields."""
    inside = str(root / "sub")
    cases = [{"path": path}, {"path": inside, "clinical": path}, {"path": inside, "checksums": path}]
    for n, fields in enumerate(cases):
        params = {"kind": "import_cases", "cohort": f"c{n}", **fields}
        yield "/imports/preview", params
        yield "/jobs/plan", {"params": params}
        yield "/jobs", {"params": params}
    for name in ("pre", "ft", "radiomics", "clinical"):
        params = dict.fromkeys(("pre", "ft", "radiomics"), inside) | {
            name: path,
            "kind": "import_tables",
            "cohort": f"t{name}",
        }
        yield "/jobs/plan", {"params": params}
        yield "/jobs", {"params": params}


def sweep(folder: Path) -> Outcome:
    """Send every payload to every endpoint of an API in this process and record the files it opens."""
    root, secret = prepare(folder)
    settings = Settings(data_dir=folder / "data", import_roots=[root], auth=False, executor="inline")
    outcome = Outcome()
    with TestClient(create_app(settings), base_url=ORIGIN, raise_server_exceptions=False) as client:
        for payload in payloads(root, secret):
            for where, body in requests(payload, root):
                _send(client, where, body, payload, secret, outcome)
    return outcome


def _send(client: TestClient, where: str, body: dict[str, Any], payload: str, secret: Path, outcome: Outcome) -> None:
    with watched(secret) as opened:
        answer = client.post(f"/api/v1{where}", content=json.dumps(body), headers={"Content-Type": "application/json"})
    outcome.sent += 1
    said = answer.json()
    refused = 400 <= answer.status_code < 500 or bool(said.get("refusal"))
    outcome.refused += refused
    if not refused or opened or CANARY in answer.text or "root:" in answer.text or str(secret) in answer.text:
        outcome.wrong.append(f"{where} {payload[:60]!r}: {answer.status_code}")


_watching: list[tuple[str, list[str]]] = []


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if event == "open" and _watching and isinstance(args[0], str):
        forbidden, seen = _watching[-1]
        real = os.path.realpath(args[0])
        if real.startswith(forbidden) or real.startswith(
            ("/etc/passwd", str(Path.home() / ".ssh"), "/proc/self/environ")
        ):
            seen.append(real)


@contextmanager
def watched(secret: Path) -> Iterator[list[str]]:
    """Record the paths of the secret folder that this process opens inside the block."""
    if not getattr(sys, "_radiomiclens_watched", False):
        sys.addaudithook(_hook)
        sys._radiomiclens_watched = True  # type: ignore[attr-defined]  # audit hooks cannot be taken off, so one is enough
    seen: list[str] = []
    _watching.append((str(secret), seen))
    try:
        yield seen
    finally:
        _watching.pop()
