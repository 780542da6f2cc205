"""Viewing never loads torch, and the API stays small."""

import json
import subprocess
import sys

from tests.api import server

READ_EVERYTHING = """
import json, sys
from pathlib import Path
from starlette.testclient import TestClient
from backend.app import create_app
from backend.settings import Settings
folder, cohort, analysis = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
with TestClient(create_app(Settings(data_dir=folder, auth=False)), base_url="http://127.0.0.1") as client:
    case = client.get(f"/api/v1/cohorts/{cohort}/cases?limit=1").json()["items"][0]["id"]
    feature = client.get(f"/api/v1/analyses/{analysis}/ranking?limit=1").json()["items"][0]["feature"]
    codes = [
        client.get(f"/api/v1{path}").status_code
        for path in (
            "/cohorts", "/encoders", "/radiomics", "/jobs", "/analyses", "/shares", f"/analyses/{analysis}",
            f"/analyses/{analysis}/groups.csv", f"/analyses/{analysis}/ranking.csv",
            f"/analyses/{analysis}/cases-for-feature/{feature}", f"/cases/{case}", f"/cases/{case}/radiomics",
            f"/cases/{case}/volumes/T2", f"/cases/{case}/masks/gland", f"/cases/{case}/slice.png",
        )
    ]
    body = {"analysis_id": analysis, "with_pictures": True}
    codes.append(client.post("/api/v1/shares", json=body).status_code)
used = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
heavy = sorted({name.partition(".")[0] for name in sys.modules} & {"torch", "streamlit", "radiomics", "dask"})
print(json.dumps({"codes": codes, "heavy": heavy, "peak_mib": int(used["VmHWM"].split()[0]) / 1024}))
"""


def test_reading_loads_no_torch_and_stays_below_300_mib(filled: server.Filled, tmp_path: server.Path) -> None:
    own = server.copied(filled, tmp_path / "own")
    arguments = [sys.executable, "-c", READ_EVERYTHING, str(own.folder), own.cohort_id, own.analysis_id]
    found = json.loads(subprocess.run(arguments, capture_output=True, check=True, text=True).stdout)
    assert found["codes"] == [200] * 15 + [201]
    assert found["heavy"] == []
    assert found["peak_mib"] < 300
