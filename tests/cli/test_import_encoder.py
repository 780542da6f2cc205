"""`radiomiclens import encoder`: what was read is said, and options choose among the weights of a file."""

from pathlib import Path

import torch
from sqlalchemy import select

from backend.models import Encoder
from backend.science.encoders.convnext import build_encoder
from backend.settings import Settings
from backend.storage.database import Database, upgrade
from tests.cli.running import called
from tests.jobs import tiny

GIVEN = ("--cohort", "tiny", "--arch", "convnextv2-atto", "--size", "16,32,32", "--spacing", "2,1,1")


def test_key_prefix_and_ema_reach_the_reader_and_its_sentences_are_printed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    settings = Settings(data_dir=data)
    upgrade(settings)
    tiny.store_studies(settings, 2)
    torch.manual_seed(0)
    weights, averaged = (build_encoder("convnextv2-atto").state_dict() for _ in range(2))
    file = tmp_path / "run.ckpt"
    torch.save({"a": {f"net.{key}": value for key, value in weights.items()}, "b": {"ema": averaged}}, file)
    done = called("import", "encoder", file, *GIVEN, "--key", "a", "--prefix", "net.", data_dir=data)
    assert done.returncode == 0, done.stderr
    assert 'run.ckpt: weights of "a", prefix "net." taken off.' in done.stdout
    done = called("import", "encoder", file, *GIVEN, "--ema", data_dir=data)
    assert 'weights of "b.ema", which are averaged weights (EMA).' in done.stdout
    refused = called("import", "encoder", file, *GIVEN, "--key", "c", data_dir=data)
    assert refused.returncode == 1
    assert 'no weights under \'c\'; it holds "a" (138 tensors: net.*), "b.ema" (138 tensors' in refused.stderr


def test_axes_and_zeros_are_options_and_another_encoder_is_made(tmp_path: Path) -> None:
    data = tmp_path / "data"
    settings = Settings(data_dir=data)
    upgrade(settings)
    tiny.store_studies(settings, 1)
    file = tmp_path / "a.pt"
    torch.save({"model": build_encoder("convnextv2-atto").state_dict()}, file)
    for options in ((), ("--orientation", "as_stored", "--zero-below", "1e-5")):
        done = called("import", "encoder", file, *GIVEN, *options, data_dir=data)
        assert done.returncode == 0, done.stderr
    database = Database(settings)
    with database.read() as session:
        seen = [row.settings["input"] for row in session.scalars(select(Encoder).order_by(Encoder.created_at))]
    database.close()
    usual = {"size_zyx": [16, 32, 32], "spacing_zyx_mm": [2.0, 1.0, 1.0], "coverage": "crop"}
    assert seen == [usual, usual | {"orientation": "as_stored", "zero_below": 1e-5}]
