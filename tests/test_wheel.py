"""The wheel: built from this tree, whole, with nothing else in it, and for every Python 3 of its platform."""

import csv
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.source_tree import ROOT

PACKAGES = ("backend", "frontend", "shared", "radiomiclens")
KERNEL = "backend/science/radiomics/kernel/kernel.so"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZipFile]:
    """The wheel, built by the build backend that pip calls; only pip's download of that backend is left out."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.iterdir()
    with ZipFile(path) as found:
        yield found


def committed(*packages: str) -> set[str]:
    """Files of our packages under version control, and those that would be added to it."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", *packages],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return {name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}


def test_it_holds_our_packages_the_kernel_and_nothing_else(wheel: ZipFile) -> None:
    files = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert files == committed(*PACKAGES) | {KERNEL}
    type_of_pages = {f"backend/web/static/inter-{name}" for name in ("latin-wght-normal.woff2", "LICENSE.txt")}
    assert {
        *type_of_pages,
        "backend/openapi.json",
        "backend/science/tables/glossary.json",
        "frontend/style.css",
    } <= files


def test_the_kernel_in_it_is_a_library_of_this_machine(wheel: ZipFile, tmp_path: Path) -> None:
    import ctypes

    found = ctypes.CDLL(wheel.extract(KERNEL, tmp_path))
    assert found.rl_tables


def test_features_are_computed_from_what_is_in_it(wheel: ZipFile, tmp_path: Path) -> None:
    """The command in a folder of its own, so that nothing of this tree is imported."""
    import numpy as np
    import SimpleITK as sitk

    wheel.extractall(tmp_path / "installed")
    image = np.arange(1000, dtype=np.int16).reshape(10, 10, 10)
    for name, array in (("t2", image), ("mask", (image < 800).astype(np.uint8))):
        sitk.WriteImage(sitk.GetImageFromArray(array), tmp_path / f"{name}.nrrd")
    code = "import sys, backend; from backend.cli.main import main; print(backend.__file__); main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "features", "t2.nrrd", "mask.nrrd", "--out", "row.csv"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "installed")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(tmp_path / "installed/backend/__init__.py")
    with (tmp_path / "row.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert sum("_firstorder_" in name for name in row) == 9 * 18
    assert row["diagnostics_Engine"].startswith("fast ")


def test_one_wheel_fits_every_python_3_of_the_platform(wheel: ZipFile) -> None:
    assert re.fullmatch(r"radiomiclens-[\d.]+-py3-none-linux_\w+\.whl", Path(str(wheel.filename)).name)
    (info,) = (name for name in wheel.namelist() if name.endswith(".dist-info/WHEEL"))
    assert "Root-Is-Purelib: false" in wheel.read(info).decode()


def test_it_needs_no_pyradiomics_unless_asked_for(wheel: ZipFile) -> None:
    (info,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    needed = re.findall(r"^Requires-Dist: (.+)$", wheel.read(info).decode(), re.MULTILINE)
    assert [line for line in needed if "pyradiomics" in line and "extra == 'reference'" not in line] == []
    assert "pyradiomics==3.0.1; (python_version < '3.12') and extra == 'reference'" in needed
