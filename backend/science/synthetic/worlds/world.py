"""A simulated world: latent factors of tissue, the radiomics made of them, and the encoder that writes them down.

Built unlike `synthetic.tables`: groups have one or two textures of their own, and a feature rests on one or two of
them; factors are encoded unequally strongly; nuisance has a falling spectrum; planted groups change by factors of their
own. A world is fixed by its seed. Patients, and runs of fine-tuning, are drawn from it (`draw`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backend.science.synthetic.names import feature_list
from backend.science.synthetic.worlds.traits import Change, Traits
from backend.science.tables.feature_names import CLASSES, IMAGE_TYPES
from backend.science.types import MODALITIES, FloatArray, IntArray, MaskArray

USUAL_MODALITIES = len(MODALITIES)
CENTRES = ("A", "B", "C")


@dataclass(frozen=True, slots=True)
class World:
    """Everything that cohorts of one world share. F factors, K features, d dimensions."""

    traits: Traits
    change: Change
    seed: int
    columns: tuple[str, ...]  # (K,) names of features
    group_names: tuple[str, ...]  # (G,) modality by class
    group_of: IntArray  # (K,) position in group_names
    own_of: IntArray  # (F,) the group of each factor; -1 for factors that groups share
    loadings: FloatArray  # (F, K), each column of length sqrt(explained)
    directions: FloatArray  # (F, d)
    strengths: FloatArray  # (F,)
    nuisance: FloatArray  # (nuisance, d)
    planted: IntArray  # (G,) 1 stronger, -1 weaker, 0 untouched
    factors: FloatArray  # (F,) of the strengths, by fine-tuning
    leaky: MaskArray  # (G,) groups whose textures go with the label
    noise_features: MaskArray  # (K,)
    shifts: FloatArray  # (3, F) of the factors by centre

    @classmethod
    def of(
        cls,
        traits: Traits,
        change: Change,
        k_per_modality: int | None,
        d: int,
        seed: int,
        n_modalities: int = USUAL_MODALITIES,
    ) -> "World":
        """Draw a world with the features of `synthetic.names` of so many modalities, and d dimensions.

        Of 18 groups, which three modalities have, `change.groups` grow stronger; of fewer or more the same share.
        """
        rng = np.random.default_rng([seed, 611])
        modalities = modality_names(n_modalities)
        groups = tuple(f"{modality}_{name}" for modality in modalities for name in CLASSES)
        changed, leaking = (
            max(1, round(count * n_modalities / USUAL_MODALITIES)) if count else 0
            for count in (change.groups, traits.leaky)
        )
        features = feature_list(k_per_modality, modalities)
        group_of = np.array([groups.index(feature.modality_class) for feature in features], dtype=np.intp)
        shared = ["size", *modalities, *CLASSES, *(f"{m} {t}" for m in modalities for t in IMAGE_TYPES)]
        counts = rng.integers(traits.textures[0], traits.textures[1] + 1, len(groups))
        own_of = np.concatenate([np.full(len(shared), -1), np.repeat(np.arange(len(groups)), counts)]).astype(np.intp)
        loadings = np.zeros((len(own_of), len(features)))
        for k, feature in enumerate(features):
            names = ("size", feature.modality, feature.feature_class, f"{feature.modality} {feature.image_type}")
            common = [shared.index(name) for name in names]
            loadings[common, k] = rng.standard_normal(len(names))
            loadings[common, k] *= np.sqrt(traits.common) / np.linalg.norm(loadings[common, k])
            textures = rng.permutation(np.flatnonzero(own_of == group_of[k]))[: rng.integers(1, 3)]
            loadings[textures, k] = rng.standard_normal(len(textures))
            loadings[textures, k] *= np.sqrt(1.0 - traits.common) / np.linalg.norm(loadings[textures, k])
        loadings *= np.sqrt(rng.uniform(*traits.explained, len(features)))
        _copy_twins(loadings, group_of, traits, rng)
        noisy = rng.random(len(features)) < traits.pure_noise
        loadings[:, noisy] = 0.0
        order = rng.permutation(len(groups))
        planted = np.zeros(len(groups), dtype=np.intp)
        if (change.gain, change.loss) != (1.0, 1.0):
            planted[order[:changed]] = 1
            planted[order[changed : 2 * changed]] = -1 if change.loss != 1.0 else 0
        own_planted = np.append(planted, 0)[own_of]
        spread = np.exp(change.gain_spread * rng.standard_normal(len(own_of)))
        factors = np.select([own_planted > 0, own_planted < 0], [change.gain * spread, change.loss * spread], 1.0)
        leaky = np.zeros(len(groups), dtype=bool)
        leaky[order[2 * changed :][:leaking]] = traits.leak > 0
        return cls(
            traits,
            change,
            seed,
            tuple(feature.column for feature in features),
            groups,
            group_of,
            own_of,
            loadings,
            unit_rows(rng, len(own_of), d),
            np.exp(traits.strength_spread * rng.standard_normal(len(own_of))),
            unit_rows(rng, traits.nuisance, d) * np.sqrt(nuisance_variances(traits))[:, None],
            planted,
            factors,
            leaky,
            noisy,
            traits.scanner * rng.standard_normal((len(CENTRES), len(own_of))),
        )

    @property
    def groups(self) -> NDArray[np.str_]:
        """(K,) the group of every feature by name."""
        return np.array(self.group_names)[self.group_of]

    @property
    def feature_signs(self) -> IntArray:
        """(K,) 1 stronger, -1 weaker, 0 untouched or pure noise."""
        return np.where(self.noise_features, 0, self.planted[self.group_of])


def modality_names(count: int) -> tuple[str, ...]:
    """Names of simulated modalities: those of the paper first."""
    return (*MODALITIES[:count], *(f"M{number}" for number in range(USUAL_MODALITIES + 1, count + 1)))


def unit_rows(rng: np.random.Generator, count: int, d: int) -> FloatArray:
    """Random directions (count, d) of length 1."""
    drawn = rng.standard_normal((count, d))
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True))


def nuisance_variances(traits: Traits) -> FloatArray:
    """(nuisance,) falling as 1 / rank, with the sum of the traits."""
    falling = 1.0 / np.arange(1, traits.nuisance + 1)
    return np.asarray(traits.nuisance_share * falling / falling.sum())


def _copy_twins(loadings: FloatArray, group_of: IntArray, traits: Traits, rng: np.random.Generator) -> None:
    """Let a share of the features rest on nearly the same factors as another of their group."""
    for k in np.flatnonzero(rng.random(len(group_of)) < traits.twins).tolist():
        source = int(rng.choice(np.flatnonzero(group_of == group_of[k])))
        loadings[:, k] = 0.98 * loadings[:, source] / max(float(np.linalg.norm(loadings[:, source])), 0.1)
