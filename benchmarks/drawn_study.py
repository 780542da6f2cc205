"""Reading of masks in DICOM: sound ones equal their phantom, damaged ones are refused or flagged."""

import struct
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from pydicom.dataset import Dataset

from backend.errors import Refusal
from backend.ingest.checks.finding_codes import CODES
from backend.ingest.sandbox.read_images import Answer, CheckedImage, StudyFacts, read_images
from backend.ingest.sandbox.sandbox_client import Reader
from benchmarks.bad_contours import BAD_RT, GOOD_RT, UNSEEN_RT
from benchmarks.bad_images import Rng
from benchmarks.bad_segmentations import BAD_SEG, FRACTIONS, GOOD_SEG, UNSEEN_SEG, Edit
from benchmarks.drawn_objects import Phantom, phantom, segmentation, structure_set
from benchmarks.reading import PATIENT

SEGMENTS, REGIONS = ["PZ", "TZ", "Lesion"], ["Prostate", "Lesion"]
STORED = {"PZ": 1, "TZ": 2}
COORDINATES = b"\x06\x30\x50\x00DS"
CUTS = 12
"""Bytes of the header overwritten, and cuts of the file, for each object."""


@dataclass
class Drawn:
    """Counts of outcomes; `wrong` was taken without a word, `unread` was sound and not equal."""

    sound: int = 0
    tried: int = 0
    refused: int = 0
    flagged: int = 0
    harmless: int = 0
    unseen: int = 0
    unseen_equal: int = 0
    wrong: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Bench:
    one: Phantom
    reader: Reader
    found: Drawn

    def answers(self, made: Dataset) -> dict[str, Answer]:
        path = self.one.folder / "object.dcm"
        made.save_as(path, enforce_file_format=True)
        return self.read()

    def read(self) -> dict[str, Answer]:
        return read_images({"study": self.one.folder}, [self.one.folder], PATIENT, None, self.reader)

    def expected(self, names: list[str]) -> dict[str, np.ndarray]:
        masks = {name: self.one.mask(name) for name in names}
        if "PZ" not in names:
            return {"gland": masks["Prostate"], "lesion": masks["Lesion"]}
        zones = sum(masks[name].astype(np.uint8) * code for name, code in STORED.items())
        return {"zones": np.asarray(zones), "gland": masks["PZ"] | masks["TZ"], "lesion": masks["Lesion"]}

    def add(self, name: str, answers: dict[str, Answer], names: list[str]) -> None:
        self.found.tried += 1
        images = {key: answer for key, answer in answers.items() if key.startswith("drawn ")}
        if isinstance(answers["study"], Refusal) or any(isinstance(answer, Refusal) for answer in images.values()):
            self.found.refused += 1
        elif self.equal(answers, names):
            self.found.harmless += 1
        elif _warned(answers) or any(not self.on_t2(answer) for answer in images.values()):
            self.found.flagged += 1
        else:
            self.found.wrong.append(name)

    def equal(self, answers: dict[str, Answer], names: list[str]) -> bool:
        """Whether every region is there, on the T2's voxels, as it was drawn."""
        for roi, mask in self.expected(names).items():
            answer = answers.get(f"drawn {roi}")
            if not (isinstance(answer, CheckedImage) and self.on_t2(answer)):
                return False
            if not np.array_equal(sitk.GetArrayViewFromImage(answer.image), mask):
                return False
        return True

    def on_t2(self, answer: Answer) -> bool:
        """On another grid a mask is compared by position, and every such study gets a warning."""
        truth = self.one.truth
        if not isinstance(answer, CheckedImage):
            return False
        place = answer.image.GetOrigin(), answer.image.GetSpacing()
        wanted = truth.origin, truth.spacing
        size = answer.image.GetSize()[::-1] == truth.voxels.shape
        return size and all(np.allclose(a, b, atol=1e-3) for a, b in zip(place, wanted, strict=True))


def _warned(answers: dict[str, Answer]) -> bool:
    """Whether a warning says that a mask may not be what it seems."""
    study = answers["study"]
    notes = set(study.notes) if isinstance(study, StudyFacts) else set()
    for answer in answers.values():
        notes |= set(answer.notes) if isinstance(answer, CheckedImage) else set()
    return any(CODES[code].level == "warning" for code in notes)


def drawn_masks(folder: Path, seed: int, rounds: int = 1) -> Drawn:
    """Every sound and damaged kind of segmentation and structure set."""
    found, rng = Drawn(), np.random.default_rng([seed, 16])
    with Reader() as reader:
        for round_ in range(rounds):
            bench = _Bench(phantom(folder / str(round_), rng), reader, found)
            _sound(bench, rng)
            _damaged(bench, rng)
            _unseen(bench, rng)
    return found


def _sound(bench: _Bench, rng: Rng) -> None:
    made: dict[str, tuple[Dataset, list[str]]] = {}
    for name, edit in GOOD_SEG.items():
        made[f"SEG {name}"] = _edited(segmentation(bench.one, SEGMENTS), edit, bench, rng), SEGMENTS
    for kind in ("BINARY", "FRACTIONAL"):
        made[f"SEG {kind}, empty frames kept"] = (
            segmentation(bench.one, REGIONS, kind, empty=True),
            REGIONS,
        )
    for name, edit in GOOD_RT.items():
        made[f"RTSTRUCT {name}"] = _edited(structure_set(bench.one, REGIONS), edit, bench, rng), REGIONS
    for name, (each, names) in made.items():
        answers = bench.answers(each)
        bench.found.sound += 1
        if not bench.equal(answers, names):
            bench.found.unread.append(name)


def _damaged(bench: _Bench, rng: Rng) -> None:
    for name, edit in BAD_SEG.items():
        made = _edited(segmentation(bench.one, SEGMENTS), edit, bench, rng)
        bench.add(f"SEG: {name}", bench.answers(made), SEGMENTS)
    made = _edited(segmentation(bench.one, REGIONS, "FRACTIONAL"), FRACTIONS, bench, rng)
    bench.add("SEG: fractions", bench.answers(made), REGIONS)
    for name, edit in BAD_RT.items():
        made = _edited(structure_set(bench.one, REGIONS), edit, bench, rng)
        bench.add(f"RTSTRUCT: {name}", bench.answers(made), REGIONS)
    for what, made, names in (
        ("SEG", segmentation(bench.one, SEGMENTS), SEGMENTS),
        ("RTSTRUCT", structure_set(bench.one, REGIONS), REGIONS),
    ):
        bench.answers(made)
        path = bench.one.folder / "object.dcm"
        whole = path.read_bytes()
        header = _header_bytes(whole, made)
        for n in range(CUTS):
            path.write_bytes(whole[: int(rng.integers(140, len(whole)))])
            bench.add(f"{what}: cut {n}", bench.read(), names)
            changed = bytearray(whole)
            changed[int(rng.choice(header))] = int(rng.integers(256))
            path.write_bytes(changed)
            bench.add(f"{what}: a byte of its header {n}", bench.read(), names)
        path.unlink()


def _header_bytes(whole: bytes, made: Dataset) -> np.ndarray:
    """The bytes behind the mark that are neither pixels nor coordinates of contours: nothing else tells of those."""
    is_header = np.ones(len(whole), np.bool_)
    is_header[:132] = False
    at = whole.find(made.PixelData) if "PixelData" in made else len(whole)
    is_header[at:] = False
    at = whole.find(COORDINATES)
    while at >= 0:
        (length,) = struct.unpack_from("<H", whole, at + len(COORDINATES))
        is_header[at + len(COORDINATES) + 2 :][:length] = False
        at = whole.find(COORDINATES, at + 1)
    return np.flatnonzero(is_header)


def _unseen(bench: _Bench, rng: Rng) -> None:
    """What no program can see must at least be marked as not verifiable."""
    made = [
        (f"SEG: {name}", _edited(segmentation(bench.one, SEGMENTS), edit, bench, rng), SEGMENTS)
        for name, edit in UNSEEN_SEG.items()
    ]
    made += [
        (f"RTSTRUCT: {name}", _edited(structure_set(bench.one, REGIONS), edit, bench, rng), REGIONS)
        for name, edit in UNSEEN_RT.items()
    ]
    for name, each, names in made:
        answers = bench.answers(each)
        bench.found.unseen += 1
        drawn = [answer for key, answer in answers.items() if key.startswith("drawn ")]
        if bench.equal(answers, names) or any(isinstance(answer, Refusal) for answer in drawn):
            bench.found.unseen_equal += 1
        elif not all(isinstance(answer, CheckedImage) and answer.integrity == "unverifiable" for answer in drawn):
            bench.found.wrong.append(f"{name}: not marked")


def _edited(made: Dataset, edit: Edit, bench: _Bench, rng: Rng) -> Dataset:
    edit(made, bench.one, rng)
    return made
