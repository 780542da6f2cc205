/* Texture matrices of one region in one image: what every pass of the kernel shares.
 *
 * A region lies in a padded box of (Z+2, Y+2, X+2) uint16 grey levels, 0 outside the region, so that each of the 26
 * neighbours of a voxel can be read without a test. `at` holds the positions of its n voxels there, in raster order.
 * Direction d of 13 leads from p to p + offset[d], all offsets > 0; the other 13 neighbours are at p - offset[d].
 * No pass allocates: the caller gives work arrays, so a pass cannot fail. No floating-point sum depends on the machine:
 * build with -ffp-contract=off.
 */
#ifndef RADIOMICLENS_KERNEL_H
#define RADIOMICLENS_KERNEL_H

#include <math.h>
#include <stdint.h>
#include <string.h>

/* One binary for every x86-64: the loader picks the AVX2 copy where the processor has it. */
#if defined(__x86_64__) && defined(__linux__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#define CLONES __attribute__((target_clones("arch=x86-64-v3", "default")))
#else
#define CLONES
#endif
#define API __attribute__((visibility("default"))) CLONES

enum { DIRECTIONS = 13, LOGS = 4096 };

extern double log2_of[LOGS];          /* log2 of a count; 0 for 0 */
extern uint16_t apart[1 << DIRECTIONS]; /* of a set of earlier neighbours, one for each group that already touches */

static inline double log2_count(uint32_t n) { return n < LOGS ? log2_of[n] : log2((double)n); }

/* Second largest |eigenvalue| of the symmetric (k, k) matrix S, given its leading eigenvector. work: 900 * k + 8 * 900. */
double second_eigenvalue(const double *S, int64_t k, const double *leading, double *work);

#endif
