"""The paper's closed-form decoders: radiomics from the shared projection, one matrix a stage, no gradient descent.

Source: "What Fine-Tuning Changes" (MIDL 2026), steps 3 and 4: theta = R Z^T (Z Z^T)^-1 in the paper's orientation,
I = ||theta||_2, delta I = I_ft - I_pre.
"""

from dataclasses import dataclass

import numpy as np

from backend.science.types import FloatArray


@dataclass(frozen=True, slots=True)
class Decoder:
    """A solved stage: R ~ Z theta^T + intercept."""

    theta: FloatArray  # (K, H)
    intercept: FloatArray  # (K,), zero without a bias
    rank: int
    condition_number: float  # largest over smallest singular value above the cut-off

    def predict(self, Z: FloatArray) -> FloatArray:
        """Decoded radiomics of projected studies: (n, H) -> (n, K), in the units theta was solved in."""
        return np.asarray(Z @ self.theta.T + self.intercept)


def solve(Z: FloatArray, R: FloatArray, bias: bool = False) -> Decoder:
    """Minimum-norm least squares of R (N, K) on Z (N, H), all K right-hand sides by one SVD in float64.

    Singular values below max(N, H) * eps of the largest count as zero (the pseudo-inverse's rule). The inverse of
    Z^T Z is never formed: with H > N it does not exist, and computing it returns garbage without failing.
    """
    Z, R = np.asarray(Z, dtype=np.float64), np.asarray(R, dtype=np.float64)
    A = np.hstack([Z, np.ones((len(Z), 1))]) if bias else Z
    U, s, Vt = np.linalg.svd(A, full_matrices=False)
    keep = s > max(A.shape) * np.finfo(np.float64).eps * s[0]
    weights = ((R.T @ U[:, keep]) / s[keep]) @ Vt[keep]
    rank = int(keep.sum())
    return Decoder(
        theta=np.ascontiguousarray(weights[:, : Z.shape[1]]),
        intercept=weights[:, -1].copy() if bias else np.zeros(R.shape[1]),
        rank=rank,
        condition_number=float(s[0] / s[keep][-1]) if rank else float("nan"),
    )


def importance(theta: FloatArray) -> FloatArray:
    """I = ||theta_k||_2 of each feature, (K, H) -> (K,): a weight norm, not explanatory power."""
    return np.asarray(np.linalg.norm(theta, axis=1))


def live_units(Z: FloatArray) -> int:
    """Hidden units that are above zero for at least one study."""
    return int(np.any(Z > 0, axis=0).sum())
