"""Encoders of other packages on a brain and a CT: one channel, own names, a fixed number, own preprocessing."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from sqlalchemy import select

from backend.errors import Conflict
from backend.jobs.data.cohorts import accepted
from backend.models import Encoder
from backend.science.imaging.prepare import prepare
from backend.storage.blob_store import BlobStore
from backend.storage.volumes import load_native, load_prepared
from shared import schemas as s
from shared.encoder_facts import seen_words
from tests.ingest.protocol_folders import write_brain, write_ct
from tests.jobs import tiny
from tests.jobs.other_organs import BRAIN, CT, centred, cohort_of, embeddings, imported, scaled

SOURCE = '''
import numpy as np
from torch import nn


class Mean(nn.Module):
    """Answers with the mean of every channel, weighted."""

    smallest_side = 8

    def __init__(self, channels=2):
        super().__init__()
        self.net = nn.Linear(channels, channels, bias=False)

    def forward(self, x):
        return self.net(x.flatten(2).mean(dim=2))


class Two(Mean):
    """A fixed number of channels."""

    def __init__(self):
        super().__init__(2)


class Named(Two):
    modalities = ["T2", "FLAIR"]


class Foreign(Two):
    modalities = ["T2w", "SWI"]


class Slices(Mean):
    slice_wise = one_channel = True

    def __init__(self):
        super().__init__(1)


class Coarse(Mean):
    """At a spacing that is no multiple of the grid's."""

    spacing_zyx_mm = (1.5, 1.5, 1.25)

    def __init__(self):
        super().__init__(1)


class Own(Two):
    """Makes its input itself, of images and a mask, as many channels as it likes."""

    prepare_version = "1"

    def prepare(self, case):
        first = next(iter(case.images.values()))
        region = next(iter(case.masks.values()))
        return np.stack([first[:8, :8, :8], region[:8, :8, :8]]).astype(np.float32)
'''
NAMES = ("Mean", "Two", "Named", "Foreign", "Slices", "Coarse", "Own")


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = tmp_path / "site"
    info = folder / "organs-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / "encoders_of_organs.py").write_text(SOURCE)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: organs\nVersion: 1.0\n")
    points = "\n".join(f"{name} = encoders_of_organs:{name}" for name in NAMES)
    (info / "entry_points.txt").write_text(f"[radiomiclens.encoders]\n{points}\n")
    monkeypatch.syspath_prepend(str(folder))
    yield
    sys.modules.pop("encoders_of_organs", None)


@pytest.fixture
def brain(settings, tmp_path: Path) -> str:
    write_brain(tmp_path / "brain", 2)
    return cohort_of(settings, tmp_path / "brain", BRAIN)


@pytest.fixture
def ct(settings, tmp_path: Path) -> str:
    write_ct(tmp_path / "ct", 2)
    return cohort_of(settings, tmp_path / "ct", CT)


def weights(folder: Path, channels: int) -> Path:
    """The identity: an embedding is the mean of every channel."""
    path = folder / f"identity{channels}.pt"
    torch.save({"net.weight": torch.eye(channels)}, path)
    return path


def refused(settings, cohort: str, path: Path, arch: str, **fields) -> str:
    params = s.ImportEncoderParams(cohort_id=cohort, path=str(path), arch=arch, **fields)
    return tiny.run(settings, params).error or ""


def means(settings, database, cohort: str, protocol: s.Protocol, channels) -> dict[str, list[float]]:
    """Mean of each channel in the window, from the definitions of its intensity."""
    files = BlobStore(settings.data_dir / "files")
    with database.read() as session:
        cases = accepted(session, cohort)
        images = {case.id: load_prepared(files, case, protocol).images for case in cases}
    return {case: [float(centred(scaled(name, own[name])).mean()) for name in channels] for case, own in images.items()}


def check(settings, database, cohort: str, protocol: s.Protocol, encoder_id: str, channels) -> None:
    found = embeddings(database, encoder_id)
    expected = means(settings, database, cohort, protocol, channels)
    assert found.keys() == expected.keys()
    for case, values in found.items():
        np.testing.assert_allclose(values, expected[case], atol=1e-5)


def test_a_factory_that_takes_channels_is_given_as_many_as_there_are(settings, database, brain, tmp_path) -> None:
    every = imported(settings, brain, weights(tmp_path, 4), "Mean")
    check(settings, database, brain, BRAIN, every, ["T1ce", "FLAIR", "T1", "T2"])
    error = refused(settings, brain, weights(tmp_path, 2), "Mean")
    assert "The weights of Mean take 2 channels, and the input has 4 modalities (T1ce, FLAIR, T1, T2)" in error
    chosen = s.EncoderInput(modalities=("T1", "T1ce"))
    two = imported(settings, brain, weights(tmp_path, 2), "Mean", input=chosen)
    check(settings, database, brain, BRAIN, two, ["T1", "T1ce"])


def test_a_module_of_a_fixed_number_is_refused_others(settings, database, brain, tmp_path) -> None:
    assert "The weights of Two take 2 channels, and" in refused(settings, brain, weights(tmp_path, 2), "Two")
    made = imported(settings, brain, weights(tmp_path, 2), "Two", input=s.EncoderInput(modalities=("T2", "T2")))
    check(settings, database, brain, BRAIN, made, ["T2", "T2"])


def test_an_encoder_sees_the_modalities_that_its_code_names_unless_told(settings, database, brain, tmp_path) -> None:
    own = imported(settings, brain, weights(tmp_path, 2), "Named")
    check(settings, database, brain, BRAIN, own, ["T2", "FLAIR"])
    other = imported(settings, brain, weights(tmp_path, 2), "Named", input=s.EncoderInput(modalities=("T1", "T1ce")))
    check(settings, database, brain, BRAIN, other, ["T1", "T1ce"])
    error = refused(settings, brain, weights(tmp_path, 2), "Foreign")
    assert "The encoder Foreign sees T2w, SWI, and the protocol my-brain has T1ce, FLAIR, T1, T2; say which" in error
    named = s.EncoderInput(modalities=("T2", "T1"))
    check(settings, database, brain, BRAIN, imported(settings, brain, weights(tmp_path, 2), "Foreign", input=named),
          ["T2", "T1"])  # fmt: skip
    three = s.EncoderInput(modalities=("T2", "T1", "FLAIR"))
    assert "take 2 channels, and the input has 3" in refused(
        settings, brain, weights(tmp_path, 2), "Named", input=three
    )


@pytest.mark.parametrize("organ", ["brain", "ct"])
def test_one_channel_and_slices_see_each_modality_alone(settings, database, organ, request, tmp_path) -> None:
    cohort, protocol = request.getfixturevalue(organ), {"brain": BRAIN, "ct": CT}[organ]
    made = imported(settings, cohort, weights(tmp_path, 1), "Slices")
    check(settings, database, cohort, protocol, made, protocol.modality_names)


def test_an_encoder_at_a_spacing_of_its_own_is_given_images_resampled_to_it(settings, database, ct, tmp_path) -> None:
    made = imported(settings, ct, weights(tmp_path, 1), "Coarse")
    files = BlobStore(settings.data_dir / "files")
    found = embeddings(database, made)
    with database.read() as session:
        assert session.get_one(Encoder, made).settings["input"]["spacing_zyx_mm"] == [1.5, 1.5, 1.25]
        for case in accepted(session, ct):
            images, masks = load_native(files, case, CT)
            image = prepare(images, masks, (1.25, 1.5, 1.5), reference="CT").images["CT"]
            np.testing.assert_allclose(found[case.id], [centred(scaled("CT", image)).mean()], atol=1e-5)
    asked = s.ImportEncoderParams(
        cohort_id=ct, path=str(weights(tmp_path, 1)), arch="Mean", input=s.EncoderInput(spacing_zyx_mm=(1.5, 1.5, 1.25))
    )
    with pytest.raises(Conflict, match=r"1.5 x 1.5 x 1.25 mm \(z, y, x\) is not a whole multiple of the 1 x 1 x 1 mm"):
        tiny.run(settings, asked)


@pytest.mark.parametrize(("arch", "channels", "given"), [
    ("Mean", 1, None), ("Slices", 1, None), ("Two", 2, ("CT", "CT")), ("Own", 2, None), ("Coarse", 1, None),
])  # fmt: skip
def test_encoders_of_any_number_of_channels_are_fine_tuned(settings, database, arch, channels, given, tmp_path) -> None:
    write_ct(tmp_path / "ct", 8)
    ct = cohort_of(settings, tmp_path / "ct", CT)
    asked = {} if given is None else {"input": s.EncoderInput(modalities=given)}
    before = imported(settings, ct, weights(tmp_path, channels), arch, **asked)
    params = s.FinetuneParams(cohort_id=ct, task="years", epochs=1, batch=2, lr=0.1)
    after = str(tiny.done(tiny.run(settings, params))["encoder_id"])
    with database.read() as session:
        parent, tuned = (session.get_one(Encoder, each) for each in (before, after))
        assert (tuned.parent_id, tuned.settings["seen"]) == (parent.id, parent.settings["seen"])
    first, second = embeddings(database, before), embeddings(database, after)
    assert len(first) == len(second) == 8
    assert not any(np.array_equal(values, second[case]) for case, values in first.items())


def test_own_preprocessing_is_given_the_images_and_masks_of_the_protocol(settings, database, ct, tmp_path) -> None:
    made = imported(settings, ct, weights(tmp_path, 2), "Own")
    files = BlobStore(settings.data_dir / "files")
    found = embeddings(database, made)
    with database.read() as session:
        for case in accepted(session, ct):
            prepared = load_prepared(files, case, CT)
            cut = [prepared.images["CT"][:8, :8, :8], prepared.masks["nodule"][:8, :8, :8]]
            np.testing.assert_allclose(found[case.id], [part.astype(float).mean() for part in cut], rtol=1e-5)
        words = seen_words(session.scalars(select(Encoder)).one().settings)
    assert words == (
        "16 x 32 x 32 voxels (z, y, x) of 1 x 1 x 1 mm, axes LPS, its own preprocessing, version 1, no stages"
    )
    chosen = s.EncoderInput(modalities=("CT", "CT"))
    assert "makes its input of a case itself; leave modalities" in refused(
        settings, ct, weights(tmp_path, 2), "Own", input=chosen
    )
