"""Encoders from elsewhere in jobs: own input, pooling, no stages; and keys of encoders like ProFound's as they were."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from sqlalchemy import select

from backend.errors import BadSettings, Conflict
from backend.jobs.data.cohorts import accepted
from backend.jobs.data.labels import labels_of
from backend.jobs.data.own_input import check_stages
from backend.jobs.resume.training_keys import finetune_key, import_key
from backend.models import Embedding, Encoder
from backend.science.encoders.registry import build_encoder
from backend.storage.blob_store import BlobStore
from backend.storage.cache_keys import input_key
from backend.storage.volumes import load_prepared
from shared import schemas as s
from shared.encoder_facts import seen_words
from shared.protocols.reader import prostate
from tests.jobs import tiny

SOURCE = '''
import numpy as np
import torch
from torch import nn


class Flat(nn.Module):
    """A 2-D module of one channel, without stages, on its own size and spacing."""

    slice_wise = one_channel = True
    size_zyx, spacing_zyx_mm = (4, 12, 20), (2.0, 1.0, 1.0)

    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(1, 6, 3, padding=1), nn.ReLU(), nn.Conv2d(6, 5, 3, padding=1))

    def forward(self, x):
        return self.net(x)


class Prepared(nn.Module):
    """Takes ADC and T2, cut by its own code."""

    modalities = ["ADC", "T2"]
    prepare_version = "1"

    def __init__(self):
        super().__init__()
        self.net = nn.Linear(2, 7)

    def prepare(self, case):
        return np.stack([case.images[name][:32, :32, :32] / 1000 for name in self.modalities]).astype(np.float32)

    def forward(self, x):
        return self.net(x.mean(dim=(2, 3, 4)))
'''
NAMES = {"flat": "Flat", "prepared": "Prepared"}
INPUT = s.EncoderInput(size_zyx=(16, 32, 32), spacing_zyx_mm=(2.0, 1.0, 1.0))


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "site"
    info = folder / "kinds-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / "encoder_kinds_of_a_test.py").write_text(SOURCE)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: kinds\nVersion: 1.0\n")
    points = "\n".join(f"{name} = encoder_kinds_of_a_test:{target}" for name, target in NAMES.items())
    (info / "entry_points.txt").write_text(f"[radiomiclens.encoders]\n{points}\n")
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    sys.modules.pop("encoder_kinds_of_a_test", None)


def weights_of(arch: str, folder: Path) -> Path:
    torch.manual_seed(3)
    torch.save(build_encoder(arch).module.state_dict(), folder / f"{arch}.pt")  # type: ignore[union-attr, operator] # of a plugin
    return folder / f"{arch}.pt"


def imported(settings, cohort: str, arch: str, path: Path, **fields) -> dict:
    params = s.ImportEncoderParams(cohort_id=cohort, path=str(path), arch=arch, **fields)
    return tiny.done(tiny.run(settings, params))


def embeddings(database, encoder_id: str) -> dict[str, dict[str, np.ndarray]]:
    with database.read() as session:
        found: dict[str, dict[str, np.ndarray]] = {}
        for row in session.scalars(select(Embedding).where(Embedding.encoder_id == encoder_id)):
            found.setdefault(row.layer, {})[row.case_id] = row.values
    return found


def test_slices_and_modalities_are_pooled_as_the_request_says(settings, database, package, tmp_path) -> None:
    cohort, path = tiny.store_studies(settings, 4), weights_of("flat", tmp_path)
    first = imported(settings, cohort, "flat", path)
    pooled = s.EncoderInput(slice_pool="max", modality_pool="average")
    second = imported(settings, cohort, "flat", path, input=pooled)
    with database.read() as session:
        one, two = (session.get_one(Encoder, each["encoder_id"]) for each in (first, second))
    assert one.settings["input"]["size_zyx"] == [4, 12, 20], "the encoder's own size"
    assert one.settings["facts"] == {"stages": 0, "segments": False, "slice_wise": True, "one_channel": True}
    assert seen_words(two.settings) == (
        "4 x 12 x 20 voxels (z, y, x) of 2 x 1 x 1 mm, axes LPS, only 0 is zero, 2-D by slice, the maximum over "
        "slices, each modality alone, averaged, no stages"
    )
    side_by_side, averaged = (embeddings(database, each.id) for each in (one, two))
    assert side_by_side.keys() == averaged.keys() == {"pooled"}
    assert {value.shape for value in side_by_side["pooled"].values()} == {(15,)}
    assert {value.shape for value in averaged["pooled"].values()} == {(5,)}
    for arch, given, words in (
        ("prepared", pooled, "takes whole volumes, so there are no slices to pool"),
        ("flat", INPUT, "takes 4 x 12 x 20 voxels, not 16 x 32 x 32; leave --size out"),
    ):
        path = weights_of(arch, tmp_path)
        params = s.ImportEncoderParams(cohort_id=cohort, path=str(path), arch=arch, input=given)
        assert words in (tiny.run(settings, params).error or "")


def test_it_is_embedded_once_fine_tuned_and_refused_what_it_lacks(settings, database, package, tmp_path) -> None:
    cohort = tiny.store_studies(settings, 8)
    pre = imported(settings, cohort, "flat", weights_of("flat", tmp_path))["encoder_id"]
    again = tiny.done(tiny.run(settings, s.EmbedParams(cohort_id=cohort)))
    assert again["embedded"] == 0, "the pooled embedding is all there is"
    with pytest.raises(Conflict, match="has no stage maps of a volume, which segmentation needs"):
        tiny.run(settings, s.FinetuneParams(cohort_id=cohort, task="lesion_seg", epochs=1, batch=2))
    ft = tiny.done(tiny.run(settings, s.FinetuneParams(cohort_id=cohort, task="pirads", epochs=2, batch=2)))
    with database.read() as session:
        tuned = session.get_one(Encoder, ft["encoder_id"])
        assert tuned.settings["facts"] == session.get_one(Encoder, pre).settings["facts"]
    before, after = (embeddings(database, each)["pooled"] for each in (pre, tuned.id))
    assert before.keys() == after.keys()
    assert {value.shape for value in after.values()} == {(15,)}
    assert not any(np.array_equal(before[case], after[case]) for case in before)
    with pytest.raises(BadSettings, match="has no stages, only the pooled embedding, so nothing can be followed"):
        check_stages([tuned, tuned])
    three, usual = (Encoder(name="other", settings=each) for each in ({"facts": {"stages": 3}}, {}))
    assert (check_stages([three, three]), check_stages([usual, usual])) == (3, 4)
    with pytest.raises(BadSettings, match="One encoder has 3 stages and the other 4"):
        check_stages([usual, three])


def test_its_own_preprocessing_is_run_and_its_version_is_in_the_key(settings, database, package, tmp_path) -> None:
    cohort, path = tiny.store_studies(settings, 4), weights_of("prepared", tmp_path)
    made = imported(settings, cohort, "prepared", path)
    files = BlobStore(settings.data_dir / "files")
    state = torch.load(path, weights_only=True)
    with database.read() as session:
        row = session.get_one(Encoder, made["encoder_id"])
        cases = accepted(session, cohort)
    found = embeddings(database, row.id)["pooled"]
    for case in cases:
        images = load_prepared(files, case, prostate()).images
        means = [float(images[name][:32, :32, :32].astype(np.float64).mean()) / 1000 for name in ("ADC", "T2")]
        expected = state["net.weight"].double().numpy() @ means + state["net.bias"].double().numpy()
        assert np.allclose(found[case.id], expected, atol=1e-5)
    assert row.settings["facts"]["prepare"] == "1"
    given = s.EncoderInput.model_validate(row.settings["input"])
    keys = {input_key(given, None, row.settings["facts"] | {"prepare": version}) for version in ("1", "2")}
    assert len(keys | {input_key(given, None)}) == 3
    with pytest.raises(Conflict, match="The target volume sees T2 alone"):
        tiny.run(settings, s.FinetuneParams(cohort_id=cohort, task="volume", epochs=1, batch=2))
    sys.modules["encoder_kinds_of_a_test"].Prepared.prepare_version = "2"  # the package was updated
    with database.write() as session:
        session.query(Embedding).delete()
    failed = tiny.run(settings, s.EmbedParams(cohort_id=cohort))
    assert "says something else than when its weights were imported (prepare: '2', before '1')" in (failed.error or "")


def test_keys_of_requests_that_say_nothing_new_stay_as_they_were() -> None:
    """The hashes are those of version 1.0.0 before encoders could be of other kinds."""
    given = s.EncoderInput()
    params = s.ImportEncoderParams(cohort_id="a" * 8, path="x")
    parent = Encoder(sha256="1" * 64, settings={"input": given.model_dump(mode="json")})
    tuning = s.FinetuneParams(cohort_id="a" * 8, task="pirads")
    nothing = labels_of(prostate(), "pirads", [], ()).key_parts({})
    assert input_key(given, None) == "7c94f8bcdb92864023a9822126d6b5756cadad561cc7776c01794f54067210c7"
    assert input_key(given, "volume") == "dd21750f20c9efc0c179af8874deab787d3ec204627ee7dcbcff3bc1a5790672"
    assert import_key(params, "0" * 64, None) == "6d44e5b258143beb98560a402b63391cb9424b5f29cfb57cccaa0839f3ca1965"
    assert finetune_key(tuning, parent, nothing) == "776bf8d3a1c0e7305d5aeabb7b32c4126fdfb322221ae4439da5297f8740fffd"
