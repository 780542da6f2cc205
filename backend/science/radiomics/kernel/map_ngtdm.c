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

/* pairs: n_pairs times two places that are near each other. near, around: `size` int64, a level and 1 << 32 for each near
 * place that is there. p, s: by number of a level. */
API void rl_map_ngtdm(const uint16_t *levels, const int32_t *at, int64_t n, const int32_t *offset, int64_t size,
                      const int16_t *pairs, int64_t n_pairs, int64_t measure, int64_t *near, int64_t *around,
                      uint16_t *number, uint16_t *box, uint16_t *level, double *p, double *s, double *out) {
    const int64_t one = INT64_C(1) << 32;
    for (int64_t v = 0; v < n; v++) {
        const int32_t k = numbered(levels + at[v], offset, size, number, box, level);
        double voxels = 0;
        for (int32_t a = 1; a <= k; a++) p[a] = s[a] = 0;
        for (int64_t q = 0; q < size; q++) {
            near[q] = box[q] ? level[box[q]] | one : 0;
            around[q] = 0;
        }
        for (int64_t c = 0; c < 2 * n_pairs; c += 2) {
            around[pairs[c]] += near[pairs[c + 1]];
            around[pairs[c + 1]] += near[pairs[c]];
        }
        for (int64_t q = 0; q < size; q++) {
            const int32_t a = box[q];
            if (!a) continue;
            const double held = (double)(around[q] >> 32), sum = (double)(around[q] & (one - 1));
            p[a] += 1;
            voxels += 1;
            if (held > 0) s[a] += fabs(level[a] - sum / held);
        }
        for (int32_t a = 1; a <= k; a++) p[a] /= voxels;
        out[v] = tone_measure(measure, k, voxels, level, p, s);
    }
}
