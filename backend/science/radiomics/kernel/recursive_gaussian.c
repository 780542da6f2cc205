/* Recursive Gaussian filter along one axis of an image: a fourth-order filter forwards and one backwards, added.
 *
 *     c[i] = n0 x[i] + n1 x[i-1] + n2 x[i-2] + n3 x[i-3] - (d1 c[i-1] + d2 c[i-2] + d3 c[i-3] + d4 c[i-4])
 *     a[i] = m1 x[i+1] + m2 x[i+2] + m3 x[i+3] + m4 x[i+4] - (d1 a[i+1] + d2 a[i+2] + d3 a[i+3] + d4 a[i+4])
 *     y[i] = c[i] + a[i]
 *
 * Beyond its ends a line goes on with its first or last voxel. There c and a have come to rest, so bn_k x[0] stands for
 * d_k c[i-k] of voxels before the first, and bm_k x[n-1] for d_k a[i+k] of those behind the last.
 * Sums are in double precision and in the order written; y is rounded to single precision, as ITK does.
 *
 * Neighbouring lines are filtered at once, one in each number of a vector. No sum crosses lines, so the same bits come
 * out whatever the width of the vectors; it is chosen at run time by what the processor has.
 */
#include "kernel.h"

typedef struct { double n[4], m[4], d[4], bn[4], bm[4]; } Coefficients;

enum kind { SHORT, SINGLE, DOUBLE }; /* of the voxels read: int16_t, float, double */
static const int64_t size_of[] = {sizeof(int16_t), sizeof(float), sizeof(double)};

/* Lines that lie far apart are copied STRIP at a time: read twice where they are, they would not stay in the cache. */
enum { TILE = 4, STRIP = 256, NEAR = 1 << 18 };
typedef float Four __attribute__((vector_size(4 * TILE), aligned(4), may_alias));
typedef int16_t FourShorts __attribute__((vector_size(2 * TILE), aligned(2), may_alias));
typedef int32_t Places __attribute__((vector_size(4 * TILE)));
#ifdef __clang__
#define PICK(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define PICK(a, b, ...) __builtin_shuffle(a, b, (Places){__VA_ARGS__})
#endif

/* Four voxels of four rows -> four rows of a voxel each, `pitch` apart. */
INLINE void transpose(const Four *rows, float *out, int64_t pitch) {
    const Four ab0 = PICK(rows[0], rows[1], 0, 4, 1, 5), ab1 = PICK(rows[0], rows[1], 2, 6, 3, 7);
    const Four cd0 = PICK(rows[2], rows[3], 0, 4, 1, 5), cd1 = PICK(rows[2], rows[3], 2, 6, 3, 7);
    *(Four *)out = PICK(ab0, cd0, 0, 1, 4, 5);
    *(Four *)(out + pitch) = PICK(ab0, cd0, 2, 3, 6, 7);
    *(Four *)(out + 2 * pitch) = PICK(ab1, cd1, 0, 1, 4, 5);
    *(Four *)(out + 3 * pitch) = PICK(ab1, cd1, 2, 3, 6, 7);
}

INLINE Four four_shorts(const int16_t *at) {
    return __builtin_convertvector(__builtin_convertvector(*(const FourShorts *)at, Places), Four);
}

/* `width` lines of n voxels, `step` apart in a line, from where they begin to side by side: out (n, width). */
INLINE void put_beside(const void *in, enum kind kind, const int64_t *from, int64_t width, int64_t step, int64_t n,
                       float *out) {
    const int16_t *shorts = in;
    const float *singles = in;
    int64_t i = 0;
    for (; step == 1 && i + TILE <= n; i += TILE)
        for (int64_t w = 0; w < width; w += TILE) {
            Four rows[TILE];
            for (int r = 0; r < TILE; r++) {
                const int64_t at = from[w + r] + i;
                rows[r] = kind == SHORT ? four_shorts(shorts + at) : *(const Four *)(singles + at);
            }
            transpose(rows, out + i * width + w, width);
        }
    for (; i < n; i++)
        for (int64_t w = 0; w < width; w++) {
            const int64_t at = from[w] + i * step;
            out[i * width + w] = kind == SHORT ? shorts[at] : singles[at];
        }
}

INLINE void put_beside_double(const double *in, const int64_t *from, int64_t width, int64_t step, int64_t n,
                              double *out) {
    for (int64_t i = 0; i < n; i++)
        for (int64_t w = 0; w < width; w++) out[i * width + w] = in[from[w] + i * step];
}

/* And back: the first `count` of the lines in (n, width). */
INLINE void put_apart(const float *in, const int64_t *to, int64_t count, int64_t width, int64_t step, int64_t n,
                      float *out) {
    int64_t i = 0;
    for (; step == 1 && count == width && i + TILE <= n; i += TILE)
        for (int64_t w = 0; w < width; w += TILE) {
            Four voxels[TILE];
            float lines[TILE * TILE];
            for (int v = 0; v < TILE; v++) voxels[v] = *(const Four *)(in + (i + v) * width + w);
            transpose(voxels, lines, TILE);
            for (int l = 0; l < TILE; l++) memcpy(out + to[w + l] + i, lines + l * TILE, sizeof(float) * TILE);
        }
    for (; i < n; i++)
        for (int64_t w = 0; w < count; w++) out[to[w] + i * step] = in[i * width + w];
}

#ifdef __x86_64__
#define SIDE 8
#define PARTS 2
#define TARGET __attribute__((target("avx512f")))
#define FOR(name) name##_512
#include "recursive_gaussian.h"

#define SIDE 4
#define PARTS 2
#define TARGET __attribute__((target("avx2")))
#define FOR(name) name##_256
#include "recursive_gaussian.h"
#endif

#define SIDE 2
#define PARTS 4
#define TARGET
#define FOR(name) name##_128
#include "recursive_gaussian.h"

/* The filter along the middle axis of `in` (outer, n, inner), of a `kind`; out (outer, high - low, inner).
 * n >= 4. work: 32 * (high - low) + STRIP * n doubles. No wider vectors than `widest` bits are used. */
__attribute__((visibility("default"))) void rl_recursive_gaussian(const void *in, int64_t kind, int64_t outer,
                                                                  int64_t n, int64_t inner, int64_t low, int64_t high,
                                                                  const Coefficients *k, double *work, float *out,
                                                                  int64_t widest) {
#ifdef __x86_64__
    if (widest >= 512 && __builtin_cpu_supports("avx512f"))
        recursive_gaussian_512(in, kind, outer, n, inner, low, high, k, work, out);
    else if (widest >= 256 && __builtin_cpu_supports("avx2"))
        recursive_gaussian_256(in, kind, outer, n, inner, low, high, k, work, out);
    else
#endif
        recursive_gaussian_128(in, kind, outer, n, inner, low, high, k, work, out);
}
