"""Reads a DICOM study: chooses its T2, high-b and ADC series and assembles their volumes.

Only the tags of `slices` are read, none of which identifies a person, and sentences name series by number only.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from backend.errors import BadFile, Refusal
from backend.ingest.dicom.series import Choice, SeriesFacts, choose_series
from backend.ingest.dicom.slices import Slice, pixels, read_slice
from backend.ingest.dicom.volume import GAP_MM, Volume, assemble
from backend.ingest.formats.open_files import FileReader
from backend.ingest.limits import MAX_IMAGE_BYTES, MAX_STUDY_FILES
from backend.ingest.rejection import Rejection

SIDE_FILES = (".txt", ".csv", ".json", ".xml", ".md", ".pdf", ".nii", ".gz", ".mha", ".nrrd", ".sha256", ".html")
SIDE_NAMES = (".", "license", "dicomdir", "sha256sums", "readme")


@dataclass(frozen=True)
class Study:
    """A DICOM study: modality -> volume or refusal, every choice of a series with its candidates, scanner and field."""

    volumes: dict[str, Volume | Refusal]
    choices: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    scanner: str = ""
    field_t: float | None = None


def read_study(
    folder: Path, named: Mapping[str, str] | None = None, reader: FileReader | None = None, load: bool = True
) -> Study:
    """The study in `folder`; `named` takes series by key, `load=False` only looks at the headers.

    Modalities the study lacks are absent. Raises BadFile or Rejection where the folder as a whole cannot be one study.
    """
    reader = reader or FileReader(MAX_IMAGE_BYTES)
    slices = [each for each in (read_slice(path, reader) for path in dicom_files(folder)) if each is not None]
    if not slices:
        raise Rejection("The study folder holds no DICOM slice with a position; check the folder.", "dicom_series")
    times = len({each.study for each in slices})
    if times > 1:
        raise Rejection(
            f"The folder holds slices of more than one study ({times} time points); give each a folder of its own.",
            "dicom_series",
        )
    stacks, facts = _stacks(slices)
    choices = choose_series(facts, named)
    volumes: dict[str, Volume | Refusal] = {}
    notes: dict[str, str] = {}
    for modality, choice in choices.items() if load else ():
        stack, chosen = stacks[choice.index], facts[choice.index]
        try:
            _check_b_values(slices, stack, chosen)
            volumes[modality] = assemble(stack, chosen.key, choice.reason, lambda s: pixels(s, reader), reader.largest)
        except Refusal as refusal:
            volumes[modality] = refusal
        if chosen.mixed_b:
            notes["b_values_mixed"] = (
                f"Series {chosen.number} holds several b-values; the {len(stack)} images {_of_b(chosen.b_value)} were "
                f"taken as {modality}."
            )
    taken = stacks[choices["T2"].index if "T2" in choices else 0][0]
    described = {modality: _described(modality, choice, facts) for modality, choice in choices.items()}
    return Study(volumes, described, notes, taken.scanner, taken.field_t)


def dicom_files(folder: Path) -> list[Path]:
    """Files below `folder` that should be DICOM, links not followed, in a fixed order."""
    found = []
    for here, folders, names in os.walk(folder, followlinks=False):
        folders.sort()
        found += [Path(here, name) for name in sorted(names) if not _beside_dicom(name)]
        if len(found) > MAX_STUDY_FILES:
            raise BadFile(f"The study folder holds more than {MAX_STUDY_FILES} files; import one study a folder.")
    return found


def _stacks(slices: Sequence[Slice]) -> tuple[list[list[Slice]], list[SeriesFacts]]:
    """The slices of each series and b-value, and what is known of each."""
    groups: dict[tuple[str, float | None], list[Slice]] = {}
    for each in slices:
        groups.setdefault((each.series, each.facts.b_value), []).append(each)
    of_series: dict[str, set[float | None]] = {}
    for series, b in groups:
        of_series.setdefault(series, set()).add(b)
    stacks, facts, used = [], [], set[str]()
    for (series, b), stack in groups.items():
        mixed = len(of_series[series]) > 1
        which = "no-b" if b is None else f"b{b:g}"
        key = f"{stack[0].facts.number}:{which}" if mixed else str(stack[0].facts.number)
        copies = 2
        while key in used:
            key, copies = f"{key.split('.')[0]}.{copies}", copies + 1
        used.add(key)
        stacks.append(stack)
        facts.append(_facts(stack, key, mixed))
    return stacks, facts


def _facts(stack: list[Slice], key: str, mixed: bool) -> SeriesFacts:
    middle = stack[len(stack) // 2]
    normal = np.cross(*middle.axes)
    along = sorted(float(each.position @ normal) for each in stack)
    return replace(
        middle.facts,
        key=key,
        slices=len(stack),
        plane=(*(round(mm, 3) for mm in middle.spacing), *middle.shape),  # type: ignore[arg-type]  # four numbers
        ends=(along[0], along[-1]),
        problem=next((each.facts.problem for each in stack if each.facts.problem), ""),
        mixed_b=mixed,
    )


def _check_b_values(slices: Sequence[Slice], stack: list[Slice], chosen: SeriesFacts) -> None:
    """Refuse b-values that do not cover the same positions: a slice with a wrong one would be left out."""
    if not chosen.mixed_b:
        return
    normal = np.cross(*stack[0].axes)

    def positions(of: Sequence[Slice]) -> set[int]:
        return {round(float(each.position @ normal) / GAP_MM) for each in of}

    everything = positions([each for each in slices if each.series == stack[0].series])
    if positions(stack) != everything:
        raise Rejection(
            f"Series {chosen.number} has {len(everything)} slice positions but only {len(stack)} images "
            f"{_of_b(chosen.b_value)}; export it again.",
            "dicom_series",
        )


def _of_b(b: float | None) -> str:
    return "without a b-value" if b is None else f"of b = {b:g} s/mm2"


def _described(modality: str, choice: Choice, facts: Sequence[SeriesFacts]) -> dict[str, Any]:
    """A choice and its candidates for people, as `shared.schemas.SeriesChoice` has it."""
    return {
        "modality": modality,
        "series": facts[choice.index].key,
        "reason": choice.reason,
        "overridden": choice.overridden,
        "candidates": [
            {
                "series": each.key,
                "number": each.number,
                "b_value": each.high_b,
                "slices": each.slices,
                "words": each.words,
                "why": each.why,
            }
            for each in sorted(facts, key=lambda each: (each.number, each.key))
        ],
    }


def has_dicom_name(name: str) -> bool:
    """Whether a file of this name is taken for a DICOM slice: .dcm, .ima, or the bare numbers and UIDs of exports."""
    lowered = name.lower()
    return lowered.endswith((".dcm", ".ima")) or re.fullmatch(r"(i|im|image)?[\d._-]+", lowered) is not None


def _beside_dicom(name: str) -> bool:
    lowered = name.lower()
    return lowered.startswith(SIDE_NAMES) or lowered.endswith(SIDE_FILES)
