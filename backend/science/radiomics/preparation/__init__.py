"""What PyRadiomics does before any filter: normalise, resample, resegment."""
