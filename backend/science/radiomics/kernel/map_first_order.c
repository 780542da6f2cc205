#include "map.h"

/* First-order statistics of the values in each voxel's neighbourhood; a value outside is NaN in the padded crop. */

enum {
    P10, P90, ENERGY, FIRST_ENTROPY, INTERQUARTILE_RANGE, KURTOSIS, MAXIMUM, MEAN_ABSOLUTE_DEVIATION, MEAN, MEDIAN,
    MINIMUM, RANGE, ROBUST_MEAN_ABSOLUTE_DEVIATION, ROOT_MEAN_SQUARED, SKEWNESS, TOTAL_ENERGY, UNIFORMITY, VARIANCE,
    STANDARD_DEVIATION
};

INLINE void sort(double *x, int64_t n) {
    for (int64_t gap = n > 40 ? 40 : 1; gap; gap = gap > 9 ? 9 : gap > 4 ? 4 : gap > 1 ? 1 : 0)
        for (int64_t i = gap; i < n; i++) {
            const double here = x[i];
            int64_t j = i;
            for (; j >= gap && x[j - gap] > here; j -= gap) x[j] = x[j - gap];
            x[j] = here;
        }
}

/* The value at (n - 1) q of sorted values, linear between two, in numpy's arithmetic. */
INLINE double quantile(const double *x, int64_t n, double q) {
    const double where = (double)(n - 1) * q;
    const int64_t low = (int64_t)where, high = low + 1 < n ? low + 1 : n - 1;
    const double t = where - (double)low, a = x[low], b = x[high];
    return t >= 0.5 ? b - (b - a) * (1 - t) : a + (b - a) * t;
}

INLINE double mean_deviation(const double *x, int64_t n, double low, double high) {
    double sum = 0, held = 0, deviation = 0;
    for (int64_t i = 0; i < n; i++)
        if (x[i] >= low && x[i] <= high) {
            sum += x[i];
            held += 1;
        }
    for (int64_t i = 0; i < n; i++)
        if (x[i] >= low && x[i] <= high) deviation += fabs(x[i] - sum / held);
    return deviation / held;
}

INLINE double moment(const double *x, int64_t n, double mean, int power) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        const double from = x[i] - mean, square = from * from;
        sum += power == 2 ? square : power == 3 ? square * from : square * square;
    }
    return sum / (double)n;
}

/* numpy's sum of up to 128 values: eight sums in turn, and recursion beyond. Of values that are all one, rounding here
 * decides whether their mean is the value, and with it whether Skewness and Kurtosis are 0 or 1. */
static double numpy_sum(const double *x, int64_t n) {
    double lanes[LANES], sum = 0;
    if (n > 128) {
        const int64_t half = n / 2 - n / 2 % LANES;
        return numpy_sum(x, half) + numpy_sum(x + half, n - half);
    }
    const int64_t even = n < LANES ? 0 : n - n % LANES;
    if (even) {
        memcpy(lanes, x, sizeof(lanes));
        for (int64_t i = LANES; i < even; i += LANES)
            for (int k = 0; k < LANES; k++) lanes[k] += x[i + k];
        sum = total(lanes);
    }
    for (int64_t i = even; i < n; i++) sum += x[i];
    return sum;
}

/* sum: of the n values x, in numpy's order. */
INLINE double statistic(int64_t feature, double *x, int64_t n, double sum, double shift, double volume) {
    double low = x[0], high = x[0], energy = 0;
    for (int64_t i = 0; i < n; i++) {
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
        energy += (x[i] + shift) * (x[i] + shift);
    }
    const double mean = sum / (double)n;
    switch (feature) {
    case ENERGY: return energy;
    case TOTAL_ENERGY: return energy * volume;
    case ROOT_MEAN_SQUARED: return sqrt(energy / (double)n);
    case MEAN: return mean;
    case MINIMUM: return low;
    case MAXIMUM: return high;
    case RANGE: return high - low;
    case MEAN_ABSOLUTE_DEVIATION: return low == high ? 0 : mean_deviation(x, n, low, high);
    case VARIANCE: return moment(x, n, mean, 2);
    case STANDARD_DEVIATION: return sqrt(moment(x, n, mean, 2));
    case SKEWNESS:
    case KURTOSIS: {
        const double m2 = moment(x, n, mean, 2);
        if (m2 == 0) return 0;
        return feature == SKEWNESS ? moment(x, n, mean, 3) / (m2 * sqrt(m2)) : moment(x, n, mean, 4) / (m2 * m2);
    }
    }
    sort(x, n);
    switch (feature) {
    case P10: return quantile(x, n, 0.1);
    case P90: return quantile(x, n, 0.9);
    case MEDIAN: return n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
    case INTERQUARTILE_RANGE: return quantile(x, n, 0.75) - quantile(x, n, 0.25);
    default: return low == high ? 0 : mean_deviation(x, n, quantile(x, n, 0.1), quantile(x, n, 0.9));
    }
}

/* values: the padded crop; x: 2 * `size` doubles. */
API void rl_map_values(const double *values, const int32_t *at, int64_t n, const int32_t *offset, int64_t size,
                       int64_t feature, double shift, double volume, double *x, double *out) {
    for (int64_t v = 0; v < n; v++) {
        const double *centre = values + at[v];
        double *all = x + size;
        int64_t held = 0;
        for (int64_t q = 0; q < size; q++) {
            x[held] = centre[offset[q]];
            all[q] = x[held] == x[held] ? x[held] : 0;
            held += x[held] == x[held];
        }
        out[v] = statistic(feature, x, held, numpy_sum(all, size), shift, volume);
    }
}

/* Entropy or uniformity of the shares p of the levels: -sum p log2(p + eps), sum p^2. count: `size` + 1 int32. */
API void rl_map_shares(const uint16_t *levels, const int32_t *at, int64_t n, const int32_t *offset, int64_t size,
                       int64_t feature, uint16_t *number, uint16_t *box, uint16_t *level, int32_t *count, double *out) {
    for (int64_t v = 0; v < n; v++) {
        const int32_t k = numbered(levels + at[v], offset, size, number, box, level);
        memset(count, 0, sizeof(int32_t) * (size_t)(k + 1));
        for (int64_t q = 0; q < size; q++) count[box[q]]++;
        const double voxels = (double)(size - count[0]);
        double sum = 0;
        for (int32_t a = 1; a <= k; a++) {
            const double p = count[a] / voxels;
            sum += feature == FIRST_ENTROPY ? -p * log2(p + EPS) : p * p;
        }
        out[v] = sum;
    }
}
