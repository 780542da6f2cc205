"""How radiomics and embeddings of a simulated world relate, and what fine-tuning does to the embedding."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Traits:
    """The relation between tissue, radiomics and the encoder; what no fine-tuning changes."""

    textures: tuple[int, int] = (1, 2)  # a group's own latent textures, fewest and most
    explained: tuple[float, float] = (0.35, 0.85)  # share of a feature's variance that latent factors explain
    common: float = 0.3  # of it, the share of size, modality, class and image type
    pure_noise: float = 0.1  # features that no factor explains
    tails: float = np.inf  # degrees of freedom of factors and noise
    twins: float = 0.0  # share of features that nearly copy another of their group
    levels: int = 0  # distinct values of a feature; 0 = continuous
    strength_spread: float = 0.25  # SD of the logarithm of how strongly factors are encoded
    nuisance: int = 60  # strong directions that no feature depends on, their variance falling as 1 / rank
    nuisance_share: float = 60.0  # their summed variance, where a factor has variance 1
    noise: float = 0.65  # SD a dimension
    bent: float = 0.0  # how far units saturate; 0 = linear
    scanner: float = 0.0  # SD of a centre's shift, of features and of the embedding's factors
    leak: float = 0.0  # correlation of the textures of leaky groups with what the label grades
    leaky: int = 2  # leaky groups
    steady: float = 0.85  # share of variance that two studies of a patient have in common


@dataclass(frozen=True, slots=True)
class Change:
    """What fine-tuning does; the default changes nothing."""

    gain: float = 1.0  # geometric mean factor of strengths in stronger groups
    loss: float = 1.0  # in weaker groups
    groups: int = 4  # stronger groups of 18, and as many weaker ones
    gain_spread: float = 0.0  # SD of the logarithm of the own factor of each texture of a planted group
    run_spread: float = 0.0  # SD of the logarithm of each group's factor between runs of one recipe
    drift: float = 0.0  # share of a direction's variance that is new
    resampled: float = 0.0  # share of nuisance and noise variance that is new
    new_nuisance: int = 0  # new strong directions
    scale: float = 1.0
    offset: float = 0.0
    turned: bool = False  # a rotation of the whole space
    width: int | None = None  # another number of dimensions, all directions new
    label: float = 0.0  # strength with which the label is written
    scanner: float = 1.0  # factor of how strongly the centre is encoded

    @property
    def rewrites(self) -> bool:
        """Whether the embedding is written anew, and not the same numbers scaled, turned or shifted."""
        planted = (self.gain, self.loss, self.scanner) != (1.0, 1.0, 1.0) or self.label or self.run_spread
        return bool(planted or self.drift or self.resampled or self.new_nuisance or self.width)
