"""`--modalities` of `import encoder` and `pretrain`: what is chosen is seen, and a wrong number says what there is."""

from pathlib import Path

import torch
from sqlalchemy import select

from backend.models import Encoder, Job
from backend.science.encoders.registry import build_encoder
from backend.settings import Settings
from backend.storage.database import Database, upgrade
from shared import schemas as s
from tests.cli.running import called
from tests.ingest.protocol_folders import write_brain
from tests.jobs import tiny

GRID = ("--size", "16,32,32", "--spacing", "1,1,1")


def test_modalities_are_chosen_by_name_and_the_rest_is_the_protocols(tmp_path: Path) -> None:
    data = tmp_path / "data"
    settings = Settings(data_dir=data, executor="inline", threads=1, workers=1)
    upgrade(settings)
    write_brain(tmp_path / "brain", 2)
    brain = s.ImportCasesParams(cohort="mine", path=str(tmp_path / "brain"), protocol="brain-glioma-mri")
    tiny.done(tiny.run(settings, brain))
    torch.manual_seed(0)
    torch.save(build_encoder("convnextv2-atto").state_dict(), tmp_path / "three.pt")
    given = ("import", "encoder", tmp_path / "three.pt", "--cohort", "mine", "--arch", "convnextv2-atto", *GRID)
    refused = called(*given, data_dir=data)
    assert refused.returncode == 1
    assert "take 3 channels, and the input has 4 modalities (T1ce, FLAIR, T1, T2); choose 3" in refused.stderr
    done = called(*given, "--modalities", "T1ce, FLAIR,T2", data_dir=data)
    assert done.returncode == 0, done.stderr
    unknown = called(*given, "--modalities", "T1ce,ADC,T2", data_dir=data)
    assert "The protocol brain-glioma-mri has no modality 'ADC'; there is T1ce, FLAIR, T1, T2." in unknown.stderr
    planned = called("pretrain", "mine", "--modalities", "FLAIR", data_dir=data)
    assert planned.returncode == 0, planned.stderr
    database = Database(settings)
    with database.read() as session:
        (row,) = session.scalars(select(Encoder))
        job = session.scalars(select(Job).where(Job.kind == "pretrain")).one()
    database.close()
    assert row.settings["input"]["modalities"] == ["T1ce", "FLAIR", "T2"]
    assert job.params["input"] == {
        "size_zyx": [96, 128, 128],
        "spacing_zyx_mm": [1.0, 1.0, 1.0],
        "coverage": "crop",
        "modalities": ["FLAIR"],
    }
