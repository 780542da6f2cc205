#include "kernel.h"

INLINE int32_t root_of(int32_t *parent, int32_t p) {
    while (parent[p] != p) {
        parent[p] = parent[parent[p]];
        p = parent[p];
    }
    return p;
}

/* Zones of equal level, connected along `directions`, by union-find in raster order: zone_level, zone_size (n + 1 each);
 * returns the number.
 *
 * Neighbours that touch each other were joined before, so one of each group is enough: `apart` of 13 directions. parent
 * (padded box): position of another voxel of the zone, an earlier one, or the voxel's own.
 */
API int64_t rl_zones(const uint16_t *levels, const uint16_t *bits, const int32_t *at, int64_t n, const int32_t *offset,
                     int64_t directions, int32_t *parent, int32_t *zone_level, int32_t *zone_size) {
    int32_t back[DIRECTIONS + 1] = {0}; /* the last: no neighbour, the voxel itself */
    memcpy(back, offset, sizeof(int32_t) * (size_t)directions);
    for (int64_t i = 0; i < n; i++) {
        const int32_t p = at[i];
        uint32_t set = directions == DIRECTIONS ? apart[bits[p]] : bits[p];
        parent[p] = p;
        const int32_t first = parent[p - back[__builtin_ctz(set | 1 << DIRECTIONS)]];
        parent[p] = first;
        if (!(set & (set - 1))) continue; /* no or one neighbour: most voxels; both alike, without a branch */
        int32_t root = root_of(parent, first);
        for (set &= set - 1; set; set &= set - 1) {
            const int32_t other = root_of(parent, p - offset[__builtin_ctz(set)]);
            parent[other < root ? root : other] = other < root ? other : root;
            root = other < root ? other : root;
        }
        parent[p] = root;
    }
    int64_t zones = 0;
    for (int64_t i = 0; i < n; i++) { /* roots come before their voxels and are replaced by -1 - number */
        const int32_t p = at[i];
        const int is_root = parent[p] == p;
        zone_level[zones] = levels[p];
        zone_size[zones] = 0;
        parent[p] = is_root ? -1 - (int32_t)zones : parent[parent[p]];
        zones += is_root;
        zone_size[-1 - parent[p]]++;
    }
    return zones;
}
