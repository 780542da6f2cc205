"""Encoders of timm, MONAI and torchvision by name, with random weights: nothing is ever downloaded.

Their parameters have the zoo's own names, so that files of weights fit. Classifiers are taken off. Two-dimensional
models run slice by slice.
"""

from collections.abc import Callable
from types import MethodType
from typing import Any

from torch import Tensor, nn

from backend.errors import BadSettings
from backend.science.encoders.encoder_kinds import POOLED, ForeignEncoder, InputFacts
from backend.science.encoders.zoos.names import ZooName, check_importable, zoo_name

LAYERS = ("layer1", "layer2", "layer3", "layer4")
CLASSIFIERS = ("fc", "classifier", "heads", "head")
MONAI_KINDS = "resnet10 to resnet200, DenseNet121 to DenseNet264, ViT, SwinUNETR"
VIT_SIDE, VIT_PATCH = 96, 16


def zoo_encoder(arch: str, channels: int) -> ForeignEncoder:
    """Build a model by name. Raises BadSettings where there is none, or it cannot be used as an encoder."""
    named = zoo_name(arch)
    check_importable(named.zoo)
    build = {"timm": _timm, "monai": _monai, "torchvision": _torchvision}[named.zoo]
    try:
        return build(named, channels)
    except BadSettings:
        raise
    except Exception as error:  # somebody else's code: anything may come out of it
        raise BadSettings(
            f"The encoder {arch[:60]} could not be built ({type(error).__name__}: {str(error)[:160]}); see the models "
            f"of {named.zoo}."
        ) from error


def _timm(named: ZooName, channels: int) -> ForeignEncoder:
    import timm

    if not timm.is_model(named.name):
        raise BadSettings(f"timm has no model {named.name[:60]!r}; timm.list_models() names them all.")
    given: dict[str, Any] = {"pretrained": False, "num_classes": 0, "in_chans": channels} | named.options
    try:  # transformers take slices of any size if told to
        model = timm.create_model(named.name, **{"dynamic_img_size": True, "dynamic_img_pad": True} | given)
    except TypeError:
        model = timm.create_model(named.name, **given)
    channels_last = getattr(model, "output_fmt", "NCHW") == "NHWC"
    return ForeignEncoder(model, () if channels_last else _parts(model), facts=InputFacts(slice_wise=True))


def _parts(model: nn.Module) -> tuple[nn.Module, ...]:
    """The stages of a model that has them as modules one after the other."""
    stages = getattr(model, "stages", None)
    if isinstance(stages, nn.Sequential | nn.ModuleList):
        return tuple(stages)
    return tuple(getattr(model, name) for name in LAYERS) if hasattr(model, LAYERS[-1]) else ()


def _torchvision(named: ZooName, channels: int) -> ForeignEncoder:
    from torchvision import models

    video = named.name in models.list_models(module=models.video)
    if not video and named.name not in models.list_models(module=models):
        raise BadSettings(
            f"torchvision has no classifier {named.name[:60]!r}; take one of torchvision.models or of its videos."
        )
    if channels != 3:
        raise BadSettings(f"The models of torchvision take 3 channels, and the input has {channels}; take timm's.")
    model = models.get_model(named.name, weights=None, **named.options)
    last = next((name for name in CLASSIFIERS if hasattr(model, name)), None)
    if last is None:
        raise BadSettings(
            f"The model {named.name} of torchvision has no classifier that could be taken off; choose another one."
        )
    setattr(model, last, nn.Identity())
    return ForeignEncoder(model, _parts(model), facts=InputFacts(slice_wise=not video))


def _monai(named: ZooName, channels: int) -> ForeignEncoder:
    from monai.networks import nets

    name, options = named.name, named.options
    factory: Callable[..., Any] | None = getattr(nets, name, None)
    if factory is not None and name.startswith("resnet") and name[6:].isdecimal():
        model = factory(spatial_dims=3, n_input_channels=channels, feed_forward=False, **options)
        return ForeignEncoder(model, _parts(model))
    if factory is not None and name.startswith("DenseNet") and name[8:].isdecimal():
        model = factory(spatial_dims=3, in_channels=channels, out_channels=1, **options)
        model.class_layers.out = nn.Identity()
        return ForeignEncoder(model)
    if name == "ViT":
        given = {"img_size": VIT_SIDE, "patch_size": VIT_PATCH} | options
        side = int(given["img_size"])
        model = nets.ViT(in_channels=channels, **given)
        answers(model, lambda tokens: tokens[0])
        return ForeignEncoder(model, facts=InputFacts(size_zyx=(side, side, side), smallest_side=min(side, 32)))
    if name == "SwinUNETR":
        model = nets.SwinUNETR(in_channels=channels, out_channels=1, **options).swinViT
        answers(model, _by_name)
        stages = tuple(
            f"stage{number}" for number in range(1, len(model.depths) + 1 if hasattr(model, "depths") else 6)
        )
        return ForeignEncoder(model, stages)
    raise BadSettings(
        f"Of MONAI's models {MONAI_KINDS} are known by name; bring {name[:40]} as FILE.py:factory (docs/encoders.md)."
    )


def _by_name(maps: list[Tensor]) -> dict[str, Tensor]:
    return {f"stage{number}": each for number, each in enumerate(maps, start=1)} | {POOLED: maps[-1]}


def answers(model: nn.Module, reduce: Callable[[Any], Any]) -> None:
    """Let a model answer with a part of what it answered; its parameters keep their names."""
    plain = model.forward

    def forward(_self: nn.Module, x: Tensor) -> Any:
        return reduce(plain(x))

    model.forward = MethodType(forward, model)  # of this instance alone
