"""Modules from elsewhere: no stages, tokens, one channel, two dimensions; each against a second writing."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from backend.errors import BadSettings
from backend.science.embedding.embed import embed_stages
from backend.science.embedding.settings import EmbedSettings
from backend.science.encoders.activations import checkpoint_activations
from backend.science.encoders.base import Encoder
from backend.science.encoders.encoder_kinds import ForeignEncoder, ModalityPool, Pooling, SlicePool
from backend.science.encoders.foreign import foreign_of
from backend.science.encoders.plugins import PluginEncoder
from backend.science.encoders.upernet import Segmenter
from backend.science.training.finetune_settings import FinetuneSettings
from backend.science.training.kinds.classes import ClassTask
from backend.science.training.parameter_groups import parameter_groups
from backend.science.types import Float32Array
from tests.science.prostate_targets import prostate_target

CASE = np.random.default_rng(5).standard_normal((3, 4, 8, 8)).astype(np.float32)


class Bare(nn.Module):
    """No stages, no width: a convolution whose map is the answer."""

    smallest_side = 4

    def __init__(self, rank: int = 3, channels: int = 3) -> None:
        super().__init__()
        kind = nn.Conv3d if rank == 3 else nn.Conv2d
        self.first = kind(channels, 5, 3, padding=1)
        self.second = kind(5, 6, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.second(self.first(x).relu())
        return found


class Tokens(nn.Module):
    """Tokens of a volume: two stages (B, T, 5) and (B, T, 7), a third that is a vector, and tokens as the answer."""

    smallest_side = 4

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two, self.three = nn.Linear(3, 5), nn.Linear(5, 7), nn.Linear(7, 2)
        self.stages = [self.one, self.two, self.three]

    def forward(self, x: Tensor) -> Tensor:
        tokens: Tensor = self.two(self.one(x.flatten(2).transpose(1, 2)))
        self.three(tokens.mean(dim=1))
        return tokens


class Named(Bare):
    """Answers with tensors by name."""

    stages = ("fine", "coarse")

    def forward(self, x: Tensor) -> dict[str, Tensor]:  # type: ignore[override] # another kind of answer
        fine = self.first(x)
        coarse = nn.functional.avg_pool3d(self.second(fine), 2)
        return {"pooled": coarse.amax(dim=(2, 3, 4)), "coarse": coarse, "fine": fine, "other": x}


class Twice(Bare):
    """Takes every modality alone and keeps the last one's map in silence."""

    def __init__(self) -> None:
        super().__init__(channels=1)
        self.stages = [self.first]

    def forward(self, x: Tensor) -> Tensor:
        return torch.stack([super(Twice, self).forward(x[:, at : at + 1]) for at in range(3)]).mean(dim=0)


def encoder_of(module: nn.Module, pooling: Pooling | None = None) -> PluginEncoder:
    return PluginEncoder("mine", foreign_of("mine", module), 3, pooling or Pooling())


def layers(encoder: Encoder, cases: Sequence[Float32Array] = (CASE,)) -> dict[str, Float32Array]:
    return embed_stages(encoder, cases, EmbedSettings(precision="float32")).layers


def test_an_encoder_without_stages_has_the_pooled_embedding_alone() -> None:
    encoder = encoder_of(Bare())
    assert (encoder.dims, encoder.embed_dim, encoder.segments) == ((), 6, False)
    found = layers(encoder)
    assert list(found) == ["pooled"]
    with torch.no_grad():
        expected = encoder.module(torch.from_numpy(CASE)[None]).mean(dim=(2, 3, 4))
    assert np.array_equal(found["pooled"], expected.numpy())
    with pytest.raises(BadSettings, match="Segmentation needs an encoder with at least two stages that are maps"):
        Segmenter(encoder, width=4)
    with pytest.raises(BadSettings, match="has no stages whose activations"):
        checkpoint_activations(encoder)


def test_its_weights_learn_at_one_rate_and_the_head_at_another() -> None:
    encoder = encoder_of(Bare())
    model = ClassTask(np.array([0, 1, 2, 3]), prostate_target("pirads")).model(encoder)
    groups = parameter_groups(model, FinetuneSettings(lr=0.1, layer_decay=0.5))
    assert [group["lr"] for group in groups] == [0.05, 0.1]
    assert len(groups[0]["params"]) == len(list(encoder.parameters()))


def test_three_stages_of_tokens_and_a_vector_are_reduced_by_their_mean() -> None:
    encoder = encoder_of(Tokens())
    assert (encoder.dims, encoder.embed_dim, encoder.segments) == ((5, 7, 2), 7, False)
    found = layers(encoder)
    assert list(found) == ["stage1", "stage2", "stage3", "pooled"]
    weights = {name: value.detach().double().numpy() for name, value in encoder.module.named_parameters()}
    voxels = CASE.reshape(3, -1).T.astype(np.float64)
    one = voxels @ weights["one.weight"].T + weights["one.bias"]
    two = one @ weights["two.weight"].T + weights["two.bias"]
    assert np.allclose(found["stage1"][0], one.mean(axis=0), atol=1e-6)
    assert np.allclose(found["stage2"][0], two.mean(axis=0), atol=1e-6)
    assert np.array_equal(found["stage2"], found["pooled"])


def test_stages_can_be_names_in_the_answer() -> None:
    encoder = encoder_of(Named())
    assert (encoder.dims, encoder.embed_dim, encoder.segments) == ((5, 6), 6, True)
    x = torch.from_numpy(CASE)[None]
    with torch.no_grad():
        answer = encoder.module(x)
        maps, pooled = encoder.forward_stages(x)
    assert torch.equal(maps[0], answer["fine"])
    assert torch.equal(maps[1], answer["coarse"])
    assert torch.equal(pooled, answer["pooled"])
    assert Segmenter(encoder, width=4)(x).shape == (1, 1, 4, 8, 8)


def test_a_stage_that_runs_more_than_once_a_case_is_refused() -> None:
    with pytest.raises(BadSettings, match="Stage 1 of the encoder mine runs more than once for a case"):
        encoder_of(Twice())
    nothing = Bare()
    nothing.stages = [nn.Identity()]  # type: ignore[assignment] # not a part of it
    with pytest.raises(BadSettings, match="must be different modules of its own"):
        encoder_of(nothing)


@pytest.mark.parametrize("pool", ["mean", "max"])
def test_slices_of_a_two_dimensional_module_are_pooled_as_asked(pool: SlicePool) -> None:
    module = Bare(rank=2)
    module.slice_wise, module.stages = True, [module.first]  # type: ignore[assignment] # attributes of somebody's module
    encoder = encoder_of(module, Pooling(slices=pool))
    assert (encoder.dims, encoder.embed_dim, encoder.segments) == ((5,), 6, False)
    case = np.random.default_rng(1).standard_normal((3, 70, 8, 8)).astype(np.float32)  # three groups of slices
    found = layers(encoder, [case, case[:, ::-1].copy()])
    with torch.no_grad():
        slices = [module.first(torch.from_numpy(case[:, z])[None]) for z in range(70)]
        fine = np.stack([one.mean(dim=(2, 3))[0].double().numpy() for one in slices])
        last = np.stack([module.second(one.relu()).mean(dim=(2, 3))[0].double().numpy() for one in slices])
    over = {"mean": np.mean, "max": np.max}[pool]
    assert np.allclose(found["stage1"][0], over(fine, axis=0), atol=1e-6)
    assert np.allclose(found["pooled"], over(last, axis=0), atol=1e-6)  # the order of slices does not matter


@pytest.mark.parametrize("pool", ["concatenate", "average"])
@pytest.mark.parametrize("rank", [2, 3])
def test_modalities_go_one_by_one_through_a_module_of_one_channel(pool: ModalityPool, rank: int) -> None:
    module = Bare(rank=rank, channels=1)
    module.one_channel, module.slice_wise = True, rank == 2  # type: ignore[assignment] # attributes of somebody's module
    encoder = encoder_of(module, Pooling(modalities=pool))
    assert encoder.embed_dim == (18 if pool == "concatenate" else 6)
    with torch.no_grad():
        each = []
        for image in CASE:
            x = torch.from_numpy(image)[None, None] if rank == 3 else torch.from_numpy(image)[:, None]
            answer = module(x).flatten(2).mean(dim=2).double().numpy()
            each.append(answer.mean(axis=0))
    expected = np.concatenate(each) if pool == "concatenate" else np.mean(each, axis=0)
    assert np.allclose(layers(encoder, [CASE, CASE])["pooled"], expected, atol=1e-6)


def test_its_modalities_say_how_many_channels_it_takes() -> None:
    module = Bare(channels=2)
    module.modalities = ["T2", "ADC"]  # type: ignore[assignment] # attributes of somebody's module
    encoder = encoder_of(module)
    assert (encoder.channels, encoder.facts.modalities) == (2, ("T2", "ADC"))


@pytest.mark.parametrize(
    ("attribute", "value", "words"),
    [
        ("embed_dim", 7, r"gave a tensor \(1, 6, 4, 4, 4\); it must return \(B, 7\), its embed_dim"),
        ("embed_dim", 0, "must be a whole number"),
        ("stages", ["fine"], "Stage 1 of the encoder mine gave nothing"),
        ("stages", 4, "must be a list of its modules, or of names"),
        ("modalities", "T2", "must be a list of names"),
        ("size_zyx", (8, 8), "`size_zyx` of the encoder mine must be three positive numbers"),
        ("size_zyx", (8, 8.5, 8), "whole numbers of voxels"),
        ("prepare", abs, "name the version of its code in `prepare_version`"),
    ],
)
def test_what_a_module_says_wrongly_of_itself_is_refused(attribute: str, value: object, words: str) -> None:
    module = Bare()
    setattr(module, attribute, value)
    with pytest.raises(BadSettings, match=words):
        encoder_of(module)


def test_a_module_that_is_none_is_refused() -> None:
    with pytest.raises(BadSettings, match="gave a int; it must build a torch module"):
        foreign_of("mine", 5)
    given = ForeignEncoder(Bare(), embed_dim=6)
    assert foreign_of("mine", given) is given
