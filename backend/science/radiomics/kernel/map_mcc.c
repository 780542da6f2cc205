#include "map.h"

/* Maximal correlation coefficient of one small matrix: second largest singular value of p_ij / sqrt(px_i py_j).
 *
 * Rows and columns as nodes, cells as edges: where these fall into parts, the value is 1 exactly. Else it is the root of
 * the largest eigenvalue of S S' - v v', v = sqrt(px): S S' without the eigenvector of its largest eigenvalue, 1.
 */

INLINE int32_t part_of(int32_t *parent, int32_t p) {
    while (parent[p] != p) p = parent[p] = parent[parent[p]];
    return p;
}

INLINE int falls_apart(const Cell *cells, int64_t held, int32_t k, const double *px, const double *py, int32_t *parent) {
    int32_t parts = 0;
    for (int32_t a = 1; a <= k; a++) parts += (px[a] > 0) + (py[a] > 0);
    for (int32_t p = 0; p <= 2 * k; p++) parent[p] = p;
    for (int64_t c = 0; c < held; c++) {
        const int32_t p = part_of(parent, cells[c].a), q = part_of(parent, k + cells[c].b);
        if (p == q) continue;
        parent[p < q ? q : p] = p < q ? p : q;
        parts--;
    }
    return parts > 1;
}

/* Householder's reduction of the symmetric A (m, m, lower triangle) to diagonal d and off-diagonal e, eigenvalues only. */
INLINE void reduce(double *A, int64_t m, double *d, double *e) {
    for (int64_t i = m - 1; i > 0; i--) {
        double *row = A + i * m, scale = 0, h = 0;
        for (int64_t j = 0; j < i; j++) scale += fabs(row[j]);
        e[i] = row[i - 1];
        if (i > 1 && scale > 0) {
            for (int64_t j = 0; j < i; j++) h += row[j] * row[j];
            const double last = row[i - 1], g = last >= 0 ? -sqrt(h) : sqrt(h);
            double f = 0;
            e[i] = g;
            h -= last * g;
            row[i - 1] = last - g;
            for (int64_t j = 0; j < i; j++) {
                double sum = 0;
                for (int64_t l = 0; l <= j; l++) sum += A[j * m + l] * row[l];
                for (int64_t l = j + 1; l < i; l++) sum += A[l * m + j] * row[l];
                e[j] = sum / h;
                f += e[j] * row[j];
            }
            const double half = f / (h + h);
            for (int64_t j = 0; j < i; j++) {
                const double x = row[j], y = e[j] -= half * x;
                for (int64_t l = 0; l <= j; l++) A[j * m + l] -= x * e[l] + y * row[l];
            }
        }
        d[i] = row[i];
    }
    d[0] = A[0];
    e[0] = 0;
}

/* Largest eigenvalue of the tridiagonal matrix, from the upper bound x by Newton's steps on det(T - x I).
 *
 * Above the eigenvalue all pivots are negative and each step leads down to it without passing it, so a pivot that is not
 * negative, or a step that is lost in rounding, is the end.
 */
INLINE double largest_eigenvalue(const double *d, const double *e, int64_t m, double x) {
    for (int step = 0; step < 200; step++) {
        double ratio = 0, inverse = 0, sum = 0; /* of pivot' / pivot, and its sum over the pivots: det' / det */
        for (int64_t i = 0; i < m; i++) {
            const double before = e[i] * e[i] * inverse, pivot = d[i] - x - before;
            if (!(pivot < 0)) return x;
            inverse = 1 / pivot;
            ratio = (before * ratio - 1) * inverse;
            sum += ratio;
        }
        const double next = x - 1 / sum;
        if (!(next < x) || x - next < 1e-15 * x) return x;
        x = next;
    }
    return x;
}

CLONES double maximal_correlation(const Cell *cells, int64_t held, double total, int32_t k, const double *px,
                                  const double *py, double *work) {
    int32_t *parent = (int32_t *)work, *row = parent + 2 * k + 2, m = 0;
    for (int32_t a = 1; a <= k; a++)
        if (px[a] > 0) row[a] = m++;
    if (held == 1) return 0;
    if (falls_apart(cells, held, k, px, py, parent)) return 1;
    double *S = work + 2 * k + 4, *M = S + (k + 1) * (k + 1), *d = M + m * m, *e = d + m;
    memset(S, 0, sizeof(double) * (size_t)(m * (k + 1)));
    for (int64_t c = 0; c < held; c++)
        S[row[cells[c].a] * (k + 1) + cells[c].b] = cells[c].n / total / sqrt(px[cells[c].a] * py[cells[c].b]);
    for (int32_t a = 1; a <= k; a++) {
        if (!(px[a] > 0)) continue;
        for (int32_t b = 1; b <= a; b++) {
            if (!(px[b] > 0)) continue;
            const double *x = S + row[a] * (k + 1), *y = S + row[b] * (k + 1);
            double sum = -sqrt(px[a] * px[b]);
            for (int32_t l = 1; l <= k; l++) sum += x[l] * y[l];
            M[row[a] * m + row[b]] = sum;
        }
    }
    double trace = 0, squares = 0;
    for (int32_t a = 0; a < m; a++) {
        trace += M[a * m + a];
        squares += M[a * m + a] * M[a * m + a];
        for (int32_t b = 0; b < a; b++) squares += 2 * M[a * m + b] * M[a * m + b];
    }
    if (m <= 3) { /* at most two eigenvalues that are not 0 */
        const double apart = 2 * squares - trace * trace, largest = (trace + sqrt(apart > 0 ? apart : 0)) / 2;
        return largest > 0 ? sqrt(largest) : 0;
    }
    reduce(M, m, d, e);
    const double bound = sqrt(squares) * (1 + 1e-12) + 1e-300;
    return sqrt(largest_eigenvalue(d, e, m, bound < 1 ? bound : 1));
}
