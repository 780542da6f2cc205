"""Undamaged files of every format: accepted, with the voxels of an independent reader."""

from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import numpy.typing as npt
import pydicom
import SimpleITK as sitk

from backend.ingest.sandbox.read_images import Answer, CheckedImage, read_images
from benchmarks.images import KINDS, ODD_NAMES, WRITERS, Sample, sample, upright, write_series
from benchmarks.reading import PATIENT, same


def good_files(folder: Path, seed: int) -> tuple[int, int, list[str]]:
    """(accepted and equal to an independent reader, tried, the others)."""
    rng = np.random.default_rng(seed)
    files: dict[str, Path] = {}
    readers: dict[str, npt.NDArray[np.float64]] = {}
    truths: dict[str, Sample] = {}
    for n, (form, (ending, write)) in enumerate(WRITERS.items()):
        for k, kind in enumerate(KINDS):
            place = folder / f"{n}-{k}"
            place.mkdir(parents=True)
            path, one = place / f"{ODD_NAMES[(n + k) % len(ODD_NAMES)]}{ending}", sample(rng, kind)
            write(path, one)
            name = f"{form} {kind}"
            files[name], truths[name], readers[name] = path, one, independent(path)
    answers: dict[str, Answer] = read_images(files, [folder], PATIENT)
    studies = {f"DICOM {n}": folder / f"dicom{n}" for n in range(6)}
    for name, place in studies.items():
        truths[name] = upright(sample(rng))
        paths = write_series(place, truths[name])
        readers[name] = np.stack([pydicom.dcmread(path).pixel_array for path in paths]).astype(np.float64)
    answers |= _t2(read_images(studies, [folder], PATIENT))
    failed = []
    for name, truth in truths.items():
        answer = answers.get(name)
        good = isinstance(answer, CheckedImage) and same(answer.image, truth)
        good = good and np.array_equal(sitk.GetArrayFromImage(answer.image).astype(np.float64), readers[name])  # type: ignore[union-attr]  # an image if good
        if not good:
            failed.append(name)
    return len(truths) - len(failed), len(truths), failed


def _t2(answers: dict[str, Answer]) -> dict[str, Answer]:
    return {name.removesuffix("/T2"): answer for name, answer in answers.items() if name.endswith("/T2")}


def independent(path: Path) -> npt.NDArray[np.float64]:
    """Voxels (z, y, x) as nibabel (NIfTI) or SimpleITK (the others) has them."""
    if path.name.endswith((".nii", ".nii.gz", ".hdr", ".img")):
        loaded: Any = nibabel.load(path)  # typed as any file, also those without voxels
        return np.asarray(loaded.dataobj, dtype=np.float64).T
    return np.asarray(sitk.GetArrayFromImage(sitk.ReadImage(str(path))), dtype=np.float64)
