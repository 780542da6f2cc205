"""The engine against PyRadiomics and others on other people's images and settings: `python -m benchmarks.engine`."""
