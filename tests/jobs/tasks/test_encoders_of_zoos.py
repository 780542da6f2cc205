"""Jobs build models of zoos by name, and never run a program of a user."""

from pathlib import Path

import numpy as np
import pytest
import torch
from sqlalchemy import select

from backend.errors import BadSettings, Conflict
from backend.models import Embedding
from backend.science.encoders.registry import build_encoder
from shared import schemas as s
from tests.api import server
from tests.jobs import tiny
from tests.science.encoders.zoos.test_local_encoder import CODE


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(CODE)
    return str(tmp_path / "mine.py")


@pytest.mark.filterwarnings("ignore")  # of timm
def test_a_model_of_timm_is_imported_by_name_and_embeds_slice_by_slice(settings, database, tmp_path: Path) -> None:
    try:
        import timm
    except Exception as error:  # installed for another torch it fails in its own ways
        pytest.skip(f"timm cannot be imported here ({type(error).__name__})")
    cohort = tiny.store_studies(settings, 2)
    torch.save(timm.create_model("convnext_atto", in_chans=3).state_dict(), tmp_path / "w.pth")
    seen = s.EncoderInput(size_zyx=(8, 32, 32), spacing_zyx_mm=(2.0, 1.0, 1.0))
    params = s.ImportEncoderParams(
        cohort_id=cohort, path=str(tmp_path / "w.pth"), arch="timm:convnext_atto", input=seen
    )
    tiny.done(tiny.run(settings, params))
    with database.read() as session:
        found = session.scalars(select(Embedding.values).where(Embedding.layer == "pooled")).all()
    assert [values.shape for values in found] == [(320,)] * 2
    assert np.isfinite(found).all()


@pytest.mark.parametrize("arch", ["FILE:factory", "torchscript", "onnx", "huggingface"])
def test_jobs_and_the_api_refuse_programs_of_a_user_and_never_run_them(
    settings, code: str, tmp_path: Path, arch: str
) -> None:
    arch = f"{code}:factory" if arch == "FILE:factory" else arch
    cohort = tiny.store_studies(settings, 1)
    (tmp_path / "w.pt").write_bytes(b"x")
    params = s.ImportEncoderParams.model_construct(cohort_id=cohort, path=str(tmp_path / "w.pt"), arch=arch)
    for local in (True, False):
        with pytest.raises(Conflict, match="which only the command `radiomiclens embed` runs, never a job"):
            tiny.submit(settings, params, local=local)
    with pytest.raises(BadSettings, match="never a job"):
        build_encoder(arch)
    with server.running(settings.data_dir, import_roots=[tmp_path]) as client:
        body = {"params": {"kind": "import_encoder", "cohort_id": cohort, "path": str(tmp_path / "w.pt"), "arch": arch}}
        answer = client.post("/api/v1/jobs", json=body, headers=server.bearer(client, "researcher"))
    assert answer.status_code in (409, 422), answer.text  # a long path is too long a name already
    assert not (tmp_path / "ran").exists()
