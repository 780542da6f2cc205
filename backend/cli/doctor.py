"""`radiomiclens doctor`: whether this machine has what the server needs; asks nothing of the network."""

import json
import platform
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from backend.cli.data_dir import DataDir, settings_of
from backend.errors import BadSettings, RadiomicLensError

if TYPE_CHECKING:
    from backend.settings import Settings

GIB = 2**30
FREE_GIB_WANTED = 5
PYTHONS = ((3, 11), (3, 13))
"""The oldest and the newest Python, as pyproject.toml declares them."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: `level` is ok, note (works, but know this) or bad (will not work)."""

    name: str
    level: str
    found: str


def doctor(
    data_dir: DataDir = None, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
) -> None:
    """Check system, Python, torch and its device, SQLite, disk, browser assets and the data folder."""
    settings = settings_of(data_dir)
    checks = list(examine(settings))
    if as_json:
        typer.echo(json.dumps([asdict(check) for check in checks]))
    else:
        for check in checks:
            typer.echo(f"{check.level:<5} {check.name}: {check.found}")
    bad = [check.name for check in checks if check.level == "bad"]
    if bad:
        raise BadSettings(f"This machine cannot run RadiomicLens yet: {', '.join(bad)}; see above.")


def examine(settings: "Settings") -> Iterator[Check]:
    """Every check, in the order of a first start."""
    yield _system()
    yield _python()
    yield _torch()
    yield from _sqlite(settings)
    yield _folder(settings.data_dir)
    if settings.files_url:
        yield _files(settings)
    yield _disk(settings.data_dir)
    yield _descriptors()
    yield _assets()
    yield _tried("image reader", _simpleitk)
    yield _engine()
    yield _reference()


def _system() -> Check:
    found = platform.system()
    if found == "Linux":
        return Check("system", "ok", found)
    return Check("system", "bad", f"{found or 'unknown'}; Linux is needed: image files are read in a sandbox of Linux")


def _python() -> Check:
    fits = PYTHONS[0] <= sys.version_info[:2] <= PYTHONS[1]
    needed = "; 3.11, 3.12 or 3.13 is needed"
    return Check("Python", "ok" if fits else "bad", platform.python_version() + ("" if fits else needed))


def _torch() -> Check:
    def find() -> str:
        import torch

        if torch.cuda.is_available():
            return f"{torch.__version__} on {torch.cuda.get_device_name(0)}"
        return f"{torch.__version__} on the CPU, {torch.get_num_threads()} threads"

    return _tried("torch", find)


def _tried(name: str, find: Callable[[], str]) -> Check:
    try:
        return Check(name, "ok", find())
    except ImportError as error:
        return Check(name, "bad", f"cannot be imported ({error.name or 'a part is missing'})")


def _simpleitk() -> str:
    import SimpleITK

    return f"SimpleITK {SimpleITK.Version().VersionString()}"


def _engine() -> Check:
    from backend.science.radiomics.kernel import KernelMissing, library

    try:
        library()
    except KernelMissing as error:
        return Check("radiomics", "bad", str(error))
    return Check("radiomics", "ok", "the fast engine, its kernel compiled")


def _reference() -> Check:
    """PyRadiomics computes only where it is asked to, so its absence is no fault."""
    from importlib.metadata import version

    from backend.science.radiomics.pyradiomics import pyradiomics

    try:
        pyradiomics()
    except BadSettings as error:
        return Check("reference", "note", error.sentence.rstrip("."))
    return Check("reference", "ok", f"PyRadiomics {version('pyradiomics')}")


def _sqlite(settings: "Settings") -> Iterator[Check]:
    from backend.storage.database import WAL_SAFE

    wal = sqlite3.sqlite_version_info >= WAL_SAFE
    mode = "write-ahead log" if wal else "rollback journal (the write-ahead log is safe from 3.51.3 on)"
    yield Check("SQLite", "ok", f"{sqlite3.sqlite_version}, {mode}")
    if settings.database_url and not settings.database_url.startswith("sqlite"):
        yield _server(settings)


def _server(settings: "Settings") -> Check:
    """Whether the database server of the settings answers; it is asked once, and nothing is changed."""
    from backend.storage.database import SECONDS_TO_ASK, make_engine

    try:
        engine = make_engine(settings, SECONDS_TO_ASK)
        with engine.execution_options(read_only=True).connect() as connection:
            version = ".".join(map(str, connection.dialect.server_version_info or ()))
            name = connection.dialect.name
        engine.dispose()
    except RadiomicLensError as error:
        return Check("database", "bad", error.sentence.rstrip("."))
    return Check("database", "ok", f"{name} {version}")


def _folder(folder: Path) -> Check:
    probe = folder / ".doctor"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe.write_bytes(b"x")
        probe.unlink()
    except OSError as error:
        return Check("data folder", "bad", f"{folder} cannot be written ({error.strerror})")
    return Check("data folder", "ok", str(folder))


def _files(settings: "Settings") -> Check:
    """Whether the shared store of files is there and lets this machine in; it is asked once, and nothing is stored."""
    from backend.storage.shared_files import open_files

    files = open_files(settings)
    if not files.travels and not files.objects.parent.is_dir():
        return Check(
            "shared files", "bad", "the folder of RADIOMICLENS_FILES_URL is not there; mount its disk or make it"
        )
    try:
        files.has("0" * 64)
    except (RadiomicLensError, OSError) as error:
        said = error.sentence.rstrip(".") if isinstance(error, RadiomicLensError) else str(error.strerror)
        return Check("shared files", "bad", said)
    return Check("shared files", "ok", "the object store answers" if files.travels else str(files.objects.parent))


def _disk(folder: Path) -> Check:
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    free = shutil.disk_usage(existing).free / GIB
    level = "ok" if free >= FREE_GIB_WANTED else "note"
    return Check("disk", level, f"{free:.1f} GiB free where the data folder is")


def _descriptors() -> Check:
    from backend.cli.open_file_limit import FEW, reachable_limit

    most = reachable_limit()
    found = f"serve may open {most} files and sockets"
    if most >= FEW:
        return Check("descriptors", "ok", found)
    return Check("descriptors", "note", f"{found}; raise the hard limit (ulimit -Hn) for many visitors")


def _assets() -> Check:
    """What the browser loads comes from this machine: Streamlit's scripts and fonts, and the entrance pages."""
    import importlib.util

    spec = importlib.util.find_spec("streamlit")
    static = Path(spec.origin or "").parent / "static" if spec else Path()
    entrance = Path(__file__).parent.parent / "web" / "static"
    fonts = list(static.glob("static/media/*.woff2"))
    complete = (static / "index.html").is_file() and fonts and (entrance / "enter.js").is_file()
    if not complete:
        return Check("browser assets", "bad", "scripts or fonts are missing; install RadiomicLens again")
    return Check("browser assets", "ok", f"all on this machine, {len(fonts)} font files")
