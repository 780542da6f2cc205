"""One run of test files in a child that starts warm: others' packages are loaded once, ours in every child anew."""

import gc
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

from benchmarks.mutants.nearness import PACKAGES

HEAVY = (
    *("numpy", "scipy.stats", "scipy.linalg", "scipy.ndimage", "scipy.optimize", "scipy.sparse.linalg", "pandas"),
    *("scipy.spatial", "scipy.signal", "scipy.cluster.hierarchy", "torch", "torch.nn.functional", "SimpleITK"),
    *("sklearn.linear_model", "sklearn.metrics", "sklearn.decomposition", "pydicom", "nibabel", "PIL.Image", "h5py"),
    *("pyarrow.parquet", "safetensors.torch", "sqlalchemy.orm", "alembic.command", "fastapi", "fastapi.testclient"),
    *(
        "httpx",
        "pydantic",
        "typer",
        "skimage.feature",
        "hypothesis",
        "yaml",
        "openpyxl",
        "pywt",
        *("plotly.graph_objects", "xdist.plugin", "pytest_timeout", "_hypothesis_pytestplugin", "anyio.pytest_plugin"),
        "schemathesis.pytest.plugin",
    ),
)
QUIET = ("-x", "-q", "-n", "0", "-m", "not browser and not slow", "-p", "no:cacheprovider", "--no-header", "-rN")
LIMITS = ("--timeout", "120", "-W", "ignore::pytest.PytestAssertRewriteWarning")


class Outcome(NamedTuple):
    """The test that failed and how, or None; the files that passed, and the seconds of each."""

    failed: str | None
    message: str
    passed: dict[str, float]


class Reports:
    """A plugin of pytest that keeps the first failure."""

    def __init__(self) -> None:
        self.failed = self.message = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._keep(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._keep(report)

    def _keep(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.failed and not self.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            said = crash.message if crash else str(report.longrepr).strip().splitlines()[-1]
            self.failed, self.message = report.nodeid, said[:200]


def warm() -> None:
    """Load what is slow to load; one thread each, as in the tests."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    for name in HEAVY:
        if find_spec(name.partition(".")[0]):
            import_module(name)
    gc.freeze()  # a child need not look through what it was given


def run(tree: Path, files: Sequence[str], seconds: float, but: Sequence[str] = ()) -> Outcome:
    """The files one by one until a test fails or so many seconds of CPU are used; `but` names tests to leave out."""
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder) / "said"
        child = os.fork()
        if child == 0:
            _child(tree, files, seconds, but, said)
        hung = not _ended(child, 10 * seconds + 120)
        lines = [json.loads(line) for line in said.read_text().splitlines()] if said.exists() else []
    passed = {line["file"]: line["seconds"] for line in lines if line.get("code") in (0, 5)}
    bad = next((line for line in lines if line.get("code", 0) not in (0, 5)), None)
    if bad:
        return Outcome(bad["failed"] or bad["file"], bad["message"] or f"pytest ended with {bad['code']}", passed)
    if hung or not any("end" in line for line in lines):
        started = [line["start"] for line in lines if "start" in line]
        return Outcome(started[-1] if started else files[0], "no end" if hung else "the process died", passed)
    return Outcome(None, "", passed)


def _child(tree: Path, files: Sequence[str], seconds: float, but: Sequence[str], said: Path) -> None:
    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    try:
        os.chdir(tree)
        os.environ["PYTHONPATH"] = str(tree)
        sys.dont_write_bytecode = False
        sys.path[:] = [str(tree), *(path for path in sys.path if path not in ("", str(Path(__file__).parents[2])))]
        for name in [each for each in sys.modules if each.partition(".")[0] in PACKAGES]:
            del sys.modules[name]
        with said.open("a") as lines:
            for file in files:
                if sum(os.times()[:4]) > seconds:
                    break
                print(json.dumps({"start": file}), file=lines, flush=True)
                at, reports = sum(os.times()[:4]), Reports()
                out = [f"--deselect={each}" for each in but if each.startswith(file)]
                code = int(pytest.main([file, *QUIET, *LIMITS, *out], plugins=[reports]))
                line = {"file": file, "code": code, "failed": reports.failed, "message": reports.message}
                print(json.dumps({**line, "seconds": sum(os.times()[:4]) - at}), file=lines, flush=True)
                if code not in (0, 5):
                    break
            print(json.dumps({"end": True}), file=lines, flush=True)
    finally:
        os._exit(0)


def _ended(child: int, seconds: float) -> bool:
    """Whether a child ended in time; what is left of its group ends too."""
    until = time.monotonic() + seconds
    ended = False
    try:
        while not ended and time.monotonic() < until:
            ended = os.waitpid(child, os.WNOHANG)[0] == child
            time.sleep(0.0 if ended else 0.05)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        if not ended:
            os.waitpid(child, 0)
    return ended
