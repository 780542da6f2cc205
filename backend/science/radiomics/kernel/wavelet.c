#include "kernel.h"

/* One axis of the stationary wavelet transform, low and high pass at once.
 *
 * in (outer, n + taps - 1, inner), low and high (outer, n, inner):
 * low[i] = sum_j f[j] in[i + taps - 1 - j], added for j = 0, 1, ...: PyWavelets' order, so that the bits are the same.
 */

/* `length` values along the axis and within it, one contiguous stretch; a step along the axis is `step` values. */
INLINE void filter(const double *source, int64_t step, int64_t length, const double *f_low, const double *f_high,
                   int64_t taps, double *restrict low, double *restrict high) {
    if (taps == 6) {
        const double *x0 = source + 5 * step, *x1 = source + 4 * step, *x2 = source + 3 * step;
        const double *x3 = source + 2 * step, *x4 = source + step, *x5 = source;
        for (int64_t i = 0; i < length; i++) {
            low[i] = f_low[0] * x0[i] + f_low[1] * x1[i] + f_low[2] * x2[i] + f_low[3] * x3[i] + f_low[4] * x4[i] +
                     f_low[5] * x5[i];
            high[i] = f_high[0] * x0[i] + f_high[1] * x1[i] + f_high[2] * x2[i] + f_high[3] * x3[i] +
                      f_high[4] * x4[i] + f_high[5] * x5[i];
        }
        return;
    }
    for (int64_t i = 0; i < length; i++) low[i] = high[i] = 0;
    for (int64_t j = 0; j < taps; j++) {
        const double *x = source + (taps - 1 - j) * step;
        for (int64_t i = 0; i < length; i++) {
            low[i] += f_low[j] * x[i];
            high[i] += f_high[j] * x[i];
        }
    }
}

API void rl_filter(const double *in, int64_t outer, int64_t n, int64_t inner, const double *f_low, const double *f_high,
                   int64_t taps, double *low, double *high) {
    for (int64_t o = 0; o < outer; o++)
        filter(in + o * (n + taps - 1) * inner, inner, n * inner, f_low, f_high, taps, low + o * n * inner,
               high + o * n * inner);
}

/* The same along the first axis of in (n + taps - 1, inner), only at the voxels of a region: `starts` are the positions
 * in (n, inner) at which its spans begin. low, high (voxels of the region,). */
API void rl_filter_spans(const double *in, int64_t inner, const int32_t *starts, const int32_t *spans, int64_t n_spans,
                         const double *f_low, const double *f_high, int64_t taps, double *low, double *high) {
    for (int64_t s = 0; s < n_spans; s++) {
        const int32_t length = spans[2 * s + 1];
        filter(in + starts[s], inner, length, f_low, f_high, taps, low, high);
        low += length;
        high += length;
    }
}
