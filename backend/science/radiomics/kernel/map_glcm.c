#include "map.h"

/* Co-occurrence of levels in each voxel's neighbourhood, one matrix a direction; p = n / sum n. */

enum {
    AUTOCORRELATION,      /* sum p i j */
    CLUSTER_PROMINENCE,   /* sum p (i + j - ux - uy)^4 */
    CLUSTER_SHADE,        /* ... ^3 */
    CLUSTER_TENDENCY,     /* ... ^2 */
    CONTRAST,             /* sum p (i - j)^2 */
    CORRELATION,          /* sum p (i - ux)(j - uy) / (sigma_x sigma_y + eps); 1 where a sigma is 0 */
    DIFFERENCE_AVERAGE,   /* sum p |i - j| */
    DIFFERENCE_ENTROPY,   /* entropy of p_{x-y} */
    DIFFERENCE_VARIANCE,  /* variance of |i - j| */
    ID,                   /* sum p / (1 + |i - j|) */
    IDM,                  /* sum p / (1 + |i - j|^2) */
    IDMN,                 /* sum p / (1 + |i - j|^2 / ng^2) */
    IDN,                  /* sum p / (1 + |i - j| / ng) */
    IMC1,                 /* (HXY - HXY1) / max(HX, HY), HXY1 = HX + HY, as p has these margins */
    IMC2,                 /* sqrt(1 - exp(-2 (HXY2 - HXY))), HXY2 = HX + HY */
    INVERSE_VARIANCE,     /* sum p / |i - j|^2 over i != j */
    JOINT_AVERAGE,        /* sum p i */
    JOINT_ENERGY,         /* sum p^2 */
    JOINT_ENTROPY,        /* HXY = -sum p log2(p + eps) */
    MCC,                  /* map_mcc.c */
    MAXIMUM_PROBABILITY,  /* largest p */
    SUM_AVERAGE,          /* sum p (i + j) */
    SUM_ENTROPY,          /* entropy of p_{x+y} */
    SUM_SQUARES           /* sum p (i - ux)^2 */
};

typedef struct {
    double *margin;    /* zeros before and after, 2 ng + 1 */
    double *px, *py;   /* by number, k + 1 each */
    double *work;      /* of maximal_correlation */
    double ng;
} Work;

/* Features that are a sum over the pairs of voxels: no joint distribution is needed. */
INLINE double of_pair(int64_t feature, double i, double j, double ng) {
    const double d = fabs(i - j);
    switch (feature) {
    case AUTOCORRELATION: return i * j;
    case CONTRAST: return d * d;
    case DIFFERENCE_AVERAGE: return d;
    case ID: return 1 / (1 + d);
    case IDM: return 1 / (1 + d * d);
    case IDMN: return 1 / (1 + d * d / (ng * ng));
    case IDN: return 1 / (1 + d / ng);
    case INVERSE_VARIANCE: return d > 0 ? 1 / (d * d) : 0;
    case JOINT_AVERAGE: return i;
    default: return i + j; /* SUM_AVERAGE */
    }
}

INLINE double around_mean(int64_t feature, const Cell *cells, int64_t held, double total) {
    double ux = 0, uy = 0, difference = 0, xx = 0, yy = 0, sum = 0;
    for (int64_t c = 0; c < held; c++) {
        ux += cells[c].n * cells[c].i;
        uy += cells[c].n * cells[c].j;
        difference += cells[c].n * fabs(cells[c].i - cells[c].j);
    }
    ux /= total;
    uy /= total;
    difference /= total;
    for (int64_t c = 0; c < held; c++) {
        const double n = cells[c].n, x = cells[c].i - ux, y = cells[c].j - uy, both = x + y;
        const double apart = fabs(cells[c].i - cells[c].j) - difference;
        xx += n * x * x;
        yy += n * y * y;
        switch (feature) {
        case CLUSTER_PROMINENCE: sum += n * both * both * both * both; break;
        case CLUSTER_SHADE: sum += n * both * both * both; break;
        case CLUSTER_TENDENCY: sum += n * both * both; break;
        case DIFFERENCE_VARIANCE: sum += n * apart * apart; break;
        case CORRELATION: sum += n * x * y; break;
        default: sum += n * x * x; /* SUM_SQUARES */
        }
    }
    if (feature != CORRELATION) return sum / total;
    if (held == 1) return 1; /* whatever rounding makes of weighted counts */
    const double deviations = sqrt(xx / total) * sqrt(yy / total);
    return deviations == 0 ? 1 : sum / total / (deviations + EPS);
}

/* Entropy of the sum or the difference of the two levels. */
INLINE double entropy_of(int of_sum, const Cell *cells, int64_t held, double total, double *margin) {
    double entropy = 0;
    for (int64_t c = 0; c < held; c++)
        margin[(int64_t)(of_sum ? cells[c].i + cells[c].j : fabs(cells[c].i - cells[c].j))] += cells[c].n;
    for (int64_t c = 0; c < held; c++) {
        double *n = margin + (int64_t)(of_sum ? cells[c].i + cells[c].j : fabs(cells[c].i - cells[c].j));
        if (*n > 0) entropy -= *n / total * log2(*n / total + EPS);
        *n = 0;
    }
    return entropy;
}

INLINE double joint_entropy(const Cell *cells, int64_t held, double total, double eps) {
    double entropy = 0;
    for (int64_t c = 0; c < held; c++) entropy -= cells[c].n / total * log2(cells[c].n / total + eps);
    return entropy;
}

INLINE double margin_entropy(const double *p, int32_t k) {
    double entropy = 0;
    for (int32_t a = 1; a <= k; a++)
        if (p[a] > 0) entropy -= p[a] * log2(p[a]);
    return entropy;
}

/* What needs the margins p_x and p_y. Without + eps, which is below 1e-13 here and 0 / 0 in one cell. */
INLINE double of_margins(int64_t feature, const Cell *cells, int64_t held, double total, int32_t k, const Work *work) {
    double *px = work->px, *py = work->py;
    for (int32_t a = 1; a <= k; a++) px[a] = py[a] = 0;
    for (int64_t c = 0; c < held; c++) {
        px[cells[c].a] += cells[c].n / total;
        py[cells[c].b] += cells[c].n / total;
    }
    if (feature == MCC) return maximal_correlation(cells, held, total, k, px, py, work->work);
    if (held == 1) return 0;
    const double hx = margin_entropy(px, k), hy = margin_entropy(py, k), largest = hx > hy ? hx : hy;
    const double shared = hx + hy - joint_entropy(cells, held, total, 0);
    if (feature == IMC1) return largest > 0 ? -shared / largest : 0;
    return shared > 1e-13 ? sqrt(1 - exp(-2 * shared)) : 0; /* independent but for rounding */
}

INLINE double glcm_measure(int64_t feature, const Cell *cells, int64_t held, int32_t k, const Work *work) {
    double total = 0, sum = 0;
    for (int64_t c = 0; c < held; c++) total += cells[c].n;
    switch (feature) {
    case CLUSTER_PROMINENCE:
    case CLUSTER_SHADE:
    case CLUSTER_TENDENCY:
    case CORRELATION:
    case DIFFERENCE_VARIANCE:
    case SUM_SQUARES: return around_mean(feature, cells, held, total);
    case DIFFERENCE_ENTROPY: return entropy_of(0, cells, held, total, work->margin);
    case SUM_ENTROPY: return entropy_of(1, cells, held, total, work->margin);
    case IMC1:
    case IMC2:
    case MCC: return of_margins(feature, cells, held, total, k, work);
    case JOINT_ENTROPY: return joint_entropy(cells, held, total, EPS);
    case JOINT_ENERGY:
        for (int64_t c = 0; c < held; c++) sum += cells[c].n * cells[c].n;
        return sum / (total * total);
    case MAXIMUM_PROBABILITY:
        for (int64_t c = 0; c < held; c++) sum = cells[c].n > sum ? cells[c].n : sum;
        return sum / total;
    default:
        for (int64_t c = 0; c < held; c++) sum += cells[c].n * of_pair(feature, cells[c].i, cells[c].j, work->ng);
        return sum / total;
    }
}

/* The counted pairs of one direction as cells of the matrix: a symmetric one counts each pair in both orders. */
INLINE void count_pairs(const uint16_t *box, const uint16_t *level, const int16_t *pairs, int32_t n, int64_t symmetric,
                        double weight, Cells *cells) {
    for (int32_t c = 0; c < n; c++) {
        const uint16_t p = box[pairs[2 * c]], q = box[pairs[2 * c + 1]];
        if (!p || !q) continue;
        const uint16_t a = symmetric && q < p ? q : p, b = symmetric && q < p ? p : q;
        add(cells, a, b, level[a], level[b], weight);
    }
}

INLINE int64_t mirrored(Cell *list, int64_t held) {
    int64_t all = held;
    for (int64_t c = 0; c < held; c++) {
        if (list[c].a == list[c].b)
            list[c].n *= 2;
        else
            list[all++] = (Cell){list[c].n, list[c].j, list[c].i, list[c].b, list[c].a};
    }
    return all;
}

/* pairs: two places each, of direction d from first[d] to first[d + 1] (in pairs). weights: one a direction, summed into
 * one matrix where `merged` is set. expected (directions): where set, a direction without pairs makes JointAverage NaN.
 * list: cells, twice as many as a matrix can have; work: ng doubles as in map.h. */
API void rl_map_glcm(const uint16_t *levels, const int32_t *at, int64_t n, const int32_t *offset, int64_t size,
                     const int16_t *pairs, const int32_t *first, int64_t directions, const double *weights,
                     int64_t merged, int64_t symmetric, const uint8_t *expected, int64_t ng, int64_t feature,
                     uint16_t *number, uint16_t *box, uint16_t *level, Cell *list, int32_t *place, int64_t side,
                     double *margin, double *px, double *py, double *mcc_work, double *out) {
    Cells cells = {list, place, 0, side};
    const Work work = {margin, px, py, mcc_work, (double)ng};
    for (int64_t v = 0; v < n; v++) {
        const int32_t k = numbered(levels + at[v], offset, size, number, box, level);
        Mean mean = {0, 0};
        int missing = 0;
        for (int64_t d = 0; d < directions; d++) {
            count_pairs(box, level, pairs + 2 * first[d], first[d + 1] - first[d], symmetric, merged ? weights[d] : 1, &cells);
            if (merged && d + 1 < directions) continue;
            if (cells.held)
                take(&mean, glcm_measure(feature, list, symmetric ? mirrored(list, cells.held) : cells.held, k, &work));
            else
                missing |= expected[d];
            empty(&cells);
        }
        out[v] = feature == JOINT_AVERAGE && missing ? NAN : mean_of(&mean);
    }
}

/* Sets held[d] where direction d has a pair in any of the neighbourhoods. */
API void rl_map_directions(const uint16_t *levels, const int32_t *at, int64_t n, const int32_t *offset,
                           const int16_t *pairs, const int32_t *first, int64_t directions, uint8_t *held) {
    for (int64_t v = 0; v < n; v++) {
        const uint16_t *centre = levels + at[v];
        for (int64_t d = 0; d < directions; d++)
            for (int32_t c = first[d]; c < first[d + 1] && !held[d]; c++)
                held[d] = centre[offset[pairs[2 * c]]] && centre[offset[pairs[2 * c + 1]]];
    }
}
