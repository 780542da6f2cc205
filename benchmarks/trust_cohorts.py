"""Scores of the trust block on one simulated cohort, for `benchmarks.trust_scenarios`."""

from typing import Any

import numpy as np

from backend.science.power.scores import directions, flag_shares, outcome
from backend.science.power.simulation import adapt, decode, simulate, truth_of
from backend.science.synthetic.worlds.scenarios import SCENARIOS
from backend.science.synthetic.worlds.world import World
from backend.science.trust.decoders.rank_normal import Ranks
from backend.science.trust.jackknife.covariates import covariate_basis
from backend.science.trust.jackknife.decoding_change import DecodingChange
from backend.science.trust.jackknife.patients import PatientRows
from backend.science.trust.jackknife.stage_fit import fit_stages

WIDTH = 768
Scores = dict[str, Any]


def score(name: str, patients: int, seed: int, features: int) -> Scores:
    """Power, false positives and areas of one cohort of a scenario; `features` of each of three modalities."""
    scenario = SCENARIOS[name]
    world = World.of(scenario.traits, scenario.change, features, WIDTH, seed)
    cohort = simulate(scenario, world, patients, seed)
    change, truth = decode(scenario, world, cohort), truth_of(name, world)
    plain = outcome(
        truth, name, change.features.effect.value, directions(change.features.flag), directions(change.groups.flag)
    )
    sure = np.isin(change.features.flag, ("stronger", "weaker", "kept"))
    found: Scores = {
        "group_power": plain.group_power,
        "group_false_positives": plain.group_false_positives,
        "power": plain.power,
        "false_positives": plain.false_positives,
        "sure_false_positives": float(sure[truth.features == 0].mean()),
        "auc": plain.auc,
        "largest": float(max(np.abs(change.features.effect.value).max(), np.abs(change.features.delta_r2).max())),
        "flagged": int((directions(change.features.flag) != 0).sum() + (directions(change.groups.flag) != 0).sum()),
    }
    if change.shrunken is not None:
        found["shrunken_auc"] = outcome(truth, name, change.shrunken.value).auc
    if len(cohort.runs) > 1:
        one = directions(decode(scenario, world, cohort.first_run()).groups.flag)
        found["group_false_positives_one_run"], found["group_power_one_run"], _ = flag_shares(one, truth.groups)
    return found | (_label_scores(world, change) if scenario.label else {})


def _label_scores(world: World, change: DecodingChange) -> Scores:
    """What is said of features and groups that only go with the label, and of those that really gained."""
    assert change.feature_label is not None
    leaky = world.leaky[world.group_of] & ~world.noise_features
    leaky_groups = world.leaky[[world.group_names.index(name) for name in change.group_names]]
    gained, named = world.feature_signs > 0, change.groups.flag == "label_borne"
    without, given = directions(change.features.flag), directions(change.feature_label.given_label.flag)
    stronger = (without > 0) | (change.features.flag == "label_borne")
    return {
        "leaky_stronger": float(stronger[leaky].mean()),
        "leaky_given_label": float((given[leaky] != 0).mean()),
        "leaky_groups_named": int(named[leaky_groups].sum()),
        "other_groups_named": int(named[~leaky_groups].sum()),
        "power_unadjusted": float(stronger[gained].mean()),
        "power_given_label": float((given[gained] > 0).mean()),
    }


def coverage(name: str, patients: int, seed: int, features: int, cohorts: int, groups: bool = False) -> Scores:
    """Share of 95 % intervals that cover the expected effect, in one world: its mean over cohorts of this size.

    The deviation from the mean of R cohorts is widened by sqrt(R / (R - 1)), because each cohort is part of the mean.
    With several runs a cohort, patients and runs are new each time, and the first run alone is measured beside.
    """
    scenario = SCENARIOS[name]
    world = World.of(scenario.traits, scenario.change, features, WIDTH, seed)
    values, errors, alone = list[np.ndarray](), list[np.ndarray](), list[np.ndarray]()
    for number in range(cohorts):
        cohort = simulate(scenario, world, patients, 100 + number)
        changes = decode(scenario, world, cohort)
        level = changes.groups if groups else changes.features
        values.append(level.effect.value)
        errors.append(level.se)
        if groups:
            one = decode(scenario, world, cohort.first_run()).groups
            alone.append(np.stack([one.effect.value, one.se]))
    found = {"coverage": _covered(np.array(values), np.array(errors))}
    if groups:
        single = np.array(alone)
        found["coverage_one_run"] = _covered(single[:, 0], single[:, 1], np.array(values).mean(axis=0))
    return found


def _covered(values: np.ndarray, errors: np.ndarray, expected: np.ndarray | None = None) -> float:
    if expected is None:
        count = len(values)
        deviation = (values - values.mean(axis=0)) * np.sqrt(count / (count - 1))
    else:
        deviation = values - expected
    return float((np.abs(deviation) <= 1.96 * errors).mean())


def repeated_studies(patients: int, seed: int, features: int) -> Scores:
    """Mean R2 before, of 80 % of patients with a second study: patients left out, and studies left out."""
    scenario = adapt(SCENARIOS["null_all"], repeated=0.8)
    world = World.of(scenario.traits, scenario.change, features, WIDTH, seed)
    cohort = simulate(scenario, world, patients, seed)
    targets = Ranks.of(cohort.radiomics).normal_scores(np.ones(len(cohort.pre), dtype=bool))
    studies = [f"s{number}" for number in range(len(cohort.pre))]
    found = {}
    for kind, ids in (("by_patient", cohort.patient_id), ("by_study", studies)):
        rows = PatientRows.of(ids)
        found[kind] = float(fit_stages([cohort.pre], targets, covariate_basis((), rows), rows).r2[0].mean())
    return found
