"""Viewing never loads torch, and the API stays small."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.api import server

SERVE = """
import json, socket, sys, threading
from pathlib import Path
import uvicorn
from backend.app import create_app
from backend.settings import Settings
listening = socket.create_server(("127.0.0.1", 0))
app = create_app(Settings(data_dir=Path(sys.argv[1]), auth=False))
running = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
def end():
    sys.stdin.read()
    running.should_exit = True
threading.Thread(target=end, daemon=True).start()
print(listening.getsockname()[1], flush=True)
running.run([listening])
used = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
heavy = sorted({name.partition(".")[0] for name in sys.modules} & {"torch", "streamlit", "radiomics", "pandas", "dask"})
print(json.dumps({"heavy": heavy, "peak_mib": int(used["VmHWM"].split()[0]) / 1024}))
"""
READS = (
    "/cohorts",
    "/encoders",
    "/radiomics",
    "/jobs",
    "/analyses",
    "/shares",
    "/analyses/{analysis}",
    "/analyses/{analysis}/groups.csv",
    "/analyses/{analysis}/ranking.csv",
    "/analyses/{analysis}/ranking.packed",
    "/analyses/{analysis}/cases-for-feature/{feature}",
    "/analyses/{analysis}/map",
    "/cases/{case}",
    "/cases/{case}/radiomics",
    "/cases/{case}/volumes/T2",
    "/cases/{case}/masks/gland",
    "/cases/{case}/slice.png",
)


@contextmanager
def api_process(own: server.Filled) -> Iterator[tuple[httpx.Client, list[str]]]:
    """The API alone in a process of its own; after the block, the list holds what it says about itself."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(own.folder)],
        env=os.environ | {"RADIOMICLENS_DATA_DIR": str(own.folder)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    said: list[str] = []
    port = process.stdout.readline().strip()
    with httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", trust_env=False, timeout=60) as client:
        yield client, said
    said.append(process.communicate(timeout=60)[0])


def test_viewing_and_sharing_load_neither_torch_nor_pandas_and_stay_below_300_mib(own: server.Filled) -> None:
    with api_process(own) as (client, said):
        case = client.get(f"/cohorts/{own.cohort_id}/cases?limit=1").json()["items"][0]["id"]
        feature = client.get(f"/analyses/{own.analysis_id}/ranking?limit=1").json()["items"][0]["feature"]
        paths = [path.format(analysis=own.analysis_id, case=case, feature=feature) for path in READS]
        assert [client.get(path).status_code for path in paths] == [200] * len(paths)
        body = {"analysis_id": own.analysis_id, "with_pictures": True}
        assert client.post("/shares", json=body).status_code == 201
    found = json.loads(said[0])
    assert found["heavy"] == []
    assert found["peak_mib"] < 300
