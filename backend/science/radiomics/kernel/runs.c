#include "kernel.h"

/* Runs of equal level along `directions` (13, or 4 in one plane): out[d][level][r - 1] = runs of length r; returns the
 * greatest length, or 4.
 *
 * A run of length L holds L - k + 1 windows of k voxels. Windows are counted for k = 1 (the voxels), 2 (`pairs` of
 * neighbours, the diagonal of the co-occurrence counts), 3 and 4; runs of five and more are few, and each is found at its
 * end and walked back once. Taking the windows of longer runs away leaves the runs of exactly k.
 * bits (padded box): bit d set where the voxel at p - offset[d] has the same level; chains (3, `box`): bit d set where 2,
 * 3, 4 earlier voxels along d have it, written here, zeros at first. counts (ng + 1), pairs (directions, ng + 1): see above.
 * out (directions, ng + 1, longest), longest >= 4, written here. work: 2 (ng + 1) blocks.
 */

enum { COUNTED = 4, MOST = 65535 };

/* One more voxel in every window: those whose chain goes on at p - offset[d]. */
INLINE void prolong(int directions, const uint16_t *chain, const int32_t *offset, int32_t start, int32_t end,
                    uint16_t *longer) {
    for (int32_t p = start; p < end; p += BLOCK) {
        const Voxels here = VOXELS_OF(chain + p);
        Voxels both = {0};
        for (int d = 0; d < directions; d++) both |= here & VOXELS_OF(chain + p - offset[d]) & (uint16_t)(1 << d);
        VOXELS(longer + p) = both;
    }
}

INLINE void flush(int directions, Voxels *windows, int64_t ng, int64_t longest, int64_t k, uint32_t *out) {
    for (int64_t level = 1; level <= ng; level++) {
        const Voxels found = windows[level] + windows[ng + 1 + level];
        for (int d = 0; d < directions; d++) out[(d * (ng + 1) + level) * longest + k - 1] += found[d];
    }
    memset(windows, 0, sizeof(Voxels) * (size_t)(2 * (ng + 1)));
}

/* Adds the windows of k voxels, by level and all directions at once. */
INLINE void count_windows(int directions, const uint16_t *levels, const uint16_t *chain, const int32_t *rows,
                          int64_t n_rows, int64_t ng, int64_t longest, int64_t k, Voxels *windows, uint32_t *out) {
    int64_t room = MOST;
    memset(windows, 0, sizeof(Voxels) * (size_t)(2 * (ng + 1)));
    for (int64_t row = 0; row < n_rows; row++) {
        const int32_t start = rows[2 * row], length = rows[2 * row + 1];
        if ((room -= length) < 0) { /* a block counts to 65535 */
            flush(directions, windows, ng, longest, k, out);
            room = MOST - length;
        }
        for (int32_t p = start; p < start + length; p++) {
            const uint16_t set = chain[p];
            /* two tables in turn avoid stalls on equal neighbours */
            windows[(p & 1) * (ng + 1) + levels[p]] += spread_low[set & ((1 << HALF) - 1)] + spread_high[set >> HALF];
        }
    }
    flush(directions, windows, ng, longest, k, out);
}

INLINE int64_t count_long(int directions, const uint16_t *levels, const uint16_t *bits, const uint16_t *third,
                          const uint16_t *fourth, const uint16_t *fifth, const int32_t *rows, int64_t n_rows,
                          const int32_t *offset, int64_t ng, int64_t longest, uint32_t *out) {
    int64_t greatest = COUNTED;
    for (int64_t row = 0; row < n_rows; row++) {
        const int32_t start = rows[2 * row], end = start + rows[2 * row + 1];
        for (int32_t p = start; p < end; p += BLOCK) {
            Voxels goes_on = {0};
            for (int d = 0; d < directions; d++) goes_on |= VOXELS_OF(fifth + p + offset[d]) & (uint16_t)(1 << d);
            const Voxels ends = VOXELS_OF(fifth + p) & ~goes_on;
            const int32_t size = end - p < BLOCK ? end - p : BLOCK;
            for (int32_t k = 0; k < size; k++) {
                uint32_t set = levels[p + k] ? ends[k] : 0;
                while (set) {
                    const int d = __builtin_ctz(set);
                    set &= set - 1;
                    int64_t length = COUNTED + 1;
                    int32_t q = p + k - 4 * offset[d]; /* four steps at once, and what is left of four */
                    for (; fifth[q] >> d & 1; q -= 4 * offset[d]) length += 4;
                    length += (fourth[q] >> d & 1) + (third[q] >> d & 1) + (bits[q] >> d & 1);
                    out[(d * (ng + 1) + levels[p + k]) * longest + length - 1]++;
                    greatest = length > greatest ? length : greatest;
                }
            }
        }
    }
    return greatest;
}

INLINE int64_t runs(int directions, const uint16_t *levels, const uint16_t *bits, const int32_t *rows, int64_t n_rows,
                    const int32_t *offset, const uint32_t *counts, const uint32_t *pairs, int64_t ng, int64_t longest,
                    int64_t box, uint16_t *chains, Voxels *work, uint32_t *out) {
    uint16_t *third = chains, *fourth = third + box, *fifth = fourth + box;
    memset(out, 0, sizeof(uint32_t) * (size_t)(directions * (ng + 1) * longest));
    for (int64_t row = 0; row < n_rows; row++) {
        const int32_t start = rows[2 * row], end = start + rows[2 * row + 1];
        prolong(directions, bits, offset, start, end, third);
        prolong(directions, third, offset, start, end, fourth);
        prolong(directions, fourth, offset, start, end, fifth);
    }
    count_windows(directions, levels, third, rows, n_rows, ng, longest, 3, work, out);
    count_windows(directions, levels, fourth, rows, n_rows, ng, longest, 4, work, out);
    const int64_t greatest =
        count_long(directions, levels, bits, third, fourth, fifth, rows, n_rows, offset, ng, longest, out);
    for (int d = 0; d < directions; d++)
        for (int64_t level = 1; level <= ng; level++) {
            uint32_t *of_level = out + (d * (ng + 1) + level) * longest;
            of_level[0] = counts[level];
            of_level[1] = pairs[d * (ng + 1) + level];
            for (int64_t L = greatest; L > 1; L--)
                for (int64_t k = 1; of_level[L - 1] && k < L && k <= COUNTED; k++)
                    of_level[k - 1] -= of_level[L - 1] * (uint32_t)(L - k + 1);
        }
    return greatest;
}

API int64_t rl_runs(const uint16_t *levels, const uint16_t *bits, const int32_t *rows, int64_t n_rows,
                    const int32_t *offset, int64_t directions, const uint32_t *counts, const uint32_t *pairs, int64_t ng,
                    int64_t longest, int64_t box, uint16_t *chains, Voxels *work, uint32_t *out) {
    if (directions == DIRECTIONS)
        return runs(DIRECTIONS, levels, bits, rows, n_rows, offset, counts, pairs, ng, longest, box, chains, work, out);
    return runs((int)directions, levels, bits, rows, n_rows, offset, counts, pairs, ng, longest, box, chains, work, out);
}
