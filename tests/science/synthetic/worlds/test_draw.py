"""Simulated worlds hold what their traits say."""

from dataclasses import replace

import numpy as np
import pytest

from backend.errors import BadSettings
from backend.science.synthetic.worlds.draw import draw_cohort
from backend.science.synthetic.worlds.scenarios import EVERYTHING, SCENARIOS, USUAL, scenario
from backend.science.synthetic.worlds.traits import Change
from backend.science.synthetic.worlds.world import World
from backend.science.tables.feature_names import parse

SUMS = [70.97983238134307, 59.24759818056663, 5419816.533962393]


def drawn(name="planted_all", n=40, d=24, seed=0, **options):
    one = scenario(name)
    world = World.of(one.traits, one.change, 30, d, seed)
    return world, draw_cohort(world, n, seed, runs=one.runs, controls=one.controls, **options)


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_has_finite_tables_and_repeats_bit_by_bit(name):
    world, cohort = drawn(name)
    _, again = drawn(name)
    assert cohort.radiomics.shape == (40, len(world.columns))
    assert len(cohort.runs) == SCENARIOS[name].runs
    assert len(cohort.controls) == SCENARIOS[name].controls
    for one in (cohort.pre, *cohort.runs, *cohort.controls):
        assert np.isfinite(one).all()
    np.testing.assert_array_equal(cohort.pre, again.pre)
    np.testing.assert_array_equal(cohort.runs, again.runs)
    np.testing.assert_array_equal(cohort.radiomics, again.radiomics)


def test_cohorts_of_one_world_share_it_and_differ_in_patients():
    world, cohort = drawn()
    other = draw_cohort(world, 40, 1)
    assert not np.array_equal(cohort.radiomics, other.radiomics)
    assert not np.array_equal(drawn(seed=1)[0].planted, world.planted)


def test_four_groups_gain_and_four_lose_and_noise_features_belong_to_none():
    world, _ = drawn()
    assert [(world.planted == sign).sum() for sign in (1, -1)] == [4, 4]
    signs = world.feature_signs
    for k, column in enumerate(world.columns):
        group = parse(column).modality_class
        assert world.group_names[world.group_of[k]] == group
        assert signs[k] == (0 if world.noise_features[k] else world.planted[world.group_names.index(group)])
    gained = world.planted[np.clip(world.own_of, 0, None)] * (world.own_of >= 0)
    assert np.all(world.factors[gained > 0] > 1)
    assert np.all(world.factors[gained < 0] < 1)
    assert np.all(world.factors[gained == 0] == 1)


def test_nothing_but_scale_turn_or_offset_changes_in_the_scenarios_of_that_name():
    for name in ("null_identical", "null_scale", "null_rot", "null_offset"):
        _, cohort = drawn(name)
        before, after = (x - x.mean(axis=0) for x in (cohort.pre, cohort.runs[0]))
        factor = 4.0 if name == "null_scale" else 1.0
        np.testing.assert_allclose(after @ after.T, factor * before @ before.T, atol=1e-8)


def test_explained_shares_lie_in_their_range():
    world, _ = drawn()
    shares = np.square(world.loadings).sum(axis=0)[~world.noise_features]
    assert shares.min() >= USUAL.explained[0] - 1e-12
    assert shares.max() <= USUAL.explained[1] + 1e-12
    assert np.all(world.loadings[:, world.noise_features] == 0)


def test_what_is_redrawn_keeps_its_share_of_variance():
    world = World.of(USUAL, replace(EVERYTHING, drift=0.0, new_nuisance=0, scale=1.0, offset=0.0), 18, 400, 0)
    cohort = draw_cohort(world, 300, 0)
    assert np.var(cohort.runs[0]) == pytest.approx(np.var(cohort.pre), rel=0.05)


def test_discretised_features_have_few_values_and_twins_are_alike():
    _, cohort = drawn("discretised", n=200)
    assert max(len(np.unique(column.round(9))) for column in cohort.radiomics.T) <= 6
    alone, twins = (
        np.abs(np.corrcoef(drawn(name, n=200)[1].radiomics, rowvar=False)) for name in ("planted", "collinear")
    )
    assert np.quantile(twins, 0.95) > np.quantile(alone, 0.95)


def test_leaky_groups_go_with_the_label_and_planted_ones_do_not():
    world, cohort = drawn("label_leakage", n=2000)
    score = np.searchsorted(["high", "low", "middle"], cohort.label)
    high = (score == 0).astype(float) - (score == 1)
    related = np.abs([np.corrcoef(column, high)[0, 1] for column in cohort.radiomics.T])
    leaky = world.leaky[world.group_of] & ~world.noise_features
    assert not (world.leaky & (world.planted != 0)).any()
    assert np.median(related[leaky]) > 3 * np.median(related[~leaky])


def test_repeated_studies_agree_within_a_patient():
    _, cohort = drawn("repeats", n=60, repeated=0.5)
    assert len(cohort.patient_id) == 90
    ids = np.array(cohort.patient_id)
    first = np.flatnonzero(ids[:-1] == ids[1:])
    assert len(first) == 30
    ranks = cohort.radiomics.argsort(axis=0).argsort(axis=0)
    assert np.corrcoef(ranks[first].ravel(), ranks[first + 1].ravel())[0, 1] > 0.6


def test_runs_of_one_recipe_differ_and_controls_hold_no_planted_change():
    world, cohort = drawn("shuffled_controls")
    assert not np.array_equal(*cohort.runs)
    untaught = replace(world.change, drift=0.0, resampled=0.0, new_nuisance=0, run_spread=0.0, scale=1.0, offset=0.0)
    quiet = replace(world, change=untaught)
    same = draw_cohort(quiet, 40, 0, controls=1)
    np.testing.assert_allclose(same.controls[0], same.pre, atol=1e-12)
    assert np.abs(same.runs[0] - same.pre).max() > 0.1


def test_an_unknown_scenario_is_refused():
    assert Change().rewrites is False
    with pytest.raises(BadSettings, match="no scenario 'nothing'"):
        scenario("nothing")


@pytest.mark.parametrize(("count", "groups", "changed"), [(1, 6, 1), (2, 12, 3), (3, 18, 4), (4, 24, 5)])
def test_a_world_of_any_number_of_modalities_changes_the_same_share_of_its_groups(count, groups, changed):
    one = SCENARIOS["planted_all"]
    world = World.of(one.traits, one.change, 18, 24, 0, count)
    modalities = ["T2", "DWI", "ADC", "M4"][:count]
    assert list(dict.fromkeys(column.split("_")[0] for column in world.columns)) == modalities
    assert len(world.columns) == 18 * count
    assert len(world.group_names) == len(world.planted) == len(set(world.groups.tolist())) == groups
    assert [(world.planted == sign).sum() for sign in (1, -1)] == [changed, changed]
    cohort = draw_cohort(world, 30, 0)
    assert cohort.radiomics.shape == (30, 18 * count)


def test_three_modalities_are_drawn_as_before_others_were_possible():
    """The sums were taken before worlds had a number of modalities."""
    one = SCENARIOS["planted_all"]
    cohort = draw_cohort(World.of(one.traits, one.change, 18, 24, 3), 30, 1, repeated=0.2)
    found = [cohort.pre, *cohort.runs, cohort.radiomics]
    assert [float(values.sum()) for values in found] == pytest.approx(SUMS, rel=1e-9)
