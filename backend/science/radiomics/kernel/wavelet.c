#include "kernel.h"

/* One axis of the stationary wavelet transform, low and high pass at once, in double and in float arithmetic.
 *
 * rl_filter: in (outer, n + taps - 1, inner); low and high (outer, n, inner):
 * low[i] = sum_j f[j] in[i + taps - 1 - j], added for j = 0, 1, ..., but where the first `turned[i]` terms reach beyond
 * the end of the whole image: these are added backwards. This is PyWavelets' order, so that the bits are the same.
 *
 * rl_filter_spans: the same only at the voxels of a region, along the axis with `step` values from one voxel to the
 * next. `starts` are the positions in `in` at which its spans begin, `turned` (n_spans,); low, high (voxels of the
 * region,).
 */

enum { WAVELET_BLOCK = 512 }; /* voxels whose sums stay in the cache while the taps are added */

#define REAL double
#define NAMED(name) name
#include "wavelet_axis.h"
#undef REAL
#undef NAMED
#define REAL float
#define NAMED(name) name##_float
#include "wavelet_axis.h"
