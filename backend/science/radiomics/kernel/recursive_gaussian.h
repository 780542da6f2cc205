/* The recursive filter of recursive_gaussian.c for vectors of SIDE doubles, PARTS of which are filtered at once.
 * Included once a processor; TARGET names its instructions, and FOR(name) this copy of a function. */
#define WIDTH (SIDE * PARTS)
#define Doubles FOR(Doubles)
#define Singles FOR(Singles)
#define Shorts FOR(Shorts)
#define Ints FOR(Ints)
#define Lanes FOR(Lanes)
#define INSIDE static inline __attribute__((always_inline)) TARGET

typedef double Doubles __attribute__((vector_size(8 * SIDE), aligned(8), may_alias));
typedef float Singles __attribute__((vector_size(4 * SIDE), aligned(4), may_alias));
typedef int16_t Shorts __attribute__((vector_size(2 * SIDE), aligned(2), may_alias));
typedef int32_t Ints __attribute__((vector_size(4 * SIDE), may_alias));
typedef Doubles Lanes[PARTS]; /* one voxel of WIDTH lines */

INSIDE void FOR(shift)(Lanes *v, const Doubles *newest) {
    for (int p = 0; p < PARTS; p++) {
        v[3][p] = v[2][p];
        v[2][p] = v[1][p];
        v[1][p] = v[0][p];
        v[0][p] = newest[p];
    }
}

INSIDE void FOR(load)(Doubles *x, const void *line, enum kind kind, int64_t at) {
    for (int p = 0; p < PARTS; p++, at += SIDE)
        if (kind == DOUBLE) x[p] = *(const Doubles *)((const double *)line + at);
        else if (kind == SINGLE) x[p] = __builtin_convertvector(*(const Singles *)((const float *)line + at), Doubles);
        else {
            const Ints whole = __builtin_convertvector(*(const Shorts *)((const int16_t *)line + at), Ints);
            x[p] = __builtin_convertvector(whole, Doubles);
        }
}

/* x: four inputs, y: the last four results, both newest first; the new result is shifted into y. */
INSIDE void FOR(step)(const Lanes *x, Lanes *y, const double *feed, const double *back) {
    Lanes now;
    for (int p = 0; p < PARTS; p++) {
        const Doubles in = x[0][p] * feed[0] + x[1][p] * feed[1] + x[2][p] * feed[2] + x[3][p] * feed[3];
        const Doubles out = y[0][p] * back[0] + y[1][p] * back[1] + y[2][p] * back[2] + y[3][p] * back[3];
        now[p] = in - out;
    }
    FOR(shift)(y, now);
}

INSIDE void FOR(take)(Lanes *x, const void *line, enum kind kind, int64_t at) {
    Lanes next;
    FOR(load)(next, line, kind, at);
    FOR(shift)(x, next);
}

INSIDE void FOR(fill)(Lanes *x, Lanes *y, const void *line, enum kind kind, int64_t at) {
    for (int j = 0; j < 4; j++) {
        FOR(load)(x[j], line, kind, at);
        FOR(load)(y[j], line, kind, at);
    }
}

INSIDE void FOR(keep)(double *causal, const Doubles *y) {
    for (int p = 0; p < PARTS; p++) *(Doubles *)(causal + p * SIDE) = y[p];
}

INSIDE void FOR(add)(float *out, const double *causal, const Doubles *y) {
    for (int p = 0; p < PARTS; p++) {
        const Doubles sum = *(const Doubles *)(causal + p * SIDE) + y[p];
        *(Singles *)(out + p * SIDE) = __builtin_convertvector(sum, Singles);
    }
}

/* y[low] to y[high - 1] of WIDTH lines of n voxels, voxel i at i * stride; results at (i - low) * pitch. */
INSIDE void FOR(filter)(const void *in, enum kind kind, int64_t stride, int64_t n, int64_t low, int64_t high,
                        const Coefficients *k, double *causal, float *out, int64_t pitch) {
    Lanes x[4], y[4];
    double back[4];
    int64_t i;

    FOR(fill)(x, y, in, kind, 0);
    memcpy(back, k->bn, sizeof back);
    for (i = 0; i < 4 && i < high; i++) {
        FOR(take)(x, in, kind, i * stride);
        FOR(step)(x, y, k->n, back);
        if (i >= low) FOR(keep)(causal + (i - low) * WIDTH, y[0]);
        back[i] = k->d[i];
    }
#pragma GCC unroll 4
    for (; i < low; i++) {
        FOR(take)(x, in, kind, i * stride);
        FOR(step)(x, y, k->n, k->d);
    }
#pragma GCC unroll 4
    for (; i < high; i++) {
        FOR(take)(x, in, kind, i * stride);
        FOR(step)(x, y, k->n, k->d);
        FOR(keep)(causal + (i - low) * WIDTH, y[0]);
    }

    FOR(fill)(x, y, in, kind, (n - 1) * stride);
    memcpy(back, k->bm, sizeof back);
    for (i = n - 1; i >= n - 4 && i >= low; i--) {
        FOR(step)(x, y, k->m, back);
        FOR(take)(x, in, kind, i * stride);
        if (i < high) FOR(add)(out + (i - low) * pitch, causal + (i - low) * WIDTH, y[0]);
        back[n - 1 - i] = k->d[n - 1 - i];
    }
#pragma GCC unroll 4
    for (; i >= high; i--) {
        FOR(step)(x, y, k->m, k->d);
        FOR(take)(x, in, kind, i * stride);
    }
#pragma GCC unroll 4
    for (; i >= low; i--) {
        FOR(step)(x, y, k->m, k->d);
        FOR(take)(x, in, kind, i * stride);
        FOR(add)(out + (i - low) * pitch, causal + (i - low) * WIDTH, y[0]);
    }
}

/* Lines that are not next to each other: copied side by side, filtered, and their results put where they belong. */
INSIDE void FOR(filter_apart)(const void *in, enum kind kind, int64_t lines, int64_t inner, int64_t n, int64_t low,
                              int64_t high, const Coefficients *k, double *work, float *out) {
    double *causal = work, *beside = causal + (high - low) * WIDTH;
    float *results = (float *)(beside + n * WIDTH);
    for (int64_t line = 0; line < lines; line += WIDTH) {
        const int64_t count = lines - line < WIDTH ? lines - line : WIDTH;
        int64_t from[WIDTH], to[WIDTH];
        for (int64_t w = 0; w < WIDTH; w++) {
            const int64_t l = line + (w < count ? w : 0); /* lanes without a line repeat the first */
            from[w] = l / inner * n * inner + l % inner;
            to[w] = l / inner * (high - low) * inner + l % inner;
        }
        if (kind == DOUBLE) put_beside_double(in, from, WIDTH, inner, n, beside);
        else put_beside(in, kind, from, WIDTH, inner, n, (float *)beside);
        FOR(filter)(beside, kind == DOUBLE ? DOUBLE : SINGLE, WIDTH, n, low, high, k, causal, results, WIDTH);
        put_apart(results, to, count, WIDTH, inner, high - low, out);
    }
}

/* `lines` lines next to each other, WIDTH or more. */
INSIDE void FOR(filter_beside)(const char *in, enum kind kind, int64_t stride, int64_t lines, int64_t n, int64_t low,
                               int64_t high, const Coefficients *k, double *causal, float *out, int64_t pitch) {
    for (int64_t done = 0; done < lines; done += WIDTH) {
        const int64_t at = done + WIDTH <= lines ? done : lines - WIDTH; /* the last may do some lines again */
        FOR(filter)(in + at * size_of[kind], kind, stride, n, low, high, k, causal, out + at, pitch);
    }
}

INSIDE void FOR(filter_axis)(const char *in, enum kind kind, int64_t outer, int64_t n, int64_t inner, int64_t low,
                             int64_t high, const Coefficients *k, double *work, float *out) {
    const int64_t row = inner * size_of[kind], cut = STRIP * size_of[kind];
    char *strip = (char *)(work + (high - low) * WIDTH);
    if (inner < WIDTH) FOR(filter_apart)(in, kind, outer * inner, inner, n, low, high, k, work, out);
    else for (int64_t o = 0; o < outer; o++, in += n * row, out += (high - low) * inner)
        if (inner < STRIP || n * row < NEAR) FOR(filter_beside)(in, kind, inner, inner, n, low, high, k, work, out, inner);
        else for (int64_t done = 0; done < inner; done += STRIP) {
            const int64_t at = done + STRIP <= inner ? done : inner - STRIP;
            for (int64_t i = 0; i < n; i++) memcpy(strip + i * cut, in + i * row + at * size_of[kind], cut);
            FOR(filter_beside)(strip, kind, STRIP, STRIP, n, low, high, k, work, out + at, inner);
        }
}

TARGET static void FOR(recursive_gaussian)(const void *in, int64_t kind, int64_t outer, int64_t n, int64_t inner,
                                           int64_t low, int64_t high, const Coefficients *k, double *work, float *out) {
    if (kind == DOUBLE) FOR(filter_axis)(in, DOUBLE, outer, n, inner, low, high, k, work, out);
    else if (kind == SINGLE) FOR(filter_axis)(in, SINGLE, outer, n, inner, low, high, k, work, out);
    else FOR(filter_axis)(in, SHORT, outer, n, inner, low, high, k, work, out);
}

#undef WIDTH
#undef Doubles
#undef Singles
#undef Shorts
#undef Ints
#undef Lanes
#undef INSIDE
#undef SIDE
#undef PARTS
#undef TARGET
#undef FOR
