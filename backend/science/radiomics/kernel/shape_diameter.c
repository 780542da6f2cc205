#include "kernel.h"

/* Largest distances between the vertices of a mesh. The two ends of a largest distance are corners of the convex hull,
 * so hulls are made in each plane of the grid, in whole numbers; pairs of planes that lie too close are not looked at.
 * Squared distances are summed in the order z, y, x. */

typedef struct {
    int64_t step;    /* from one line of a plane to the next, in the table of lines */
    int64_t n;       /* lines of the plane */
    double su, sv;   /* spacing across and along the lines */
} Lines;

/* Is b on the left of, or on, the way from a to c? Then it is no corner below; `side` -1 for corners above. */
INLINE int flat(const int32_t *a, const int32_t *b, int32_t u, int32_t v, int64_t side) {
    return side * ((int64_t)(b[0] - a[0]) * (v - a[1]) - (int64_t)(b[1] - a[1]) * (u - a[0])) <= 0;
}

/* Corners (u, v) of the hull of a plane's lines, from the first vertices of the lines below and the last above. */
INLINE int64_t hull(const int32_t *lines, const Lines *plane, int32_t *corners) {
    int64_t n = 0;
    for (int end = 0; end < 2; end++) {
        const int64_t from = n;
        for (int64_t u = 0; u < plane->n; u++) {
            const int32_t v = lines[2 * u * plane->step + end];
            if (v < 0) continue;
            while (n - from > 1 && flat(corners + 2 * n - 4, corners + 2 * n - 2, (int32_t)u, v, 1 - 2 * end)) n--;
            corners[2 * n] = (int32_t)u;
            corners[2 * n + 1] = v;
            n++;
        }
    }
    return n;
}

/* Largest squared distance from (0, u, v), `apart` squared away, to n points; at least `best`. */
INLINE double farthest(double u, double v, double apart, const double *us, const double *vs, int64_t n, double best) {
    double lanes[LANES];
    for (int k = 0; k < LANES; k++) lanes[k] = best;
    const int64_t even = n - n % LANES;
    for (int64_t i = 0; i < even; i += LANES)
        for (int k = 0; k < LANES; k++) {
            const double du = u - us[i + k], dv = v - vs[i + k], d = apart + du * du + dv * dv;
            lanes[k] = d > lanes[k] ? d : lanes[k];
        }
    for (int64_t i = even; i < n; i++) {
        const double du = u - us[i], dv = v - vs[i], d = apart + du * du + dv * dv;
        lanes[0] = d > lanes[0] ? d : lanes[0];
    }
    for (int k = 1; k < LANES; k++) lanes[0] = lanes[k] > lanes[0] ? lanes[k] : lanes[0];
    return lanes[0];
}

/* Corners of one plane in mm, us and vs, their number in n; largest squared distance among them, at least `best`. */
INLINE double within(const int32_t *lines, const Lines *plane, int32_t *corners, double *us, double *vs, int64_t *n,
                     double best) {
    *n = hull(lines, plane, corners);
    for (int64_t i = 0; i < *n; i++) {
        us[i] = 0.5 * corners[2 * i] * plane->su;
        vs[i] = 0.5 * corners[2 * i + 1] * plane->sv;
        best = farthest(us[i], vs[i], 0, us, vs, i, best);
    }
    return best;
}

/* Largest squared distance between the corners of all slices: slice i, of Z2, at z = i / 2 * sz, has corners start[i] to
 * start[i + 1]. radius: work, Z2. */
INLINE double across(const double *ys, const double *xs, const int64_t *start, int64_t Z2, double sz, double best,
                     double *radius) {
    const int64_t n = start[Z2];
    double y = 0, x = 0;
    for (int64_t i = 0; i < n; i++) {
        y += ys[i] / (double)n;
        x += xs[i] / (double)n;
    }
    for (int64_t i = 0; i < Z2; i++)
        radius[i] = sqrt(farthest(y, x, 0, ys + start[i], xs + start[i], start[i + 1] - start[i], 0));
    /* Far slices first: they give a long distance early. */
    for (int64_t gap = Z2 - 1; gap > 0; gap--)
        for (int64_t i = 0, j = gap; j < Z2; i++, j++) {
            const double dz = 0.5 * (double)i * sz - 0.5 * (double)j * sz, apart = dz * dz;
            const double reach = radius[i] + radius[j];
            if (start[i] == start[i + 1] || start[j] == start[j + 1]) continue;
            if ((apart + reach * reach) * (1 + 1e-12) <= best) continue;
            for (int64_t a = start[i]; a < start[i + 1]; a++)
                best = farthest(ys[a], xs[a], apart, ys + start[j], xs + start[j], start[j + 1] - start[j], best);
        }
    return best;
}

/* Diameters (4) of the mesh whose vertices rl_cubes found in a mask (Z, Y, X): within slices (one z), columns (one y),
 * rows (one x), and in space. spacing: z, y, x. Work: corners 4 max(Z2, Y2) int32; ys, xs 2 Z2 Y2 + 2 Y2; start Z2 + 1;
 * radius Z2, where Z2 = 2 Z and so on. */
API void rl_diameters(const int32_t *along_x, const int32_t *along_z, int64_t Z, int64_t Y, int64_t X,
                      const double *spacing, int32_t *corners, double *ys, double *xs, int64_t *start, double *radius,
                      double *out) {
    const int64_t Z2 = 2 * Z, Y2 = 2 * Y, X2 = 2 * X;
    const Lines slice = {1, Y2, spacing[1], spacing[2]};
    const Lines column = {Y2, Z2, spacing[0], spacing[2]};
    const Lines row = {X2, Y2, spacing[1], spacing[0]};
    int64_t n;
    out[0] = out[1] = out[2] = 0;
    start[0] = 0;
    for (int64_t z = 0; z < Z2; z++) {
        const int64_t from = start[z];
        out[0] = within(along_x + 2 * z * Y2, &slice, corners, ys + from, xs + from, &n, out[0]);
        start[z + 1] = from + n;
    }
    const double longest = across(ys, xs, start, Z2, spacing[0], out[0], radius);
    for (int64_t y = 0; y < Y2; y++) out[1] = within(along_x + 2 * y, &column, corners, ys, xs, &n, out[1]);
    for (int64_t x = 0; x < X2; x++) out[2] = within(along_z + 2 * x, &row, corners, ys, xs, &n, out[2]);
    out[3] = longest > out[1] ? longest : out[1];
    out[3] = out[2] > out[3] ? out[2] : out[3];
    for (int k = 0; k < 4; k++) out[k] = sqrt(out[k]);
}

/* Diameter (1) of the outline whose vertices rl_squares found in a mask (Y, X). spacing: y, x. Work: corners 8 Y int32;
 * us, vs 4 Y. */
API void rl_diameter(const int32_t *along_x, int64_t Y, const double *spacing, int32_t *corners, double *us, double *vs,
                     double *out) {
    const Lines plane = {1, 2 * Y, spacing[0], spacing[1]};
    int64_t n;
    out[0] = sqrt(within(along_x, &plane, corners, us, vs, &n, 0));
}
