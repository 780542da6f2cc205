"""Reading of packed series: sound ones equal, damaged ones refused, other codecs refused by name."""

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from backend.errors import Refusal
from backend.ingest.checks.checksums import read_sums
from backend.ingest.sandbox.read_images import Answer, CheckedImage, read_images
from backend.ingest.sandbox.sandbox_client import Reader
from benchmarks.bad_packing import BIT, DAMAGES, NAMED, PACKINGS, rename_codec, write_stream
from benchmarks.images import Sample, edit, sample, upright, write_series
from benchmarks.reading import PATIENT, same

KINDS: dict[str, dict[str, int]] = {
    "unsigned, 16 bits": {},
    "unsigned, 12 bits": {"BitsStored": 12, "HighBit": 11},
    "signed, 16 bits": {"PixelRepresentation": 1},
}


@dataclass
class Packed:
    """Counts of outcomes; `wrong` names what was silently wrong, `unread` the sound series that were not equal."""

    sound: int = 0
    tried: int = 0
    refused: int = 0
    harmless: int = 0
    named: int = 0
    bits: int = 0
    bits_seen: int = 0
    bits_with_sums: int = 0
    wrong: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def packed_series(folder: Path, seed: int, rounds: int = 1) -> Packed:
    """Every codec with every kind of value, damage of each stream, and codecs that are not read."""
    found, rng = Packed(), np.random.default_rng([seed, 15])
    with Reader() as reader:
        for round_ in range(rounds):
            _sound(folder / f"sound{round_}", rng, reader, found)
            _damaged(folder / f"damaged{round_}", rng, reader, found)
            _bits(folder / f"bits{round_}", rng, reader, found)
        _other_codecs(folder / "others", rng, reader, found)
    return found


def _series(folder: Path, rng: np.random.Generator, packing: str, kind: str = "unsigned, 16 bits") -> Sample:
    """A smooth series with noise, as images are, packed; its voxels (z, y, x) are the truth."""
    small = upright(sample(rng))
    large = np.tile(small.voxels, (1, 5, 5))  # JPEG 2000 halves an image five times
    one = replace(small, voxels=large + np.arange(large.shape[2], dtype=large.dtype) * 9)
    for path in write_series(folder, one):
        edit(path, **KINDS[kind])
        PACKINGS[packing](path)
    return one


def _answer(folder: Path, reader: Reader, sums: dict[str, str] | None = None) -> Answer | None:
    answers = read_images({"study": folder}, [folder], PATIENT, sums, reader)
    return answers.get("T2", answers.get("study"))


def _sound(folder: Path, rng: np.random.Generator, reader: Reader, found: Packed) -> None:
    for packing in PACKINGS:
        for kind in KINDS:
            place = folder / packing.replace(" ", "-") / kind.replace(" ", "-")
            truth = _series(place, rng, packing, kind)
            answer = _answer(place, reader)
            found.sound += 1
            if not (isinstance(answer, CheckedImage) and same(answer.image, truth)):
                found.unread.append(f"{packing}, {kind}")


def _damaged(folder: Path, rng: np.random.Generator, reader: Reader, found: Packed) -> None:
    for packing in PACKINGS:
        for damage, change in DAMAGES.items():
            place = folder / packing.replace(" ", "-") / damage.replace(" ", "-")
            truth = _series(place, rng, packing)
            write_stream(sorted(place.iterdir())[1], change, rng)
            answer = _answer(place, reader)
            found.tried += 1
            if isinstance(answer, Refusal):
                found.refused += 1
            elif isinstance(answer, CheckedImage) and same(answer.image, truth):
                found.harmless += 1
            else:
                found.wrong.append(f"{packing}: {damage}")


def _bits(folder: Path, rng: np.random.Generator, reader: Reader, found: Packed) -> None:
    """One flipped bit of a stream: most give other values, which only the sender's sums can tell."""
    for packing in PACKINGS:
        place = folder / packing.replace(" ", "-")
        truth = _series(place, rng, packing)
        files = sorted(place.iterdir())
        lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}" for path in files]
        listed = place / "SHA256SUMS"
        listed.write_text("\n".join(lines) + "\n")
        write_stream(files[1], BIT, rng)
        answer = _answer(place, reader)
        found.bits += 1
        if isinstance(answer, Refusal) or (isinstance(answer, CheckedImage) and same(answer.image, truth)):
            found.bits_seen += 1
        elif not (isinstance(answer, CheckedImage) and answer.integrity == "unverifiable"):
            found.wrong.append(f"{packing}: a bit")
        found.bits_with_sums += isinstance(_answer(place, reader, dict(read_sums(listed))), Refusal)


def _other_codecs(folder: Path, rng: np.random.Generator, reader: Reader, found: Packed) -> None:
    for name, (syntax, words) in NAMED.items():
        place = folder / name.replace(" ", "-")
        for path in write_series(place, upright(sample(rng))):
            rename_codec(path, syntax)
        answer = _answer(place, reader)
        if isinstance(answer, Refusal) and words in answer.sentence:
            found.named += 1
        else:
            found.wrong.append(f"{name}: not refused by its name")
