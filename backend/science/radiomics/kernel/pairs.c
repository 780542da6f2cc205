#include "kernel.h"

/* Ordered pairs of levels in one direction: table (ng + 1, ng + 1), row the level at p and column that at p + step; row 0
 * and column 0 hold pairs that leave the region. The step may be of any length within the padding. */
API void rl_pairs(const uint16_t *levels, const int32_t *rows, int64_t n_rows, int64_t step, int64_t ng, uint32_t *table) {
    const uint32_t side = (uint32_t)ng + 1;
    memset(table, 0, sizeof(uint32_t) * side * side);
    for (int64_t row = 0; row < n_rows; row++) {
        const uint16_t *here = levels + rows[2 * row], *there = here + step;
        const int32_t size = rows[2 * row + 1];
        for (int32_t k = 0; k < size; k++) table[here[k] * side + there[k]]++;
    }
}
