#include "kernel.h"

enum { CELLS = 4096, MOST_RANKS = 16 };

/* Compensated sums of an image, out = {sum x, sum x^2}: ITK's StatisticsImageFilter on one thread, bit for bit. */
static void add_compensated(double x, double *sum, double *lost) {
    const double y = x - *lost, t = *sum + y;
    *lost = (t - *sum) - y;
    *sum = t;
}

API void rl_sums(const double *image, int64_t n, double *out) {
    double sum = 0, lost = 0, squares = 0, lost_squares = 0;
    for (int64_t i = 0; i < n; i++) {
        add_compensated(image[i], &sum, &lost);
        add_compensated(image[i] * image[i], &squares, &lost_squares);
    }
    out[0] = sum;
    out[1] = squares;
}

API void rl_sums_float(const float *image, int64_t n, double *out) {
    double sum = 0, lost = 0, squares = 0, lost_squares = 0;
    for (int64_t i = 0; i < n; i++) {
        const double x = image[i];
        add_compensated(x, &sum, &lost);
        add_compensated(x * x, &squares, &lost_squares);
    }
    out[0] = sum;
    out[1] = squares;
}

/* values of the region's voxels, span by span; `starts`: positions in `image` at which its spans begin. */
API void rl_gather(const double *image, const int32_t *starts, const int32_t *spans, int64_t n_spans, double *values) {
    for (int64_t s = 0; s < n_spans; s++) {
        memcpy(values, image + starts[s], sizeof(double) * (size_t)spans[2 * s + 1]);
        values += spans[2 * s + 1];
    }
}

/* range = {smallest, largest} value, infinite where a value is not a number. */
API void rl_range(const double *values, int64_t n, double *range) {
    double low[LANES], high[LANES], invalid[LANES] = {0};
    for (int k = 0; k < LANES; k++) low[k] = high[k] = values[0];
    const int64_t even = n - n % LANES;
    for (int64_t i = 0; i < even; i += LANES)
        for (int k = 0; k < LANES; k++) {
            const double x = values[i + k];
            low[k] = x < low[k] ? x : low[k];
            high[k] = x > high[k] ? x : high[k];
            invalid[k] += x - x; /* 0 for a finite value */
        }
    for (int64_t i = even; i < n; i++) {
        const double x = values[i];
        low[0] = x < low[0] ? x : low[0];
        high[0] = x > high[0] ? x : high[0];
        invalid[0] += x - x;
    }
    for (int k = 1; k < LANES; k++) {
        low[0] = low[k] < low[0] ? low[k] : low[0];
        high[0] = high[k] > high[0] ? high[k] : high[0];
    }
    const int finite = total(invalid) == 0;
    range[0] = finite ? low[0] : -INFINITY;
    range[1] = finite ? high[0] : INFINITY;
}

/* Grey level of each value: the number of edges <= value (half-open bins), written to the region's spans of `volume` and
 * counted. Edges are nearly uniform: `per_width` = 1 / width gives the first guess, the edges themselves decide; an
 * infinite one follows them. counts (TABLES, n_edges + 2), to be added up: one table would stall on equal values.
 * work: n + BLOCK. */
API void rl_digitise(const double *values, int64_t n, const double *edges, int64_t n_edges, double per_width,
                     const int32_t *spans, int64_t n_spans, uint16_t *work, uint16_t *volume, uint32_t *counts) {
    const double last = (double)(n_edges - 1);
    for (int64_t from = 0; from < n; from += BLOCK) {
        const int64_t size = n - from < BLOCK ? n - from : BLOCK;
        double x[BLOCK];
        int32_t k[BLOCK], off = 0;
        for (int b = 0; b < BLOCK; b++) x[b] = edges[0];
        memcpy(x, values + from, sizeof(double) * (size_t)size);
        for (int b = 0; b < BLOCK; b++) {
            double guess = (x[b] - edges[0]) * per_width;
            guess = guess > 0 ? guess : 0; /* so that no number becomes 0, too: 0 times an infinite `per_width` */
            k[b] = (int32_t)(guess < last ? guess : last);
        }
        for (int b = 0; b < BLOCK; b++) off |= (x[b] < edges[k[b]]) | (x[b] >= edges[k[b] + 1]);
        for (int b = 0; off && b < BLOCK; b++) { /* a value beside an edge */
            while (x[b] >= edges[k[b] + 1]) k[b]++;
            while (k[b] > 0 && x[b] < edges[k[b]]) k[b]--;
        }
        for (int b = 0; b < BLOCK; b++) work[from + b] = (uint16_t)(k[b] + 1);
        for (int64_t b = 0; b < size; b++) counts[(b % TABLES) * (n_edges + 2) + k[b] + 1]++;
    }
    for (int64_t s = 0; s < n_spans; s++) {
        memcpy(volume + spans[2 * s], work, sizeof(uint16_t) * (size_t)spans[2 * s + 1]);
        work += spans[2 * s + 1];
    }
}

/* out = {mean, central moments 2, 3, 4 (means of powers), mean |x - mean|, sum of (x + shift)^2}. */
API void rl_moments(const double *values, int64_t n, double shift, double *out) {
    double sum[LANES] = {0}, m2[LANES] = {0}, m3[LANES] = {0}, m4[LANES] = {0}, mad[LANES] = {0}, energy[LANES] = {0};
    const int64_t even = n - n % LANES;
    for (int64_t i = 0; i < even; i += LANES)
        for (int k = 0; k < LANES; k++) sum[k] += values[i + k];
    for (int64_t i = even; i < n; i++) sum[i - even] += values[i];
    const double mean = total(sum) / (double)n;
    for (int64_t i = 0; i < even; i += LANES)
        for (int k = 0; k < LANES; k++) {
            const double d = values[i + k] - mean, s = values[i + k] + shift;
            m2[k] += d * d;
            m3[k] += d * d * d;
            m4[k] += d * d * d * d;
            mad[k] += fabs(d);
            energy[k] += s * s;
        }
    for (int64_t i = even; i < n; i++) {
        const double d = values[i] - mean, s = values[i] + shift;
        const int64_t k = i - even;
        m2[k] += d * d;
        m3[k] += d * d * d;
        m4[k] += d * d * d * d;
        mad[k] += fabs(d);
        energy[k] += s * s;
    }
    out[0] = mean;
    out[1] = total(m2) / (double)n;
    out[2] = total(m3) / (double)n;
    out[3] = total(m4) / (double)n;
    out[4] = total(mad) / (double)n;
    out[5] = total(energy);
}

/* Mean |x - mean| over the values within [low, high]: robust mean absolute deviation. */
API double rl_deviation_within(const double *values, int64_t n, double low, double high) {
    double sum[LANES] = {0}, count[LANES] = {0}, deviation[LANES] = {0};
    const int64_t even = n - n % LANES;
    for (int64_t i = 0; i < even; i += LANES)
        for (int k = 0; k < LANES; k++) {
            const double x = values[i + k];
            sum[k] += (x >= low) & (x <= high) ? x : 0;
            count[k] += (x >= low) & (x <= high) ? 1 : 0;
        }
    for (int64_t i = even; i < n; i++)
        if (values[i] >= low && values[i] <= high) {
            sum[i - even] += values[i];
            count[i - even] += 1;
        }
    const double inside = total(count), mean = total(sum) / inside;
    for (int64_t i = 0; i < even; i += LANES)
        for (int k = 0; k < LANES; k++) {
            const double x = values[i + k];
            deviation[k] += (x >= low) & (x <= high) ? fabs(x - mean) : 0;
        }
    for (int64_t i = even; i < n; i++)
        if (values[i] >= low && values[i] <= high) deviation[i - even] += fabs(values[i] - mean);
    return total(deviation) / inside;
}

static double nth(double *v, int64_t n, int64_t rank) { /* quickselect, middle of three */
    int64_t low = 0, high = n - 1;
    while (low < high) {
        const double a = v[low], b = v[low + (high - low) / 2], c = v[high];
        const double pivot = a < b ? (b < c ? b : a < c ? c : a) : (a < c ? a : b < c ? c : b);
        int64_t i = low, j = high;
        while (i <= j) {
            while (v[i] < pivot) i++;
            while (v[j] > pivot) j--;
            if (i <= j) {
                const double swap = v[i];
                v[i++] = v[j];
                v[j--] = swap;
            }
        }
        if (rank <= j)
            high = j;
        else if (rank >= i)
            low = i;
        else
            break;
    }
    return v[rank];
}

/* The cell of a value; 0 where that is no number: the range of the values is too wide for a double. */
INLINE int32_t cell_of(double x, double low, double per_cell) {
    const double cell = (x - low) * per_cell;
    return (int32_t)(cell > 0 ? cell : 0);
}

/* out[r] = the value of rank ranks[r] (ascending ranks, 0 = smallest; at most MOST_RANKS). A histogram of the range
 * narrows each rank to one cell; the few values of these cells are listed and selected from. work: n values. */
API void rl_ranked(const double *values, int64_t n, const double *range, const int64_t *ranks, int64_t n_ranks,
                   double *work, double *out) {
    int32_t count[CELLS] = {0}, start[MOST_RANKS], wanted[MOST_RANKS], lists = 0, filled = 0;
    uint8_t list[CELLS] = {0}; /* 1 + the list of a cell, 0 for a cell without a rank */
    int64_t before[MOST_RANKS], of_rank[MOST_RANKS], next[MOST_RANKS];
    const double cells = (CELLS - 1) / (range[1] - range[0]);
    const double per_cell = cells < 1e300 ? cells : 0; /* one cell for a flat region */
    for (int64_t i = 0; i < n; i++) count[cell_of(values[i], range[0], per_cell)]++;
    int64_t cell = -1, through = 0;
    for (int64_t r = 0; r < n_ranks; r++) {
        while (through <= ranks[r]) through += count[++cell];
        if (!list[cell]) {
            wanted[lists] = count[cell];
            before[lists] = through - count[cell];
            next[lists] = start[lists] = filled;
            filled += count[cell];
            list[cell] = (uint8_t)++lists;
        }
        of_rank[r] = list[cell] - 1;
    }
    for (int64_t i = 0; i < n; i++) {
        const int k = list[cell_of(values[i], range[0], per_cell)];
        if (k) work[next[k - 1]++] = values[i];
    }
    for (int64_t r = 0; r < n_ranks; r++) {
        const int64_t l = of_rank[r];
        out[r] = nth(work + start[l], wanted[l], ranks[r] - before[l]);
    }
}
