import numpy as np
import pytest
import torch

from backend.errors import BadCheckpoint
from backend.science.encoders.adapters import adapt_encoder, merged_state
from backend.science.encoders.heads import HeadedEncoder, class_head
from backend.science.encoders.registry import build_encoder
from backend.science.encoders.upernet import Segmenter
from backend.science.trust.weights_by_stage import effective_rank, weights_by_stage

ALL = ("stem", "stage1", "stage2", "stage3", "stage4")


@pytest.fixture(scope="module")
def before():
    torch.manual_seed(0)
    return build_encoder("convnextv2-atto").state_dict()


def changed(state, only):
    return {name: value + 0.1 * value.norm() if only in name else value.clone() for name, value in state.items()}


def test_an_unchanged_encoder_has_exactly_zero_in_every_stage(before):
    found = weights_by_stage(before, {f"encoder.{name}": value.clone() for name, value in before.items()})
    assert tuple(one.stage for one in found) == ALL
    assert all((one.relative_change, one.effective_rank, one.rank_share) == (0.0, 0.0, 0.0) for one in found)
    assert sum(one.n_weights for one in found) == sum(value.numel() for value in before.values())


def test_a_frozen_encoder_with_a_trained_head_has_exactly_zero(before):
    torch.manual_seed(1)
    encoder = build_encoder("convnextv2-atto")
    encoder.load_state_dict(before)
    adapt_encoder(encoder, "frozen", 0)
    model = HeadedEncoder(encoder, class_head(encoder.embed_dim, 4))
    optimiser = torch.optim.SGD([one for one in model.parameters() if one.requires_grad], lr=0.1)
    model(torch.randn(4, 320)).square().sum().backward()
    optimiser.step()
    found = weights_by_stage(before, merged_state(model))
    assert tuple(one.stage for one in found) == ALL  # the head was not there before
    assert {one.relative_change for one in found} == {0.0}


@pytest.mark.parametrize("rank", [1, 3])
def test_a_low_rank_change_has_at_most_its_rank(before, rank):
    encoder = build_encoder("convnextv2-atto")
    encoder.load_state_dict(before)
    adapt_encoder(encoder, "lora", rank)
    rng = torch.Generator().manual_seed(2)
    for name, parameter in encoder.named_parameters():
        if name.endswith(".b"):
            parameter.data = torch.randn(parameter.shape, generator=rng)
    found = {one.stage: one for one in weights_by_stage(before, merged_state(encoder))}
    assert found["stem"].relative_change == 0.0
    for stage in ALL[1:]:
        assert found[stage].relative_change > 0.1
        assert 0.9 * (rank > 1) + 0.999 <= found[stage].effective_rank <= rank + 1e-3


@pytest.mark.parametrize(
    ("part", "stage"),
    [
        ("downsample_layers.0.", "stem"),
        ("stages.0.", "stage1"),
        ("downsample_layers.2.", "stage3"),
        ("stages.3.", "stage4"),
    ],
)
def test_only_the_stage_that_changed_has_a_change(before, part, stage):
    found = {one.stage: one.relative_change for one in weights_by_stage(before, changed(before, part))}
    assert [name for name, value in found.items() if value > 0] == [stage]


def test_the_relative_change_is_the_norm_of_all_weights_of_a_stage_together(before):
    after = {name: value + 0.01 * torch.randn(value.shape) for name, value in before.items()}
    found = {one.stage: one.relative_change for one in weights_by_stage(before, after)}
    names = [name for name in before if name.startswith(("stages.1.", "downsample_layers.1."))]
    flat = [torch.cat([state[name].double().flatten() for name in names]) for state in (before, after)]
    assert found["stage2"] == pytest.approx(float((flat[1] - flat[0]).norm() / flat[0].norm()), rel=1e-12)


def test_effective_rank():
    rng = np.random.default_rng(0)
    left, right = (np.linalg.qr(rng.normal(size=(n, 5)))[0] for n in (40, 30))
    assert effective_rank(left @ right.T) == pytest.approx(5)
    assert effective_rank((left[:, :2] * [1.0, 1e-9]) @ right[:, :2].T) == pytest.approx(1)
    assert effective_rank(np.zeros((3, 4))) == 0


def test_a_head_of_both_files_is_compared_and_statistics_of_the_data_are_not():
    head = {"head.1.weight": np.eye(3), "head.0.running_mean": np.zeros(3), "norm.weight": np.ones(3)}
    after = {**head, "head.1.weight": 2 * np.eye(3), "head.0.running_mean": np.ones(3)}
    found = weights_by_stage(head, after)
    assert [(one.stage, one.relative_change) for one in found] == [("stage4", 0.0), ("head", 1.0)]
    assert found[1].rank_share == pytest.approx(1)


def test_parts_of_no_stage_keep_their_own_names():
    found = weights_by_stage(
        {"stem.weight": np.ones((2, 2)), "gate": np.zeros(2)}, {"stem.weight": np.ones((2, 2)), "gate": np.ones(2)}
    )
    assert [one.stage for one in found] == ["stem", "gate"]
    assert np.isnan(found[1].relative_change)


def test_a_segmenters_file_and_one_of_another_packages_module_are_compared_with_their_bare_encoder(before):
    bare = {name: value.clone() for name, value in before.items()}
    torch.manual_seed(1)
    encoder = build_encoder("convnextv2-atto")
    encoder.load_state_dict(before)
    after = changed(merged_state(Segmenter(encoder, width=8)), "encoder.stages.2.")
    for one, other in ((bare, after), (after, bare)):
        found = weights_by_stage(one, other)
        assert [part.stage for part in found if part.relative_change] == ["stage3"]
        assert tuple(part.stage for part in found) == ALL
    after = {f"encoder.module.{name}": value for name, value in changed(before, "stages.2.").items()}
    assert [part.stage for part in weights_by_stage(bare, after) if part.relative_change] == ["stage3"]


def test_tables_of_whole_numbers_are_no_weights():
    state = {"layer1.weight": np.ones(2), "layer1.index": np.arange(4)}
    assert weights_by_stage(state, state)[0].n_weights == 2


def test_quarters_of_the_blocks_of_profounds_transformer_are_its_stages():
    torch.manual_seed(0)
    encoder = build_encoder("vit3d-tiny")
    state = encoder.state_dict()
    for number, parts in enumerate(encoder.stage_parts(), start=1):
        own = {id(value) for part in parts for value in part.parameters()}
        names = [name for name, value in encoder.named_parameters() if id(value) in own]
        after = {name: 2 * value if name in names else value for name, value in state.items()}
        found = weights_by_stage(state, after, "vit3d-tiny", 4)
        assert tuple(one.stage for one in found) == ALL
        assert [one.stage for one in found if one.relative_change] == [f"stage{number}"]


def test_other_encoders_are_refused(before):
    with pytest.raises(BadCheckpoint, match="in one of the two files only"):
        weights_by_stage(before, {"stages.0.weight": np.ones(3)})
    with pytest.raises(BadCheckpoint, match="another shape"):
        weights_by_stage({"stages.0.weight": np.ones(3)}, {"stages.0.weight": np.ones(4)})


def test_half_precision_is_read(before):
    half = {name: value.to(torch.bfloat16) for name, value in before.items()}
    assert all(0 < one.relative_change < 0.01 for one in weights_by_stage(before, half))
