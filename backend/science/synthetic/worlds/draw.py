"""Cohorts of a simulated world: patients, their radiomics, and embeddings before and after any number of runs."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from backend.science.synthetic.worlds.traits import Change, Traits
from backend.science.synthetic.worlds.world import CENTRES, World, nuisance_variances, unit_rows
from backend.science.types import FloatArray, IntArray

LABELS = ("low", "middle", "high")


@dataclass(frozen=True, slots=True)
class SimulatedCohort:
    """Tables of n studies in the same order."""

    patient_id: tuple[str, ...]
    pre: FloatArray  # (n, d)
    runs: tuple[FloatArray, ...]  # (n, d) after each run
    controls: tuple[FloatArray, ...]  # (n, d) after runs that were taught shuffled labels
    radiomics: FloatArray  # (n, K)
    label: NDArray[np.str_]
    centre: NDArray[np.str_]

    def first_run(self) -> "SimulatedCohort":
        """The same patients, with the first run alone."""
        return replace(self, runs=self.runs[:1])


def draw_cohort(
    world: World, patients: int, seed: int, *, repeated: float = 0.0, runs: int = 1, controls: int = 0
) -> SimulatedCohort:
    """Draw patients, a share `repeated` of whom has a second study, and runs of the world's fine-tuning."""
    rng = np.random.default_rng([world.seed, seed, 612])
    again = rng.permutation(patients)[: round(repeated * patients)]
    people = _People(world.traits, np.sort(np.concatenate([np.arange(patients), again])), rng)
    latent = people.normal(len(world.own_of))
    score = people.normal(1)[:, 0]
    for group in np.flatnonzero(world.leaky):
        own = world.own_of == group
        latent[:, own] = np.sqrt(1 - world.traits.leak**2) * latent[:, own] + world.traits.leak * score[:, None]
    centre = people.classes(len(CENTRES))
    seen = latent + world.shifts[centre]
    grade = np.digitize(score, (-0.43, 0.43))
    encoder = _Encoder(world, people, latent, world.shifts[centre], grade)
    return SimulatedCohort(
        tuple(f"P{number:05d}" for number in people.of_study.tolist()),
        encoder.before(),
        tuple(encoder.after(world.change, taught=True) for _ in range(runs)),
        tuple(encoder.after(world.change, taught=False) for _ in range(controls)),
        _radiomics(world, people, seen),
        np.array(LABELS)[grade],
        np.array(CENTRES)[centre],
    )


class _People:
    """Draws numbers of every study that agree within a patient."""

    def __init__(self, traits: Traits, of_study: IntArray, rng: np.random.Generator) -> None:
        self.traits, self.of_study, self.rng = traits, of_study, rng

    def normal(self, width: int) -> FloatArray:
        """(n, width) of variance 1, heavier in the tails where the world has them."""
        own = self.rng.standard_normal((len(self.of_study), width))
        if len(np.unique(self.of_study)) < len(self.of_study):
            steady = self.rng.standard_normal((int(self.of_study.max()) + 1, width))[self.of_study]
            own = np.sqrt(self.traits.steady) * steady + np.sqrt(1 - self.traits.steady) * own
        if np.isinf(self.traits.tails):
            return own
        spread = self.rng.chisquare(self.traits.tails, (int(self.of_study.max()) + 1, width))[self.of_study]
        return np.asarray(own * np.sqrt((self.traits.tails - 2) / spread))

    def classes(self, count: int) -> IntArray:
        """(n,) one of `count` classes a patient."""
        return self.rng.integers(0, count, int(self.of_study.max()) + 1)[self.of_study]


class _Encoder:
    """Writes the factors of a cohort into embeddings, before and after fine-tuning."""

    def __init__(self, world: World, people: _People, latent: FloatArray, shift: FloatArray, grade: IntArray) -> None:
        self.world, self.people, self.rng = world, people, people.rng
        self.latent, self.shift, self.grade = latent, shift, grade
        self.nuisance = people.normal(world.traits.nuisance)
        self.noise = people.normal(world.directions.shape[1])

    def before(self) -> FloatArray:
        """(n, d)"""
        known = (self.latent + self.shift) * self.world.strengths @ self.world.directions
        return self._units(known + self.nuisance @ self.world.nuisance + self.world.traits.noise * self.noise)

    def after(self, change: Change, taught: bool) -> FloatArray:
        """(n, d') of one run; a run that was not taught writes neither planted changes nor the label."""
        world, rng = self.world, self.rng
        if not change.rewrites:
            return _moved(self.before(), change, rng)
        d = change.width or world.directions.shape[1]
        known = (self.latent + change.scanner * self.shift) * self._strengths(change, taught)
        content = known @ self._drifted(world.directions, change, d)
        content += self._renewed(self.nuisance, change) @ self._drifted(world.nuisance, change, d)
        content += world.traits.noise * self._renewed(self.noise if d == self.noise.shape[1] else None, change, d)
        if change.new_nuisance:
            size = np.sqrt(nuisance_variances(world.traits)[: change.new_nuisance])
            content += self.people.normal(change.new_nuisance) * size @ unit_rows(rng, change.new_nuisance, d)
        if change.label:
            written = self.grade if taught else rng.permutation(self.grade)
            content += change.label * (written - 1.0)[:, None] * unit_rows(rng, 1, d)
        return _moved(self._units(content), change, rng)

    def _strengths(self, change: Change, taught: bool) -> FloatArray:
        world = self.world
        factors: FloatArray = world.factors if taught else np.ones_like(world.factors)
        by_group = np.append(np.exp(change.run_spread * self.rng.standard_normal(len(world.group_names))), 1.0)
        return np.asarray(world.strengths * factors * by_group[world.own_of])

    def _drifted(self, directions: FloatArray, change: Change, d: int) -> FloatArray:
        if not (change.drift or change.width):
            return directions
        away = np.asarray(unit_rows(self.rng, len(directions), d) * np.linalg.norm(directions, axis=1, keepdims=True))
        if change.width:
            return away
        return np.asarray(np.sqrt(1 - change.drift) * directions + np.sqrt(change.drift) * away)

    def _renewed(self, content: FloatArray | None, change: Change, width: int = 0) -> FloatArray:
        if content is None:
            return self.people.normal(width)
        if not change.resampled:
            return content
        fresh = self.people.normal(content.shape[1])
        return np.asarray(np.sqrt(1 - change.resampled) * content + np.sqrt(change.resampled) * fresh)

    def _units(self, values: FloatArray) -> FloatArray:
        bent = self.world.traits.bent
        return values if not bent else np.asarray(np.tanh(bent * values) / bent)


def _moved(values: FloatArray, change: Change, rng: np.random.Generator) -> FloatArray:
    """The same content scaled, turned and shifted."""
    d = values.shape[1]
    if change.turned:
        turn: FloatArray = np.linalg.qr(rng.standard_normal((d, d)))[0]
        values = values @ turn
    return np.asarray(change.scale * values + change.offset * rng.standard_normal(d))


def _radiomics(world: World, people: _People, seen: FloatArray) -> FloatArray:
    """(n, K) in skewed units of their own, discrete where the world has levels."""
    rng = people.rng
    left = np.sqrt(1.0 - np.square(world.loadings).sum(axis=0))
    values = seen @ world.loadings + left * people.normal(world.loadings.shape[1])
    skew = rng.uniform(0.0, 0.9, values.shape[1])
    bent = np.where(skew > 0.3, np.sinh(skew * values + skew) / np.maximum(skew, 0.3), values)
    if world.traits.levels:
        low, high = np.quantile(bent, (0.02, 0.98), axis=0)
        bent = np.clip(np.rint((bent - low) / (high - low) * (world.traits.levels - 1)), 0, world.traits.levels - 1)
    return np.asarray(10.0 ** rng.uniform(-3, 4, values.shape[1]) * (bent + rng.uniform(1, 9, values.shape[1])))
