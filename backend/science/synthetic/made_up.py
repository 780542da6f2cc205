"""One synthetic study of an organ that nobody described: an ellipsoid with a region in it for each mask.

What a protocol of the user's names is drawn: each modality has a contrast of its own for the organ and each region,
by the hash of the names. The regions' size, contrast and grain grow with one trait of the patient, on which the
targets depend.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from backend.science.synthetic.anatomy import Size, Triple
from backend.science.synthetic.solids import Space, acquired, blend, inside
from backend.science.types import Float32Array, MaskArray

MOST_VOXELS = 128
ORGAN = (0.66, 0.60, 0.72)
"""Half axes of the organ, of those of the field."""


@dataclass(frozen=True)
class Part:
    """A mask to draw: codes of a label map (none: all above 0), and the clinical column of its volume."""

    name: str
    codes: tuple[int, ...] = ()
    volume_column: str | None = None


@dataclass(frozen=True)
class Organ:
    """What is drawn of each patient: modality -> lowest and highest value, the masks, and the usual grid."""

    values: Mapping[str, tuple[float, float]]
    parts: Sequence[Part]
    spacing: Triple
    size: Size


@dataclass(frozen=True)
class Study:
    """Images (z, y, x) by modality and masks by region; codes where the region has some."""

    images: dict[str, Float32Array]
    masks: dict[str, MaskArray]


def grid_of(spacing: Triple, size: Size) -> tuple[Triple, Size]:
    """A grid twice as coarse that covers the same field, of at most 128 voxels a side and 8 at least."""
    steps = [max(2, -(-n // MOST_VOXELS)) for n in size]
    whole = [max(8, n // step) for n, step in zip(size, steps, strict=True)]
    apart = [n * mm / count for n, mm, count in zip(size, spacing, whole, strict=True)]
    return (apart[0], apart[1], apart[2]), (whole[0], whole[1], whole[2])


def draw_study(space: Space, organ: Organ, trait: float, own: np.random.Generator) -> Study:
    """Draw the images and masks of one patient whose trait lies about 0, with standard deviation 1."""
    body = inside(space.ellipsoid((0.0, 0.0, 0.0), _scaled(space.half, (0.92, 0.92, 1.6))), 0.04)
    unit = min(space.half) / 48.0  # everything grows with the field
    bend = space.grain(10.0 * unit, own)
    level = space.ellipsoid((0.0, 0.0, 0.0), _scaled(space.half, ORGAN))
    whole = inside(np.asarray(level + 0.05 * bend, np.float32), 0.05)
    texture, coarse = space.grain(2.5 * unit, own), space.grain(6.0 * unit, own)
    levels = {part.name: _level(space, number, part, trait, own) for number, part in enumerate(organ.parts)}
    painted = sorted(organ.parts, key=lambda part: not part.codes)  # label maps lie under single regions
    shares = {part.name: inside(levels[part.name], 0.10) for part in painted}
    images = {}
    for modality, (low, high) in organ.values.items():
        image = np.full(space.shape, 0.04, np.float32)
        image = blend(image, 0.22 + 0.03 * coarse, body)
        organ_value = 0.4 + 0.35 * _share(modality, "organ")
        image = blend(image, organ_value + 0.03 * texture, whole)
        for name, share in shares.items():
            own_grain = (0.03 + 0.02 * np.tanh(trait)) * coarse + 0.02 * texture
            value = organ_value + _contrast(modality, name) + 0.08 * np.float32(np.tanh(trait))
            image = blend(image, value + own_grain, share)
        image = acquired(image, space.grid, 0.6 * min(space.grid.spacing)) + 0.012 * own.standard_normal(
            space.shape, np.float32
        )
        images[modality] = np.asarray(np.rint(low + (high - low) * np.clip(image, 0.0, 1.2)), np.float32)
    return Study(images, {part.name: _mask(space, part, levels[part.name]) for part in organ.parts})


def _scaled(half: Triple, factors: Triple) -> Triple:
    x, y, z = (each * factor for each, factor in zip(half, factors, strict=True))
    return x, y, z


def _level(space: Space, number: int, part: Part, trait: float, rng: np.random.Generator) -> Float32Array:
    """Level of a region; each has a direction of its own from the middle of the organ."""
    turn = 2.399963 * number  # the golden angle: neighbours in the list lie apart
    reach = 0.0 if part.codes else 0.30
    towards = (np.cos(turn) * reach, np.sin(turn) * reach, 0.10 * np.sin(3.0 * turn))
    moved = [float(rng.normal(0.0, 0.03)) for _ in range(3)]
    centre = [half * (at + step) for half, at, step in zip(space.half, towards, moved, strict=True)]
    size = (0.34 if part.codes else 0.19) * float(np.exp(0.16 * np.tanh(trait) + rng.normal(0.0, 0.06)))
    axes = [half * size * float(np.exp(rng.normal(0.0, 0.08))) for half in space.half]
    level = space.ellipsoid((centre[0], centre[1], centre[2]), (axes[0], axes[1], axes[2]))
    return np.asarray(level * (1.0 + 0.06 * space.grain(min(space.half) / 10.0, rng)), np.float32)


def _mask(space: Space, part: Part, level: Float32Array) -> MaskArray:
    """All above 0, or the codes in bands from right to left."""
    drawn = level < 1.0
    if not part.codes:
        return np.asarray(drawn)
    columns = np.flatnonzero(drawn.any(axis=(0, 1)))
    first, length = (int(columns[0]), len(columns)) if columns.size else (0, 1)
    band = np.clip((np.arange(space.shape[2]) - first) * len(part.codes) // length, 0, len(part.codes) - 1)
    return np.asarray(drawn * np.asarray(part.codes, np.uint8)[band], np.uint8)


def _contrast(modality: str, name: str) -> float:
    """How much brighter or darker than the organ a region is, by the hash of both names."""
    size = 0.12 + 0.18 * _share(modality, name)
    return size if _share(name, modality) < 0.5 else -size


def _share(first: str, second: str) -> float:
    """A number from 0 to 1 that belongs to two names."""
    return hashlib.sha256(f"{first}/{second}".encode()).digest()[0] / 255.0
