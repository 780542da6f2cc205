#include "kernel.h"

/* Symmetric co-occurrence of grey levels along 13 directions.
 *
 * Out, for each direction d: px (13, ng + 1) row sums, sum (13, 2 ng + 1) and difference (13, ng + 1) counts of the
 * symmetric matrix (twice the pairs; 0 pairs: an empty direction); cell (13, 6): sum n^2, sum n log2 n, largest n,
 * cells with n > 0, sum n / (px_i px_j), and the second largest |eigenvalue| behind MCC.
 * table: (ng + 1)^2 uint32; work: doubles, 2 levels^2 + 920 levels + 8000.
 */

static void count_pairs(const uint16_t *levels, const int32_t *at, int64_t n, int32_t step, int64_t side, uint32_t *table) {
    memset(table, 0, sizeof(uint32_t) * (size_t)(side * side));
    for (int64_t i = 0; i < n; i++) {
        const int32_t p = at[i];
        table[levels[p] * side + levels[p + step]]++;
    }
}

static double mcc(const uint32_t *table, int64_t ng, const int64_t *px, double pairs, double *work) {
    double *leading = work, *root = work + ng + 1, *S = root + ng + 1;
    int64_t k = 0;
    for (int64_t i = 1; i <= ng; i++)
        if (px[i]) k++;
    if (k < 2) return 0;
    int64_t a = 0;
    for (int64_t i = 1; i <= ng; i++) {
        if (!px[i]) continue;
        const double p = (double)px[i] / pairs;
        int64_t b = 0;
        for (int64_t j = 1; j <= ng; j++) {
            if (!px[j]) continue;
            const uint32_t n = table[i * (ng + 1) + j];
            /* + eps under the root: PyRadiomics' + eps in the denominator of Q, to first order */
            S[a * k + b] = n ? n / pairs / sqrt(p * ((double)px[j] / pairs) + 2.220446049250313e-16) : 0;
            b++;
        }
        leading[a++] = sqrt(p);
    }
    return second_eigenvalue(S, k, leading, S + k * k);
}

API void rl_glcm(const uint16_t *levels, const int32_t *at, int64_t n, const int32_t *offset, int64_t ng, int64_t with_mcc,
                 uint32_t *table, double *work, int64_t *px, int64_t *sum, int64_t *difference, double *cell) {
    const int64_t side = ng + 1;
    for (int d = 0; d < DIRECTIONS; d++, px += ng + 1, sum += 2 * ng + 1, difference += ng + 1, cell += 6) {
        count_pairs(levels, at, n, offset[d], side, table);
        int64_t pairs = 0;
        for (int64_t i = 1; i <= ng; i++)
            for (int64_t j = i; j <= ng; j++) { /* symmetric from here on */
                const uint32_t both = table[i * side + j] + table[j * side + i];
                if (!both) continue;
                table[i * side + j] = table[j * side + i] = both;
                px[i] += both;
                if (i != j) px[j] += both;
                pairs += i == j ? both : 2 * both;
            }
        if (!pairs) continue;
        double squares = 0, logs = 0, share = 0, cells = 0;
        uint32_t largest = 0;
        for (int64_t i = 1; i <= ng; i++) {
            const uint32_t *row = table + i * side;
            if (!px[i]) continue;
            const double p = 1.0 / (double)px[i];
            for (int64_t j = i; j <= ng; j++) {
                if (!row[j]) continue;
                const double m = row[j], times = i == j ? 1 : 2;
                squares += times * m * m;
                logs += times * m * log2_count(row[j]);
                share += times * m * p / (double)px[j];
                cells += times;
                largest = row[j] > largest ? row[j] : largest;
                sum[i + j] += (int64_t)times * row[j];
                difference[j - i] += (int64_t)times * row[j];
            }
        }
        cell[0] = squares;
        cell[1] = logs;
        cell[2] = largest;
        cell[3] = cells;
        cell[4] = share;
        cell[5] = with_mcc ? mcc(table, ng, px, (double)pairs, work) : 0;
    }
}
