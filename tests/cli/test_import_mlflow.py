"""Runs of a local MLflow store become encoders; MLflow itself writes the stores, and no socket is opened."""

import socket
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import torch
from sqlalchemy import select

from backend.errors import BadFile, BadSettings, NotFound
from backend.interchange.mlflow_run import FOLDER_STORE, NO_TELEMETRY, read_run
from backend.interchange.model_card import model_card
from backend.models import Encoder
from backend.science.encoders.convnext import build_encoder
from backend.settings import Settings
from backend.storage.database import Database, upgrade
from tests.cli.running import called
from tests.jobs import tiny

pytestmark = [
    pytest.mark.slow,  # MLflow takes seconds to load and to make its tables
    pytest.mark.filterwarnings("ignore::DeprecationWarning:mlflow"),
]
GIVEN = ("--cohort", "tiny", "--arch", "convnextv2-atto", "--size", "16,32,32", "--spacing", "2,1,1")


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (NO_TELEMETRY | FOLDER_STORE).items():
        monkeypatch.setenv(name, value)

    def refused(_self: socket.socket, address: object) -> None:
        raise AssertionError(f"a connection to {address}")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket.socket, "connect_ex", refused)


def store_of(folder: Path, kind: str) -> tuple[Path, Any]:
    """A store, and a client of it."""
    from mlflow import MlflowClient

    store = folder / ("mlruns" if kind == "folder" else "mlflow.db")
    address = store.absolute().as_uri() if kind == "folder" else f"sqlite:///{store.absolute()}"
    return store, MlflowClient(tracking_uri=address, registry_uri=address)


def logged(client: Any, artifacts: str, weights: dict[str, Path]) -> str:
    """A run as a training would leave it."""
    run = client.create_run(
        client.create_experiment(f"x{len(weights)}", artifact_location=artifacts), tags={"site": "A"}
    )
    run_id = str(run.info.run_id)
    client.log_param(run_id, "lr", 0.003)
    for step, value in enumerate((0.71, 0.83)):
        client.log_metric(run_id, "test_auc", value, step=step)
    for place, file in weights.items():
        client.log_artifact(run_id, str(file), place)
    client.set_terminated(run_id)
    return run_id


def test_a_run_becomes_a_fine_tuned_encoder_with_what_was_recorded(tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "w.pth"
    settings = Settings(data_dir=data)
    upgrade(settings)
    tiny.store_studies(settings, 1)
    torch.save({"model": build_encoder("convnextv2-atto").state_dict()}, file)
    assert called("import", "encoder", file, *GIVEN, data_dir=data).returncode == 0
    torch.manual_seed(1)
    torch.save({"model": build_encoder("convnextv2-atto").state_dict()}, file)
    store, client = store_of(tmp_path, "sqlite")
    run_id = logged(client, (tmp_path / "artifacts").as_uri(), {"checkpoints": file})
    done = called("import", "mlflow-run", store, run_id, *GIVEN, "--task", "pirads", data_dir=data)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith(": 1 metrics, 1 parameters.")
    database = Database(settings)
    with database.read() as session:
        row = session.scalars(select(Encoder).where(Encoder.stage == "ft")).one()
        card = model_card(session, row.id)
    database.close()
    expected = {"run_id": run_id, "params": {"lr": "0.003"}, "metrics": {"test_auc": 0.83}, "tags": {"site": "A"}}
    assert row.settings["mlflow"] == expected
    assert (row.task, row.parent_id is not None) == ("pirads", True)
    assert "| test_auc | 0.83 |" in card
    assert "| lr | 0.003 |" in card
    assert f"run {run_id}" in card


@pytest.mark.parametrize("kind", ["folder", "sqlite"])
def test_both_kinds_of_store_are_read_and_what_is_elsewhere_is_refused(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "w.pth"
    file.write_bytes(b"x")
    store, client = store_of(tmp_path, kind)
    two = logged(client, (tmp_path / "artifacts").as_uri(), {"a": file, "b": file})
    with pytest.raises(BadSettings, match=r"2 files of weights \(a/w.pth, b/w.pth\)"):
        read_run(store, two)
    found = read_run(store, two, "b/w.pth")
    assert found.weights.parts[-2:] == ("b", "w.pth")
    assert (found.metrics, found.params, found.tags) == ({"test_auc": 0.83}, {"lr": "0.003"}, {"site": "A"})
    for outside in ("../../../w.pth", "c/w.pth"):
        with pytest.raises(NotFound, match="no artifact"):
            read_run(store, two, outside)
    with pytest.raises(NotFound, match="has no run"):
        read_run(store, "f" * 32)
    elsewhere = logged(client, "s3://bucket/runs", {})
    with pytest.raises(BadSettings, match="not on this machine"):
        read_run(store, elsewhere)


def test_what_is_no_store_is_not_made_one(tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as opened:
        opened.execute("CREATE TABLE mine (x)")
    opened.close()
    before = other.read_bytes()
    for path in (other, tmp_path, tmp_path / "none"):
        with pytest.raises(BadFile, match="is no store of MLflow"):
            read_run(path, "f" * 32)
    assert other.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["other.db"]
