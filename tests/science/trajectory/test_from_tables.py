import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from backend.cli.trajectory import named_files, write_trajectories
from backend.errors import BadSettings, BadTable
from backend.science.lens.settings import LensSettings
from backend.science.tables.options import NO_OPTIONS
from backend.science.tables.table_set import Files, read_tables
from backend.science.trajectory.from_tables import checkpoint_trajectory, stage_trajectory
from backend.science.trajectory.tables import NUMBERS, feature_values, group_lines, line_of, trajectory_sentences
from backend.science.trust.jackknife.decoding_change import decoding_change
from tests.science.lens_tables import FEATURES, embeddings, frame, radiomics

SETTINGS = LensSettings()
N, D = 120, 24
GLCM = np.array([feature.feature_class == "glcm" for feature in FEATURES])


def drawn():
    """Six factors, one a class; GLCM's is written ever more strongly from checkpoint to checkpoint."""
    rng = np.random.default_rng(0)
    factors = rng.normal(size=(N, 6))
    classes = sorted({feature.feature_class for feature in FEATURES})
    of = [classes.index(feature.feature_class) for feature in FEATURES]
    r = 0.9 * factors[:, of] + 0.4 * rng.normal(size=(N, len(FEATURES)))
    directions = rng.normal(size=(6, D)) / np.sqrt(D)
    noise = 0.25 * rng.normal(size=(N, D))
    gains = np.ones(6)

    def at(gain):
        gains[classes.index("glcm")] = gain
        return 0.7 * factors * gains @ directions + noise

    return at(1.0), {"epoch 1": at(1.0), "epoch 5": at(2.0), "epoch 9": at(3.0)}, r


@pytest.fixture(scope="module")
def trajectory():
    pre, after, r = drawn()
    tables = {name: embeddings(x, name) for name, x in after.items()}
    return checkpoint_trajectory(
        embeddings(pre, "pre"), tables, radiomics(r), SETTINGS, {"epoch 1": 1, "epoch 5": 5, "epoch 9": 9}
    )


def test_what_grows_along_the_run_is_seen_to_grow(trajectory):
    line = next(line for line in group_lines(trajectory.points) if line["group"] == "T2_glcm")
    assert line["flag"] == ["unchanged", "stronger", "stronger"]
    assert line["effect"][0] == pytest.approx(0, abs=1e-9)
    assert line["effect"][0] < line["effect"][1] < line["effect"][2]
    told = trajectory_sentences(trajectory.points, checkpoints=True)
    assert any("is carried more from epoch 5 on" in sentence for sentence in told)
    assert [point.epoch for point in trajectory.points] == [1, 5, 9]
    assert trajectory.points[0].cka_debiased == pytest.approx(1)


def test_before_is_one_number_because_one_penalty_serves_all(trajectory):
    before = feature_values(trajectory.points)[NUMBERS.index("r2_pre")]
    assert np.array_equal(before[0], before[1])
    assert np.array_equal(before[0], before[2])


def test_a_trajectory_of_one_checkpoint_is_the_trust_block_of_it():
    pre, after, r = drawn()
    one = checkpoint_trajectory(
        embeddings(pre, "p"), {"end": embeddings(after["epoch 9"], "e")}, radiomics(r), SETTINGS
    )
    patients = [f"p{i:03d}" for i in range(N)]
    order = [FEATURES.index(feature) for feature in one.features]
    groups = [feature.modality_class for feature in one.features]
    change = decoding_change(pre, [after["epoch 9"]], r[:, order], patients, groups)
    assert np.allclose(one.points[0].change.features.r2_ft, change.features.r2_ft, atol=1e-12)
    assert np.array_equal(one.points[0].change.features.flag, change.features.flag)


def test_stages_of_different_width_choose_their_own_penalty():
    pre, after, r = drawn()
    rng = np.random.default_rng(1)
    narrow = rng.normal(size=(D, 8)) / np.sqrt(D)
    both = {
        "stage1": (embeddings(pre @ narrow, "a"), embeddings(pre @ narrow, "b")),
        "stage4": (embeddings(pre, "c"), embeddings(after["epoch 9"], "d")),
    }
    trajectory = stage_trajectory(both, radiomics(r), SETTINGS)
    assert [point.width for point in trajectory.points] == [8, D]
    assert set(trajectory.points[0].flags) <= {"unchanged", "not_decodable"}
    assert "stronger" in trajectory.points[1].flags
    told = trajectory_sentences(trajectory.points, checkpoints=False)
    assert told[0].startswith("Groups (modality by class) that changed, of 18, by stage: stage1: 0, stage4:")
    assert "GLCM in stage4, carried more" in told[1]


def test_points_of_other_studies_are_refused_or_intersected():
    pre, after, r = drawn()
    short = embeddings(after["epoch 9"][4:], "short", [f"s{i:03d}" for i in range(4, N)])
    tables = {"epoch 5": embeddings(after["epoch 5"], "whole"), "epoch 9": short}
    with pytest.raises(BadTable, match="short lacks 4 of them"):
        checkpoint_trajectory(embeddings(pre, "pre"), tables, radiomics(r), SETTINGS)
    found = checkpoint_trajectory(embeddings(pre, "pre"), tables, radiomics(r), replace(SETTINGS, intersect=True))
    assert len(found.study_id) == N - 4
    whole = checkpoint_trajectory(
        embeddings(pre, "pre"), {"epoch 9": short}, radiomics(r), replace(SETTINGS, intersect=True)
    )
    assert np.allclose(whole.points[0].change.features.r2_ft, found.points[1].change.features.r2_ft, atol=0.02)
    with pytest.raises(BadTable, match="at least one checkpoint"):
        checkpoint_trajectory(embeddings(pre, "pre"), {}, radiomics(r), SETTINGS)


def test_files_of_a_trajectory(tmp_path):
    pre, after, r = drawn()
    paths = {}
    for name, table in {
        "pre": embeddings(pre, "p"),
        "one": embeddings(after["epoch 9"], "o"),
        "r": radiomics(r),
    }.items():
        paths[name] = tmp_path / f"{name}.csv"
        frame(table).to_csv(paths[name], index=False)
    told = write_trajectories(
        read_tables(Files(paths["pre"], [paths["one"]], {paths["r"]: None})),
        {"epoch 9": [paths["one"]]},
        {"last": [paths["pre"], paths["one"]]},
        NO_OPTIONS,
        SETTINGS,
        tmp_path,
    )
    assert any(path.endswith("trajectory-checkpoints.csv") for path in told)
    table = pd.read_csv(tmp_path / "trajectory-checkpoints.csv")
    assert set(table["grouping"]) == {"feature", "class", "image_type", "modality", "modality_class", "overall"}
    record = json.loads((tmp_path / "trajectory-stages.json").read_text("utf-8"))
    assert (record["n_patients"], record["points"][0]["label"]) == (N, "last")
    stage = pd.read_csv(tmp_path / "trajectory-stages.csv")
    assert np.allclose(stage["effect"], table["effect"])


@pytest.mark.parametrize(("values", "each"), [(["a"], 1), (["=f"], 1), (["a=x"], 2), (["a=x", "a=y"], 1)])
def test_points_without_a_name_or_file_are_refused(values, each):
    with pytest.raises(BadSettings, match="--checkpoint"):
        named_files(values, "--checkpoint", each)


def test_a_line_reads_back_its_flags():
    values = np.zeros((len(NUMBERS), 2))
    values[-1] = [1, 4]
    assert line_of(values)["flag"] == ["weaker", "underpowered"]
