"""The loader of the compiled kernel."""

import shutil

import pytest

from backend.science.radiomics import kernel


def test_a_library_that_is_not_of_the_sources_beside_it_is_not_used(tmp_path, monkeypatch):
    """After an update without a build, functions would be called with the arguments of other ones, and crash."""
    for path in kernel.LIBRARY.parent.glob("*.[ch]"):
        shutil.copy(path, tmp_path)
    shutil.copy(kernel.LIBRARY, tmp_path)
    monkeypatch.setattr(kernel, "LIBRARY", tmp_path / kernel.LIBRARY.name)
    kernel.library.cache_clear()
    kernel.library()
    with (tmp_path / "kernel.h").open("a") as file:
        file.write("\n")
    kernel.library.cache_clear()
    with pytest.raises(kernel.KernelMissing, match="not of the sources beside it; install RadiomicLens again"):
        kernel.library()
    kernel.library.cache_clear()
