#include "map.h"

/* Zones of equal level in each voxel's neighbourhood, grown from its places; a zone ends where the neighbourhood ends.
 *
 * near: for each place, the places that touch it, from first[q] to first[q + 1].
 */
API void rl_map_glszm(const uint16_t *levels, const int32_t *at, int64_t n, const int32_t *offset, int64_t size,
                      const int16_t *near, const int32_t *first, int64_t measure, int16_t *stack, uint16_t *number,
                      uint16_t *box, uint16_t *level, Cell *list, int32_t *place, int64_t side, double *margin,
                      double *out) {
    Cells cells = {list, place, 0, side};
    for (int64_t v = 0; v < n; v++) {
        numbered(levels + at[v], offset, size, number, box, level);
        for (int64_t start = 0; start < size; start++) {
            const uint16_t a = box[start];
            if (!a) continue;
            int32_t top = 0, zone = 0;
            stack[top++] = (int16_t)start;
            box[start] = 0; /* a place that belongs to a zone is taken out */
            while (top) {
                const int16_t q = stack[--top];
                zone++;
                for (int32_t c = first[q]; c < first[q + 1]; c++)
                    if (box[near[c]] == a) {
                        stack[top++] = near[c];
                        box[near[c]] = 0;
                    }
            }
            add(&cells, a, zone, level[a], zone, 1);
        }
        out[v] = size_measure(measure, list, cells.held, margin);
        empty(&cells);
    }
}
