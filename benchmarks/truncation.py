"""Truncated files of every format; all must be refused."""

from pathlib import Path

import numpy as np

from backend.errors import Refusal
from backend.ingest.sandbox.read_images import read_images
from benchmarks.images import WRITERS, Sample, sample, upright, write_series
from benchmarks.reading import PATIENT

CUT_FORMATS = {"NIfTI-1": ".nii", "NIfTI-1 gz": ".nii.gz", "MHA": ".mha", "NRRD": ".nrrd"}


def truncation_sweep(folder: Path, seed: int, count: int = 200) -> dict[str, tuple[int, int]]:
    """Format -> (truncated files refused, made), at random places of one file of each."""
    found: dict[str, tuple[int, int]] = {}
    for form, ending in CUT_FORMATS.items():
        rng, place = np.random.default_rng([seed, len(found)]), folder / form.replace(" ", "-")
        place.mkdir(parents=True)
        whole = place / f"whole{ending}"
        WRITERS[form][1](whole, sample(rng))
        content, files = whole.read_bytes(), {}
        for length in rng.choice(len(content), count, replace=False).tolist():
            files[str(length)] = place / f"cut{length}{ending}"
            files[str(length)].write_bytes(content[:length])
        answers = read_images(files, [place], PATIENT)
        found[ending] = (sum(isinstance(answers.get(name), Refusal) for name in files), count)
    found[".dcm"] = (_cut_slices(folder / "dicom", np.random.default_rng([seed, 9]), count), count)
    return found


def _cut_slices(folder: Path, rng: np.random.Generator, count: int) -> int:
    """Series of which one slice is cut; how many were refused."""
    one = upright(sample(rng))
    one = Sample(one.voxels[:4], one.spacing, one.origin, one.direction)
    whole = write_series(folder / "whole", one)
    content = whole[1].read_bytes()
    folders = {}
    for length in rng.choice(len(content), count, replace=False).tolist():
        place = folder / f"cut{length}"
        place.mkdir()
        for path in whole:
            (place / path.name).write_bytes(content[:length] if path == whole[1] else path.read_bytes())
        folders[str(length)] = place
    answers = read_images(folders, [folder], PATIENT)
    t2 = [answers.get(f"{name}/T2", answers.get(name)) for name in folders]
    return sum(isinstance(answer, Refusal) for answer in t2)
