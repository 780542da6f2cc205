"""Second largest singular value of p(i, j) / sqrt(p_x(i) p_y(j)): the maximal correlation coefficient of a GLCM."""

import numpy as np
import numpy.typing as npt

from backend.science.radiomics.region.sparse_levels import Sums

EPS = float(np.spacing(1))
FEW = 300  # rows of a matrix whose eigenvalues are computed directly
MOST_STEPS = 400
Places = npt.NDArray[np.intp]


def second_singular_value(row: Places, column: Places, p: Sums, p_x: Sums, p_y: Sums) -> float:
    """The value of the matrix with the cells `p` at (row, column), whose sums are p_x and p_y; at most 1.

    PyRadiomics adds eps to p_x(i) p_y(j); here it stands under the root, which is the same to first order. Few rows
    are solved directly. Of a matrix that falls into blocks each has a singular value next to 1. Else Lanczos'
    iteration, from a fixed vector, runs until the value is settled to 1e-12 or for MOST_STEPS.
    """
    if p_x.size > p_y.size:
        row, column, p_x, p_y = column, row, p_y, p_x
    if p_x.size < 2:
        return 0.0
    share = p / np.sqrt(p_x[row] * p_y[column] + EPS)
    if p_y.size <= FEW:
        table = np.zeros((p_x.size, p_y.size))
        table[row, column] = share
        return float(np.sqrt(min(max(np.linalg.eigvalsh(table @ table.T)[-2], 0.0), 1.0)))
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    matrix = csr_matrix((share, (row, column)), shape=(p_x.size, p_y.size))
    if p_x.size <= FEW:
        return float(np.sqrt(min(max(np.linalg.eigvalsh((matrix @ matrix.T).toarray())[-2], 0.0), 1.0)))
    size = p_x.size + p_y.size
    blocks, block = connected_components(csr_matrix((p, (row, column + p_x.size)), shape=(size, size)), directed=False)
    if blocks > 1:
        mass = np.bincount(block[row], p)
        leading = 1 - EPS / 2 * np.bincount(block[row], p / (p_x[row] * p_y[column])) / mass
        return float(np.sort(leading)[-2])
    return float(np.sqrt(min(_second_of_square(matrix, np.sqrt(p_x)), 1.0)))


def _second_of_square(matrix, leading: Sums) -> float:  # type: ignore[no-untyped-def] # a sparse matrix of scipy
    """Second eigenvalue of matrix @ matrix.T, whose leading eigenvector is known."""
    from scipy.linalg import eigh_tridiagonal

    leading = leading / np.linalg.norm(leading)
    q = np.random.default_rng(12345).random(leading.size) - 0.5
    q -= leading * (leading @ q)
    q /= np.linalg.norm(q)
    before, beta, found, steps = np.zeros_like(q), 0.0, 0.0, min(MOST_STEPS, leading.size - 1)
    diagonal: list[float] = []
    beside: list[float] = []
    for step in range(steps):
        w = matrix @ (matrix.T @ q) - beta * before
        diagonal.append(float(w @ q))
        w -= diagonal[-1] * q
        w -= leading * (leading @ w)
        beta = float(np.linalg.norm(w))
        if step % 8 == 7 or step + 1 == steps or beta < 1e-13:
            last, found = found, float(eigh_tridiagonal(diagonal, beside, eigvals_only=True)[-1])
            if beta < 1e-13 or abs(found - last) < 1e-12 * found:
                break
        beside.append(beta)
        before, q = q, w / beta
    return found
