#include "kernel.h"

/* Runs of equal level along 13 directions: out[d][level][r - 1] = runs of length r.
 *
 * The running length at p is one more than at p - offset[d] where the levels agree. The number of voxels whose running
 * length is r is the number of runs of at least r, so exact lengths are differences. Running lengths of 1 need no visit:
 * they are the level's other voxels.
 * index (padded box): number of a voxel in raster order; running (n, 16); out (13, ng + 1, longest), zeros.
 */
API void rl_runs(const uint16_t *levels, const uint16_t *bits, const int32_t *at, int64_t n, const int32_t *offset,
                 const int32_t *index, const uint32_t *counts, int64_t ng, int64_t longest, uint16_t *running,
                 uint32_t *out) {
    const int64_t per_direction = (ng + 1) * longest;
    for (int64_t i = 0; i < n; i++) {
        const int32_t p = at[i];
        uint32_t set = bits[p];
        uint32_t *row = out + levels[p] * longest;
        while (set) {
            const int d = __builtin_ctz(set);
            set &= set - 1;
            const int32_t q = p - offset[d];
            /* a neighbour without this bit starts a run: its entry was never written */
            const uint16_t length = bits[q] >> d & 1 ? (uint16_t)(running[16 * (int64_t)index[q] + d] + 1) : 2;
            running[16 * i + d] = length;
            row[d * per_direction + length - 1]++;
        }
    }
    for (int d = 0; d < DIRECTIONS; d++)
        for (int64_t level = 1; level <= ng; level++) {
            uint32_t *row = out + d * per_direction + level * longest;
            uint32_t longer = 0;
            for (int64_t r = 1; r < longest && row[r]; r++) longer += row[r];
            row[0] = counts[level] - longer;
            for (int64_t r = 0; r + 1 < longest && row[r]; r++) row[r] -= row[r + 1];
        }
}

/* Zones of equal level, 26-connected, by union-find in raster order: zone_level, zone_size (n each); returns how many.
 * Neighbours that touch each other were joined before, so one of each group is enough (`apart`). parent: n. */
API int64_t rl_zones(const uint16_t *levels, const uint16_t *bits, const int32_t *at, int64_t n, const int32_t *offset,
                     const int32_t *index, int32_t *parent, int32_t *zone_level, int32_t *zone_size) {
    for (int64_t i = 0; i < n; i++) {
        const int32_t p = at[i];
        uint32_t set = apart[bits[p]];
        int32_t root = (int32_t)i;
        while (set) {
            int32_t other = index[p - offset[__builtin_ctz(set)]];
            set &= set - 1;
            while (parent[other] != other) {
                parent[other] = parent[parent[other]];
                other = parent[other];
            }
            if (root == (int32_t)i)
                root = other;
            else if (other < root) {
                parent[root] = other;
                root = other;
            } else
                parent[other] = root;
        }
        parent[i] = root;
    }
    int64_t zones = 0;
    for (int64_t i = 0; i < n; i++) {
        if (parent[i] == (int32_t)i) { /* roots come before their voxels; -1 - number stands in their place */
            zone_level[zones] = levels[at[i]];
            zone_size[zones] = 1;
            parent[i] = -1 - (int32_t)zones++;
        } else {
            parent[i] = parent[parent[i]]; /* an earlier voxel: a number already */
            zone_size[-1 - parent[i]]++;
        }
    }
    return zones;
}
