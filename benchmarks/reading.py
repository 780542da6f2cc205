"""Reading of damaged images, series and masks: each must be refused, flagged or harmless."""

import hashlib
import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import numpy as np
import SimpleITK as sitk

from backend.errors import Refusal
from backend.ingest.checks.checksums import read_sums
from backend.ingest.cohort import ingest
from backend.ingest.sandbox.read_images import Answer, CheckedImage, Limits, read_images
from backend.ingest.study import Rejected
from benchmarks.bad_headers import HEADERS
from benchmarks.bad_images import FILES, ONLY_WITH_SUMS
from benchmarks.bad_masks import MASKS
from benchmarks.bad_series import SERIES
from benchmarks.images import KINDS, WRITERS, Sample, sample, upright, write_itk, write_series

PATIENT = Limits(cpu_s=900, wall_s=900)  # many files share one reader here
CLOSE = 1e-6


@dataclass
class Tally:
    """Counts of outcomes over many inputs."""

    tried: int = 0
    refused: int = 0
    harmless: int = 0
    flagged: int = 0
    wrong: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    sentences: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, answer: Answer | None, truth: Sample, flag: bool = False) -> None:
        """Count one result, compared with the undamaged volume."""
        self.tried += 1
        if isinstance(answer, Refusal):
            self.refused += 1
            self.sentences[name.split(": ")[0]] += 1
        elif isinstance(answer, CheckedImage) and same(answer.image, truth):
            self.harmless += 1
        elif isinstance(answer, CheckedImage) and flag and answer.integrity == "unverifiable":
            self.flagged += 1
        else:
            self.wrong.append(name)


def same(image: sitk.Image, truth: Sample) -> bool:
    """Whether an image holds the voxels of `truth` where it holds them, to 1e-6."""
    got = sitk.GetArrayFromImage(image).astype(np.float64)
    place = (image.GetSpacing(), image.GetOrigin(), image.GetDirection())
    wanted = (truth.spacing, truth.origin, truth.direction)
    near = [np.allclose(a, b, atol=2e-3) for a, b in zip(place, wanted, strict=True)]
    return got.shape == truth.voxels.shape and np.allclose(got, truth.voxels, rtol=CLOSE, atol=0) and all(near)


def bad_images(folder: Path, seed: int, rounds: int = 1) -> Tally:
    """Every damage in every format it exists in, every damaged series and mask."""
    tally = Tally()
    for round_ in range(rounds):
        rng = np.random.default_rng([seed, round_])
        _bad_files(folder / f"files{round_}", rng, tally)
        _bad_series(folder / f"series{round_}", rng, tally)
        _bad_masks(folder / f"masks{round_}", rng, tally)
    return tally


def _bad_files(folder: Path, rng: np.random.Generator, tally: Tally) -> None:
    files: dict[str, Path] = {}
    truths: dict[str, Sample] = {}
    for form, (ending, write) in WRITERS.items():
        for damage, spoil in (FILES | HEADERS).items():
            name = f"{damage}: {form}"
            place = folder / f"{len(files)}"
            shutil.rmtree(place, ignore_errors=True)  # of a damage that did not exist in the format before
            place.mkdir(parents=True)
            path = place / f"image{ending}"
            one = sample(rng, str(rng.choice(KINDS)))
            write(path, one)
            if spoil(path, one, rng):
                files[name], truths[name] = path, one
    start = perf_counter()
    answers = read_images(files, [folder], PATIENT)
    tally.slowest_s = max(tally.slowest_s, (perf_counter() - start) / max(len(files), 1))
    for name, truth in truths.items():
        tally.add(name, answers.get(name), truth)


def _bad_series(folder: Path, rng: np.random.Generator, tally: Tally) -> None:
    folders: dict[str, Path] = {}
    truths: dict[str, Sample] = {}
    for damage, spoil in SERIES.items():
        one = upright(sample(rng))
        name = f"{damage}: DICOM"
        folders[name], truths[name] = folder / str(len(folders)), one
        spoil(write_series(folders[name], one), one, rng)
    answers = read_images(folders, [folder], PATIENT)
    for name, truth in truths.items():
        tally.add(name, answers.get(f"{name}/T2", answers.get(name)), truth)


def _bad_masks(folder: Path, rng: np.random.Generator, tally: Tally) -> None:
    """Studies that are sound but for their gland mask; an accepted one must be flagged by a warning about it."""
    for damage, spoil in MASKS.items():
        place = folder / damage.replace(" ", "-")
        place.mkdir(parents=True)
        voxels = rng.integers(1, 900, (8, 16, 16)).astype("i2")
        one = Sample(voxels, (1.0, 1.0, 3.0), (0.0, 0.0, 0.0), tuple(np.eye(3).ravel().tolist()))
        for kind in ("t2w", "hbv", "adc"):
            write_itk(place / f"1_1_{kind}.mha", one, True)
        mask = np.zeros(one.voxels.shape, np.uint8)
        mask[2:6, 4:12, 4:12] = 1
        write_itk(place / "1_1_gland.nii.gz", Sample(mask, one.spacing, one.origin, one.direction))
        write_itk(place / "1_1_lesion.nii.gz", Sample(mask, one.spacing, one.origin, one.direction))
        spoil(place / "1_1_gland.nii.gz")
        (answer,) = ingest(place, spacing=(1.0, 1.0, 3.0))
        tally.tried += 1
        if isinstance(answer, Rejected):
            tally.refused += 1
        elif any(words in warning for warning in answer.warnings for words in ("mask lies on another", "not finite")):
            tally.flagged += 1
        else:
            tally.wrong.append(f"{damage}: mask")


def uncompressed(folder: Path, seed: int, with_sums: bool) -> Tally:
    """Damage that leaves an uncompressed file well-formed: flagged without the sender's sums, refused with them."""
    tally, rng = Tally(), np.random.default_rng(seed)
    files: dict[str, Path] = {}
    truths: dict[str, Sample] = {}
    lines = []
    for form, (ending, write) in WRITERS.items():
        for damage, spoil in ONLY_WITH_SUMS.items():
            place = folder / str(len(files))
            place.mkdir(parents=True)
            path, one = place / f"image{ending}", sample(rng)
            write(path, one)
            sums = [f"{_sha256(each)}  {each.relative_to(folder)}" for each in place.iterdir()]
            if spoil(path, one, rng):
                files[f"{damage}: {form}"], truths[f"{damage}: {form}"] = path, one
                lines += sums
            else:
                shutil.rmtree(place)
    (folder / "SHA256SUMS").write_text("\n".join(lines) + "\n")
    answers = read_images(files, [folder], PATIENT, read_sums(folder / "SHA256SUMS") if with_sums else None)
    for name, truth in truths.items():
        tally.add(name, answers.get(name), truth, flag=True)
    return tally


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
