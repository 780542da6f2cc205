"""Settings in PyRadiomics' parameter format: read, checked, and the feature names they give."""
