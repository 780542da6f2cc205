"""Parts of encoders by the names of their weights, as MONAI, timm, torchvision and nnU-Net write them."""

import pytest

from backend.science.trust.weight_groups import groups_of


def parts(*names: str, arch: str = "", stages: int | None = None) -> list[str]:
    return list(dict.fromkeys(groups_of(names, arch, stages).values()))


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["net.layer2.0.w", "net.conv1.w", "net.layer1.0.w", "net.bn1.w"], ["stem", "stage1", "stage2"]),
        (["stem.0.w", "stages.0.w", "stages.10.w", "stages.9.w"], ["stem", "stage1", "stage10", "stage11"]),
        (["blocks.1.w", "blocks.0.w", "cls_token", "norm.w"], ["stem", "blocks.0", "blocks.1"]),
        (["layers2.0.w", "layers1.0.blocks.1.w", "patch_embed.proj.w"], ["stem", "layers1.0", "layers2.0"]),
        (
            ["features.denseblock2.c.w", "features.transition1.c.w", "features.denseblock1.c.w", "features.conv0.w"],
            ["stem", "denseblock1", "transition1", "denseblock2"],
        ),
        (
            ["class_token", "encoder.layers.encoder_layer_1.w", "encoder.layers.encoder_layer_0.w"],
            ["stem", "encoder.layers.encoder_layer_0", "encoder.layers.encoder_layer_1"],
        ),
        (["0.weight", "2.weight"], ["layer 0", "layer 2"]),
        (["patch.weight"], ["patch"]),
    ],
    ids=["resnet", "nnunet", "vit", "swin", "densenet", "torchvision-vit", "sequential", "unknown"],
)
def test_parts_stand_in_running_order_under_honest_names(names: list[str], expected: list[str]) -> None:
    assert parts(*names) == expected


def test_the_norm_of_the_embedding_counts_to_the_last_part() -> None:
    assert groups_of(["blocks.0.w", "blocks.1.w", "norm.w"])["norm.w"] == "blocks.1"


def test_many_blocks_are_four_runs_of_all_of_them() -> None:
    names = [f"blocks.{number}.w" for number in range(27)]
    found = groups_of(names)
    assert parts(*names) == ["blocks.0-6", "blocks.7-13", "blocks.14-20", "blocks.21-26"]
    assert list(found) == names
    for name, part in found.items():
        first, last = part.removeprefix("blocks.").split("-")
        assert int(first) <= int(name.split(".")[1]) <= int(last)


def test_numbered_parts_are_called_stages_only_where_the_encoder_has_as_many() -> None:
    names = [f"layer{number}.w" for number in (1, 2, 3, 4)]
    assert parts(*names, stages=4) == ["stage1", "stage2", "stage3", "stage4"]
    assert parts(*names, stages=5) == ["layer1", "layer2", "layer3", "layer4"]


def test_many_parts_without_a_number_are_one() -> None:
    names = [f"{letter}.w" for letter in "abcdefghijklm"]
    assert parts(*names) == ["other"]
