#include "kernel.h"

/* Neighbours of the n voxels of a region at any offsets, however far, in levels of any size.
 *
 * levels: the region in its padded box, int32, 0 outside. Out, in the order of the voxels: count (n), neighbours in the
 * region; alike (n), those whose level differs by at most alpha; sum (n) of their levels. An offset that is listed twice
 * counts twice.
 */
API void rl_around(const int32_t *levels, const int32_t *spans, int64_t n_spans, const int32_t *offset,
                   int64_t n_offsets, int64_t alpha, int32_t *count, int32_t *alike, int64_t *sum) {
    for (int64_t s = 0; s < n_spans; s++) {
        const int32_t *here = levels + spans[2 * s];
        const int32_t size = spans[2 * s + 1];
        memset(count, 0, sizeof(int32_t) * (size_t)size);
        memset(alike, 0, sizeof(int32_t) * (size_t)size);
        memset(sum, 0, sizeof(int64_t) * (size_t)size);
        for (int64_t d = 0; d < n_offsets; d++) {
            const int32_t *there = here + offset[d];
            for (int32_t k = 0; k < size; k++) {
                const int64_t off = (int64_t)there[k] - here[k];
                const int32_t inside = there[k] != 0;
                count[k] += inside;
                alike[k] += inside & ((off < 0 ? -off : off) <= alpha);
                sum[k] += there[k];
            }
        }
        count += size;
        alike += size;
        sum += size;
    }
}
