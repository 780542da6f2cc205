"""Tissue maps of a study: T2-weighted signal, diffusion and water signal, before the simulated acquisition.

Contrasts follow PI-RADS v2.1: cancer is dark on T2, dark on ADC, bright on high-b DWI, and the more so the higher the
grade: a finding's voxels move from their zone's value towards `CANCER` by `GRADE[pirads]`. The peripheral zone is
bright with dark septa, the transition zone mixed, with nodules in dark capsules (benign hyperplasia). Every patient has
a texture of his own: grain size, anisotropy, strength, brightness of the zones.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from backend.science.synthetic.anatomy import PZ, TZ, Anatomy, Bytes, Field
from backend.science.synthetic.pelvis import MOTTLE, TISSUE, Gland, Kind, gland_box, paint_pelvis
from backend.science.types import Box, Float32Array, MaskArray

GRADE = {1: 0.0, 2: 0.15, 3: 0.45, 4: 0.75, 5: 0.97}
CANCER = (95.0, 580.0, 1.12)  # T2 signal, diffusion (1e-6 mm2/s), water signal of cancer at full contrast


@dataclass(frozen=True)
class Tissue:
    """Maps (z, y, x): T2 signal (arbitrary), diffusion (1e-6 mm2/s), water signal at b = 0 (arbitrary)."""

    grid: Field
    t2: Float32Array
    diffusion: Float32Array
    water: Float32Array


@dataclass(frozen=True)
class Texture:
    """Texture parameters of a patient, the same in every study."""

    grain: float  # mm
    stretch: float  # left-right over front-back
    pz_strength: float
    tz_strength: float
    pz_brightness: float
    tz_brightness: float
    septa: float
    diffuse: float  # share of the peripheral zone's contrast lost to diffuse inflammation
    nodules: int
    grade_shift: float


def draw_texture(rng: np.random.Generator) -> Texture:
    """Draw the texture parameters of a patient."""
    return Texture(
        grain=float(rng.uniform(0.7, 1.7)),
        stretch=float(np.exp(0.25 * rng.standard_normal())),
        pz_strength=float(rng.uniform(0.14, 0.34)),
        tz_strength=float(rng.uniform(0.18, 0.40)),
        pz_brightness=float(np.exp(0.12 * rng.standard_normal())),
        tz_brightness=float(np.exp(0.10 * rng.standard_normal())),
        septa=float(rng.uniform(0.05, 0.28)),
        diffuse=float(rng.beta(1.2, 4.0)),
        nodules=int(rng.integers(4, 12)),
        grade_shift=float(0.04 * rng.standard_normal()),
    )


def drift(texture: Texture, rng: np.random.Generator) -> Texture:
    """Change the texture as at a second study months later: a few per cent in grain and brightness."""
    near = np.exp(0.04 * rng.standard_normal(4))
    values = dict(vars(texture))
    for name, factor in zip(("grain", "pz_brightness", "tz_brightness", "septa"), near, strict=True):
        values[name] = float(values[name] * factor)
    return Texture(**values)


def render(anatomy: Anatomy, texture: Texture, landmarks: np.random.Generator, rng: np.random.Generator) -> Tissue:
    """Render tissue maps on the masks' grid; `landmarks` is the patient's generator, `rng` the study's."""
    gland = gland_box(anatomy.gland, anatomy.grid)
    labels = paint_pelvis(anatomy.grid, gland, landmarks)
    inside = anatomy.gland | (anatomy.zones > 0)
    labels[inside] = Kind.STROMA
    labels[anatomy.zones == PZ] = Kind.PZ
    labels[anatomy.zones == TZ] = Kind.TZ
    blur = [0.0] + [0.35 / s for s in anatomy.grid.spacing[1::-1]]
    maps = [_looked_up(labels, channel) for channel in range(3)]
    maps[0] *= _mottle(labels, rng)
    t2, diffusion, water = (ndimage.gaussian_filter(m, blur, truncate=2.5) for m in maps)
    box = bounding_box(inside | (anatomy.suspicion > 0), anatomy.grid, reach=6.0)
    t2_box, d_box = _zones(anatomy, box, texture, gland, landmarks, rng)
    edge = _soft(inside[box], anatomy.grid, 0.6)
    t2[box] += edge * (t2_box - t2[box])
    diffusion[box] += edge * (d_box - diffusion[box])
    t2[box] *= 1.0 - 0.45 * _rim(inside[box], anatomy.grid, 0.8)  # capsule
    _add_findings(anatomy, box, texture, (t2[box], diffusion[box], water[box]), rng)
    return Tissue(anatomy.grid, t2, diffusion, water)


def bounding_box(mask: MaskArray, grid: Field, reach: float) -> Box:
    """Slices (z, y, x) about a mask with a margin of `reach` mm in plane and one slice along z."""
    slices = []
    for axis, spare in enumerate((1, *(int(reach / s) + 1 for s in grid.spacing[1::-1]))):
        found = np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))
        low, high = (int(found[0]), int(found[-1])) if found.size else (0, mask.shape[axis] - 1)
        slices.append(slice(max(low - spare, 0), min(high + spare + 1, mask.shape[axis])))
    return slices[0], slices[1], slices[2]


def _looked_up(labels: Bytes, channel: int) -> Float32Array:
    table = np.array([TISSUE[kind][channel] for kind in Kind], np.float32)
    return table[labels]


def _mottle(labels: Bytes, rng: np.random.Generator) -> Float32Array:
    """Factor on the T2 signal outside the gland: grain and thin dark lines, scaled by `MOTTLE`."""
    coarse = (labels.shape[0], -(-labels.shape[1] // 2), -(-labels.shape[2] // 2))
    grain = correlated(coarse, (0.0, 0.9, 0.9), rng)
    lines = np.exp(-((correlated(coarse, (0.4, 4.0, 4.0), rng) / 0.16) ** 2))
    strength = np.array([MOTTLE.get(kind, (0.0, 0.0)) for kind in Kind], np.float32)[labels[:, ::2, ::2]]
    factor = (1.0 + strength[..., 0] * grain) * (1.0 - strength[..., 1] * lines)
    full: Float32Array = np.repeat(np.repeat(factor, 2, axis=1), 2, axis=2)[:, : labels.shape[1], : labels.shape[2]]
    return full


def correlated(shape: tuple[int, ...], sigma: tuple[float, float, float], rng: np.random.Generator) -> Float32Array:
    """Gaussian noise (z, y, x) with a correlation length per axis (voxels), mean 0, standard deviation 1."""
    noise = ndimage.gaussian_filter(rng.standard_normal(shape, np.float32), sigma, truncate=3.0)
    scaled: Float32Array = (noise - noise.mean()) / max(float(noise.std()), 1e-6)
    return scaled


def _soft(mask: MaskArray, grid: Field, width: float) -> Float32Array:
    sigma = [0.25] + [width / s for s in grid.spacing[1::-1]]
    soft: Float32Array = ndimage.gaussian_filter(mask.astype(np.float32), sigma, truncate=3.0)
    return soft


def _rim(mask: MaskArray, grid: Field, width: float) -> Float32Array:
    """1 on the border of a mask, 0 away from it."""
    soft = _soft(mask, grid, width)
    return 4.0 * soft * (1.0 - soft)


def _zones(
    anatomy: Anatomy,
    box: Box,
    texture: Texture,
    gland: Gland,
    landmarks: np.random.Generator,
    rng: np.random.Generator,
) -> tuple[Float32Array, Float32Array]:
    """T2 signal and diffusion of the gland's zones (box shape), without findings."""
    grid, zones = anatomy.grid, anatomy.zones[box]
    shape = zones.shape
    sigma = (0.3, texture.grain / grid.spacing[1], texture.grain * texture.stretch / grid.spacing[0])
    fine = correlated(shape, (0.0, sigma[1] * 0.5, sigma[2] * 0.5), rng)
    broad = correlated(shape, (0.5, sigma[1] * 1.8, sigma[2] * 1.8), rng)
    pz = TISSUE[Kind.PZ][0] * texture.pz_brightness * (1.0 - 0.35 * texture.diffuse)
    nodules = _nodules(anatomy, box, texture, landmarks)
    t2_pz = pz * np.exp(
        texture.pz_strength * (0.6 * fine + 0.8 * broad) - texture.septa * _septa(anatomy, box, gland, rng)
    )
    mixed = 0.6 * fine + 0.7 * broad
    t2_tz = TISSUE[Kind.TZ][0] * texture.tz_brightness * np.exp(texture.tz_strength * mixed + nodules)
    d_pz = TISSUE[Kind.PZ][1] * (1.0 - 0.2 * texture.diffuse) * np.exp(0.5 * texture.pz_strength * broad)
    d_tz = TISSUE[Kind.TZ][1] * np.exp(0.45 * texture.tz_strength * broad + 0.45 * nodules)
    in_pz, in_tz = _soft(zones == PZ, grid, 0.5), _soft(zones == TZ, grid, 0.5)
    rest = np.clip(1.0 - in_pz - in_tz, 0.0, 1.0)
    total = in_pz + in_tz + rest
    t2 = (in_pz * t2_pz + in_tz * t2_tz + rest * (TISSUE[Kind.STROMA][0] * (1 + 0.12 * fine))) / total
    t2 *= 1.0 - 0.35 * _rim(zones == TZ, grid, 0.7)  # surgical capsule
    diffusion = (in_pz * d_pz + in_tz * d_tz + rest * TISSUE[Kind.STROMA][1]) / total
    return t2.astype(np.float32), diffusion.astype(np.float32)


def _septa(anatomy: Anatomy, box: Box, gland: Gland, rng: np.random.Generator) -> Float32Array:
    """Dark strands that run outwards through the peripheral zone: 0 .. about 2 (box shape)."""
    x = anatomy.grid.axis(0)[box[2]] - gland.centre[0]
    y = anatomy.grid.axis(1)[box[1]] - gland.centre[1] + 0.3 * gland.half[1]
    spokes = 220
    turn = ((np.arctan2(y[:, None], x[None, :]) / (2 * np.pi) + 0.5) * (spokes - 1)).astype(np.int64)
    lines = ndimage.gaussian_filter1d(rng.standard_normal((anatomy.grid.shape[0], spokes)), 0.9, axis=1, mode="wrap")
    dark = np.clip(lines * 1.8, 0.0, 2.0).astype(np.float32)[box[0]]
    strands: Float32Array = dark[:, turn]
    return strands


def _nodules(anatomy: Anatomy, box: Box, texture: Texture, landmarks: np.random.Generator) -> Float32Array:
    """Log contrast of hyperplastic nodules in the transition zone: glandular bright, stromal dark, dark capsules."""
    grid = anatomy.grid
    field = np.zeros(anatomy.zones[box].shape, np.float32)
    tz = gland_box(anatomy.zones == TZ, grid)
    for _ in range(texture.nodules):
        spot = landmarks.uniform(-0.62, 0.62, 3)
        radius = float(landmarks.uniform(0.14, 0.34)) * min(tz.half[0], tz.half[1])
        tone = float(landmarks.choice((-0.28, 0.38))) * float(landmarks.uniform(0.6, 1.1))
        at = [c + h * s for c, h, s in zip(tz.centre, tz.half, spot, strict=True)]
        axes = [grid.axis(a)[box[2 - a]] - np.float32(at[a]) for a in range(3)]
        near = tuple(np.flatnonzero(np.abs(axes[a]) < 1.4 * radius) for a in (2, 1, 0))
        if any(index.size == 0 for index in near):
            continue
        part = tuple(slice(int(i[0]), int(i[-1]) + 1) for i in near)
        z, y, x = (axes[a][p] for a, p in zip((2, 1, 0), part, strict=True))
        r = np.sqrt((z**2)[:, None, None] + (y**2)[None, :, None] + (x**2)[None, None, :]) / np.float32(radius)
        core = np.clip((1.0 - r) * 6.0, 0.0, 1.0)
        field[part] = field[part] * (1 - core) + tone * core - 0.35 * np.exp(-(((r - 1.02) / 0.10) ** 2))
    return field


def _add_findings(
    anatomy: Anatomy,
    box: Box,
    texture: Texture,
    maps: tuple[Float32Array, Float32Array, Float32Array],
    rng: np.random.Generator,
) -> None:
    """Move each finding's voxels towards cancer by its grade, in place."""
    suspicion = anatomy.suspicion[box]
    for pirads in np.unique(suspicion[suspicion > 0]).tolist():
        grade = float(np.clip(GRADE[pirads] + texture.grade_shift, 0.05, 1.0))
        share = grade * _soft(suspicion == pirads, anatomy.grid, 0.6)
        mottle = 1.0 + 0.06 * correlated(share.shape, (0.3, 1.5, 1.5), rng)
        for values, target in zip(maps, CANCER, strict=True):
            values += share * (np.float32(target) * mottle - values)
