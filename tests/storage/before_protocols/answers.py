"""What the API answers about a data folder, as JSON that can be kept and compared field by field."""

import csv
import hashlib
import io
import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from PIL import Image
from starlette.testclient import TestClient

FEATURE = "original_firstorder_Mean"
CHANGING = {"signed", "expires_in_days", "opened", "last_opened_at"}
"""Fields that are new at every request, at every opening or every day."""
PRESENTED = {"colour"}
"""Fields that say how something is drawn: a later version may draw it otherwise, but a client still gets one."""
CLOSE = 1e-9
"""Relative difference of numbers that are computed for an answer; stored ones are equal."""


def asked(client: TestClient, path: str) -> Any:
    """The answer of a path: JSON as it is, a table by its rows, pictures and voxels by a hash of their values."""
    answer = client.get(f"/api/v1{path}")
    assert answer.status_code == 200, f"{path}: {answer.text[:300]}"
    kind = answer.headers["content-type"].partition(";")[0]
    if kind == "application/json":
        return _lasting(answer.json())
    if kind == "text/csv":
        return list(csv.DictReader(io.StringIO(answer.text)))
    content = answer.content
    if kind == "image/png":
        content = np.asarray(Image.open(io.BytesIO(content))).tobytes()
    return {"type": kind, "sha256": hashlib.sha256(content).hexdigest()}


def _lasting(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _lasting(one) for key, one in value.items() if key not in CHANGING}
    return [_lasting(one) for one in value] if isinstance(value, list) else value


def paths(client: TestClient) -> Iterator[str]:
    """What a folder is asked: every list, and the detail of what the lists name."""
    for name in ("cohorts", "encoders", "radiomics", "comparisons", "trajectories", "shares", "jobs", "analyses"):
        yield f"/{name}?limit=500"
    for cohort in _items(client, "/cohorts"):
        yield from _of_cohort(client, f"/cohorts/{cohort['id']}", images=cohort["kind"] == "images")
    for analysis in _items(client, "/analyses"):
        yield from _of_analysis(client, f"/analyses/{analysis['id']}", analysis)
    for one in _items(client, "/comparisons"):
        yield from (f"/comparisons/{one['id']}", f"/comparisons/{one['id']}/features?limit=500")
    for one in _items(client, "/trajectories"):
        yield f"/trajectories/{one['id']}"


def _items(client: TestClient, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = asked(client, f"{path}?limit=500")["items"]
    return found


def _of_cohort(client: TestClient, cohort: str, *, images: bool) -> Iterator[str]:
    yield from (cohort, f"{cohort}/cases?limit=500", f"{cohort}/cases.csv")
    cases = _items(client, f"{cohort}/cases")
    yield from (f"/cases/{case['id']}" for case in cases[:3])
    yield f"/cases/{cases[0]['id']}/radiomics?roi=gland"
    if not images:
        return
    yield from (f"{cohort}/quality", f"{cohort}/quality/cases?limit=500", f"{cohort}/regions?limit=500")
    case = f"/cases/{next(case['id'] for case in cases if case['lesion_ml'])}"
    yield from (f"{case}/volumes/{modality}" for modality in ("T2", "DWI", "ADC"))
    yield from (f"{case}/masks/{roi}" for roi in ("gland", "lesion", "zones"))
    yield from (f"{case}/slice.png", f"{case}/maps", f"{case}/maps/T2/gland/{FEATURE}")
    yield f"{case}/maps/T2/gland/{FEATURE}/voxels"


def _of_analysis(client: TestClient, path: str, analysis: dict[str, Any]) -> Iterator[str]:
    yield from (path, f"{path}.csv", f"{path}/ranking?limit=500", f"{path}/ranking.csv", f"{path}/groups?limit=500")
    yield from (f"{path}/representation?limit=500", f"{path}/map", f"{path}/power")
    for row in asked(client, f"{path}/ranking?limit=3")["items"]:
        yield from (f"{path}/evidence/{row['feature']}", f"{path}/cases-for-feature/{row['feature']}")
    yield f"/cohorts/{analysis['cohort_id']}/quality"


def typeset(sentence: str) -> str:
    """A sentence without how its numbers are set: blanks in thousands and percentages, the sign of a zero."""
    return sentence.replace("\N{NARROW NO-BREAK SPACE}", "").replace(" %", "%").replace("+0.00", "0.00")


def differences(kept: Any, now: Any, place: str = "") -> list[str]:
    """Where an answer of today is not the kept one; fields that are new are no difference."""
    if isinstance(kept, dict) and isinstance(now, dict):
        keys = sorted(kept.keys() - CHANGING)
        gone = [f"{place}.{key} is gone" for key in keys if key not in now]
        drawn = {key for key in PRESENTED & kept.keys() if _is_colour(kept[key]) and _is_colour(now.get(key))}
        pairs = {f"{place}.{key}": (kept[key], now[key]) for key in keys if key in now and key not in drawn}
        return gone + [line for at, (old, new) in pairs.items() for line in differences(old, new, at)]
    if isinstance(kept, list) and isinstance(now, list) and len(kept) == len(now):
        pairs = enumerate(zip(kept, now, strict=True))
        return [line for at, (old, new) in pairs for line in differences(old, new, f"{place}[{at}]")]
    if isinstance(kept, float) and isinstance(now, float) and math.isclose(kept, now, rel_tol=CLOSE, abs_tol=CLOSE):
        return []
    if isinstance(kept, str) and isinstance(now, str) and typeset(kept) == typeset(now):
        return []
    return [] if kept == now and type(kept) is type(now) else [f"{place}: {str(kept)[:80]!r} is now {str(now)[:80]!r}"]


def _is_colour(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch("#[0-9A-Fa-f]{6}", value) is not None
