"""Modules that do not give one volume one embedding are refused; all others give what calling them gives."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from backend.errors import BadImage, BadSettings
from backend.science.embedding.embed import embed_stages
from backend.science.embedding.settings import EmbedSettings
from backend.science.encoders.checkpoint import read_built, read_checkpoint, save_checkpoint
from backend.science.encoders.plugins import wrap_plugin
from backend.science.encoders.readers.choice import AS_FOUND

CASES = 3.0 * np.random.default_rng(0).standard_normal((3, 3, 20, 24, 16)).astype(np.float32)


class Plain(nn.Module):
    """A convolution, its average, and a linear layer."""

    smallest_side = 8

    def __init__(self, channels: int = 3) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.first, self.last = nn.Conv3d(channels, 8, 3, stride=2), nn.Linear(8, 6)

    def mean(self, x: Tensor) -> Tensor:
        return self.first(x).mean((2, 3, 4))

    def forward(self, x: Tensor) -> object:
        return self.last(self.mean(x))


class Dropout(Plain):
    def forward(self, x: Tensor) -> object:
        return functional.dropout(self.last(self.mean(x)), training=True)


class Normed(Plain):
    """BatchNorm that stays frozen, whatever is asked for; `always`: that stays in training."""

    always = False

    def __init__(self, channels: int = 3) -> None:
        super().__init__(channels)
        self.norm = nn.BatchNorm3d(8)

    def train(self, mode: bool = True) -> "Normed":
        super().train(mode)
        self.norm.train(self.always)
        return self

    def forward(self, x: Tensor) -> object:
        return self.last(self.norm(self.first(x)).mean((2, 3, 4)))


class BatchStatistics(Normed):
    always = True


class Counter(Plain):
    """Adds what it counts to its answer; `shown` = 0: counts only."""

    shown = 1.0

    def __init__(self, channels: int = 3) -> None:
        super().__init__(channels)
        self.register_buffer("seen", torch.zeros(()))

    def forward(self, x: Tensor) -> object:
        self.seen += 1
        return self.last(self.mean(x)) + self.shown * self.seen


class Hidden(Counter):
    shown = 0.0


class InPlace(Plain):
    """A stage whose output is changed in place afterwards; the input is as well."""

    def __init__(self, channels: int = 3) -> None:
        super().__init__(channels)
        self.stages = [self.first]

    def forward(self, x: Tensor) -> object:
        return self.last(functional.relu_(self.first(x.mul_(2))).mean((2, 3, 4)))


class Half(Plain):
    def __init__(self, channels: int = 3) -> None:
        super().__init__(channels)
        self.half()


class Double(Plain):
    def __init__(self, channels: int = 3) -> None:
        super().__init__(channels)
        self.double()


class Lazy(Plain):
    def __init__(self, channels: int = 3) -> None:
        super().__init__(channels)
        self.last = nn.LazyLinear(6)


class Tied(Plain):
    """Two names of one weight."""

    def __init__(self, channels: int = 3) -> None:
        super().__init__(channels)
        self.other = nn.Linear(8, 6)
        self.other.weight = self.last.weight

    def forward(self, x: Tensor) -> object:
        return self.last(self.mean(x)) + self.other(self.mean(x))


class OneCase(Plain):
    """Written for a batch of one."""

    def forward(self, x: Tensor) -> object:
        return self.last(self.mean(x)).view(1, 6)


class Doubles(Plain):
    def forward(self, x: Tensor) -> object:
        return self.last(self.mean(x)).double()


@pytest.mark.parametrize("kind", [Plain, Normed, InPlace, Half, Double, Tied, OneCase, Doubles])
@pytest.mark.parametrize("batch", [1, 3])
def test_the_embedding_is_what_calling_the_module_on_each_case_gives(kind: type[Plain], batch: int) -> None:
    given = CASES.copy()
    found = embed_stages(wrap_plugin("mine", kind, 3), list(given), EmbedSettings(batch=batch)).layers
    plain = kind().eval().float()
    with torch.no_grad():
        wanted = torch.cat([plain(torch.from_numpy(case[None].copy())) for case in CASES])
        of_stage = plain.first((2 if kind is InPlace else 1) * torch.from_numpy(CASES)).mean((2, 3, 4))
    np.testing.assert_allclose(found["pooled"], wanted.numpy(), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(given, CASES)
    if kind is InPlace:
        np.testing.assert_allclose(found["stage1"], of_stage.numpy(), rtol=1e-5, atol=1e-6)


def test_tied_weights_are_written_and_are_read_where_a_file_has_them_once(tmp_path: Path) -> None:
    tied = Tied()
    state = {name: value + 1 for name, value in tied.state_dict().items()}
    without = {name: value for name, value in state.items() if name != "last.weight"}
    save_checkpoint(tmp_path / "all.safetensors", tied.state_dict(), {})
    assert read_checkpoint(tmp_path / "all.safetensors").state["last.weight"].equal(tied.last.weight)
    torch.save(without, tmp_path / "once.pt")
    loaded = read_built(lambda _weights: wrap_plugin("mine", Tied, 3), tmp_path / "once.pt", "mine", AS_FOUND, None)
    for name, value in loaded.encoder.module.state_dict().items():  # type: ignore[union-attr,operator] # of a plugin
        assert value.equal(state[name])
    assert loaded.sentences == ("once.pt: weights of the file as a whole.",)


@pytest.mark.filterwarnings("ignore:Lazy modules:UserWarning")
def test_a_lazy_module_is_made_by_the_first_volume() -> None:
    encoder = wrap_plugin("mine", Lazy, 3)
    found = embed_stages(encoder, list(CASES)).layers["pooled"]
    with torch.no_grad():
        wanted = encoder.module(torch.from_numpy(CASES))
    np.testing.assert_allclose(found, wanted.numpy(), rtol=1e-5, atol=1e-6)


class NotFinite(Plain):
    def __init__(self, channels: int = 3) -> None:
        super().__init__(channels)
        self.last.weight.data[0, 0] = float("nan")


class Meta(Plain):
    def __init__(self, channels: int = 3) -> None:
        super().__init__(channels)
        self.to("meta")


class Listed(Plain):
    def forward(self, x: Tensor) -> object:
        return [self.mean(x)]


class OtherName(Plain):
    def forward(self, x: Tensor) -> object:
        return {"features": self.mean(x)}


class Complex(Plain):
    def forward(self, x: Tensor) -> object:
        return torch.complex(self.mean(x), self.mean(x))


class Whole(Plain):
    def forward(self, x: Tensor) -> object:
        return self.mean(x).long()


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Dropout, "gives one volume another embedding each time; dropout, random numbers or a counter stay on"),
        (Counter, "gives one volume another embedding each time"),
        (Hidden, "changes its seen while it embeds"),
        (BatchStatistics, r"another embedding where others are beside it in a batch; it must use stored statistics"),
        (NotFinite, "gave values that are not finite; check its weights"),
        (Meta, "has weights without values"),
        (Listed, r"gave a list; it must return \(B, C\)"),
        (OtherName, "gave nothing; it must return"),
        (Complex, "gave complex64 numbers; an embedding is of float32"),
        (Whole, "gave int64 numbers; an embedding is of float32"),
    ],
)
def test_what_gives_no_one_embedding_is_refused(kind: type[Plain], words: str) -> None:
    with pytest.raises(BadSettings, match=words):
        wrap_plugin("mine", kind, 3)


class Flat(Plain):
    def forward(self, x: Tensor) -> object:
        return self.first(x).flatten(1)


class Small(Plain):
    def forward(self, x: Tensor) -> object:
        if x.shape[-1] > 8:
            raise ValueError("too\nlarge")
        return self.mean(x)


class Overflow(Plain):
    def forward(self, x: Tensor) -> object:
        return self.mean(x) / (x.abs().amax((1, 2, 3, 4)) < 6)[:, None]


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        (
            Flat,
            BadSettings,
            r"embedding of mine has 5544 numbers for this input and 216 for its smallest; average over",
        ),
        (Small, BadSettings, r"failed on 20 x 24 x 16 voxels of 3 channels \(ValueError: too\); give it a size"),
        (Overflow, BadImage, "not finite for case 0; check its weights"),
    ],
)
def test_what_fails_on_a_case_only_is_one_sentence(kind: type[Plain], error: type[Exception], words: str) -> None:
    encoder = wrap_plugin("mine", kind, 3)
    with pytest.raises(error, match=words):
        embed_stages(encoder, list(CASES))
