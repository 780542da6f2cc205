#include "kernel.h"

/* One axis of the stationary wavelet transform, low and high pass at once.
 *
 * in (outer, n + taps - 1, inner), low and high (outer, n, inner):
 * low[i] = sum_j f[j] in[i + taps - 1 - j], added for j = 0, 1, ...: PyWavelets' order, so that the bits are the same.
 */
API void rl_filter(const double *in, int64_t outer, int64_t n, int64_t inner, const double *f_low, const double *f_high,
                   int64_t taps, double *low, double *high) {
    const int64_t length = n * inner; /* along the axis and within it: one contiguous stretch */
    for (int64_t o = 0; o < outer; o++) {
        const double *source = in + o * (n + taps - 1) * inner;
        double *l = low + o * length, *h = high + o * length;
        if (taps == 6) {
            const double *x0 = source + 5 * inner, *x1 = source + 4 * inner, *x2 = source + 3 * inner;
            const double *x3 = source + 2 * inner, *x4 = source + inner, *x5 = source;
            for (int64_t i = 0; i < length; i++) {
                l[i] = f_low[0] * x0[i] + f_low[1] * x1[i] + f_low[2] * x2[i] + f_low[3] * x3[i] + f_low[4] * x4[i] +
                       f_low[5] * x5[i];
                h[i] = f_high[0] * x0[i] + f_high[1] * x1[i] + f_high[2] * x2[i] + f_high[3] * x3[i] +
                       f_high[4] * x4[i] + f_high[5] * x5[i];
            }
            continue;
        }
        for (int64_t i = 0; i < length; i++) l[i] = h[i] = 0;
        for (int64_t j = 0; j < taps; j++) {
            const double *x = source + (taps - 1 - j) * inner;
            for (int64_t i = 0; i < length; i++) {
                l[i] += f_low[j] * x[i];
                h[i] += f_high[j] * x[i];
            }
        }
    }
}
