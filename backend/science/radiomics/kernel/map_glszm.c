#include "map.h"

/* Zones of equal level in each voxel's neighbourhood, grown from a place by sets; a zone ends where the neighbourhood
 * ends.
 *
 * near: of each place, those that touch it as a set of `words` words. mask: sets by number of a level, one more than
 * there are; front: one set.
 */

/* Takes one place out of a set; -1 where it is empty. */
INLINE int64_t taken(uint64_t *set, int64_t words) {
    for (int64_t w = 0; w < words; w++)
        if (set[w]) {
            const int64_t bit = __builtin_ctzll(set[w]);
            set[w] &= set[w] - 1;
            return 64 * w + bit;
        }
    return -1;
}

INLINE void zones(const uint16_t *levels, const int32_t *at, int64_t n, const int32_t *offset, int64_t size,
                  const uint64_t *near, int64_t words, int64_t measure, uint64_t *mask, uint64_t *front,
                  uint16_t *number, uint16_t *box, uint16_t *level, Cells *cells, double *margin, double *out) {
    for (int64_t v = 0; v < n; v++) {
        const int32_t k = numbered(levels + at[v], offset, size, number, box, level);
        places_of(box, size, k, words, mask);
        for (int32_t a = 1; a <= k; a++) {
            uint64_t *left = mask + a * words; /* places of the level that no zone holds yet */
            for (int64_t q; (q = taken(left, words)) >= 0;) {
                int32_t zone = 1;
                for (int64_t w = 0; w < words; w++) front[w] = 0;
                do {
                    for (int64_t w = 0; w < words; w++) {
                        const uint64_t reached = near[q * words + w] & left[w];
                        front[w] |= reached;
                        left[w] ^= reached;
                        zone += __builtin_popcountll(reached);
                    }
                } while ((q = taken(front, words)) >= 0);
                add(cells, a, zone, level[a], zone, 1);
            }
        }
        out[v] = size_measure(measure, cells->list, cells->held, margin);
        empty(cells);
    }
}

API void rl_map_glszm(const uint16_t *levels, const int32_t *at, int64_t n, const int32_t *offset, int64_t size,
                      const uint64_t *near, int64_t words, int64_t measure, uint64_t *mask, uint64_t *front,
                      uint16_t *number, uint16_t *box, uint16_t *level, Cell *list, int32_t *place, int64_t side,
                      double *margin, double *out) {
    Cells cells = {list, place, 0, side};
    if (words == 1) /* compiled for one word, which holds the 27 places of a radius of 1 */
        zones(levels, at, n, offset, size, near, 1, measure, mask, front, number, box, level, &cells, margin, out);
    else
        zones(levels, at, n, offset, size, near, words, measure, mask, front, number, box, level, &cells, margin, out);
}
