#include "kernel.h"

/* Magnitude of the gradient by central differences: in (nz + 2, ny + 2, nx + 2), a box with its margin, to
 * out (nz, ny, nx). `half` (z, y, x): 0.5 / spacing. The order, x first and rounded to float once, is ITK's; so is the
 * zero times the voxel itself, which hands on a value that is no number. */
API void rl_gradient(const double *in, int64_t nz, int64_t ny, int64_t nx, const double *half, float *restrict out) {
    const int64_t row = nx + 2, plane = (ny + 2) * row;
    for (int64_t z = 0; z < nz; z++)
        for (int64_t y = 0; y < ny; y++, out += nx) {
            const double *at = in + (z + 1) * plane + (y + 1) * row + 1;
            for (int64_t x = 0; x < nx; x++) {
                const double itself = 0 * at[x];
                const double along_x = itself - half[2] * at[x - 1] + half[2] * at[x + 1];
                const double along_y = itself - half[1] * at[x - row] + half[1] * at[x + row];
                const double along_z = itself - half[0] * at[x - plane] + half[0] * at[x + plane];
                out[x] = (float)sqrt(along_x * along_x + along_y * along_y + along_z * along_z);
            }
        }
}
