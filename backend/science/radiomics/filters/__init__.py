"""Image types: the filters that make derived images, in PyRadiomics' arithmetic."""
