#include "kernel.h"

/* One pass over the rows of the region: the equality bits of each voxel, and the counts behind GLDM and NGTDM.
 *
 * rows (n_rows, 2): position of a row's first voxel and its length to the last; `around` (padded box): how many of a
 * voxel's 26 neighbours lie in the region. Out: bits (padded box), bit d set where the voxel at p - offset[d] has the
 * same level; gldm (ng + 1, 27): voxels of level i with j neighbours within `alpha`; ngtdm (ng + 1, 27): sums of
 * |j i - sum of the neighbours' levels| by number j of neighbours, exact integers. work: 2 * longest row, uint32.
 */
API void rl_neighbours(const uint16_t *levels, const int32_t *rows, int64_t n_rows, const int32_t *offset,
                       const uint8_t *around, int64_t alpha, uint16_t *bits, uint32_t *gldm, int64_t *ngtdm,
                       uint16_t *alike, uint32_t *sums) {
    for (int64_t row = 0; row < n_rows; row++) {
        const int32_t start = rows[2 * row], length = rows[2 * row + 1];
        const uint16_t *here = levels + start;
        uint16_t *bit = bits + start;
        memset(bit, 0, sizeof(uint16_t) * (size_t)length);
        memset(alike, 0, sizeof(uint16_t) * (size_t)length);
        memset(sums, 0, sizeof(uint32_t) * (size_t)length);
        for (int d = 0; d < DIRECTIONS; d++) {
            const uint16_t *later = here + offset[d], *earlier = here - offset[d];
            const uint16_t flag = (uint16_t)(1 << d);
            for (int32_t x = 0; x < length; x++) {
                const uint16_t same = here[x] == earlier[x] ? 0xffff : 0;
                bit[x] |= same & flag;
                alike[x] += (uint16_t)((here[x] == earlier[x]) + (here[x] == later[x]));
            }
            for (int32_t x = 0; x < length; x++) sums[x] += (uint32_t)later[x] + earlier[x];
        }
        if (alpha > 0) {
            memset(alike, 0, sizeof(uint16_t) * (size_t)length);
            for (int d = 0; d < DIRECTIONS; d++) {
                const uint16_t *later = here + offset[d], *earlier = here - offset[d];
                for (int32_t x = 0; x < length; x++) {
                    const int32_t a = later[x], b = earlier[x], c = here[x];
                    alike[x] += (uint16_t)((a && a - c <= alpha && c - a <= alpha) + (b && b - c <= alpha && c - b <= alpha));
                }
            }
        }
        for (int32_t x = 0; x < length; x++) {
            const int64_t level = here[x];
            if (!level) continue;
            const int64_t j = around[start + x];
            gldm[level * 27 + alike[x]]++;
            const int64_t off = j * level - (int64_t)sums[x];
            ngtdm[level * 27 + j] += off < 0 ? -off : off;
        }
    }
}
