#include "map.h"

/* Tone differences in each voxel's neighbourhood: of each place, |level - mean level of the near ones|, 0 without any.
 *
 * n_i places of level i, p_i their share, s_i the sum of their differences; sums run over levels that occur.
 */

enum { BUSYNESS, COARSENESS, COMPLEXITY, CONTRAST, STRENGTH };

INLINE double tone_measure(int64_t measure, int32_t k, double voxels, const uint16_t *level, const double *p,
                           const double *s) {
    double coarse = 0, total = 0, pairs = 0;
    for (int32_t a = 1; a <= k; a++) {
        coarse += p[a] * s[a];
        total += s[a];
    }
    if (measure == COARSENESS) return coarse != 0 ? 1 / coarse : 1e6;
    for (int32_t a = 1; a <= k; a++)
        for (int32_t b = 1; b < a; b++) {
            const double i = level[a], j = level[b], apart = fabs(i - j);
            if (measure == BUSYNESS) pairs += fabs(i * p[a] - j * p[b]);
            if (measure == COMPLEXITY) pairs += apart * (p[a] * s[a] + p[b] * s[b]) / (p[a] + p[b]);
            if (measure == CONTRAST) pairs += p[a] * p[b] * apart * apart;
            if (measure == STRENGTH) pairs += (p[a] + p[b]) * apart * apart;
        }
    pairs *= 2; /* each pair of levels counts in both orders */
    switch (measure) {
    case BUSYNESS: return pairs != 0 ? coarse / pairs : 0;
    case COMPLEXITY: return pairs / voxels;
    case CONTRAST: return k > 1 ? pairs * total / voxels / (double)(k * (k - 1)) : 0;
    default: return total != 0 ? pairs / total : 0;
    }
}

API void rl_map_ngtdm(const uint16_t *levels, const int32_t *at, int64_t n, const int32_t *offset, int64_t size,
                      const int16_t *near, const int32_t *first, int64_t measure, uint16_t *number, uint16_t *box,
                      uint16_t *level, double *p, double *s, double *out) {
    level[0] = 0; /* outside */
    for (int64_t v = 0; v < n; v++) {
        const int32_t k = numbered(levels + at[v], offset, size, number, box, level);
        double voxels = 0;
        for (int32_t a = 1; a <= k; a++) p[a] = s[a] = 0;
        for (int64_t q = 0; q < size; q++) {
            const int32_t a = box[q];
            if (!a) continue;
            double around = 0, sum = 0;
            for (int32_t c = first[q]; c < first[q + 1]; c++) {
                around += box[near[c]] != 0;
                sum += level[box[near[c]]];
            }
            p[a] += 1;
            voxels += 1;
            if (around > 0) s[a] += fabs(level[a] - sum / around);
        }
        for (int32_t a = 1; a <= k; a++) p[a] /= voxels;
        out[v] = tone_measure(measure, k, voxels, level, p, s);
    }
}
