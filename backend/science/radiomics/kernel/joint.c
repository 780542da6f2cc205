#include "kernel.h"

/* Sums over the cells of a (levels, sizes) count matrix that its two margins cannot give; cell (i, j) holds n.
 *
 * sums (6): n / i^2 j^2, n i^2 / j^2, n j^2 / i^2, n i^2 j^2, n log2 n, cells with n > 0. Row 0 (level 0) is skipped; a
 * row holds `stride` counts, of which those beyond `sizes` are zeros. by_level (ng + 1) and by_size (sizes): the margins;
 * the size of column c is c + 1.
 */
INLINE void joint(const uint32_t *matrix, int64_t ng, int64_t stride, int64_t sizes, double *sums, int64_t *by_level,
                  int64_t *by_size) {
    for (int64_t level = 1; level <= ng; level++) {
        const uint32_t *row = matrix + level * stride;
        const double i2 = (double)(level * level);
        double small = 0, large = 0;
        for (int64_t c = 0; c < sizes; c++) {
            if (!row[c]) continue;
            const double n = row[c], j2 = (double)((c + 1) * (c + 1));
            small += n / j2;
            large += n * j2;
            sums[4] += n * log2_count(row[c]);
            sums[5] += 1;
            by_level[level] += row[c];
            by_size[c] += row[c];
        }
        sums[0] += small / i2;
        sums[1] += small * i2;
        sums[2] += large / i2;
        sums[3] += large * i2;
    }
}

/* `matrices` (directions, ng + 1, stride), each with its own sums and margins. */
API void rl_joint(const uint32_t *matrices, int64_t directions, int64_t ng, int64_t stride, int64_t sizes, double *sums,
                  int64_t *by_level, int64_t *by_size) {
    for (int64_t d = 0; d < directions; d++)
        joint(matrices + d * (ng + 1) * stride, ng, stride, sizes, sums + 6 * d, by_level + d * (ng + 1), by_size + d * sizes);
}

/* The same for zones listed one by one, small sizes by a table (ng + 1, small), zeros. Zones larger than `small` are
 * packed to the front of the lists, for the caller to count; returns how many. */
API int64_t rl_joint_zones(int32_t *zone_level, int32_t *zone_size, int64_t zones, int64_t ng, int64_t small,
                           uint32_t *table, double *sums, int64_t *by_level, int64_t *by_size) {
    int64_t large = 0;
    for (int64_t z = 0; z < zones; z++) {
        const int32_t level = zone_level[z], size = zone_size[z];
        if (size <= small)
            table[level * small + size - 1]++;
        else {
            zone_level[large] = level;
            zone_size[large++] = size;
        }
    }
    joint(table, ng, small, small, sums, by_level, by_size);
    return large;
}
