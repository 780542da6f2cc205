"""Part of the bar: other tools on brain1, in one run with ours and PyRadiomics, one thread each."""

import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import process_time
from typing import Any

import SimpleITK as sitk

from backend.jobs.compute.subprocess_pool import ONE_THREAD
from benchmarks.engine.pairs import CLOSE, NOISE, Pair
from benchmarks.engine.part import Part

TOOLS = Path(__file__).with_name("rival_tools.py")
CLASSES = ("firstorder", "shape", "glcm", "glrlm", "glszm", "gldm", "ngtdm")
ROWS: dict[str, dict[str, Any]] = {
    "original": {"Original": {}},
    "wavelet": {"Original": {}, "Wavelet": {}},
    "LoG": {"Original": {}, "LoG": {"sigma": [1.0, 2.0, 3.0]}},
}
NAMES = ("flash-radiomics", "fastrad", "mirp", "nyxus", "pictologics")
THREADS = ONE_THREAD | {"PICTOLOGICS_NUM_THREADS": "1"}
Line = dict[str, Any]


def rivals(images: dict[str, Pair], pythons: Sequence[str]) -> Part:
    """Original, + wavelet, + LoG by every tool that one of the interpreters has."""
    part, pair = Part(), images["brain1"]
    theirs = [line for python in pythons for line in _lines(pair, python)]
    stock = {row: pair.stock(_parameters(row)) for row in ROWS}
    own = [line for row in ROWS for line in (_ours(pair, row), _stock(pair, row))]
    lines = own + [{"version": ""} | line for line in theirs]
    tools = {line["tool"]: line["version"] for line in lines}
    rows = []
    for tool in ["RadiomicLens", "PyRadiomics", *NAMES]:
        cells = [_cell([one for one in lines if one["tool"] == tool and one["row"] == row], stock[row]) for row in ROWS]
        rows.append([f"{tool} {tools.get(tool, '')}".strip(), *cells])
    part.table(["tool", "original", "original + wavelet", "original + LoG"], rows)
    part.goals.append(["rivals in one run, one thread", _standing(lines), "ahead of every one in every row"])
    return part


def _parameters(row: str) -> dict[str, Any]:
    classes: dict[str, list[str]] = {name: [] for name in CLASSES}
    return {"imageType": ROWS[row], "featureClass": classes, "setting": {"binWidth": 25, "additionalInfo": False}}


def _ours(pair: Pair, row: str) -> Line:
    spent = []
    for _ in range(4):  # the first one is not counted
        start = process_time()
        found = pair.ours(_parameters(row))
        spent.append(process_time() - start)
    return {"tool": "RadiomicLens", "version": "", "row": row, "seconds": min(spent[1:]), "found": found.values}


def _stock(pair: Pair, row: str) -> Line:
    start = process_time()
    found = pair.stock(_parameters(row))
    return {
        "tool": "PyRadiomics",
        "version": "3.0.1",
        "row": row,
        "seconds": process_time() - start,
        "found": len(found),
    }


def _lines(pair: Pair, python: str) -> list[Line]:
    with tempfile.TemporaryDirectory() as name:
        paths = [str(Path(name, f"{kind}.nii")) for kind in ("image", "mask")]
        for path, volume in zip(paths, (pair.image, pair.mask), strict=True):
            sitk.WriteImage(volume, path)
        words = [python, str(TOOLS), *paths, *ROWS]
        done = subprocess.run(words, env=os.environ | THREADS, check=True, capture_output=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def _cell(lines: list[Line], stock: dict[str, float]) -> str:
    """Seconds, how many values, and how many of them are PyRadiomics'."""
    if not lines:
        return "not installed there"
    line = lines[0]
    if "said" in line:
        return str(line["said"]).replace("|", "/").replace("\n", " ").strip()
    seconds = f"{line['seconds']:.3f} s"
    if isinstance(line["found"], int):
        return f"{seconds}, {line['found']} values"
    same = _same(line["found"], stock)
    return f"{seconds}, {same} of {len(stock)} equal to PyRadiomics"


def _same(found: dict[str, float], stock: dict[str, float]) -> int:
    """PyRadiomics' features that the tool gives to 1e-6; names are compared without case and underscores."""
    values = {_plain(name): value for name, value in found.items()}
    return sum(_equal(values.get(_plain(name)), value) for name, value in stock.items())


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _equal(ours: float | None, theirs: float) -> bool:
    if ours is None:
        return False
    both_nan = ours != ours and theirs != theirs
    return both_nan or abs(ours - theirs) <= CLOSE * abs(theirs) + NOISE


def _standing(lines: list[Line]) -> str:
    """Per row, how much slower the fastest rival is."""
    said = []
    for row in ROWS:
        times = {one["tool"]: one["seconds"] for one in lines if one["row"] == row and "seconds" in one}
        ours = times.pop("RadiomicLens")
        times.pop("PyRadiomics")
        if times:
            best = min(times, key=lambda tool: times[tool])
            said.append(f"{row}: {ours:.3f} s, next {best} {times[best]:.3f} s")
    return "; ".join(said) or "none measured"
