"""PyRadiomics' own recorded baselines: values within its tests' 3 %, and equal to PyRadiomics 3.0.1 at 1e-6."""

import ast
import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.engine.pairs import PYRADIOMICS, Pair, agreement

TOLERANCE = 0.03
CLASSES = ("firstorder", "glcm", "gldm", "glrlm", "glszm", "ngtdm", "shape", "shape2D")


@dataclass(frozen=True)
class Recorded:
    """One recorded run: a class with some settings on an image, and its values by feature name.

    `z`: the one slice of the region that was measured, for shape2D.
    """

    case: str
    image: str
    z: int | None
    parameters: Mapping[str, Any]
    values: Mapping[str, float]


@dataclass
class Result:
    """Values recorded, within 3 %, and equal to PyRadiomics at 1e-6; `wrong` names the others."""

    values: int
    within: int
    equal: int
    wrong: list[str]


def recorded(folder: Path = PYRADIOMICS / "baseline") -> Iterator[Recorded]:
    """Every column of the baseline tables."""
    for name in CLASSES:
        rows = list(csv.reader((folder / f"baseline_{name}.csv").read_text(encoding="utf-8").splitlines()))
        for column, case in enumerate(rows[0][1:], 1):
            cells = {row[0]: row[column] for row in rows[1:] if len(row) > column}
            facts = {key.rsplit("_", 1)[-1]: text for key, text in cells.items() if "_" in key}
            values = {key: float(text) for key, text in cells.items() if key.startswith("original_") and text}
            if values:
                setting = ast.literal_eval(facts.get("Settings") or facts["GeneralSettings"])
                parts = {"imageType": {"Original": {}}, "featureClass": {name: []}, "setting": setting}
                image, *_ = facts.get("TestCase", case).split("_2D")
                slices = [key for key in cells if key.endswith("Mask-corrected_BoundingBox")]
                z = ast.literal_eval(cells[slices[0]])[2] if slices else None
                yield Recorded(f"{case} {name}", image, z, parts, values)


def check(one: Recorded, pair: Pair) -> Result:
    """Compare our values with the recorded ones, and with PyRadiomics here."""
    pair = pair if one.z is None else pair.slice(one.z)
    ours = pair.ours(one.parameters).values
    wrong = []
    for name, value in one.values.items():
        if not abs(ours.get(name, float("nan")) - value) <= TOLERANCE * abs(value) + 1e-12:
            wrong.append(f"{one.case} {name}: {ours.get(name)} for {value}")
    live = agreement(pair, one.parameters)
    beyond = [f"{one.case} {found}" for found in live.beyond if found.name in one.values]
    if live.fallback:
        beyond.append(f"{one.case}: {live.fallback}")
    return Result(len(one.values), len(one.values) - len(wrong), len(one.values) - len(beyond), wrong + beyond)
