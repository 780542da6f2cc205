"""Prostate anatomy as masks on an axial T2 grid, drawn from a seed (real label maps: `library.py`).

Axes follow the image grid: x to the patient's left, y to the back, z to the head, in mm from the centre of the field.
Procedural glands are ellipsoids (left-right : front-back : head-foot about 1.16 : 0.92 : 0.96) with a narrow apex, a
flat back with a midline groove and smooth random bumps; each region is thresholded at the quantile of its level
function that gives exactly the drawn number of voxels, so a mask has the volume drawn for its patient.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from backend.science.imaging.grid import Grid
from backend.science.types import Float32Array, MaskArray

Bytes = npt.NDArray[np.uint8]
Triple = tuple[float, float, float]
Size = tuple[int, int, int]
PZ, TZ = 1, 2  # zone values of the masks written, as in PI-CAI's zones; the label maps read below use 2 and 1
LARGEST_SHARE = 0.35
"""Of the gland, which an enlarged finding takes at most."""
ASPECT = (1.16, 0.92, 0.96)
IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


@dataclass(frozen=True)
class Field(Grid):
    """A grid that tissue is drawn on."""

    @property
    def shape(self) -> Size:
        """Shape (z, y, x) of arrays on this grid."""
        return self.size[2], self.size[1], self.size[0]

    def place(self, index: tuple[float, float, float]) -> Triple:
        """Physical position (mm) of one continuous index (x, y, z)."""
        x, y, z = self.point(index).tolist()
        return x, y, z

    def thinned(self, step: int) -> "Field":
        """Return the grid of every `step`-th voxel in plane, from the first."""
        x, y, z = self.size
        sx, sy, sz = self.spacing
        return replace(self, size=(-(-x // step), -(-y // step), z), spacing=(sx * step, sy * step, sz))

    def axis(self, which: int) -> Float32Array:
        """Positions (mm) along one image axis, 0 at the centre of the field."""
        n = self.size[which]
        return ((np.arange(n) - (n - 1) / 2) * self.spacing[which]).astype(np.float32)


@dataclass(frozen=True)
class Finding:
    """A finding scored by a radiologist; in the lesion mask only where biopsy found cancer (`isup` > 0)."""

    pirads: int
    isup: int
    zone: int
    place: tuple[float, float, float]  # in half axes of the gland
    volume_ml: float
    stretch: float


@dataclass(frozen=True)
class Prostate:
    """Parameters of a patient's gland, drawn once and used in every study of the patient."""

    volume_ml: float
    aspect: tuple[float, float, float]
    bumps: tuple[float, ...]
    tz_fraction: float
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Pose:
    """Position of the patient in the field: shift in mm along the image axes, in-plane rotation in radians."""

    shift: tuple[float, float, float] = (0.0, 0.0, 0.0)
    turn: float = 0.0


@dataclass(frozen=True)
class Anatomy:
    """Masks (z, y, x) of one study: gland, zones (1 PZ, 2 TZ), lesion (ISUP), suspicion (PI-RADS of any finding)."""

    grid: Field
    gland: MaskArray
    zones: Bytes
    lesion: Bytes
    suspicion: Bytes

    @property
    def gland_ml(self) -> float:
        return float(self.gland.sum()) * self.grid.voxel_ml

    @property
    def lesion_ml(self) -> float:
        return float((self.lesion > 0).sum()) * self.grid.voxel_ml

    def thinned(self, step: int) -> "Anatomy":
        """Return the masks at every `step`-th voxel in plane."""
        if step == 1:
            return self
        zones, lesion, suspicion = (mask[:, ::step, ::step] for mask in (self.zones, self.lesion, self.suspicion))
        return Anatomy(self.grid.thinned(step), self.gland[:, ::step, ::step], zones, lesion, suspicion)


def largest_gland(grid: Field, margin: float = 4.0) -> float:
    """Volume (mL) of the largest usual gland that fits the field with `margin` mm and a slice at each end to spare."""
    rooms = [n * s - 2 * margin for n, s in zip(grid.size[:2], grid.spacing[:2], strict=True)]
    rooms.append((grid.size[2] - 2) * grid.spacing[2])
    side = min(room / (1.12 * aspect) for room, aspect in zip(rooms, ASPECT, strict=True))
    return float(np.pi / 6 * np.prod(ASPECT) * max(side, 0.0) ** 3 / 1000.0)


def draw_prostate(rng: np.random.Generator, pirads: int, largest_ml: float = 120.0, enlarged: float = 1.0) -> Prostate:
    """Draw a gland: 20 - 120 mL (log-normal, median 45), transition zone growing with it, findings by PI-RADS.

    `enlarged`: how many times as large as in life its findings are.
    """
    volume = float(np.clip(45.0 * np.exp(0.45 * rng.standard_normal()), 20.0, min(120.0, largest_ml)))
    aspect = tuple(float(a * np.exp(0.05 * rng.standard_normal())) for a in ASPECT)
    bumps = tuple(float(b) for b in 0.05 * rng.standard_normal(7))
    tz_fraction = float(np.clip(0.36 + 0.0042 * (volume - 20.0) + 0.05 * rng.standard_normal(), 0.3, 0.8))
    findings = draw_findings(rng, pirads, volume, enlarged)
    return Prostate(volume, (aspect[0], aspect[1], aspect[2]), bumps, tz_fraction, findings)


def draw_findings(rng: np.random.Generator, pirads: int, gland_ml: float, enlarged: float = 1.0) -> tuple[Finding, ...]:
    """Draw findings: none below PI-RADS 3, else one of the patient's score; a quarter of 4 and 5 get a second."""
    if pirads < 3:
        return ()
    grades = [pirads]
    if pirads > 3 and rng.random() < 0.25:
        grades.append(int(rng.integers(3, pirads)))
    return tuple(draw_finding(rng, grade, gland_ml, enlarged) for grade in grades)


def draw_finding(rng: np.random.Generator, pirads: int, gland_ml: float, enlarged: float = 1.0) -> Finding:
    """Draw one finding: 70 % in the peripheral zone; PI-RADS 4 below 1.5 cm, 5 larger (PI-RADS v2.1).

    An enlarged one takes at most `LARGEST_SHARE` of the gland.
    """
    chances = {3: (0.3, 0.35, 0.35), 4: (0.1, 0.15, 0.4, 0.2, 0.15), 5: (0.0, 0.05, 0.25, 0.3, 0.2, 0.2)}[pirads]
    median, low, high = {3: (0.3, 0.15, 0.6), 4: (0.65, 0.25, 1.5), 5: (2.6, 1.5, 10.0)}[pirads]
    volume = float(np.clip(median * np.exp(0.5 * rng.standard_normal()), low, min(high, 0.15 * gland_ml)))
    if enlarged > 1:
        volume = min(volume * enlarged, LARGEST_SHARE * gland_ml)
    zone = PZ if rng.random() < 0.7 else TZ
    side = 1.0 if rng.random() < 0.5 else -1.0
    angle = rng.uniform(0.15, 1.35) if zone == PZ else rng.uniform(1.8, 2.9)  # from the back, 0, to the front, pi
    depth = rng.uniform(0.68, 0.82) if zone == PZ else rng.uniform(0.3, 0.55)
    place = (float(side * depth * np.sin(angle)), float(depth * np.cos(angle)), float(rng.uniform(-0.5, 0.45)))
    isup = int(rng.choice(len(chances), p=chances))
    return Finding(pirads, isup, zone, place, volume, float(rng.uniform(1.0, 1.6)))


def build(prostate: Prostate, grid: Field, pose: Pose | None = None) -> Anatomy:
    """Build the masks of a drawn gland on a grid at the position `pose`."""
    pose = pose or Pose()
    u, v, w, half = _gland_coordinates(prostate, grid, pose)
    level = _gland_level(u, v, w, prostate.bumps)
    everywhere = np.ones(grid.shape, bool)
    gland = lowest(level, everywhere, round(prostate.volume_ml / grid.voxel_ml))
    inner = (u / 0.78) ** 2 + ((v + 0.2) / 0.62) ** 2 + ((w - 0.14) / 0.86) ** 2
    tz = lowest(inner, gland, round(prostate.tz_fraction * gland.sum()))
    front = lowest(v + 0.3 * u * u + 0.1 * w, gland, round(0.05 * gland.sum()))  # anterior fibromuscular stroma
    zones = np.where(tz, TZ, PZ).astype(np.uint8) * (gland & ~front)
    anatomy = Anatomy(grid, gland, zones, np.zeros(grid.shape, np.uint8), np.zeros(grid.shape, np.uint8))
    for finding in prostate.findings:
        anatomy = place_finding(anatomy, finding, u, v, w, half)
    return anatomy


def place_finding(
    anatomy: Anatomy, finding: Finding, u: Float32Array, v: Float32Array, w: Float32Array, half: list[float]
) -> Anatomy:
    """Add one finding: an ellipsoid, stretched along the gland border, cut to its zone and volume."""
    allowed = (anatomy.zones == finding.zone) & (anatomy.suspicion == 0)
    n = max(1, min(round(finding.volume_ml / anatomy.grid.voxel_ml), int(allowed.sum() * 0.6)))
    x, y, z = ((axis - at) * h for axis, at, h in zip((u, v, w), finding.place, half, strict=True))
    radius = float(np.hypot(finding.place[0], finding.place[1])) or 1.0
    outward, along = finding.place[0] / radius, finding.place[1] / radius
    across = (x * outward + y * along) ** 2 * finding.stretch
    beside = (x * along - y * outward) ** 2 / finding.stretch
    ripple = (
        1.0 + 0.13 * np.sin(0.5 * x + 8 * finding.place[2]) + 0.13 * np.cos(0.6 * y + 0.3 * z + 5 * finding.place[0])
    )
    focus = lowest((across + beside + z**2) * ripple, allowed, n)
    suspicion = np.where(focus, np.uint8(finding.pirads), anatomy.suspicion)
    lesion = np.where(focus, np.uint8(finding.isup), anatomy.lesion)
    return replace(anatomy, suspicion=suspicion, lesion=lesion)


def lowest(level: Float32Array, inside: MaskArray, n: int) -> MaskArray:
    """The `n` voxels of `inside` where `level` is lowest."""
    if n >= int(inside.sum()):
        return inside.copy()
    cut = np.partition(level[inside], n)[n]
    chosen: MaskArray = inside & (level < cut)
    return chosen


def _gland_coordinates(
    prostate: Prostate, grid: Field, pose: Pose
) -> tuple[Float32Array, Float32Array, Float32Array, list[float]]:
    """Coordinates u, v (1, y, x) and w (z, 1, 1) in half axes of the gland, and the half axes in mm."""
    side = (prostate.volume_ml * 1000.0 * 6 / np.pi / np.prod(prostate.aspect)) ** (1 / 3)
    half = [float(side * aspect / 2) for aspect in prostate.aspect]
    x = (grid.axis(0) - np.float32(pose.shift[0]))[None, None, :]
    y = (grid.axis(1) - np.float32(pose.shift[1]))[None, :, None]
    z = (grid.axis(2) - np.float32(pose.shift[2]))[:, None, None]
    cos, sin = float(np.cos(pose.turn)), float(np.sin(pose.turn))
    scaled = ((x * cos + y * sin) / half[0], (y * cos - x * sin) / half[1], z / half[2])
    u, v, w = (axis.astype(np.float32) for axis in scaled)
    return u, v, w, half


def _gland_level(u: Float32Array, v: Float32Array, w: Float32Array, bumps: tuple[float, ...]) -> Float32Array:
    """Squared distance from the centre in half axes, bent to a prostate's outline."""
    narrow = 1.0 + 0.15 * np.clip(w, -1.2, 0.6)
    groove = 0.11 * np.exp(-((u / 0.32) ** 2))
    back = np.where(v > 0, 1.2 * v, 0.95 * v) + groove * (v > 0)
    a, b, c = u / narrow, back, np.broadcast_to(w, (w.shape[0], *u.shape[1:]))
    square = a * a + b * b + c * c + 1e-6
    f = bumps[0] * a + bumps[1] * c + (bumps[2] * a * b + bumps[3] * b * c + bumps[4] * a * c) * 2.0
    f += bumps[5] * (a * a - b * b) + bumps[6] * (3 * a * a - b * b) * a / np.sqrt(square)
    level: Float32Array = square * (1.0 - 0.25 * a * a * b * b / (square * square)) * (1.0 + f / square.clip(0.25))
    return level
