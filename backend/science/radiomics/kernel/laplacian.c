/* Recursive Gaussian filter along one axis of an image: a fourth-order filter forwards and one backwards, added.
 *
 *     c[i] = n0 x[i] + n1 x[i-1] + n2 x[i-2] + n3 x[i-3] - (d1 c[i-1] + d2 c[i-2] + d3 c[i-3] + d4 c[i-4])
 *     a[i] = m1 x[i+1] + m2 x[i+2] + m3 x[i+3] + m4 x[i+4] - (d1 a[i+1] + d2 a[i+2] + d3 a[i+3] + d4 a[i+4])
 *     y[i] = c[i] + a[i]
 *
 * Beyond its ends a line goes on with its first or last voxel. There c and a would have come to rest, so the terms
 * d_k c[i-k] of voxels before the first are bn_k x[0], and those of a behind the last are bm_k x[n-1].
 * Sums are in double precision and in the order written; the result is rounded to single precision (as ITK does).
 *
 * WIDTH lines are filtered at once, one a lane, so lanes never mix and the width of a vector changes no bit.
 */
#include "kernel.h"

#if defined(__x86_64__) && defined(__linux__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#define WIDE __attribute__((visibility("default"), target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define WIDE __attribute__((visibility("default")))
#endif

enum { SIDE = 8, PARTS = 2, WIDTH = SIDE * PARTS };
typedef double Doubles __attribute__((vector_size(8 * SIDE), aligned(8), may_alias));
typedef float Singles __attribute__((vector_size(4 * SIDE), aligned(4), may_alias));
typedef struct { Doubles of[PARTS]; } Lanes;

typedef struct { double n[4], m[4], d[4], bn[4], bm[4]; } Coefficients;

INLINE Lanes lanes_of(const void *line, int is_double, int64_t at) {
    Lanes x;
    for (int p = 0; p < PARTS; p++)
        x.of[p] = is_double ? *(const Doubles *)((const double *)line + at + p * SIDE)
                            : __builtin_convertvector(*(const Singles *)((const float *)line + at + p * SIDE), Doubles);
    return x;
}

INLINE Lanes weighted(const Lanes *v, const double *w) {
    Lanes sum;
    for (int p = 0; p < PARTS; p++)
        sum.of[p] = v[0].of[p] * w[0] + v[1].of[p] * w[1] + v[2].of[p] * w[2] + v[3].of[p] * w[3];
    return sum;
}

INLINE void shift(Lanes *v, Lanes newest) {
    v[3] = v[2];
    v[2] = v[1];
    v[1] = v[0];
    v[0] = newest;
}

/* x: last four inputs, y: last four results; both newest first. */
INLINE Lanes step(const Lanes *x, Lanes *y, const double *feed, const double *back) {
    const Lanes in = weighted(x, feed), out = weighted(y, back);
    Lanes now;
    for (int p = 0; p < PARTS; p++) now.of[p] = in.of[p] - out.of[p];
    shift(y, now);
    return now;
}

/* y[low] to y[high - 1] of WIDTH lines of n voxels, voxel i at i * stride; results at (i - low) * pitch. */
INLINE void filter(const void *in, int is_double, int64_t stride, int64_t n, int64_t low, int64_t high,
                   const Coefficients *k, double *causal, float *out, int64_t pitch) {
    Lanes x[4], y[4];
    double back[4];
    const Lanes first = lanes_of(in, is_double, 0), last = lanes_of(in, is_double, (n - 1) * stride);
    for (int j = 0; j < 4; j++) x[j] = y[j] = first;
    memcpy(back, k->bn, sizeof back);
    for (int64_t i = 0; i < high; i++) {
        if (i > 0 && i <= 4) back[i - 1] = k->d[i - 1];
        shift(x, lanes_of(in, is_double, i * stride));
        const Lanes now = step(x, y, k->n, back);
        if (i >= low) memcpy(causal + (i - low) * WIDTH, &now, sizeof now);
    }
    for (int j = 0; j < 4; j++) x[j] = y[j] = last;
    memcpy(back, k->bm, sizeof back);
    for (int64_t i = n - 1; i >= low; i--) {
        if (n - 1 - i > 0 && n - 1 - i <= 4) back[n - 2 - i] = k->d[n - 2 - i];
        const Lanes now = step(x, y, k->m, back);
        shift(x, lanes_of(in, is_double, i * stride));
        if (i >= high) continue;
        for (int p = 0; p < PARTS; p++) {
            const Doubles sum = *(const Doubles *)(causal + (i - low) * WIDTH + p * SIDE) + now.of[p];
            *(Singles *)(out + (i - low) * pitch + p * SIDE) = __builtin_convertvector(sum, Singles);
        }
    }
}

/* Lines that are not next to each other: copied side by side, filtered, and their results put where they belong. */
INLINE void filter_apart(const void *in, int is_double, int64_t lines, int64_t inner, int64_t n, int64_t low,
                         int64_t high, const Coefficients *k, double *work, float *out) {
    double *causal = work, *beside = causal + (high - low) * WIDTH;
    float *results = (float *)(beside + n * WIDTH);
    for (int64_t line = 0; line < lines; line += WIDTH) {
        const int64_t count = lines - line < WIDTH ? lines - line : WIDTH;
        for (int64_t w = 0; w < WIDTH; w++) {
            const int64_t l = line + (w < count ? w : 0), at = l / inner * n * inner + l % inner;
            for (int64_t i = 0; i < n; i++)
                if (is_double) beside[i * WIDTH + w] = ((const double *)in)[at + i * inner];
                else ((float *)beside)[i * WIDTH + w] = ((const float *)in)[at + i * inner];
        }
        filter(beside, is_double, WIDTH, n, low, high, k, causal, results, WIDTH);
        for (int64_t w = 0; w < count; w++) {
            const int64_t l = line + w, at = l / inner * (high - low) * inner + l % inner;
            for (int64_t i = 0; i < high - low; i++) out[at + i * inner] = results[i * WIDTH + w];
        }
    }
}

INLINE void filter_axis(const void *in, int is_double, int64_t outer, int64_t n, int64_t inner, int64_t low,
                        int64_t high, const Coefficients *k, double *work, float *out) {
    if (inner < WIDTH) {
        filter_apart(in, is_double, outer * inner, inner, n, low, high, k, work, out);
        return;
    }
    for (int64_t o = 0; o < outer; o++)
        for (int64_t done = 0; done < inner; done += WIDTH) {
            const int64_t at = done + WIDTH <= inner ? done : inner - WIDTH; /* the last may do some lines again */
            const int64_t from = o * n * inner + at;
            const void *start = is_double ? (const void *)((const double *)in + from) : (const float *)in + from;
            filter(start, is_double, inner, n, low, high, k, work, out + o * (high - low) * inner + at, inner);
        }
}

/* The filter along the middle axis of `in` (outer, n, inner), of float or double; out (outer, high - low, inner).
 * n >= 4. work: WIDTH * (n + 2 * (high - low)) doubles. */
WIDE void rl_recursive_gaussian(const void *in, int64_t is_double, int64_t outer, int64_t n, int64_t inner, int64_t low,
                                int64_t high, const double *coefficients, double *work, float *out) {
    const Coefficients *k = (const Coefficients *)coefficients;
    if (is_double) filter_axis(in, 1, outer, n, inner, low, high, k, work, out);
    else filter_axis(in, 0, outer, n, inner, low, high, k, work, out);
}
