#include "kernel.h"

/* Marching cubes and squares on a mask with one voxel of 0 on each side: how often each configuration of corners occurs
 * and where, in whole numbers. Area and volume follow from those alone (features/marching_cubes.py).
 *
 * A vertex lies in the middle between two voxels of which one belongs to the region. Coordinates of vertices are doubled,
 * so that they are whole. For the diameters only the first and the last vertex of each grid line are kept: tables
 * (lines, 2), -1 where a line has none, filled with -1 by the caller.
 */

INLINE void keep(int32_t *line, int64_t at) {
    if (line[0] < 0) line[0] = (int32_t)at;
    line[1] = (int32_t)at;
}

/* Configurations of the cubes between four neighbouring rows of the mask. Corner i is bit i; corners (z, y, x): 0 = 000,
 * 1 = 001, 2 = 011, 3 = 010, 4 = 100, 5 = 101, 6 = 111, 7 = 110. */
INLINE void row_of_cubes(const uint8_t *near, int64_t slice, int64_t X, uint8_t *cubes) {
    const uint8_t *a = near, *b = near + X, *c = near + slice, *d = near + slice + X;
    for (int64_t x = 0; x < X - 1; x++)
        cubes[x] = (uint8_t)(a[x] | a[x + 1] << 1 | b[x + 1] << 2 | b[x] << 3 | c[x] << 4 | c[x + 1] << 5 |
                             d[x + 1] << 6 | d[x] << 7);
}

/* Cubes of a mask (Z, Y, X) of 0 and 1. counts (256): cubes of each configuration; places (256, 3): sums of their z, y
 * and x; along_x (2 Z, 2 Y, 2) and along_z (2 Y, 2 X, 2): x of the vertices on lines along x, z on lines along z.
 * counts and places come as 0. cubes: work, X. */
API void rl_cubes(const uint8_t *mask, int64_t Z, int64_t Y, int64_t X, int64_t *counts, int64_t *places, int32_t *along_x,
                  int32_t *along_z, uint8_t *cubes) {
    for (int64_t z = 0; z < Z - 1; z++)
        for (int64_t y = 0; y < Y - 1; y++) {
            row_of_cubes(mask + (z * Y + y) * X, Y * X, X, cubes);
            for (int64_t x = 0; x < X - 1; x++) {
                const unsigned cube = cubes[x];
                if (cube == 0 || cube == 255) continue;
                counts[cube]++;
                places[3 * cube] += z;
                places[3 * cube + 1] += y;
                places[3 * cube + 2] += x;
                /* Each vertex of the mesh is on an edge that leaves corner 7 of one cube. */
                const unsigned last = cube >> 7;
                const int64_t z2 = 2 * z + 2, y2 = 2 * y + 2, x2 = 2 * x;
                if ((cube >> 6 & 1) != last) {
                    keep(along_x + 2 * (z2 * 2 * Y + y2), x2 + 1);
                    keep(along_z + 2 * (y2 * 2 * X + x2 + 1), z2);
                }
                if ((cube >> 4 & 1) != last) {
                    keep(along_x + 2 * (z2 * 2 * Y + y2 - 1), x2);
                    keep(along_z + 2 * ((y2 - 1) * 2 * X + x2), z2);
                }
                if ((cube >> 3 & 1) != last) {
                    keep(along_x + 2 * ((z2 - 1) * 2 * Y + y2), x2);
                    keep(along_z + 2 * (y2 * 2 * X + x2), z2 - 1);
                }
            }
        }
}

/* The same of the squares of a mask (Y, X): corners (y, x) 0 = 00, 1 = 01, 2 = 11, 3 = 10; counts (16), places (16, 2),
 * along_x (2 Y, 2). */
API void rl_squares(const uint8_t *mask, int64_t Y, int64_t X, int64_t *counts, int64_t *places, int32_t *along_x) {
    for (int64_t y = 0; y < Y - 1; y++)
        for (int64_t x = 0; x < X - 1; x++) {
            const uint8_t *p = mask + y * X + x;
            const unsigned square = p[0] | p[1] << 1 | p[X + 1] << 2 | p[X] << 3;
            if (square == 0 || square == 15) continue;
            counts[square]++;
            places[2 * square] += y;
            places[2 * square + 1] += x;
            if ((square & 1) != square >> 3) keep(along_x + 2 * (2 * y + 1), 2 * x);
            if ((square >> 2 & 1) != square >> 3) keep(along_x + 2 * (2 * y + 2), 2 * x + 1);
        }
}

/* Sums over the voxels of a mask (Z, Y, X): out (10) of 1, z, y, x, zz, yy, xx, zy, zx, yx. */
API void rl_place_sums(const uint8_t *mask, int64_t Z, int64_t Y, int64_t X, int64_t *out) {
    enum { PART = 1024 }; /* squares of places in a part fit 32 bits */
    for (int k = 0; k < 10; k++) out[k] = 0;
    for (int64_t z = 0; z < Z; z++)
        for (int64_t y = 0; y < Y; y++)
            for (int64_t from = 0; from < X; from += PART) {
                const uint8_t *row = mask + (z * Y + y) * X + from;
                const int32_t n = (int32_t)(X - from < PART ? X - from : PART);
                int32_t count = 0, first = 0, second = 0;
                for (int32_t i = 0; i < n; i++) {
                    count += row[i];
                    first += row[i] * i;
                    second += row[i] * i * i;
                }
                const int64_t x = first + from * count, xx = second + 2 * from * first + from * from * count;
                const int64_t sums[10] = {count,         z * count, y * count,     x,     z * z * count,
                                          y * y * count, xx,        z * y * count, z * x, y * x};
                for (int k = 0; k < 10; k++) out[k] += sums[k];
            }
}
