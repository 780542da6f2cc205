"""One region of interest: its index arrays, grey levels, counts and quality."""
