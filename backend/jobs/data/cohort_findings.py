"""Findings across a cohort: outlying voxel sizes, and the same image in two studies."""

from collections.abc import Sequence
from dataclasses import asdict
from statistics import median

from backend.ingest.checks.finding_codes import Finding
from backend.models import Case

FEWEST = 5
TIMES = 1.5  # a voxel edge further from the cohort's median than this is an outlier


def add_cohort_findings(cases: Sequence[Case], modalities: Sequence[str]) -> None:
    """Add findings to the accepted cases that differ from the others; cases must have their volumes loaded."""
    found: dict[str, list[Finding]] = {}
    for case, finding in [*_spacing(cases, modalities), *_duplicates(cases, modalities)]:
        found.setdefault(case.id, []).append(finding)
    known = {finding["sentence"] for case in cases for finding in case.findings}
    for case in cases:
        new = [each for each in found.get(case.id, []) if each.sentence not in known]
        if new:
            case.findings = case.findings + [as_stored(each) for each in new]
            case.warnings = case.warnings + [each.sentence for each in new]


def as_stored(finding: Finding) -> dict[str, str]:
    """A finding as stored in the row and sent by the API."""
    return {**asdict(finding), "level": finding.level}


def _spacing(cases: Sequence[Case], modalities: Sequence[str]) -> list[tuple[Case, Finding]]:
    found = []
    for kind in modalities:
        edges = {case.id: v.spacing for case in cases for v in case.volumes if v.kind == kind}
        if len(edges) < FEWEST:
            continue
        middle = [median(each[axis] for each in edges.values()) for axis in range(3)]
        for case in cases:
            mine = edges.get(case.id, middle)
            if any(not 1 / TIMES <= mm / usual <= TIMES for mm, usual in zip(mine, middle, strict=True)):
                own, usual = (" x ".join(f"{mm:.3g}" for mm in each) for each in (mine, middle))
                sentence = f"{kind} has voxels of {own} mm where the cohort's are {usual} mm."
                found.append((case, Finding("spacing_outlier", sentence)))
    return found


def _duplicates(cases: Sequence[Case], modalities: Sequence[str]) -> list[tuple[Case, Finding]]:
    """Equal voxels of one modality in two studies."""
    holders: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        for volume in case.volumes:
            if volume.kind in modalities:
                holders.setdefault((volume.kind, volume.sha256), []).append(case)
    found = []
    for (kind, _), same in holders.items():
        for case in same if len(same) > 1 else ():
            others = ", ".join(sorted(each.study_id for each in same if each is not case)[:3])
            found.append((case, Finding("duplicate_image", f"Its {kind} is the same image as that of study {others}.")))
    return found
