#include "map.h"

/* Dependences in each voxel's neighbourhood: of each place, how many near ones differ by at most alpha, itself counted.
 *
 * near: for each place, the places at the distances asked for, from first[q] to first[q + 1].
 */
API void rl_map_gldm(const uint16_t *levels, const int32_t *at, int64_t n, const int32_t *offset, int64_t size,
                     const int16_t *near, const int32_t *first, int64_t alpha, int64_t measure, uint16_t *number,
                     uint16_t *box, uint16_t *level, Cell *list, int32_t *place, int64_t side, double *margin, double *out) {
    Cells cells = {list, place, 0, side};
    for (int64_t v = 0; v < n; v++) {
        numbered(levels + at[v], offset, size, number, box, level);
        for (int64_t q = 0; q < size; q++) {
            const int32_t a = box[q], i = level[a];
            if (!a) continue;
            int32_t alike = 1;
            for (int32_t c = first[q]; c < first[q + 1]; c++) {
                const int32_t b = box[near[c]], difference = i - level[b];
                alike += b && difference <= alpha && -difference <= alpha;
            }
            add(&cells, a, alike, i, alike, 1);
        }
        out[v] = size_measure(measure, list, cells.held, margin);
        empty(&cells);
    }
}
