"""One synthetic chest CT in HU with a nodule: fat, muscle, ribs, spine, heart, vessels, airways, lungs.

Vessels are the lines where two smooth fields are both zero: they branch and cross as vessels do, and thin out towards
the pleura. A malignant nodule is larger, spiculated and uneven, often with a ground-glass halo; a benign one is smooth,
and may be calcified.
"""

from dataclasses import dataclass

import numpy as np

from backend.science.synthetic.anatomy import Triple
from backend.science.synthetic.solids import Space, acquired, blend, inside, largest_part
from backend.science.types import Float32Array, MaskArray

SPACING, SIZE = (2.0, 2.0, 2.5), (160, 120, 48)
AIR, LUNG, FAT, MUSCLE, BLOOD, BONE = -1000.0, -860.0, -100.0, 50.0, 140.0, 420.0
BODY = (146.0, 108.0)
"""Half axes of the skin, x and y."""
LUNGS = (50.0, 76.0)
AT = 70.0
"""Distance of a lung's middle from the midline."""
WHOLE_CHEST_MM = 260.0
"""A field that is narrower is laid around the lung of the nodule."""


@dataclass(frozen=True)
class Nodule:
    """A nodule's traits; `spiculation`, `uneven`, `halo` and `calcium` go from 0 to 1."""

    malignant: bool
    radius: float
    spiculation: float
    uneven: float
    halo: float
    calcium: float
    side: float


@dataclass(frozen=True)
class Chest:
    """The image (z, y, x) in HU, and masks of the nodule and of the lungs."""

    image: Float32Array
    nodule: MaskArray
    lung: MaskArray


def draw_nodule(malignant: bool, rng: np.random.Generator) -> Nodule:
    """Traits of a nodule."""
    worse = float(malignant)
    calcified = not malignant and rng.random() < 0.4
    return Nodule(
        malignant=malignant,
        radius=float(np.clip(rng.normal(7.0 + 4.0 * worse, 2.2), 4.0, 16.0)),
        spiculation=float(np.clip(rng.normal(0.12 + 0.55 * worse, 0.15), 0.0, 1.0)),
        uneven=float(np.clip(rng.normal(0.15 + 0.45 * worse, 0.12), 0.0, 1.0)),
        halo=float(np.clip(rng.normal(0.05 + 0.45 * worse, 0.15), 0.0, 1.0)),
        calcium=float(rng.uniform(0.4, 1.0)) if calcified else 0.0,
        side=float(rng.choice((-1.0, 1.0))),
    )


def middle_of(nodule: Nodule, width_mm: float) -> Triple:
    """The point of the body on which a field is centred."""
    return (0.0, 0.0, 0.0) if width_mm >= WHOLE_CHEST_MM else (nodule.side * AT, 0.0, 0.0)


def draw_chest(space: Space, nodule: Nodule, own: np.random.Generator) -> Chest:
    """Draw the image of one patient."""
    bend = space.grain(14.0, own)
    image = _wall(space, bend)
    lungs = _lungs(space, bend)
    texture = space.grain(3.0, own)
    sagging = 45.0 * space.y / LUNGS[1]  # the back of a lying patient is denser
    image = blend(image, np.asarray(LUNG + sagging + 22.0 * texture, np.float32), lungs)
    image = _vessels(space, image, lungs, own)
    image = _airways(space, image)
    level, spikes = _nodule_level(space, nodule, own)
    image, body = _with_nodule(image, nodule, level, spikes, texture, lungs)
    image = acquired(image, space.grid, 1.0)
    noise = acquired(own.standard_normal(space.shape, np.float32), space.grid, 0.8)
    image += np.float32(own.uniform(14.0, 26.0)) * noise / max(float(noise.std()), 1e-6)
    image = np.clip(np.rint(image), -1024.0, 3000.0)
    drawn = largest_part(body > 0.5)
    return Chest(np.asarray(image, np.float32), drawn, np.asarray((lungs > 0.5) | drawn))


def _wall(space: Space, bend: Float32Array) -> Float32Array:
    """Everything but the lungs: skin, fat, muscle, ribs, spine, heart and great vessels."""
    image = np.full(space.shape, AIR, np.float32)
    skin = _rounded(space, BODY) + np.float32(0.015) * bend
    image = blend(image, FAT, inside(skin, 0.02))
    image = blend(image, MUSCLE, inside(np.asarray(skin / 0.90, np.float32), 0.03))
    shell = np.exp(-(((skin - 0.845) / 0.028) ** 2))
    angle = np.arctan2(space.y, np.abs(space.x) + 1e-3)
    rib = np.clip(1.4 * np.cos(2.0 * np.pi * (space.z + 26.0 * angle) / 27.0) - 0.1, 0.0, 1.0)
    image = blend(image, BONE, np.asarray(shell * rib, np.float32))
    around = {
        (0.0, 72.0, 0.0, 19.0, 16.0): 230.0,  # vertebra
        (0.0, 92.0, 0.0, 8.0, 7.0): 25.0,  # canal
        (0.0, -88.0, 0.0, 15.0, 6.0): 260.0,  # sternum
    }
    for (x, y, _, wide, deep), value in around.items():
        image = blend(image, value, inside(_column(space, (x, y), (wide, deep)), 0.15))
    return image


def _rounded(space: Space, axes: tuple[float, float]) -> Float32Array:
    """A level whose surface is a rounded rectangle, the same in every slice."""
    level = (np.abs(space.x / axes[0]) ** 2.6 + np.abs(space.y / axes[1]) ** 2.6) ** (1 / 2.6)
    return np.asarray(np.broadcast_to(level, space.shape), np.float32)


def _column(space: Space, at: tuple[float, float], axes: tuple[float, float]) -> Float32Array:
    """A level of an upright cylinder."""
    level = np.sqrt(((space.x - at[0]) / axes[0]) ** 2 + ((space.y - at[1]) / axes[1]) ** 2)
    return np.asarray(np.broadcast_to(level, space.shape), np.float32)


def _lungs(space: Space, bend: Float32Array) -> Float32Array:
    """Share of lung: two columns, less the heart, the great vessels and the spine."""
    lungs = np.zeros(space.shape, np.float32)
    for side in (-1.0, 1.0):
        column = _column(space, (side * AT, 2.0), LUNGS) * (1.0 + 0.0012 * np.abs(space.z))
        lungs = np.maximum(lungs, inside(np.asarray(column + 0.03 * bend, np.float32), 0.03))
    heart = space.ellipsoid((20.0, -30.0, -38.0), (56.0, 46.0, 62.0))
    taken = inside(np.asarray(heart + 0.02 * bend, np.float32), 0.03)
    for at, axes in (((20.0, 52.0), (13.0, 13.0)), ((0.0, 70.0), (30.0, 24.0)), ((0.0, -8.0), (26.0, 44.0))):
        taken = np.maximum(taken, inside(_column(space, at, axes), 0.06))
    return np.asarray(lungs * (1.0 - taken), np.float32)


def _vessels(space: Space, image: Float32Array, lungs: Float32Array, rng: np.random.Generator) -> Float32Array:
    """Blood in the heart, the aorta and the vessels of the lungs."""
    image = blend(image, BLOOD, 0.75 * inside(space.ellipsoid((22.0, -28.0, -38.0), (46.0, 38.0, 54.0)), 0.12))
    for at, wide in (((20.0, 52.0), 10.5), ((-14.0, -22.0), 10.0), ((8.0, -30.0), 12.0)):
        image = blend(image, BLOOD + 20.0, inside(_column(space, at, (wide, wide)), 0.15))
    from_hilum = np.sqrt((np.abs(space.x) - 28.0) ** 2 + (space.y - 4.0) ** 2 + (0.8 * space.z) ** 2)
    thick = 0.40 * np.exp(-from_hilum / 32.0) + 0.055
    for length in (15.0, 9.0):
        first, second = space.grain(length, rng), space.grain(length, rng)
        near = np.exp(-((first**2 + second**2) / thick**2) * 0.7)
        image = blend(image, 30.0, np.asarray(near * lungs, np.float32))
    return image


def _airways(space: Space, image: Float32Array) -> Float32Array:
    """The trachea, which parts into two bronchi."""
    low = np.clip(12.0 - space.z, 0.0, 60.0)
    for side in (-1.0, 1.0):
        aside = side * 0.75 * low
        wide = 8.5 - 0.05 * low
        level = np.sqrt(((space.x - aside) / wide) ** 2 + ((space.y - 12.0 - 0.1 * low) / wide) ** 2)
        level = level + np.clip(low - 42.0, 0.0, 60.0) / 6.0
        image = blend(image, AIR + 20.0, inside(np.asarray(level, np.float32), 0.3))
    return image


def _nodule_level(space: Space, nodule: Nodule, rng: np.random.Generator) -> tuple[Float32Array, Float32Array]:
    """Level of the nodule (1 is its surface) and share of its spikes."""
    room = [max(0.0, half - nodule.radius - 6.0) for half in space.half]
    nearest = 16.0 if nodule.side > 0 else -10.0  # beside the heart, which lies in the left
    aside = min(float(rng.uniform(nearest, 24.0)), room[0])
    at = (nodule.side * (AT + aside), float(rng.uniform(-34.0, 42.0)), float(rng.uniform(-36.0, 36.0)))
    at = (at[0], float(np.clip(at[1], -room[1], room[1])), float(np.clip(at[2], -room[2], room[2])))
    axes = [nodule.radius * float(each) for each in np.exp(rng.normal(0.0, 0.10, 3))]
    level = space.ellipsoid(at, (axes[0], axes[1], axes[2]))
    level = np.asarray(level * (1.0 + (0.03 + 0.10 * nodule.uneven) * space.grain(4.0, rng)), np.float32)
    return level, _spikes(space, nodule, at, rng)


def _spikes(space: Space, nodule: Nodule, at: Triple, rng: np.random.Generator) -> Float32Array:
    """Share of the thin rays that lead from a spiculated nodule into the lung."""
    spikes = np.zeros(space.shape, np.float32)
    most = 2.6 * nodule.radius + 4.0
    near = [
        np.flatnonzero(np.abs(axis.ravel() - c) < most)
        for axis, c in zip((space.z, space.y, space.x), at[::-1], strict=True)
    ]
    box = (slice(near[0][0], near[0][-1] + 1), slice(near[1][0], near[1][-1] + 1), slice(near[2][0], near[2][-1] + 1))
    offsets = (space.x[:, :, box[2]] - at[0], space.y[:, box[1]] - at[1], space.z[box[0]] - at[2])
    length = np.sqrt(offsets[0] ** 2 + offsets[1] ** 2 + offsets[2] ** 2) + 1e-3
    rays = rng.standard_normal((round(26 * nodule.spiculation), 3))
    for ray in rays / np.linalg.norm(rays, axis=1, keepdims=True):
        reach = nodule.radius * float(rng.uniform(1.5, 2.6))
        along = offsets[0] * ray[0] + offsets[1] * ray[1] + offsets[2] * ray[2]
        across = np.clip(length**2 - along**2, 0.0, None) / 1.9**2
        thin = np.exp(-across) * np.clip((reach - length) / 4.0, 0.0, 1.0) * (along > 0)
        spikes[box] = np.maximum(spikes[box], thin.astype(np.float32))
    return spikes * np.float32(min(1.0, 1.4 * nodule.spiculation))


def _with_nodule(
    image: Float32Array,
    nodule: Nodule,
    level: Float32Array,
    spikes: Float32Array,
    texture: Float32Array,
    lungs: Float32Array,
) -> tuple[Float32Array, Float32Array]:
    """The image with the nodule in the lung, and the share of nodule in each voxel."""
    halo = inside(np.asarray(level / 1.5, np.float32), 0.5) * np.float32(min(1.0, 1.2 * nodule.halo))
    image = blend(image, -450.0, np.asarray(halo * lungs, np.float32))
    image = blend(image, 0.0, np.asarray(spikes * lungs, np.float32))
    body = inside(level, 0.15) * np.clip(lungs + 0.3, 0.0, 1.0)
    solid = 35.0 + nodule.uneven * (140.0 * texture - 60.0)
    image = blend(image, np.asarray(solid, np.float32), np.asarray(body, np.float32))
    lime = inside(np.asarray(level / 0.5, np.float32), 0.5) * np.float32(nodule.calcium)
    return blend(image, 420.0, np.asarray(lime, np.float32)), np.asarray(body, np.float32)
