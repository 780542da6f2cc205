#include "kernel.h"

enum { LANES = 8, CELLS = 4096 };

static double total(const double *lanes) {
    return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
}

/* values[i] = image[where[i]]; range = {smallest, largest}. */
API void rl_gather(const double *image, const int32_t *where, int64_t n, double *values, double *range) {
    double low = image[where[0]], high = low;
    for (int64_t i = 0; i < n; i++) {
        const double x = image[where[i]];
        values[i] = x;
        low = x < low ? x : low;
        high = x > high ? x : high;
    }
    range[0] = low;
    range[1] = high;
}

/* Grey level of each value: the number of edges <= value (half-open bins), written to volume[at[i]] and counted.
 * Edges are nearly uniform: `per_width` = 1 / width gives the first guess, the edges themselves decide. */
API void rl_digitise(const double *values, int64_t n, const double *edges, int64_t n_edges, double per_width,
                     const int32_t *at, uint16_t *volume, uint32_t *counts) {
    for (int64_t i = 0; i < n; i++) {
        const double x = values[i];
        int64_t k = (int64_t)((x - edges[0]) * per_width);
        k = k < 0 ? 0 : k > n_edges - 1 ? n_edges - 1 : k;
        while (k + 1 < n_edges && x >= edges[k + 1]) k++;
        while (k > 0 && x < edges[k]) k--;
        volume[at[i]] = (uint16_t)(k + 1);
        counts[k + 1]++;
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
    for (int64_t i = 0; i < n; i++) {
        const int inside = values[i] - low >= 0 && values[i] - high <= 0;
        sum[i % LANES] += inside ? values[i] : 0;
        count[i % LANES] += inside;
    }
    const double mean = total(sum) / total(count);
    for (int64_t i = 0; i < n; i++) {
        const int inside = values[i] - low >= 0 && values[i] - high <= 0;
        deviation[i % LANES] += inside ? fabs(values[i] - mean) : 0;
    }
    return total(deviation) / total(count);
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

/* out[r] = the value of rank ranks[r] (ascending ranks, 0 = smallest). A histogram of the range narrows each rank to
 * one cell; the few values of that cell are selected from. work: n values. */
API void rl_ranked(const double *values, int64_t n, const double *range, const int64_t *ranks, int64_t n_ranks,
                   double *work, double *out) {
    int32_t count[CELLS] = {0};
    const double cells = (CELLS - 1) / (range[1] - range[0]);
    const double per_cell = cells < 1e300 ? cells : 0; /* one cell for a flat region */
    for (int64_t i = 0; i < n; i++) count[(int64_t)((values[i] - range[0]) * per_cell)]++;
    int64_t cell = -1, before = 0, through = 0, filled = -1;
    for (int64_t r = 0; r < n_ranks; r++) {
        while (through <= ranks[r]) {
            before = through;
            through += count[++cell];
        }
        if (filled != cell) {
            int64_t m = 0;
            for (int64_t i = 0; i < n; i++) {
                work[m] = values[i];
                m += (int64_t)((values[i] - range[0]) * per_cell) == cell;
            }
            filled = cell;
        }
        out[r] = nth(work, count[cell], ranks[r] - before);
    }
}
