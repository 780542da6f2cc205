/* The wavelet transform in one type of number; wavelet.c includes this once for each, with REAL and NAMED set. */


/* `length` values along the axis and within it, one contiguous stretch; a step along the axis is `step` values. */
INLINE void NAMED(filter)(const REAL *source, int64_t step, int64_t length, const REAL *f_low, const REAL *f_high,
                          int64_t taps, int64_t turned, REAL *restrict low, REAL *restrict high) {
    if (taps == 6 && turned < 3) { /* two numbers have the same sum in either order */
        const REAL *x0 = source + 5 * step, *x1 = source + 4 * step, *x2 = source + 3 * step;
        const REAL *x3 = source + 2 * step, *x4 = source + step, *x5 = source;
        for (int64_t i = 0; i < length; i++) {
            low[i] = f_low[0] * x0[i] + f_low[1] * x1[i] + f_low[2] * x2[i] + f_low[3] * x3[i] + f_low[4] * x4[i] +
                     f_low[5] * x5[i];
            high[i] = f_high[0] * x0[i] + f_high[1] * x1[i] + f_high[2] * x2[i] + f_high[3] * x3[i] +
                      f_high[4] * x4[i] + f_high[5] * x5[i];
        }
        return;
    }
    for (int64_t from = 0; from < length; from += WAVELET_BLOCK) {
        const int64_t stop = length - from < WAVELET_BLOCK ? length : from + WAVELET_BLOCK;
        for (int64_t i = from; i < stop; i++) low[i] = high[i] = 0;
        for (int64_t t = 0; t < taps; t++) {
            const int64_t j = t < turned ? turned - 1 - t : t;
            const REAL *x = source + (taps - 1 - j) * step, l = f_low[j], h = f_high[j];
            for (int64_t i = from; i < stop; i++) {
                low[i] += l * x[i];
                high[i] += h * x[i];
            }
        }
    }
}

API void NAMED(rl_filter)(const REAL *in, int64_t outer, int64_t n, int64_t inner, const REAL *f_low, const REAL *f_high,
                          int64_t taps, const int32_t *turned, REAL *low, REAL *high) {
    for (int64_t o = 0; o < outer; o++)
        for (int64_t i = 0, next; i < n; i = next) {
            next = i + 1;
            while (next < n && turned[next] == turned[i]) next++;
            const int64_t at = (o * n + i) * inner;
            NAMED(filter)(in + (o * (n + taps - 1) + i) * inner, inner, (next - i) * inner, f_low, f_high, taps,
                          turned[i], low + at, high + at);
        }
}

API void NAMED(rl_filter_spans)(const REAL *in, int64_t step, const int32_t *starts, const int32_t *spans,
                                int64_t n_spans, const REAL *f_low, const REAL *f_high, int64_t taps,
                                const int32_t *turned, REAL *low, REAL *high) {
    for (int64_t s = 0; s < n_spans; s++) {
        const int64_t length = spans[2 * s + 1];
        NAMED(filter)(in + starts[s], step, length, f_low, f_high, taps, turned[s], low, high);
        low += length;
        high += length;
    }
}
