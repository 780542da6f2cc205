"""Coefficients of recursive Gaussian filters, and an image filtered along one axis."""

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.kernel import call
from backend.science.types import Float32Array

Image = npt.NDArray[Any]
KINDS = ("int16", "float32", "float64")  # of the voxels read, as in kernel/recursive_gaussian.c
WIDTH, STRIP = 16, 256  # lines filtered at once at most, and copied at once, as there


@dataclass(frozen=True)
class Exponentials:
    """One half of a Gaussian or of its second derivative, as two damped waves:
    a1 cos(w1 x) + b1 sin(w1 x) damped by exp(l1 x), and the same of a2, b2, w2, l2 (Deriche 1993, his table)."""

    a1: float
    b1: float
    a2: float
    b2: float


SMOOTHING = Exponentials(1.3530, 1.8151, -0.3531, 0.0902)
SECOND_DERIVATIVE = Exponentials(-1.3563, 5.2318, 0.3446, -2.2355)
W1, L1, W2, L2 = 0.6681, -1.3932, 2.0787, -1.3732  # frequencies and damping a sigma, the same for both
DECAY = -max(L1, L2)  # the weight of a voxel falls at least by exp(-DECAY) a sigma


@dataclass(frozen=True)
class Moments:
    """Coefficients n (or d) of a polynomial in the delay: their sum and their first and second moments."""

    sum: float
    first: float
    second: float


@lru_cache(maxsize=64)
def smoothing(sigma: float, spacing: float) -> Image:
    """The 20 coefficients (n, m, d, bn, bm) of a Gaussian of `sigma` mm whose weights sum to 1."""
    scale = sigma / spacing
    d, of_d = _denominator(scale)
    n, of_n = _numerator(scale, SMOOTHING)
    factor = _over(1.0, 2 * of_n.sum / of_d.sum - n[0])
    return _coefficients([value * factor for value in n], d)


@lru_cache(maxsize=64)
def second_derivative(sigma: float, spacing: float) -> Image:
    """The coefficients for the second derivative of a Gaussian, times sigma squared (mm²): normalised across scales.

    As much of the Gaussian itself is added as makes the weights sum to 0; then they are scaled to give 2 for x² / 2.
    """
    scale = sigma / spacing
    d, of_d = _denominator(scale)
    n_gauss, gauss = _numerator(scale, SMOOTHING)
    n_second, second = _numerator(scale, SECOND_DERIVATIVE)
    beta = -_over(2 * second.sum - of_d.sum * n_second[0], 2 * gauss.sum - of_d.sum * n_gauss[0])
    n = [second_n + beta * gauss_n for second_n, gauss_n in zip(n_second, n_gauss, strict=True)]
    sn = second.sum + beta * gauss.sum
    dn = second.first + beta * gauss.first
    en = second.second + beta * gauss.second
    sd, dd, ed = of_d.sum, of_d.first, of_d.second
    alpha = en * sd * sd - ed * sn * sd - 2 * dn * dd * sd + 2 * dd * dd * sn
    alpha /= sd * sd * sd
    factor = _over(sigma * sigma, alpha)
    return _coefficients([value * factor for value in n], d)


def filtered(image: Image, axis: int, coefficients: Image, kept: slice, widest: int = 512) -> Float32Array:
    """Filter a contiguous `image` of one of KINDS along `axis`, of four voxels or more; `kept` of that axis.

    `widest`: bits of the vectors to compute in, where the processor has them; they change no bit.
    """
    shape = image.shape
    n, low, high = shape[axis], kept.start, kept.stop
    outer, inner = math.prod(shape[:axis]), math.prod(shape[axis + 1 :])
    out = np.empty((*shape[:axis], high - low, *shape[axis + 1 :]), dtype=np.float32)
    work = np.empty(2 * WIDTH * (high - low) + STRIP * n)
    kind = KINDS.index(image.dtype.name)
    call("rl_recursive_gaussian", image, kind, outer, n, inner, low, high, coefficients, work, out, widest)
    return out


def _over(a: float, b: float) -> float:
    """a / b as C divides: where sigma is nothing beside a voxel, the weights are no numbers, and so is the image."""
    with np.errstate(all="ignore"):
        return float(np.float64(a) / b)


def _denominator(scale: float) -> tuple[list[float], Moments]:
    cos1, cos2 = math.cos(W1 / scale), math.cos(W2 / scale)
    exp1, exp2 = math.exp(L1 / scale), math.exp(L2 / scale)
    d4 = exp1 * exp1 * exp2 * exp2
    d3 = -2 * cos1 * exp1 * exp2 * exp2
    d3 += -2 * cos2 * exp2 * exp1 * exp1
    d2 = 4 * cos2 * cos1 * exp1 * exp2
    d2 += exp1 * exp1 + exp2 * exp2
    d1 = -2 * (exp2 * cos2 + exp1 * cos1)
    moments = Moments(1.0 + d1 + d2 + d3 + d4, d1 + 2 * d2 + 3 * d3 + 4 * d4, d1 + 4 * d2 + 9 * d3 + 16 * d4)
    return [d1, d2, d3, d4], moments


def _numerator(scale: float, of: Exponentials) -> tuple[list[float], Moments]:
    sin1, sin2 = math.sin(W1 / scale), math.sin(W2 / scale)
    cos1, cos2 = math.cos(W1 / scale), math.cos(W2 / scale)
    exp1, exp2 = math.exp(L1 / scale), math.exp(L2 / scale)
    n0 = of.a1 + of.a2
    n1 = exp2 * (of.b2 * sin2 - (of.a2 + 2 * of.a1) * cos2)
    n1 += exp1 * (of.b1 * sin1 - (of.a1 + 2 * of.a2) * cos1)
    n2 = (of.a1 + of.a2) * cos2 * cos1
    n2 -= of.b1 * cos2 * sin1 + of.b2 * cos1 * sin2
    n2 *= 2 * exp1 * exp2
    n2 += of.a2 * exp1 * exp1 + of.a1 * exp2 * exp2
    n3 = exp2 * exp1 * exp1 * (of.b2 * sin2 - of.a2 * cos2)
    n3 += exp1 * exp2 * exp2 * (of.b1 * sin1 - of.a1 * cos1)
    return [n0, n1, n2, n3], Moments(n0 + n1 + n2 + n3, n1 + 2 * n2 + 3 * n3, n1 + 4 * n2 + 9 * n3)


def _coefficients(n: list[float], d: list[float]) -> Image:
    """n and d with m, the filter backwards, and with what holds the ends of a line at rest."""
    m = [n[1] - d[0] * n[0], n[2] - d[1] * n[0], n[3] - d[2] * n[0], -d[3] * n[0]]
    sn, sm, sd = n[0] + n[1] + n[2] + n[3], m[0] + m[1] + m[2] + m[3], 1.0 + d[0] + d[1] + d[2] + d[3]
    bn, bm = [value * sn / sd for value in d], [value * sm / sd for value in d]
    return np.array([*n, *m, *d, *bn, *bm])
