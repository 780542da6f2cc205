#include "kernel.h"

#include <complex.h>

enum { TAPS = 4, TOGETHER = 64 };

/* Cubic splines at points around each voxel of a region, scipy's map_coordinates bit for bit.
 *
 * coefficients: rows of `row` values in planes of `plane`. spans (n_spans, 4): z, y, x of its first voxel in a box of
 * (nz, ny, nx), and length. Point p of a voxel has its taps from at_z[p][z], at_y[p][y], at_x[p][x] on, with the weights
 * of_z (points, nz, TAPS), of_y likewise and of_x (points, TAPS, nx). samples (points, voxels).
 */
API void rl_sphere_samples(const double *coefficients, int64_t plane, int64_t row, const int32_t *spans,
                           int64_t n_spans, int64_t points, int64_t nz, int64_t ny, int64_t nx, const int32_t *at_z,
                           const int32_t *at_y, const int32_t *at_x, const double *of_z, const double *of_y,
                           const double *of_x, int64_t voxels, double *samples) {
    for (int64_t p = 0; p < points; p++) {
        double *restrict out = samples + p * voxels;
        for (int64_t s = 0; s < n_spans; s++) {
            const int64_t z = p * nz + spans[4 * s], y = p * ny + spans[4 * s + 1], length = spans[4 * s + 3];
            const int32_t *from = at_x + p * nx + spans[4 * s + 2];
            const double *weights = of_x + p * TAPS * nx + spans[4 * s + 2];
            for (int64_t i = 0, next; i < length; i = next) { /* rounding may move the taps by a voxel */
                for (next = i + 1; next < length && from[next] - from[i] == next - i;) next++;
                for (int64_t k = i; k < next; k++) out[k] = 0;
                for (int a = 0; a < TAPS; a++)
                    for (int b = 0; b < TAPS; b++) {
                        const double *x = coefficients + (at_z[z] + a) * plane + (at_y[y] + b) * row + from[i] - i;
                        const double along_z = of_z[z * TAPS + a], along_y = of_y[y * TAPS + b];
                        for (int64_t k = i; k < next; k++) {
                            double sum = out[k];
                            for (int c = 0; c < TAPS; c++) sum += x[k + c] * along_z * along_y * weights[c * nx + k];
                            out[k] = sum;
                        }
                    }
            }
            out += length;
        }
    }
}

/* For each order l of spherical harmonics: Re sqrt(sum over points of (sum over m of c_m Y_m)^2), c_m the sum of Y_m over
 * the points of a voxel that are set in `bits` (points, voxels). re, im (levels * levels, points): Y of order 0, then
 * the three of order 1, ... work: 2 * TOGETHER * (2 * levels - 1). out (levels, voxels). */
API void rl_sphere_levels(const uint8_t *bits, int64_t points, int64_t voxels, const double *re, const double *im,
                          int64_t levels, double *work, double *out) {
    for (int64_t from = 0; from < voxels; from += TOGETHER) {
        const int64_t n = voxels - from < TOGETHER ? voxels - from : TOGETHER;
        for (int64_t l = 0; l < levels; l++) {
            const int64_t orders = 2 * l + 1;
            const double *y_re = re + l * l * points, *y_im = im + l * l * points;
            double *c_re = work, *c_im = work + TOGETHER * orders, q_re[TOGETHER] = {0}, q_im[TOGETHER] = {0};
            memset(work, 0, sizeof(double) * (size_t)(2 * TOGETHER * orders));
            for (int64_t m = 0; m < orders; m++)
                for (int64_t p = 0; p < points; p++) {
                    const uint8_t *set = bits + p * voxels + from;
                    const double a = y_re[m * points + p], b = y_im[m * points + p];
                    for (int64_t k = 0; k < n; k++) {
                        c_re[m * TOGETHER + k] += set[k] * a;
                        c_im[m * TOGETHER + k] += set[k] * b;
                    }
                }
            for (int64_t p = 0; p < points; p++) {
                double f_re[TOGETHER] = {0}, f_im[TOGETHER] = {0};
                for (int64_t m = 0; m < orders; m++) {
                    const double a = y_re[m * points + p], b = y_im[m * points + p];
                    for (int64_t k = 0; k < n; k++) {
                        const double c = c_re[m * TOGETHER + k], d = c_im[m * TOGETHER + k];
                        f_re[k] += c * a - d * b;
                        f_im[k] += c * b + d * a;
                    }
                }
                for (int64_t k = 0; k < n; k++) {
                    q_re[k] += f_re[k] * f_re[k] - f_im[k] * f_im[k];
                    q_im[k] += f_re[k] * f_im[k] + f_im[k] * f_re[k];
                }
            }
            for (int64_t k = 0; k < n; k++) out[l * voxels + from + k] = creal(csqrt(CMPLX(q_re[k], q_im[k])));
        }
    }
}
