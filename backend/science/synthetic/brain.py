"""One synthetic brain with a glioma: T1 with contrast, FLAIR, T1 and T2, and the outline of the whole tumour.

Scalp, skull, fluid, a folded cortex, white matter, ventricles and deep nuclei are ellipsoids with bumps. The tumour
lies in the white matter of one side: a core, a rim that takes up contrast, and oedema that FLAIR and T2 show. Tumours
with an IDH mutation take up little, have no dead core and are homogeneous; those of grade 4 have a thick, uneven rim.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from backend.science.synthetic.anatomy import Triple
from backend.science.synthetic.solids import Level, Space, acquired, blend, inside, largest_part
from backend.science.types import Float32Array, MaskArray

SPACING, SIZE = (1.5, 1.5, 3.0), (112, 132, 50)
MODALITIES = ("T1ce", "FLAIR", "T1", "T2")
TISSUES: dict[str, dict[str, float]] = {
    "T1": {"air": 0.0, "fat": 1.15, "bone": 0.12, "fluid": 0.22, "grey": 0.55, "white": 0.80, "oedema": 0.50},
    "T2": {"air": 0.0, "fat": 0.85, "bone": 0.08, "fluid": 1.40, "grey": 0.72, "white": 0.50, "oedema": 1.05},
    "FLAIR": {"air": 0.0, "fat": 0.75, "bone": 0.08, "fluid": 0.12, "grey": 0.62, "white": 0.48, "oedema": 1.05},
}
TISSUES["T1ce"] = TISSUES["T1"] | {"oedema": 0.48}
CORE = {"T1": 0.38, "T1ce": 0.40, "T2": 1.10, "FLAIR": 0.85}
DEAD = {"T1": 0.25, "T1ce": 0.24, "T2": 1.30, "FLAIR": 0.45}
RIM = {"T1": 0.48, "T1ce": 0.48, "T2": 0.90, "FLAIR": 0.85}
HEAD, BRAIN = (74.0, 92.0, 82.0), (64.0, 81.0, 70.0)
REACH = (34.0, 44.0, 30.0)
"""How far from the middle a tumour's centre may lie."""
UNITS = 600.0


@dataclass(frozen=True)
class Glioma:
    """A tumour's traits; `uptake`, `dead` and `uneven` go from 0 to 1."""

    mutant: bool
    grade: int
    radius: float
    oedema: float
    uptake: float
    dead: float
    uneven: float


@dataclass(frozen=True)
class Brain:
    """Images (z, y, x) by modality, and the mask of the tumour."""

    images: dict[str, Float32Array]
    tumor: MaskArray


def draw_glioma(mutant: bool, rng: np.random.Generator) -> Glioma:
    """Traits of a tumour: the grade goes with the mutation, the look with the grade."""
    chances = (0.45, 0.40, 0.15) if mutant else (0.05, 0.15, 0.80)
    grade = int(rng.choice((2, 3, 4), p=chances))
    level = (grade - 2) / 2.0
    return Glioma(
        mutant=mutant,
        grade=grade,
        radius=float(np.clip(rng.normal(14.0 + 3.0 * level, 3.0), 8.0, 23.0)),
        oedema=float(np.clip(rng.normal(5.0 + (2.0 if mutant else 8.0) * level, 2.0), 2.0, 16.0)),
        uptake=float(np.clip(rng.normal((0.15 if mutant else 0.50) + 0.45 * level, 0.10), 0.0, 1.0)),
        dead=float(np.clip(rng.normal((0.0 if mutant else 0.75) * level, 0.10), 0.0, 0.85)),
        uneven=float(np.clip(rng.normal(0.25 + (0.15 if mutant else 0.55) * level, 0.10), 0.05, 1.0)),
    )


def draw_brain(space: Space, glioma: Glioma, own: np.random.Generator) -> Brain:
    """Draw all sequences of one patient."""
    fold = space.grain(4.0, own)
    depth = _depth(space, fold)
    shares = _tissues(space, depth, fold, own)
    centre = _place(space, glioma, own)
    body, mass = _tumour(space, glioma, centre, shares["white"], own)
    texture = space.grain(2.0, own)
    patches = space.grain(5.0, own)
    images = {}
    for modality in MODALITIES:
        image = _painted(shares, TISSUES[modality])
        image = _with_tumour(image, modality, glioma, body, mass, (texture, patches))
        image *= 1.0 + 0.03 * texture
        images[modality] = _scanned(image, space, own)
    return Brain(images, _outlined((body + 0.6 * mass > 0.5) & (depth > 0.0)))


def _outlined(drawn: MaskArray) -> MaskArray:
    """The mask as a reader draws it: one part, without threads along the furrows and without holes."""
    disc = ndimage.iterate_structure(ndimage.generate_binary_structure(2, 1), 2)[None]
    whole = largest_part(np.asarray(ndimage.binary_opening(drawn, disc)))
    closed = ndimage.binary_closing(np.pad(whole, 2), disc)[2:-2, 2:-2, 2:-2]
    filled = np.stack([ndimage.binary_fill_holes(plane) for plane in closed])
    return np.asarray(filled if filled.any() else drawn)


def _depth(space: Space, fold: Float32Array) -> Float32Array:
    """Millimetres below the surface of the brain, about; negative outside."""
    level = space.ellipsoid((0.0, 0.0, 0.0), BRAIN)
    narrow = 1.0 + 0.06 * np.clip(-space.y / BRAIN[1], -1.0, 1.0)  # the front is narrower
    return np.asarray((1.0 - level * narrow) * 70.0 + 1.0 * fold, np.float32)


def _tissues(
    space: Space, depth: Float32Array, fold: Float32Array, rng: np.random.Generator
) -> dict[str, Float32Array]:
    """Share of each tissue in each voxel, painted from the outside in."""
    shares: dict[str, Float32Array] = {"air": np.ones(space.shape, np.float32)}

    def paint(name: str, share: Float32Array) -> None:
        for other in shares:
            shares[other] = shares[other] * (1.0 - share)
        shares[name] = shares.get(name, np.zeros(space.shape, np.float32)) + share

    head = space.ellipsoid((0.0, 0.0, 0.0), HEAD)
    soft = 1.5 / 80.0
    paint("fat", inside(head, soft))
    paint("bone", inside(head / 0.935, soft))
    paint("fluid", inside(head / 0.888, soft))
    furrow = np.abs(fold)  # lines where the grain changes its sign, a fold's two banks
    paint("grey", _ramp(depth - 9.0 * np.exp(-((furrow / 0.16) ** 2)) - 0.4, 1.5))
    gyri = 6.0 + 15.0 * np.exp(-((furrow / 0.40) ** 2))
    paint("white", _ramp(depth - gyri, 1.5))
    midline = np.exp(-((space.x / 1.3) ** 2)) * _ramp(np.abs(space.z - 2.0) + 0.35 * np.abs(space.y) - 22.0, 6.0)
    paint("fluid", np.asarray(midline * (depth > 0.0), np.float32))
    for side in (-1.0, 1.0):
        paint("grey", inside(space.ellipsoid((side * 11.0, 8.0, -2.0), (8.5, 13.0, 9.0)), 0.2))
        paint("grey", inside(space.ellipsoid((side * 25.0, -6.0, -2.0), (6.0, 17.0, 10.0)), 0.25))
        wide = float(rng.uniform(0.85, 1.25))
        horn = space.ellipsoid((side * 9.0, -4.0, 12.0), (5.5 * wide, 27.0, 8.0 * wide))
        paint("fluid", inside(np.asarray(horn + 0.05 * fold, np.float32), 0.25))
    paint("fluid", inside(space.ellipsoid((0.0, 6.0, -2.0), (1.8, 12.0, 9.0)), 0.5))
    return shares


def _ramp(level: Level, width: float) -> Float32Array:
    """0 below 0, 1 above `width`."""
    return np.asarray(np.clip(level / width, 0.0, 1.0), np.float32)


def _place(space: Space, glioma: Glioma, rng: np.random.Generator) -> Triple:
    """The centre of a tumour: beside the ventricles, inside the brain and the field."""
    side = float(rng.choice((-1.0, 1.0)))
    at = (side * rng.uniform(26.0, REACH[0]), rng.uniform(-REACH[1], REACH[1]), rng.uniform(-12.0, REACH[2]))
    room = [max(0.0, half - glioma.radius - 4.0) for half in space.half]
    x, y, z = (float(np.clip(place, -most, most)) for place, most in zip(at, room, strict=True))
    return x, y, z


def _tumour(
    space: Space, glioma: Glioma, centre: Triple, white: Float32Array, rng: np.random.Generator
) -> tuple[Float32Array, Float32Array]:
    """Level of the tumour turned inside out (1 in the middle, 0 at its surface and beyond), and share of oedema."""
    stretch = np.exp(rng.normal(0.0, 0.12, 3))
    axes = [glioma.radius * float(each) for each in stretch]
    level = space.ellipsoid(centre, (axes[0], axes[1], axes[2]))
    bumps = space.grain(6.0, rng)
    level = np.asarray(level * (1.0 + (0.06 + 0.10 * glioma.uneven) * bumps), np.float32)
    reach = 1.0 + glioma.oedema / glioma.radius
    fingers = space.grain(5.0, rng)
    swollen = inside(np.asarray(level / reach + 0.10 * fingers, np.float32), 0.12)
    oedema = swollen * np.clip(white + 0.25, 0.0, 1.0)
    return np.asarray(np.clip(1.5 - level, 0.0, 1.5), np.float32) * (level < 1.02), np.asarray(oedema, np.float32)


def _painted(shares: dict[str, Float32Array], values: dict[str, float]) -> Float32Array:
    image = np.zeros(next(iter(shares.values())).shape, np.float32)
    for name, share in shares.items():
        image += np.float32(values[name]) * share
    return image


def _with_tumour(
    image: Float32Array,
    modality: str,
    glioma: Glioma,
    body: Float32Array,
    oedema: Float32Array,
    grains: tuple[Float32Array, Float32Array],
) -> Float32Array:
    """Oedema, then the solid tumour, its rim, and its dead core."""
    texture, patches = grains
    inner = body - 0.5  # 1 in the middle, 0 at the surface
    solid = _ramp(inner + 0.04, 0.08) * (body > 0.0)
    image = blend(image, np.float32(TISSUES[modality]["oedema"]) * (1.0 + 0.08 * patches), 0.9 * oedema)
    dark = 0.35 if glioma.mutant and modality == "FLAIR" else 0.0  # the T2-FLAIR mismatch of mutated tumours
    mottled = 1.0 + glioma.uneven * (0.14 * patches + 0.08 * texture)
    image = blend(image, (CORE[modality] - dark) * mottled, solid)
    ragged = inner + 0.10 * glioma.uneven * patches
    dead = solid * _ramp(ragged - (1.0 - glioma.dead), 0.12) * np.float32(glioma.dead > 0.1)
    image = blend(image, DEAD[modality] * (1.0 + 0.05 * texture), dead)
    thick = 0.22 + 0.20 * (1.0 - glioma.dead)
    rim = solid * (1.0 - dead) * _ramp(thick - np.abs(ragged - thick * 0.6), 0.15)
    bright = RIM[modality] + (1.05 * glioma.uptake if modality == "T1ce" else 0.0)
    share = rim * np.clip(0.35 + 0.65 * glioma.uptake + 0.35 * glioma.uneven * patches, 0.0, 1.0)
    return blend(image, bright, np.asarray(share, np.float32))


def _scanned(image: Float32Array, space: Space, rng: np.random.Generator) -> Float32Array:
    """Point spread, a smooth receive field, gain and Rician noise, in the integers that scanners store."""
    x, y = rng.normal(0.0, 0.06, 2)
    bias = np.exp(x * space.x / 80.0 + y * space.y / 90.0 - 0.05 * (space.z / 80.0) ** 2)
    signal = acquired(image, space.grid, 0.7) * bias * np.float32(np.exp(rng.normal(0.0, 0.15)))
    noise = np.float32(rng.uniform(0.015, 0.03))
    real = signal + noise * rng.standard_normal(signal.shape, np.float32)
    other = noise * rng.standard_normal(signal.shape, np.float32)
    return np.asarray(np.rint(np.float32(UNITS) * np.sqrt(real * real + other * other)), np.float32)
