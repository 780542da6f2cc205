#include "map.h"

/* Measures of a matrix n(i, j) of grey level i and size j: run lengths, zones, dependences. N = sum n, p = n / N. */

enum {
    SHORT,                         /* sum n / j^2 / N */
    LONG,                          /* sum n j^2 / N */
    LEVEL_NON_UNIFORMITY,          /* sum_i (sum_j n)^2 / N */
    LEVEL_NON_UNIFORMITY_NORMALIZED, /* the same / N */
    SIZE_NON_UNIFORMITY,           /* sum_j (sum_i n)^2 / N */
    SIZE_NON_UNIFORMITY_NORMALIZED, /* the same / N */
    PERCENTAGE,                    /* N / sum n j */
    LEVEL_VARIANCE,                /* sum p (i - sum p i)^2 */
    SIZE_VARIANCE,                 /* sum p (j - sum p j)^2 */
    ENTROPY,                       /* -sum p log2(p + eps) */
    LOW,                           /* sum n / i^2 / N */
    HIGH,                          /* sum n i^2 / N */
    SHORT_LOW,                     /* sum n / (i^2 j^2) / N */
    SHORT_HIGH,                    /* sum n i^2 / j^2 / N */
    LONG_LOW,                      /* sum n j^2 / i^2 / N */
    LONG_HIGH                      /* sum n i^2 j^2 / N */
};

INLINE double weighted(int64_t measure, double i, double j) {
    switch (measure) {
    case SHORT: return 1 / (j * j);
    case LONG: return j * j;
    case LOW: return 1 / (i * i);
    case HIGH: return i * i;
    case SHORT_LOW: return 1 / (i * i * j * j);
    case SHORT_HIGH: return i * i / (j * j);
    case LONG_LOW: return j * j / (i * i);
    default: return i * i * j * j;
    }
}

INLINE double variance(const Cell *cells, int64_t held, double total, int of_size) {
    double mean = 0, sum = 0;
    for (int64_t c = 0; c < held; c++) mean += cells[c].n * (of_size ? cells[c].j : cells[c].i);
    mean /= total;
    for (int64_t c = 0; c < held; c++) {
        const double from = (of_size ? cells[c].j : cells[c].i) - mean;
        sum += cells[c].n * from * from;
    }
    return sum / total;
}

/* Sum of the squared margins along levels (a) or sizes (b). */
INLINE double squares(const Cell *cells, int64_t held, int of_size, double *margin) {
    double sum = 0;
    for (int64_t c = 0; c < held; c++) margin[of_size ? cells[c].b : cells[c].a] += cells[c].n;
    for (int64_t c = 0; c < held; c++) {
        double *m = margin + (of_size ? cells[c].b : cells[c].a);
        sum += *m * *m;
        *m = 0;
    }
    return sum;
}

CLONES double size_measure(int64_t measure, const Cell *cells, int64_t held, double *margin) {
    double total = 0, sum = 0;
    for (int64_t c = 0; c < held; c++) total += cells[c].n;
    switch (measure) {
    case LEVEL_NON_UNIFORMITY: return squares(cells, held, 0, margin) / total;
    case LEVEL_NON_UNIFORMITY_NORMALIZED: return squares(cells, held, 0, margin) / (total * total);
    case SIZE_NON_UNIFORMITY: return squares(cells, held, 1, margin) / total;
    case SIZE_NON_UNIFORMITY_NORMALIZED: return squares(cells, held, 1, margin) / (total * total);
    case LEVEL_VARIANCE: return variance(cells, held, total, 0);
    case SIZE_VARIANCE: return variance(cells, held, total, 1);
    case PERCENTAGE:
        for (int64_t c = 0; c < held; c++) sum += cells[c].n * cells[c].j;
        return total / sum;
    case ENTROPY:
        for (int64_t c = 0; c < held; c++) sum -= cells[c].n / total * log2(cells[c].n / total + EPS);
        return sum;
    default:
        for (int64_t c = 0; c < held; c++) sum += cells[c].n * weighted(measure, cells[c].i, cells[c].j);
        return sum / total;
    }
}
