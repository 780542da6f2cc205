#include "kernel.h"

/* Sums of NGTDM from levels i, their numbers of voxels counts (ng + 1) and differences (ng + 1, 27): sums of
 * |j i - sum of j neighbours| by number j of neighbours.
 *
 * Out: s (ng + 1), sums of |i - mean of the neighbours|, 0 without neighbours; pairs (2), over all pairs of levels that
 * occur, with p the share of the voxels: sum |i_a p_a - i_b p_b| and sum |i_a - i_b| (p_a s_a + p_b s_b) / (p_a + p_b),
 * each pair in both orders. work: 3 (ng + 1).
 */
API void rl_ngtdm(const uint32_t *counts, const int64_t *differences, int64_t ng, double *s, double *pairs, double *work) {
    double *i = work, *p = i + ng + 1, *ps = p + ng + 1, voxels = 0, busy = 0, complexity = 0;
    int64_t k = 0;
    s[0] = 0;
    for (int64_t level = 1; level <= ng; level++) {
        s[level] = 0;
        for (int j = 1; j < 27; j++) s[level] += (double)differences[level * 27 + j] / j;
        voxels += counts[level];
    }
    for (int64_t level = 1; level <= ng; level++) {
        if (!counts[level]) continue;
        i[k] = (double)level;
        p[k] = counts[level] / voxels;
        ps[k] = p[k] * s[level];
        k++;
    }
    for (int64_t a = 1; a < k; a++) {
        double distance[LANES] = {0}, weighed[LANES] = {0};
        const double ip = i[a] * p[a];
        const int64_t even = a - a % LANES;
        for (int64_t b = 0; b < even; b += LANES)
            for (int l = 0; l < LANES; l++) {
                distance[l] += fabs(ip - i[b + l] * p[b + l]);
                weighed[l] += (i[a] - i[b + l]) * (ps[a] + ps[b + l]) / (p[a] + p[b + l]);
            }
        for (int64_t b = even; b < a; b++) {
            distance[b - even] += fabs(ip - i[b] * p[b]);
            weighed[b - even] += (i[a] - i[b]) * (ps[a] + ps[b]) / (p[a] + p[b]);
        }
        busy += total(distance);
        complexity += total(weighed);
    }
    pairs[0] = 2 * busy;
    pairs[1] = 2 * complexity;
}
