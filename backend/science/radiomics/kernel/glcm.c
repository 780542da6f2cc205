#include "kernel.h"

/* Co-occurrence of grey levels along `directions` (13, or 4 in one plane), each pair counted once, whichever of its two voxels comes first.
 *
 * Out, for each direction d: equal (ng + 1): pairs of two equal levels; and of the symmetric matrix (a pair counts
 * twice: n_ij = n_ji pairs of two levels, n_ii twice the pairs of equal ones) px (ng + 1) row sums, sum (2 ng + 1)
 * and difference (ng + 1) of levels, cell (6): sum n^2, sum n log2 n, largest n, cells with n > 0,
 * sum n / (px_i px_j), and the second largest |eigenvalue| behind MCC. All but cell must be zeros before.
 * table: the cells (i, j) with i <= j that a pass counts into, (ng + 1)^2 uint32, TABLES times that up to FEW levels;
 * list: as many cells; work: doubles, levels^2 / 2 + 910 levels + 8000.
 */

enum { FEW = 64 };

typedef struct {
    uint16_t i, j;
    uint32_t n; /* n_ij of the symmetric matrix */
} Cell;

/* Neighbouring voxels often count into the same cell; TABLES tables in turn avoid store-to-load stalls. */
INLINE void count_few(const uint16_t *levels, const int32_t *rows, int64_t n_rows, int32_t step, int64_t side,
                      uint32_t *table) {
    const int64_t cells = side * side;
    const Voxels number = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    uint32_t *second = table + cells, *third = second + cells, *fourth = third + cells;
    memset(table, 0, sizeof(uint32_t) * (size_t)(TABLES * cells));
    for (int64_t row = 0; row < n_rows; row++) {
        const int32_t start = rows[2 * row], end = start + rows[2 * row + 1];
        for (int32_t p = start; p < end; p += BLOCK) {
            const Voxels a = VOXELS_OF(levels + p), b = VOXELS_OF(levels + p + step);
            const Voxels less = a < b, in_row = number < (uint16_t)(end - p < BLOCK ? end - p : BLOCK);
            const Voxels cell = (((a & less) | (b & ~less)) * (uint16_t)side + ((b & less) | (a & ~less))) & in_row;
            for (int k = 0; k < BLOCK; k += TABLES) {
                table[cell[k]]++;
                second[cell[k + 1]]++;
                third[cell[k + 2]]++;
                fourth[cell[k + 3]]++;
            }
        }
    }
    for (int64_t c = 0; c < cells; c++) table[c] += second[c] + third[c] + fourth[c];
}

INLINE void count_many(const uint16_t *levels, const int32_t *rows, int64_t n_rows, int32_t step, int64_t side,
                       uint32_t *table) {
    memset(table, 0, sizeof(uint32_t) * (size_t)(side * side));
    for (int64_t row = 0; row < n_rows; row++) {
        const int32_t start = rows[2 * row], end = start + rows[2 * row + 1];
        for (int32_t p = start; p < end; p += BLOCK) {
            uint32_t cell[BLOCK];
            for (int k = 0; k < BLOCK; k++) {
                const uint32_t a = levels[p + k], b = levels[p + k + step];
                cell[k] = (a < b ? a : b) * (uint32_t)side + (a < b ? b : a);
            }
            const int32_t size = end - p < BLOCK ? end - p : BLOCK;
            for (int32_t k = 0; k < size; k++) table[cell[k]]++;
        }
    }
}

/* Lists the cells with n > 0 of two levels, in order, and adds up row sums. Returns their number. */
INLINE int64_t occupied(const uint32_t *table, int64_t ng, Cell *list, int64_t *px) {
    int64_t held = 0;
    for (int64_t i = 1; i <= ng; i++) {
        const uint32_t *row = table + i * (ng + 1);
        int64_t here = 0;
        for (int64_t j = i; j <= ng;) {
            if (j + 8 <= ng) { /* most cells are empty where levels are many */
                uint32_t any = 0;
                for (int k = 0; k < 8; k++) any |= row[j + k];
                if (!any) {
                    j += 8;
                    continue;
                }
            }
            const int64_t stop = j + 8 <= ng ? j + 8 : ng + 1;
            for (; j < stop; j++) {
                const uint32_t n = i == j ? 2 * row[j] : row[j];
                if (!n) continue;
                list[held++] = (Cell){(uint16_t)i, (uint16_t)j, n};
                here += n;
                if (i != j) px[j] += n;
            }
        }
        px[i] += here;
    }
    return held;
}

INLINE double mcc(const Cell *list, int64_t held, int64_t ng, const int64_t *px, double pairs, double *work) {
    double *leading = work, *share = leading + ng + 1, *S = share + ng + 1;
    int64_t *start = (int64_t *)S;
    int32_t *number = (int32_t *)(start + ng + 1), *first = number + ng + 1;
    S = (double *)(start + 2 * (ng + 1));
    int64_t k = 0, cells = 0;
    for (int64_t i = 1; i <= ng; i++) {
        if (!px[i]) continue;
        number[i] = (int32_t)k;
        first[k] = (int32_t)k;
        share[k] = (double)px[i] / pairs;
        leading[k] = sqrt(share[k]);
        k++;
    }
    if (k < 2) return 0;
    for (int64_t c = 0; c < held; c++) { /* rows come in order, so the first of a column is its smallest */
        const int32_t a = number[list[c].i], b = number[list[c].j];
        if (a < first[b]) first[b] = a;
    }
    for (int64_t b = 0; b < k; b++) {
        start[b] = cells - first[b];
        cells += b + 1 - first[b];
    }
    memset(S, 0, sizeof(double) * (size_t)cells);
    for (int64_t c = 0; c < held; c++) {
        const int32_t a = number[list[c].i], b = number[list[c].j];
        /* + eps under the root: PyRadiomics' + eps in the denominator of Q, to first order */
        S[start[b] + a] = list[c].n / pairs / sqrt(share[a] * share[b] + 2.220446049250313e-16);
    }
    return second_eigenvalue(S, first, k, leading, S + cells);
}

API void rl_glcm(const uint16_t *levels, const int32_t *rows, int64_t n_rows, const int32_t *offset,
                 int64_t directions, int64_t ng, int64_t with_mcc, uint32_t *table, Cell *list, double *work, uint32_t *equal, int64_t *px, int64_t *sum,
                 int64_t *difference, double *cell) {
    const int64_t side = ng + 1;
    for (int64_t d = 0; d < directions; d++, equal += side, px += side, sum += side + ng, difference += side, cell += 6) {
        if (ng <= FEW)
            count_few(levels, rows, n_rows, offset[d], side, table);
        else
            count_many(levels, rows, n_rows, offset[d], side, table);
        for (int64_t i = 1; i <= ng; i++) equal[i] = table[i * side + i];
        const int64_t held = occupied(table, ng, list, px);
        double pairs = 0, squares = 0, logs = 0, share = 0, cells = 0;
        uint32_t largest = 0;
        for (int64_t c = 0; c < held; c++) {
            const int64_t i = list[c].i, j = list[c].j, times = i == j ? 1 : 2;
            const uint32_t n = list[c].n;
            const double m = n, twice = (double)times;
            pairs += twice * m;
            squares += twice * m * m;
            logs += twice * m * log2_count(n);
            share += twice * m / ((double)px[i] * (double)px[j]);
            cells += twice;
            largest = n > largest ? n : largest;
            sum[i + j] += times * n;
            difference[j - i] += times * n;
        }
        cell[0] = squares;
        cell[1] = logs;
        cell[2] = largest;
        cell[3] = cells;
        cell[4] = share;
        cell[5] = with_mcc && held ? mcc(list, held, ng, px, pairs, work) : 0;
    }
}
