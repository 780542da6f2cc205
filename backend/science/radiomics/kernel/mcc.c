#include "kernel.h"

/* Lanczos with full orthogonalisation against the known leading eigenvector and all earlier vectors. */

enum { STEPS = 900 };

INLINE void subtract(double *a, const double *b, double factor, int64_t n) {
    for (int64_t i = 0; i < n; i++) a[i] -= factor * b[i];
}

/* w = S q of a symmetric matrix of which row i holds columns first[i] to i. */
INLINE void product(const double *S, const int32_t *first, int64_t k, const double *q, double *w) {
    for (int64_t i = 0; i < k; i++) {
        const int64_t f = first[i], n = i - f;
        w[i] = dot(S, q + f, n) + S[n] * q[i];
        for (int64_t j = 0; j < n; j++) w[f + j] += q[i] * S[j];
        S += n + 1;
    }
}

/* Eigenvalues of the tridiagonal (diagonal d, off-diagonal e) by implicit QL, and the last component of each vector. */
INLINE void tridiagonal(double *d, double *e, double *last, int64_t n) {
    e[n - 1] = 0;
    for (int64_t l = 0; l < n; l++)
        for (int sweep = 0; sweep < 60; sweep++) {
            int64_t m = l;
            while (m + 1 < n && fabs(e[m]) > 1e-17 * (fabs(d[m]) + fabs(d[m + 1]))) m++;
            if (m == l) break;
            double g = (d[l + 1] - d[l]) / (2 * e[l]), r = sqrt(g * g + 1), s = 1, c = 1, p = 0;
            g = d[m] - d[l] + e[l] / (g + (g >= 0 ? r : -r));
            int64_t i = m - 1;
            for (; i >= l; i--) {
                double f = s * e[i], b = c * e[i];
                r = sqrt(f * f + g * g);
                e[i + 1] = r;
                if (r == 0) {
                    d[i + 1] -= p;
                    e[m] = 0;
                    break;
                }
                s = f / r;
                c = g / r;
                g = d[i + 1] - p;
                r = (d[i] - g) * s + 2 * c * b;
                p = s * r;
                d[i + 1] = g + p;
                g = c * r - b;
                f = last[i + 1];
                last[i + 1] = s * last[i] + c * f;
                last[i] = c * last[i] - s * f;
            }
            if (r == 0 && i >= l) continue;
            d[l] -= p;
            e[l] = g;
            e[m] = 0;
        }
}

CLONES double second_eigenvalue(const double *S, const int32_t *first, int64_t k, const double *leading, double *work) {
    double *alpha = work, *beta = alpha + STEPS, *d = beta + STEPS, *e = d + STEPS, *last = e + STEPS;
    double *Q = work + 8 * STEPS, best = 0, before = -1;
    uint32_t random = 12345;
    for (int64_t i = 0; i < k; i++) {
        random = random * 1664525u + 1013904223u;
        Q[i] = (double)(random >> 8) / 16777216.0 - 0.5;
    }
    const double length = dot(leading, leading, k);
    subtract(Q, leading, dot(Q, leading, k) / length, k);
    double norm = sqrt(dot(Q, Q, k));
    for (int64_t i = 0; i < k; i++) Q[i] /= norm;
    const int64_t steps = k - 1 < STEPS - 1 ? k - 1 : STEPS - 1;
    for (int64_t m = 0; m < steps; m++) {
        const double *q = Q + m * k;
        double *w = Q + (m + 1) * k;
        product(S, first, k, q, w);
        alpha[m] = dot(w, q, k);
        /* the two vectors that S q really contains first; then what rounding has brought in of any */
        subtract(w, q, alpha[m], k);
        if (m) subtract(w, q - k, beta[m - 1], k);
        subtract(w, leading, dot(w, leading, k) / length, k);
        for (int64_t b = m; b >= 0; b--) subtract(w, Q + b * k, dot(w, Q + b * k, k), k);
        beta[m] = sqrt(dot(w, w, k));
        const int ends = beta[m] < 1e-13 || m + 1 == steps;
        if (ends || m % 8 == 7) {
            memcpy(d, alpha, sizeof(double) * (size_t)(m + 1));
            memcpy(e, beta, sizeof(double) * (size_t)(m + 1));
            memset(last, 0, sizeof(double) * (size_t)(m + 1));
            last[m] = 1;
            tridiagonal(d, e, last, m + 1);
            int64_t top = 0;
            for (int64_t i = 1; i <= m; i++)
                if (fabs(d[i]) > fabs(d[top])) top = i;
            best = fabs(d[top]);
            const double residual = beta[m] * fabs(last[top]);
            if (ends || (residual < 1e-6 * best && fabs(best - before) < 1e-11 * best)) break;
            before = best;
        }
        for (int64_t i = 0; i < k; i++) w[i] /= beta[m];
    }
    return best;
}
