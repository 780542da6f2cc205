/* Texture matrices of one region in one image: what every pass of the kernel shares.
 *
 * A region lies in a padded box of (Z+2, Y+2, X+2) uint16 grey levels, 0 outside the region, so that each of the 26
 * neighbours of a voxel can be read without a test; SLACK more zeros follow the box, so that a block of BLOCK voxels may
 * reach beyond the last row. `rows` holds the position there and the length, first to last voxel, of each row; `spans`
 * the same of each stretch of a row without a gap. `at` holds the positions of the n voxels, in raster order.
 * Direction d of 13 leads from p to p + offset[d], all offsets > 0; the other 13 neighbours are at p - offset[d]. In one
 * plane there are 4 of them, or fewer. Passes are compiled twice, with the constant 13 and with any number.
 * No pass allocates: the caller gives work arrays, so a pass cannot fail. No floating-point sum depends on the machine:
 * the order of additions is written down (LANES), and -ffp-contract=off forbids fused ones.
 */
#ifndef RADIOMICLENS_KERNEL_H
#define RADIOMICLENS_KERNEL_H

#include <math.h>
#include <stdint.h>
#include <string.h>

/* One binary for every x86-64: the loader picks the AVX2 copy where the processor has it. Helpers must become part of
 * both copies, or they would stay plain code. */
#if defined(__x86_64__) && defined(__linux__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#define CLONES __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define CLONES
#endif
#define API __attribute__((visibility("default"))) CLONES
#define INLINE static inline __attribute__((always_inline))

enum { DIRECTIONS = 13, LOGS = 4096, LANES = 8, BLOCK = 16, SLACK = 64, TABLES = 4 };

/* BLOCK voxels next to each other, wherever they lie; a comparison gives 0xffff or 0 in each. */
typedef uint16_t Voxels __attribute__((vector_size(2 * BLOCK), aligned(2), may_alias));
#define VOXELS(p) (*(Voxels *)(p))
#define VOXELS_OF(p) (*(const Voxels *)(p))

extern double log2_of[LOGS];          /* log2 of a count; 0 for 0 */
extern uint16_t apart[1 << DIRECTIONS]; /* of a set of earlier neighbours, one for each group that already touches */
enum { HALF = 7 };                      /* bits of a set of directions: the lower ones, and those above */
extern Voxels spread_low[1 << HALF];    /* bit d of a set as number d of a block, 0 or 1 */
extern Voxels spread_high[1 << (DIRECTIONS - HALF)];

INLINE double log2_count(uint32_t n) { return n < LOGS ? log2_of[n] : log2((double)n); }

/* Sum of LANES partial sums, always in this order. */
INLINE double total(const double *lanes) {
    return ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]));
}

INLINE double dot(const double *a, const double *b, int64_t n) {
    double lanes[LANES] = {0};
    const int64_t even = n - n % LANES;
    for (int64_t i = 0; i < even; i += LANES)
        for (int k = 0; k < LANES; k++) lanes[k] += a[i + k] * b[i + k];
    for (int64_t i = even; i < n; i++) lanes[i - even] += a[i] * b[i];
    return total(lanes);
}

/* Second largest |eigenvalue| of a symmetric (k, k) matrix, of which row i holds columns first[i] to i, packed one row
 * after the other, given its leading eigenvector. work: 900 k + 8 * 900. */
double second_eigenvalue(const double *S, const int32_t *first, int64_t k, const double *leading, double *work);

#endif
