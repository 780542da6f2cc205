#include "map.h"

/* Run lengths in each voxel's neighbourhood: runs of equal level along the lines of each direction.
 *
 * lines: places of the neighbourhood line by line, -1 after each; those of direction d are first[d] to first[d + 1]. A
 * direction none of whose lines holds two voxels does not count. weights: one for each direction, summed into one matrix
 * where `merged` is set. cells: `capacity` of them; place and margin as in map.h, side: one more than the largest number.
 */
INLINE int runs(const uint16_t *box, const uint16_t *level, const int16_t *lines, int32_t n, double weight, Cells *cells) {
    int32_t run = 0, elements = 0, most = 0;
    uint16_t a = 0;
    for (int32_t c = 0; c < n; c++) {
        const uint16_t here = lines[c] < 0 ? 0 : box[lines[c]];
        if (here != a) {
            if (a) add(cells, a, run, level[a], run, weight);
            a = here;
            run = 0;
        }
        run++;
        elements = lines[c] < 0 ? 0 : elements + (here != 0);
        most = elements > most ? elements : most;
    }
    return most > 1;
}

INLINE int has_runs(const uint16_t *box, const int16_t *lines, int32_t n) {
    int32_t elements = 0;
    for (int32_t c = 0; c < n; c++) {
        elements = lines[c] < 0 ? 0 : elements + (box[lines[c]] != 0);
        if (elements > 1) return 1;
    }
    return 0;
}

API void rl_map_glrlm(const uint16_t *levels, const int32_t *at, int64_t n, const int32_t *offset, int64_t size,
                      const int16_t *lines, const int32_t *first, int64_t directions, const double *weights,
                      int64_t merged, int64_t measure, uint16_t *number, uint16_t *box, uint16_t *level, Cell *list,
                      int32_t *place, int64_t side, double *margin, double *out) {
    Cells cells = {list, place, 0, side};
    for (int64_t v = 0; v < n; v++) {
        numbered(levels + at[v], offset, size, number, box, level);
        Mean mean = {0, 0};
        for (int64_t d = 0; d < directions; d++) {
            const int16_t *along = lines + first[d];
            const int32_t places = first[d + 1] - first[d];
            if (merged) {
                if (has_runs(box, along, places)) runs(box, level, along, places, weights[d], &cells);
                continue;
            }
            if (runs(box, level, along, places, 1, &cells)) take(&mean, size_measure(measure, list, cells.held, margin));
            empty(&cells);
        }
        if (merged && cells.held) take(&mean, size_measure(measure, list, cells.held, margin));
        empty(&cells);
        out[v] = mean_of(&mean);
    }
}
