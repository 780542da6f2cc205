#include "kernel.h"

double log2_of[LOGS];
uint16_t apart[1 << DIRECTIONS];
Voxels spread_low[1 << HALF], spread_high[1 << (DIRECTIONS - HALF)];

static int touching(const int8_t *a, const int8_t *b) {
    for (int axis = 0; axis < 3; axis++)
        if (a[axis] - b[axis] > 1 || b[axis] - a[axis] > 1) return 0;
    return 1;
}

/* Fills the tables. steps (13, 3): the directions as (z, y, x). Call once, before anything else. */
__attribute__((visibility("default"))) void rl_tables(const int8_t *steps) {
    log2_of[0] = 0;
    for (int n = 1; n < LOGS; n++) log2_of[n] = log2((double)n);
    for (int set = 0; set < 1 << DIRECTIONS; set++)
        for (int d = 0; d < DIRECTIONS; d++)
            if (d < HALF)
                spread_low[set & ((1 << HALF) - 1)][d] = (uint16_t)(set >> d & 1);
            else
                spread_high[set >> HALF][d] = (uint16_t)(set >> d & 1);
    for (int set = 0; set < 1 << DIRECTIONS; set++) {
        int kept = 0, left = set;
        while (left) {
            int group = left & -left, grown = 0;
            kept |= group;
            while (grown != group) {
                grown = group;
                for (int a = 0; a < DIRECTIONS; a++)
                    for (int b = 0; b < DIRECTIONS; b++)
                        if (group >> a & 1 && left >> b & 1 && touching(steps + 3 * a, steps + 3 * b)) group |= 1 << b;
            }
            left &= ~group;
        }
        apart[set] = (uint16_t)kept;
    }
}

#ifndef RL_SOURCES
#define RL_SOURCES 0
#endif

/* The stamp of the sources it was built of (hatch_build.py). */
__attribute__((visibility("default"))) int64_t rl_sources(void) { return RL_SOURCES; }
