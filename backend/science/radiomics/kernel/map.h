/* Maps of a feature: what the passes over neighbourhoods share.
 *
 * The grey levels of the crop lie in a uint16 array with a margin of 0 as wide as the neighbourhood's radius, so that
 * each voxel's neighbourhood can be read without a test: voxel `at` and its `size` places at + offset[q]. Levels of one
 * neighbourhood are numbered 1 .. k in order of appearance, so tables stay small however many levels the region has.
 * Tables of places (pairs, lines, neighbours) come from the caller: nothing here knows geometry.
 */
#ifndef RADIOMICLENS_MAP_H
#define RADIOMICLENS_MAP_H

#include "kernel.h"

#define EPS 2.220446049250313e-16

/* A cell of a matrix in counts n: its level i, and j: the second level, or a size; a and b are their numbers. */
typedef struct {
    double n, i, j;
    int32_t a, b;
} Cell;

/* The occupied cells of one matrix; `place` (side * side int32, zeros) finds a cell again. */
typedef struct {
    Cell *list;
    int32_t *place;
    int64_t held, side;
} Cells;

INLINE void add(Cells *cells, int32_t a, int32_t b, double i, double j, double n) {
    int32_t *place = cells->place + a * cells->side + b;
    if (!*place) {
        cells->list[cells->held] = (Cell){0, i, j, a, b};
        *place = (int32_t)++cells->held;
    }
    cells->list[*place - 1].n += n;
}

INLINE void empty(Cells *cells) {
    for (int64_t c = 0; c < cells->held; c++) cells->place[cells->list[c].a * cells->side + cells->list[c].b] = 0;
    cells->held = 0;
}

/* Numbers the levels around `centre`: box[q] is the number at place q, 0 outside; level[1 .. k] the levels. `number`
 * (ng + 1) is zeros before and after. Returns k. */
INLINE int32_t numbered(const uint16_t *centre, const int32_t *offset, int64_t size, uint16_t *number, uint16_t *box,
                        uint16_t *level) {
    int32_t k = 0;
    for (int64_t q = 0; q < size; q++) {
        const uint16_t here = centre[offset[q]];
        if (here && !number[here]) {
            level[++k] = here;
            number[here] = (uint16_t)k;
        }
        box[q] = number[here];
    }
    for (int32_t a = 1; a <= k; a++) number[level[a]] = 0;
    return k;
}

/* Sets of places as bits, `words` of 64 each: mask (k + 1 sets) of the places of each number, 0 outside. */
INLINE void places_of(const uint16_t *box, int64_t size, int32_t k, int64_t words, uint64_t *mask) {
    memset(mask, 0, sizeof(uint64_t) * (size_t)((k + 1) * words));
    for (int64_t q = 0; q < size; q++) mask[box[q] * words + q / 64] |= UINT64_C(1) << (q % 64);
}

/* Mean of the measures of the directions that have one; NaN where none has. */
typedef struct {
    double sum;
    int64_t held;
} Mean;

INLINE void take(Mean *mean, double value) {
    if (value == value) {
        mean->sum += value;
        mean->held++;
    }
}

INLINE double mean_of(const Mean *mean) { return mean->held ? mean->sum / (double)mean->held : NAN; }

/* Measures of matrices of level and size, in the order of `SIZE_MEASURES` in maps/measures.py. margin: zeros before and
 * after, one more than the largest number of a level or size. */
double size_measure(int64_t measure, const Cell *cells, int64_t held, double *margin);

/* Second largest singular value of p_ij / sqrt(px_i py_j); px and py by number; work: 7 (k + 1)^2 + 20 (k + 1) + 8000. */
double maximal_correlation(const Cell *cells, int64_t held, double total, int32_t k, const double *px, const double *py,
                           double *work);

#endif
