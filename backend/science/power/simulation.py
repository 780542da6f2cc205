"""Power simulation: changes planted in simulated cohorts, and how well each estimator finds them.

The trust effect with its flags is computed as in an analysis (`decoding_change`), in every cohort. The paper's numbers
are slower and stand beside it in the first `PAPER_COHORTS` of each scenario.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from backend.errors import BadSettings
from backend.science.power.paper_answers import paper_outcomes
from backend.science.power.scores import Outcome, Truth, directions, outcome
from backend.science.synthetic.worlds.draw import SimulatedCohort, draw_cohort
from backend.science.synthetic.worlds.scenarios import LABEL_STRENGTH, LEAK, SCENARIOS, Scenario
from backend.science.synthetic.worlds.world import USUAL_MODALITIES, World
from backend.science.tables.join import MIN_PATIENTS
from backend.science.trust.jackknife.covariates import Covariate
from backend.science.trust.jackknife.decoding_change import DecodingChange, decoding_change
from backend.science.types import Progress

TRUST = "trust effect"
PAPER_COHORTS = 2


class OutcomeStore(Protocol):
    """Store of finished cohorts' outcomes, so that a stopped self-check continues with the next cohort."""

    def load(self) -> list[Outcome]:
        """Return the outcomes stored by an earlier attempt at the same request."""

    def save(self, outcomes: Sequence[Outcome]) -> None:
        """Store all outcomes so far; called after every cohort."""


def self_check(
    n_patients: int,
    d: int,
    k_per_modality: int,
    seeds: int,
    scenarios: tuple[str, ...] = ("planted_all", "null_all"),
    repeated: float = 0.0,
    noise: float | None = None,
    label: bool = False,
    hidden: int = 128,
    progress: Progress | None = None,
    store: OutcomeStore | None = None,
    n_modalities: int = USUAL_MODALITIES,
) -> list[Outcome]:
    """Outcomes of every estimator, scenario and seed (0, 1, ...); `summary` gives their means.

    noise: of the embedding, a dimension; the worlds' own where not given. label: fine-tuning also writes a label that
    two untouched groups go with, and the label is known. hidden: units of the paper's projection. Cohorts whose
    outcomes `store` holds are not simulated again.

    Raises BadSettings for fewer than 20 patients, no seed, or an unknown scenario.
    """
    if n_patients < MIN_PATIENTS or seeds < 1 or not set(scenarios) <= set(SCENARIOS):
        raise BadSettings(
            f"A self-check needs {MIN_PATIENTS} patients, one seed, and scenarios out of {', '.join(SCENARIOS)}."
        )
    outcomes = store.load() if store else []
    known = {(outcome.scenario, outcome.seed) for outcome in outcomes}
    cohorts = [(name, seed) for name in scenarios for seed in range(seeds)]
    for number, (name, seed) in enumerate(cohorts):
        if progress:
            progress("simulating cohorts", number, len(cohorts))
        if (name, seed) in known:
            continue
        adapted = adapt(SCENARIOS[name], repeated, noise, label)
        world = World.of(adapted.traits, adapted.change, k_per_modality, d, seed, n_modalities)
        cohort = simulate(adapted, world, n_patients, seed)
        truth = truth_of(name, world)
        outcomes.append(trust_outcome(decode(adapted, world, cohort), truth))
        if seed < PAPER_COHORTS:
            outcomes += paper_outcomes(world, cohort, truth, hidden)
        if store:
            store.save(outcomes)
    if progress:
        progress("simulating cohorts", len(cohorts), len(cohorts))
    return outcomes


def adapt(scenario: Scenario, repeated: float = 0.0, noise: float | None = None, label: bool = False) -> Scenario:
    """A scenario with a study's share of repeated studies, its signal, and its label."""
    traits, change = scenario.traits, scenario.change
    if noise is not None:
        traits = replace(traits, noise=noise)
    if label and change.rewrites:
        traits, change = replace(traits, leak=LEAK), replace(change, label=LABEL_STRENGTH)
    return replace(
        scenario,
        traits=traits,
        change=change,
        repeated=max(repeated, scenario.repeated),
        label=label or scenario.label,
    )


def simulate(scenario: Scenario, world: World, n_patients: int, seed: int) -> SimulatedCohort:
    """Draw a cohort of a scenario's world."""
    return draw_cohort(
        world, n_patients, seed, repeated=scenario.repeated, runs=scenario.runs, controls=scenario.controls
    )


def decode(scenario: Scenario, world: World, cohort: SimulatedCohort) -> DecodingChange:
    """The trust block's change of decoding, with the label and the centre where the scenario knows them."""
    return decoding_change(
        cohort.pre,
        cohort.runs,
        cohort.radiomics,
        cohort.patient_id,
        world.groups.tolist(),
        label=[Covariate("label", cohort.label)] if scenario.label else (),
        covariates=[Covariate("centre", cohort.centre)] if scenario.centre else (),
        seed=world.seed,
    )


def truth_of(name: str, world: World) -> Truth:
    """What was planted, in the order of features and of group names."""
    names = world.group_names
    at = tuple(np.flatnonzero(world.group_of == names.index(group)) for group in sorted(names))
    planted = np.array([world.planted[names.index(group)] for group in sorted(names)], dtype=np.intp)
    return Truth(name, world.seed, world.feature_signs, planted, at)


def trust_outcome(change: DecodingChange, truth: Truth) -> Outcome:
    """Score the trust effect: features are ranked by the shrunken effect where there is one (`effect_shrunk`)."""
    effect = change.features.effect.value if change.shrunken is None else change.shrunken.value
    return outcome(truth, TRUST, effect, directions(change.features.flag), directions(change.groups.flag))
