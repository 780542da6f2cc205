#include "map.h"

/* Dependences in each voxel's neighbourhood: of each place, how many near ones differ by at most alpha, itself counted.
 *
 * near: of each place, the near ones as a set of `words` words. mask, alike: sets by number of a level, one more than
 * there are; alike: the places whose level differs by at most alpha.
 */
INLINE void dependences(const uint16_t *levels, const int32_t *at, int64_t n, const int32_t *offset, int64_t size,
                        const uint64_t *near, int64_t words, int64_t alpha, int64_t measure, uint64_t *mask,
                        uint64_t *alike, uint16_t *number, uint16_t *box, uint16_t *level, Cells *cells, double *margin,
                        double *out) {
    for (int64_t v = 0; v < n; v++) {
        const int32_t k = numbered(levels + at[v], offset, size, number, box, level);
        places_of(box, size, k, words, mask);
        memcpy(alike, mask, sizeof(uint64_t) * (size_t)((k + 1) * words));
        for (int32_t a = 1; a <= k && alpha > 0; a++)
            for (int32_t b = 1; b <= k; b++)
                if (b != a && level[a] - level[b] <= alpha && level[b] - level[a] <= alpha)
                    for (int64_t w = 0; w < words; w++) alike[a * words + w] |= mask[b * words + w];
        for (int64_t q = 0; q < size; q++) {
            const int32_t a = box[q];
            if (!a) continue;
            int32_t held = 1;
            for (int64_t w = 0; w < words; w++) held += __builtin_popcountll(near[q * words + w] & alike[a * words + w]);
            add(cells, a, held, level[a], held, 1);
        }
        out[v] = size_measure(measure, cells->list, cells->held, margin);
        empty(cells);
    }
}

API void rl_map_gldm(const uint16_t *levels, const int32_t *at, int64_t n, const int32_t *offset, int64_t size,
                     const uint64_t *near, int64_t words, int64_t alpha, int64_t measure, uint64_t *mask,
                     uint64_t *alike, uint16_t *number, uint16_t *box, uint16_t *level, Cell *list, int32_t *place,
                     int64_t side, double *margin, double *out) {
    Cells cells = {list, place, 0, side};
    if (words == 1) /* compiled for one word, which holds the 27 places of a radius of 1 */
        dependences(levels, at, n, offset, size, near, 1, alpha, measure, mask, alike, number, box, level, &cells, margin, out);
    else
        dependences(levels, at, n, offset, size, near, words, alpha, measure, mask, alike, number, box, level, &cells,
                    margin, out);
}
