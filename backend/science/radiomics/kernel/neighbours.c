#include "kernel.h"

enum { MOST_LEVELS = 8192 }; /* above any level that a table is made for */

/* Number of neighbours in the region that differ by at most alpha: by -alpha to alpha, moved up so that none is below 0. */
INLINE Voxels within(int directions, const uint16_t *levels, const int32_t *offset, int64_t alpha) {
    const uint16_t up = (uint16_t)(alpha < MOST_LEVELS ? alpha : MOST_LEVELS);
    const Voxels here = VOXELS_OF(levels) - up;
    Voxels alike = {0};
    for (int d = 0; d < directions; d++) {
        const Voxels later = VOXELS_OF(levels + offset[d]), earlier = VOXELS_OF(levels - offset[d]);
        alike -= ((later - here) <= (uint16_t)(2 * up)) & (later != 0);
        alike -= ((earlier - here) <= (uint16_t)(2 * up)) & (earlier != 0);
    }
    return alike;
}

INLINE void neighbours(int directions, const uint16_t *levels, const int32_t *rows, int64_t n_rows,
                       const int32_t *offset, const uint8_t *around, int64_t alpha, int64_t ng, uint16_t *bits,
                       uint32_t *gldm, int64_t *ngtdm) {
    for (int64_t row = 0; row < n_rows; row++) {
        const int32_t start = rows[2 * row], end = start + rows[2 * row + 1];
        /* a block may run into the next row, whose bits are then written again by its own blocks */
        for (int32_t p = start; p < end; p += BLOCK) {
            const Voxels here = VOXELS_OF(levels + p);
            Voxels bit = {0}, alike = {0}, before = {0}, after = {0}; /* 13 levels up to 4096 each: no overflow */
            for (int d = 0; d < directions; d++) {
                const Voxels later = VOXELS_OF(levels + p + offset[d]), earlier = VOXELS_OF(levels + p - offset[d]);
                const Voxels same = here == earlier;
                bit |= same & (uint16_t)(1 << d);
                alike -= same + (here == later);
                before += earlier;
                after += later;
            }
            VOXELS(bits + p) = bit;
            if (alpha > 0) alike = within(directions, levels + p, offset, alpha);
            const int32_t size = end - p < BLOCK ? end - p : BLOCK;
            for (int32_t k = 0; k < size; k++) {
                const int32_t level = here[k];
                if (!level) continue;
                const int32_t j = around[p + k];
                const int64_t table = (k & 1) * (ng + 1) + level;
                gldm[table * 27 + alike[k]]++;
                const int32_t off = j * level - (int32_t)before[k] - (int32_t)after[k];
                ngtdm[table * 27 + j] += off < 0 ? -off : off;
            }
        }
    }
}

/* One pass over the rows of the region: the equality bits of each voxel, and the counts behind GLDM and NGTDM.
 *
 * `around` (padded box): how many of a voxel's neighbours lie in the region. Out: bits (padded box), bit d set where
 * the voxel at p - offset[d] has the same level; gldm (ng + 1, 27): voxels of level i with j neighbours within `alpha`;
 * ngtdm (ng + 1, 27): sums of |j i - sum of the neighbours' levels| by number j of neighbours, exact integers. Two
 * tables each, (2, ng + 1, 27), to be added up: with one, equal neighbouring voxels would cause stalls.
 */
API void rl_neighbours(const uint16_t *levels, const int32_t *rows, int64_t n_rows, const int32_t *offset,
                       int64_t directions, const uint8_t *around, int64_t alpha, int64_t ng, uint16_t *bits,
                       uint32_t *gldm, int64_t *ngtdm) {
    if (directions == DIRECTIONS)
        neighbours(DIRECTIONS, levels, rows, n_rows, offset, around, alpha, ng, bits, gldm, ngtdm);
    else
        neighbours((int)directions, levels, rows, n_rows, offset, around, alpha, ng, bits, gldm, ngtdm);
}
