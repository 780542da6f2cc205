"""The feature classes: one file a class or texture matrix, formulas beside their IBSI codes."""
