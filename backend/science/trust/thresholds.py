"""Limits that decide what the trust block says: numbers only, so that an API needs no statistics to show results."""

MARGIN = 0.03
"""Smallest effect in R2 that is flagged: rounding errors under a pure rotation would be significant without it."""

FALSE_DISCOVERY = 0.10
"""Expected share of false flags among all flags."""

Z95 = 1.959963984540054
"""Standard errors from the middle to either end of a 95 % interval."""

REPEATABLE = 0.75
"""ICC below which a feature is not repeatable enough to read a change from (`icc`)."""
