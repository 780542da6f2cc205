"""The rows of the safety bar about reading: bad images, cuts, good files and bombs."""

import gzip
import hashlib
import resource
import shutil
import struct
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

import nibabel
import numpy as np
import numpy.typing as npt
import pydicom
import SimpleITK as sitk

from backend.errors import Refusal
from backend.ingest.checksums import read_sums
from backend.ingest.cohort import ingest
from backend.ingest.guard import Answer, GuardedImage, Limits, read_images
from backend.ingest.study import Rejected
from benchmarks.bad_images import FILES, ONLY_WITH_SUMS
from benchmarks.bad_masks import MASKS
from benchmarks.bad_series import SERIES
from benchmarks.images import KINDS, ODD_NAMES, WRITERS, Sample, sample, upright, write_itk, write_series

PATIENT = Limits(cpu_s=900, wall_s=900)  # many files share one reader here
CLOSE = 1e-6


@dataclass
class Tally:
    """What became of many inputs."""

    tried: int = 0
    refused: int = 0
    harmless: int = 0
    flagged: int = 0
    wrong: list[str] = field(default_factory=list)
    slowest_s: float = 0.0
    sentences: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, answer: Answer | None, truth: Sample, flag: bool = False) -> None:
        """Counts one answer against the undamaged volume."""
        self.tried += 1
        if isinstance(answer, Refusal):
            self.refused += 1
            self.sentences[name.split(": ")[0]] += 1
        elif isinstance(answer, GuardedImage) and same(answer.image, truth):
            self.harmless += 1
        elif isinstance(answer, GuardedImage) and flag and answer.integrity == "unverifiable":
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
        for damage, spoil in FILES.items():
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
        elif any("gland mask lies on another grid" in warning for warning in answer.warnings):
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


CUT_FORMATS = {"NIfTI-1": ".nii", "NIfTI-1 gz": ".nii.gz", "MHA": ".mha", "NRRD": ".nrrd"}


def cuts(folder: Path, seed: int, count: int = 200) -> dict[str, tuple[int, int]]:
    """Format -> (cuts refused, cuts made), at random places of one file of each."""
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
        good = isinstance(answer, GuardedImage) and same(answer.image, truth)
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


def bombs(folder: Path) -> Iterator[tuple[str, Path]]:
    """Files that ask for far more than they are; 22 of them."""
    folder.mkdir(parents=True)
    nifti = bytearray(352)
    struct.pack_into("<i", nifti, 0, 348)
    struct.pack_into("<8h", nifti, 40, 3, 30_000, 30_000, 30_000, 1, 1, 1, 1)
    struct.pack_into("<2h", nifti, 70, 4, 16)
    struct.pack_into("<8f", nifti, 76, 1, 1, 1, 1, 1, 1, 1, 1)
    struct.pack_into("<f", nifti, 108, 352.0)
    nifti[344:348] = b"n+1\0"
    fits = bytearray(nifti)
    struct.pack_into("<8h", fits, 40, 3, 512, 512, 900, 1, 1, 1, 1)
    mha = (
        "ObjectType = Image\nNDims = 3\nDimSize = {0}\nElementSpacing = 1 1 1\nElementType = MET_{1}\n{2}"
        "ElementDataFile = LOCAL\n"
    )
    nrrd = (
        "NRRD0004\ntype: {1}\ndimension: 3\nspace: LPS\nsizes: {0}\nspace directions: (1,0,0) (0,1,0) (0,0,1)\n"
        "space origin: (0,0,0)\nendian: little\nencoding: {2}\n\n"
    )
    zeros = {size: gzip.compress(bytes(size << 20), 1) for size in (90, 480, 1200)}
    deflated = zlib.compress(bytes(480 << 20), 1)
    made: dict[str, bytes] = {
        "declared.nii": bytes(nifti),
        "declared-packed.nii.gz": gzip.compress(bytes(nifti)),
        "zeros-90.nii.gz": gzip.compress(bytes(fits), 1) + zeros[90],
        "zeros-480.nii.gz": gzip.compress(bytes(fits), 1) + zeros[480],
        "zeros-1200.nii.gz": gzip.compress(bytes(fits), 1) + zeros[1200],
        "many-members.nii.gz": gzip.compress(bytes(fits), 1) + gzip.compress(bytes(1 << 20), 9) * 3000,
        "declared.mha": mha.format("30000 30000 3000", "SHORT", "").encode(),
        "declared-double.mha": mha.format("2000 2000 2000", "DOUBLE", "").encode(),
        "overflow.mha": mha.format("999999999 999999999 999999999", "SHORT", "").encode(),
        "zeros.mha": mha.format("512 512 900", "SHORT", "CompressedData = True\n").encode() + deflated,
        "endless-header.mha": b"Comment = " + b"x" * (64 << 20),
        "many-lines.mha": b"".join(b"Key%d = 1\n" % n for n in range(400_000)),
        "declared.nrrd": nrrd.format("30000 30000 3000", "short", "raw").encode(),
        "declared-gzip.nrrd": nrrd.format("2000 2000 900", "double", "gzip").encode() + zeros[90],
        "zeros.nrrd": nrrd.format("512 512 900", "short", "gzip").encode() + zeros[480],
        "overflow.nrrd": nrrd.format("999999999 999999999 999999999", "short", "raw").encode(),
        "endless-header.nrrd": b"NRRD0004\n# " + b"x" * (64 << 20),
        "bzip2.nrrd": nrrd.format("512 512 900", "short", "bzip2").encode(),
        "text.nrrd": nrrd.format("512 512 900", "short", "ascii").encode() + b"1 " * 1000,
        "nested.nii.gz": gzip.compress(zeros[480]),
    }
    for name, content in made.items():
        (folder / name).write_bytes(content)
        yield name, folder / name
    for name, size in (("sparse-20GB.nii", 20 << 30), ("sparse-20GB.mha", 20 << 30)):
        with (folder / name).open("wb") as file:
            file.write(bytes(nifti) if name.endswith("nii") else made["declared.mha"])
            file.truncate(size)
        yield name, folder / name


def peak_mb() -> float:
    """The most memory this process itself ever held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def burst(folder: Path) -> tuple[int, int, float, float, float]:
    """(bombs refused, tried, slowest answer in s, the most CPU of one in s, growth of this process in MB)."""
    refused = tried = 0
    slowest = most_cpu = 0.0
    ready = list(bombs(folder))
    before = peak_mb()
    for _, path in ready:
        start, cpu = perf_counter(), _cpu_s()
        answer = read_images({"image": path}, [folder])["image"]
        most_cpu = max(most_cpu, _cpu_s() - cpu)
        slowest = max(slowest, perf_counter() - start)
        refused += isinstance(answer, Refusal)
        tried += 1
    return refused, tried, slowest, most_cpu, peak_mb() - before


def _cpu_s() -> float:
    """CPU seconds of all children of this process so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
