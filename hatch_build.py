"""Builds the C kernel of the fast radiomics engine when RadiomicLens is installed, editable or not."""

import os
import shlex
import shutil
import subprocess
import sysconfig
from hashlib import sha256
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = Path("backend") / "science" / "radiomics" / "kernel"
LIBRARY = "kernel.so"
# No -march: the kernel picks AVX2 code at run time. No contraction to fused multiply-adds: the same bits everywhere.
# Nobody reads errno or floating-point traps, which would forbid vectors.
VALUES = ("-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math")
FLAGS = ("-std=gnu11", "-O3", *VALUES, "-fPIC", "-shared", "-fvisibility=hidden")


class KernelBuild(BuildHookInterface):  # type: ignore[type-arg]  # hatchling is not installed where types are checked
    """Compiles kernel/*.c into one shared library beside its sources."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Called by hatchling before a wheel (`version` standard or editable) is packed."""
        library = build(Path(self.root) / FOLDER)
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform()}"
        build_data["artifacts"].append(library.relative_to(self.root).as_posix())


def platform() -> str:
    """The platform part of a wheel's tag. The kernel is called by ctypes, so one wheel fits every Python 3."""
    return sysconfig.get_platform().replace("-", "_").replace(".", "_")


def sources_stamp(folder: Path) -> int:
    """63 bits of a hash of the sources, by which the loader knows a library that is older than they are."""
    digest = sha256()
    for path in sorted(folder.glob("*.[ch]")):
        digest.update(path.read_bytes())
    return int.from_bytes(digest.digest()[:8]) >> 1


def build(folder: Path) -> Path:
    """Compiles the sources in `folder` with $CC, or cc. Raises SystemExit with one sentence where that fails."""
    compiler = shlex.split(os.environ.get("CC", "cc"))
    if not compiler or shutil.which(compiler[0]) is None:
        raise SystemExit(
            f"RadiomicLens needs a C compiler to build its radiomics kernel, and {' '.join(compiler) or 'CC'} was not "
            "found; install one (Debian: apt-get install gcc libc6-dev) or name it in CC."
        )
    library = folder / LIBRARY
    part = folder / f".{LIBRARY}.{os.getpid()}"
    sources = sorted(str(path) for path in folder.glob("*.c"))
    stamp = f"-DRL_SOURCES={sources_stamp(folder)}"
    done = subprocess.run([*compiler, *FLAGS, stamp, "-o", str(part), *sources, "-lm"], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"The radiomics kernel does not compile with {' '.join(compiler)}:\n{done.stderr}")
    part.replace(library)  # whole or not at all: a process may have the old one loaded
    return library
