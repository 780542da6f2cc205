"""One file imported twice, at another size or as another architecture: nothing of one is taken for the other's."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from sqlalchemy import select

from backend.jobs.data.labels import labels_of
from backend.jobs.resume.training_keys import finetune_key, import_key
from backend.models import Embedding, Encoder
from backend.science.encoders.registry import build_encoder
from shared import schemas as s
from shared.protocols.reader import prostate
from tests.jobs import tiny

SOURCE = """
import numpy as np
import torch
from torch import nn

from backend.science.encoders.encoder_kinds import ForeignEncoder, InputFacts, Preparation


class Means(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Linear(3, 4)

    def forward(self, x):
        return self.net(x.mean(dim=(2, 3, 4)))


def prepared(scale):
    def prepare(case):
        return np.stack([scale * case.images[name][:32, :32, :32] / 1000 for name in ("T2", "DWI", "ADC")])

    return ForeignEncoder(Means(), facts=InputFacts(preparation=Preparation(prepare, "1")))


class Plain(nn.Module):
    "As many stages as ProFound has, so its record says nothing unusual."

    sign = 1.0
    smallest_side = 8

    def __init__(self):
        super().__init__()
        self.stages = nn.ModuleList(nn.Conv3d(wide, 4, 1) for wide in (3, 4, 4, 4))

    def forward(self, x):
        for stage in self.stages:
            x = stage(x)
        return self.sign * x


class Mirrored(Plain):
    sign = -1.0


def once():
    return prepared(1.0)


def twice():
    return prepared(2.0)
"""
NAMES = ("once", "twice", "Plain", "Mirrored")


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = tmp_path / "site"
    info = folder / "twins-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / "encoders_of_one_file.py").write_text(SOURCE)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: twins\nVersion: 1.0\n")
    points = "\n".join(f"{name} = encoders_of_one_file:{name}" for name in NAMES)
    (info / "entry_points.txt").write_text(f"[radiomiclens.encoders]\n{points}\n")
    monkeypatch.syspath_prepend(str(folder))
    yield
    sys.modules.pop("encoders_of_one_file", None)


def weights_of(arch: str, folder: Path) -> Path:
    torch.manual_seed(5)
    torch.save(build_encoder(arch).module.state_dict(), folder / "weights.pt")  # type: ignore[union-attr, operator] # of a plugin
    return folder / "weights.pt"


def imported(settings, cohort: str, path: Path, arch: str, **fields) -> str:
    params = s.ImportEncoderParams(cohort_id=cohort, path=str(path), arch=arch, **fields)
    return str(tiny.done(tiny.run(settings, params))["encoder_id"])


def pooled(database, encoder_id: str) -> np.ndarray:
    with database.read() as session:
        rows = session.scalars(select(Embedding).where(Embedding.encoder_id == encoder_id, Embedding.layer == "pooled"))
        return np.stack([row.values for row in sorted(rows, key=lambda row: row.case_id)])


def test_two_preprocessings_of_one_version_see_their_own_images(settings, database, tmp_path: Path) -> None:
    cohort, path = tiny.store_studies(settings, 4), weights_of("once", tmp_path)
    one, two = (pooled(database, imported(settings, cohort, path, arch)) for arch in ("once", "twice"))
    bias = torch.load(path, weights_only=True)["net.bias"].numpy()
    np.testing.assert_allclose(two - bias, 2 * (one - bias), rtol=1e-4)
    assert np.abs(one - bias).max() > 0.01


def test_one_file_as_two_architectures_gives_two_embeddings(settings, database, tmp_path: Path) -> None:
    cohort, path = tiny.store_studies(settings, 4), weights_of("Plain", tmp_path)
    given = s.EncoderInput(size_zyx=(8, 16, 16))
    one, two = (pooled(database, imported(settings, cohort, path, arch, input=given)) for arch in ("Plain", "Mirrored"))
    np.testing.assert_array_equal(two, -one)
    assert np.abs(one).max() > 0.01


def test_a_fine_tuning_from_another_size_is_not_the_one_before(settings, database, tmp_path: Path) -> None:
    cohort, path = tiny.store_studies(settings, 8), weights_of("Plain", tmp_path)
    parents = [
        imported(settings, cohort, path, "Plain", input=s.EncoderInput(size_zyx=(8, side, side))) for side in (16, 24)
    ]
    made = []
    for parent in parents:
        params = s.FinetuneParams(cohort_id=cohort, task="pirads", epochs=1, batch=2, encoder_id=parent)
        made.append(tiny.done(tiny.run(settings, params)))
    assert [each["cached"] for each in made] == [False, False]
    with database.read() as session:
        tuned = [session.get_one(Encoder, each["encoder_id"]) for each in made]
    assert [each.parent_id for each in tuned] == parents
    assert [each.settings["input"]["size_zyx"] for each in tuned] == [[8, 16, 16], [8, 24, 24]]


def test_keys_follow_what_a_parent_sees_and_is(tmp_path: Path) -> None:
    size = {"input": s.EncoderInput(size_zyx=(32, 64, 64)).model_dump(mode="json")}
    usual = {"input": s.EncoderInput().model_dump(mode="json")}
    parents = [
        Encoder(sha256="1" * 64, arch=arch, settings=settings)
        for arch, settings in (
            ("convnextv2-tiny", usual),
            ("convnextv2-tiny", size),
            ("Plain", usual | {"file": "a.pt"}),
            ("Mirrored", usual | {"file": "a.pt"}),
            ("Mirrored", size | {"file": "a.pt"}),
        )
    ]
    tuning = s.FinetuneParams(cohort_id="a" * 8, task="pirads")
    nothing = labels_of(prostate(), "pirads", [], ()).key_parts({})
    child = s.ImportEncoderParams(cohort_id="a" * 8, path="x", task="pirads")
    assert len({finetune_key(tuning, parent, nothing) for parent in parents}) == len(parents)
    assert len({import_key(child, "0" * 64, parent) for parent in parents}) == len(parents)
