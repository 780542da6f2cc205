"""Simulation of a scanner: T2, DWI and ADC images from tissue maps.

T2: partial volume between slices, receive bias, gain, Rician noise. Diffusion: a coarser grid of its own (2 x 2 mm, in
a third of studies 1.75; another in-plane field, in a fifth of studies other slices), averaged over voxels, distorted
along the phase direction near the rectum, with a ghost shifted by half a field. Images at b 50 and 800 with Rician
noise give ADC by a mono-exponential fit, in 1e-6 mm2/s, and 0 where the signal is below the noise, as scanners write
it. High-b DWI at b 1400 comes in two kinds, as in PI-CAI: *computed* from the fit for centre RUMC, small integers
(gland mean 10 - 25, the kind of the two real cases), or *acquired* for the others, gland mean about 30 - 200.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import SimpleITK as sitk
from scipy import ndimage

from backend.science.synthetic.anatomy import Field
from backend.science.synthetic.tissue import Tissue
from backend.science.types import Float32Array

Words = npt.NDArray[np.uint16]
LOW_B, FIT_B, HIGH_B = 50.0, 800.0, 1400.0  # s/mm2


@dataclass(frozen=True)
class Scanner:
    """Settings of one study."""

    gain: float
    noise: float  # of T2, share of the peripheral zone's signal
    bias: tuple[float, ...]  # log of the receive field: x, y, x2, y2, xy, z at the field's edge
    diffusion_gain: float
    diffusion_noise: float
    computed_high_b: bool
    shift: tuple[float, float]  # mm, diffusion against T2
    distortion: float  # mm at the rectum
    ghost: float
    slice_shift: float  # mm; 0 where diffusion and T2 share their slices
    field: tuple[float, float]  # diffusion field over T2 field, x and y
    pixel: float  # mm, in plane, of diffusion


def draw_scanner(rng: np.random.Generator, center: str) -> Scanner:
    """Draw a study's scanner: RUMC computes high-b images, the other centres acquire them."""
    return Scanner(
        gain=float(np.exp(0.25 * rng.standard_normal())),
        noise=float(rng.uniform(0.025, 0.06)),
        bias=tuple(float(b) for b in rng.normal(0.0, (0.10, 0.14, 0.08, 0.10, 0.05, 0.06))),
        diffusion_gain=float(
            {"RUMC": 100.0, "ZGT": 260.0, "PCNN": 700.0}.get(center, 260.0) * np.exp(0.2 * rng.standard_normal())
        ),
        diffusion_noise=float(rng.uniform(0.012, 0.03)),
        computed_high_b=center == "RUMC",
        shift=(float(rng.normal(0, 0.7)), float(rng.normal(0, 0.9))),
        distortion=float(rng.normal(0, 1.6)),
        ghost=float(rng.uniform(0.0, 0.03)),
        slice_shift=float(rng.choice((0.0, 1.0), p=(0.8, 0.2)) * rng.uniform(-1.4, 1.4)),
        field=(float(rng.uniform(0.84, 0.92)), float(rng.uniform(0.94, 1.06))),
        pixel=float(rng.choice((2.0, 2.0, 1.75))),
    )


def acquire_t2(tissue: Tissue, grid: Field, scanner: Scanner, rng: np.random.Generator) -> Words:
    """Simulate the T2-weighted image (z, y, x) on `grid`, which may be finer in plane than the tissue's."""
    blurred = ndimage.convolve1d(tissue.t2, np.array([0.12, 0.76, 0.12], np.float32), axis=0, mode="nearest")
    signal = on_grid(blurred, tissue.grid, grid) * (receive_field(grid, scanner.bias) * np.float32(scanner.gain))
    return as_words(rician(signal, 300.0 * scanner.noise * scanner.gain, rng))


def diffusion_grid(grid: Field, scanner: Scanner) -> Field:
    """Grid of ADC and DWI: same direction and centre, coarser pixels, another field of view."""
    pixel = max(scanner.pixel, grid.spacing[0])
    spans = [n * s for n, s in zip(grid.size, grid.spacing, strict=True)]
    nx, ny = (max(4, 2 * round(span * part / pixel / 2)) for span, part in zip(spans[:2], scanner.field, strict=True))
    nz = grid.size[2] if scanner.slice_shift == 0 else max(2, grid.size[2] - 1)
    middle = [(n - 1) / 2 for n in grid.size]
    first = [middle[a] - (n - 1) / 2 * pixel / grid.spacing[a] for a, n in ((0, nx), (1, ny))]
    start = 0.0 if scanner.slice_shift == 0 else 0.5 + scanner.slice_shift / grid.spacing[2] * 0.3
    origin = grid.place((first[0], first[1], start))
    return replace(grid, size=(nx, ny, nz), spacing=(pixel, pixel, grid.spacing[2]), origin=origin)


def acquire_diffusion(tissue: Tissue, grid: Field, scanner: Scanner, rng: np.random.Generator) -> tuple[Words, Words]:
    """Simulate high-b DWI and ADC (z, y, x) on the diffusion grid."""
    sampler = _Sampler(tissue, grid, scanner)
    bias = receive_field(grid, tuple(0.7 * b for b in scanner.bias))
    per_b = [sampler.signal(b) * bias for b in (LOW_B, FIT_B, HIGH_B)]
    noisy = [rician(_ghosted(signal, scanner.ghost), scanner.diffusion_noise, rng) for signal in per_b]
    floor = np.float32(2.6 * scanner.diffusion_noise)
    drowned = noisy[0] < 2.2 * floor
    fit = np.log(noisy[0].clip(1e-6) / noisy[1].clip(1e-6)) / np.float32(FIT_B - LOW_B) * np.float32(1e6)
    adc = np.where(drowned, 0.0, fit.clip(0.0, 3600.0))
    if scanner.computed_high_b:
        high = noisy[0] * np.exp(-(np.float32(HIGH_B - LOW_B) * 1e-6) * adc)
        return as_words(np.where(drowned, 0.0, high * scanner.diffusion_gain)), as_words(adc)
    return as_words(noisy[2] * scanner.diffusion_gain), as_words(adc)


def rician(signal: Float32Array, sigma: float, rng: np.random.Generator) -> Float32Array:
    """Magnitude of a complex signal with Gaussian noise of `sigma` in both channels."""
    real = signal + np.float32(sigma) * rng.standard_normal(signal.shape, np.float32)
    imaginary = np.float32(sigma) * rng.standard_normal(signal.shape, np.float32)
    magnitude: Float32Array = np.sqrt(real * real + imaginary * imaginary)
    return magnitude


def receive_field(grid: Field, bias: tuple[float, ...]) -> Float32Array:
    """Smooth multiplicative field (z, y, x) around 1."""
    z, y, x = (np.linspace(-1.0, 1.0, n, dtype=np.float32) for n in grid.shape)
    plane = bias[0] * x[None, :] + bias[1] * y[:, None] + bias[2] * x[None, :] ** 2 + bias[3] * y[:, None] ** 2
    plane = np.exp(plane + bias[4] * np.outer(y, x))
    field: Float32Array = np.exp(bias[5] * z)[:, None, None].astype(np.float32) * plane[None].astype(np.float32)
    return field


def on_grid(values: Float32Array, source: Field, target: Field) -> Float32Array:
    """Interpolate linearly on another grid; outside, the border value is repeated."""
    if source == target:
        return values
    image, reference = as_image(values, source), sitk.Image(*target.size, sitk.sitkFloat32)
    reference.SetSpacing(target.spacing)
    reference.SetOrigin(target.origin)
    reference.SetDirection(target.direction)
    out = sitk.Resample(image, reference, sitk.Transform(), sitk.sitkLinear, 0.0, sitk.sitkFloat32, True)
    array: Float32Array = sitk.GetArrayFromImage(out)
    return array


def as_image(array: npt.NDArray[np.generic], grid: Field) -> sitk.Image:
    """Make an ITK image of an array (z, y, x) on its grid."""
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(grid.spacing)
    image.SetOrigin(grid.origin)
    image.SetDirection(grid.direction)
    return image


def as_words(values: Float32Array) -> Words:
    """Round to unsigned 16-bit integers, as scanners store."""
    return np.rint(np.clip(values, 0, 65535)).astype(np.uint16)


def _ghosted(signal: Float32Array, ghost: float) -> Float32Array:
    """Echo-planar ghost: the image again, half a field away along the phase direction (y)."""
    return signal + np.float32(ghost) * np.roll(signal, signal.shape[1] // 2, axis=1)


class _Sampler:
    """Samples tissue signal at the distorted positions of the diffusion voxels."""

    def __init__(self, tissue: Tissue, grid: Field, scanner: Scanner) -> None:
        self.tissue, self.grid = tissue, grid
        ratio = [g / t for g, t in zip(grid.spacing, tissue.grid.spacing, strict=True)]
        self.blur = [0.15, 0.42 * ratio[1], 0.42 * ratio[0]]
        inverse = np.asarray(tissue.grid.direction).reshape(3, 3).T
        first = inverse @ (np.asarray(grid.origin) - np.asarray(tissue.grid.origin)) / np.asarray(tissue.grid.spacing)
        x, y, z = ((first[a] + np.arange(grid.size[a]) * ratio[a]).astype(np.float32) for a in range(3))
        y_mm = np.linspace(-1.0, 1.0, grid.size[1], dtype=np.float32)
        bend = scanner.distortion * np.exp(
            -(((y_mm[:, None] - 0.35) / 0.3) ** 2) - (x[None, :] / x.mean() - 1.0) ** 2 / 0.2
        )
        dx, dy = scanner.shift[0] / tissue.grid.spacing[0], (scanner.shift[1] + bend) / tissue.grid.spacing[1]
        shape = grid.shape
        self.places = np.empty((3, *shape), np.float32)
        self.places[0] = z[:, None, None]
        self.places[1] = (y[:, None] + dy)[None]
        self.places[2] = (x + dx)[None, None, :]

    def signal(self, b: float) -> Float32Array:
        """Mean signal over each voxel at one b-value (s/mm2)."""
        decay = self.tissue.water * np.exp(self.tissue.diffusion * np.float32(-b * 1e-6))
        smooth = ndimage.gaussian_filter(decay, self.blur, truncate=2.0)
        sampled: Float32Array = ndimage.map_coordinates(smooth, self.places, order=1, mode="nearest")
        return sampled
