"""One run of a local MLflow store: its parameters, last metrics, own tags and the file of its weights.

MLflow's client reads it. Nothing is asked of a network: a store or artifacts elsewhere are refused, and the client's
telemetry is off before it is loaded.
"""

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from backend.errors import BadFile, BadSettings, NotFound

NO_TELEMETRY = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
QUIET = {"MLFLOW_LOGGING_LEVEL": "WARNING"}
FOLDER_STORE = {"MLFLOW_ALLOW_FILE_STORE": "true"}
"""Without it MLflow 3 refuses a folder of runs."""
TABLES = {"experiments", "runs", "metrics", "params", "tags"}
WEIGHTS = (".ckpt", ".pt", ".pth", ".pth.tar", ".safetensors", ".tar")
OWN_TAGS = "mlflow."
"""How tags begin that MLflow writes itself: users, paths, commits. They stay where they are."""


@dataclass(frozen=True, slots=True)
class MlflowRun:
    """What is taken over from a run; `metrics` are the last values."""

    run_id: str
    params: dict[str, str]
    metrics: dict[str, float]
    tags: dict[str, str]
    weights: Path

    @property
    def record(self) -> dict[str, Any]:
        """The run as the settings of an encoder keep it."""
        return {"run_id": self.run_id, "params": self.params, "metrics": self.metrics, "tags": self.tags}


def read_run(store: Path, run_id: str, checkpoint: str | None = None) -> MlflowRun:
    """Read a run of a folder of runs or of a SQLite file.

    `checkpoint` is the path of the weights among its artifacts; the only file of weights unless told.

    Raises BadFile for a store that cannot be read, NotFound for an unknown run, BadSettings for artifacts elsewhere.
    """
    address = _address(store)
    os.environ.update(NO_TELEMETRY | FOLDER_STORE | QUIET)
    try:
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException
    except ImportError:
        raise BadSettings("MLflow is not installed; install the extra: pip install 'radiomiclens[mlflow]'.") from None
    try:
        client = MlflowClient(tracking_uri=address, registry_uri=address)
        found = client.get_run(run_id)
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            raise NotFound(f"The store {store.name} has no run {run_id[:40]!r}; give the id of one.") from None
        raise BadFile(
            f"{store.name} is a store of another version of MLflow; upgrade it by `mlflow db upgrade`."
        ) from None
    data = found.data
    return MlflowRun(
        found.info.run_id,
        dict(sorted(data.params.items())),
        dict(sorted(data.metrics.items())),
        {name: value for name, value in sorted(data.tags.items()) if not name.startswith(OWN_TAGS)},
        _weights(str(found.info.artifact_uri), checkpoint),
    )


def _address(store: Path) -> str:
    """The local address of a store; one that is none is not opened by MLflow, which would make it one."""
    if store.is_dir() and any(store.glob("*/meta.yaml")):
        return store.absolute().as_uri()
    if store.is_file() and _tables(store) >= TABLES:
        return f"sqlite:///{store.absolute()}"
    raise BadFile(f"{store.name} is no store of MLflow; give the folder mlruns or the file mlflow.db of this machine.")


def _tables(file: Path) -> set[str]:
    """The tables of a SQLite file; none where it is no such file."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as opened:
            return {name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.DatabaseError:
        return set()


def _weights(artifact_uri: str, checkpoint: str | None) -> Path:
    """The file of the weights below the run's artifacts."""
    parts = urlsplit(artifact_uri)
    if parts.scheme not in ("", "file") or parts.netloc:
        raise BadSettings("The artifacts of this run are not on this machine; copy them here, and import the file.")
    folder = Path(unquote(parts.path)).resolve()
    if checkpoint is not None:
        named = (folder / checkpoint).resolve()
        if not named.is_relative_to(folder) or not named.exists():
            raise NotFound(f"This run has no artifact {checkpoint[:60]!r}; name one of its files.")
        return named
    there = sorted(path for path in folder.rglob("*") if path.is_file() and path.name.endswith(WEIGHTS))
    if len(there) != 1:
        names = ", ".join(str(path.relative_to(folder)) for path in there[:5]) or "none"
        raise BadSettings(f"This run has {len(there)} files of weights ({names}); name one with --checkpoint.")
    return there[0]
