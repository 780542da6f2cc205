from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from backend.errors import BadSettings, BadTable
from backend.science.trust.change_evidence import ChangeEvidence
from backend.science.trust.comparison.align import StoredAnalysis, StudyTables, align_analyses
from backend.science.trust.comparison.compare import common_features, compare
from backend.science.trust.comparison.tables import feature_rows, pair_record
from backend.science.trust.comparison.text import comparison_sentences
from backend.science.trust.jackknife.covariates import Covariate
from backend.science.trust.jackknife.decoding_change import decoding_change
from backend.science.trust.jackknife.standard_error import jackknife_variance
from tests.science.trust.cohorts import FEATURES

N, D = 200, 40
GROUPS = [feature.modality_class for feature in FEATURES]
CLASS = np.array([feature.feature_class for feature in FEATURES])
STUDIES = tuple(f"s{i:03d}" for i in range(N))
PATIENTS = tuple(f"p{i:03d}" for i in range(N))
TASKS = {  # how much more strongly a class is written after fine-tuning
    "first": {"glcm": 2.5, "gldm": 2.5},
    "second": {"glcm": 2.5, "gldm": 0.3},
    "third": {"glcm": 2.5},
}


def embeddings():
    """Radiomics and, by task, the embedding before (common) and after: six factors, one a class, ngtdm not written."""
    rng = np.random.default_rng(5)
    factors = rng.normal(size=(N, 6))
    r = np.array([np.sqrt(0.8) * factors[:, k % 6] + np.sqrt(0.2) * rng.normal(size=N) for k in range(48)]).T
    directions = rng.normal(size=(6, D)) / np.sqrt(D)
    written = np.array([0.7, 0.7, 0.7, 0.7, 0.7, 0.0])
    names = ("firstorder", "glcm", "gldm", "glrlm", "glszm", "ngtdm")
    noise = 0.25 * rng.normal(size=(N, D))
    pre = factors * written @ directions + noise
    after = {}
    for task, gains in TASKS.items():
        gain = np.array([gains.get(name, 1.0) for name in names])
        after[task] = factors * written * gain @ directions + noise + 0.05 * rng.normal(size=(N, D))
    return r, pre, after


def analysed(label, pre, ft, r, rows):
    rows = list(rows)
    studies = tuple(STUDIES[row] for row in rows)
    patients = tuple(PATIENTS[row] for row in rows)
    change = decoding_change(pre[rows], [ft[rows]], r[rows], patients, GROUPS)

    def load_tables(wanted):
        at = [STUDIES.index(study) for study in wanted]
        return StudyTables(pre[at], (ft[at],), r[at], FEATURES)

    return StoredAnalysis(label, studies, patients, FEATURES, 0, ChangeEvidence.of(change), load_tables)


@pytest.fixture(scope="module")
def both():
    r, pre, after = embeddings()
    return [analysed(task, pre, after[task], r, range(N)) for task in ("first", "second")]


@pytest.fixture(scope="module")
def found(both):
    aligned = align_analyses(both)
    assert not aligned.recomputed
    return compare(*aligned.members, aligned.features)


def test_shared_specific_and_opposite_changes_are_told_apart(found):
    verdict = found.compared.verdict
    assert (verdict[CLASS == "glcm"] == "shared_stronger").all()
    assert (verdict[CLASS == "gldm"] == "opposite").all()
    assert np.isin(verdict[CLASS == "ngtdm"], ["not_decodable", "neither"]).all()
    classes = next(groups for groups in found.groups if groups[0] == "class")
    named = dict(zip(classes[1], classes[3].verdict.tolist(), strict=True))
    assert named["glcm"] == "shared_stronger"
    assert named["gldm"] == "opposite"


def test_a_change_of_one_task_alone_is_its_own(both):
    r, pre, after = embeddings()
    aligned = align_analyses([both[0], analysed("third", pre, after["third"], r, range(N))])
    verdict = compare(*aligned.members, aligned.features).compared.verdict
    assert (verdict[CLASS == "gldm"] == "specific_first").all()
    assert (verdict[CLASS == "glcm"] == "shared_stronger").all()
    back = compare(*aligned.members[::-1], aligned.features).compared.verdict
    assert (back[CLASS == "gldm"] == "specific_second").all()


def test_a_difference_is_second_less_first_with_each_patient_left_out_of_both(both, found):
    first, second = (one.evidence for one in both)
    difference = found.compared.difference
    assert np.allclose(difference.effect, second.features.effect - first.features.effect)
    left_out = second.effect.deleted - first.effect.deleted
    assert np.allclose(difference.se, np.sqrt(jackknife_variance(left_out) / 2))
    apart = np.hypot(first.features.se, second.features.se)
    unchanged = np.isin(CLASS, ["firstorder", "glszm"])
    assert np.median(difference.se[unchanged] / apart[unchanged]) < 0.9  # what both share is no error of a difference


def test_an_analysis_does_not_differ_from_itself(both):
    aligned = align_analyses([both[0], replace(both[0], label="again")])
    same = compare(*aligned.members, aligned.features)
    assert np.abs(same.compared.difference.effect).max() == 0
    assert not np.isin(same.compared.verdict, ["opposite", "specific_first", "specific_second", "differs"]).any()
    assert same.correlation.value == pytest.approx(1)
    assert same.correlation.true == pytest.approx(1)


def test_other_patients_are_left_out_counted_and_the_rest_decoded_again():
    r, pre, after = embeddings()
    one = analysed("first", pre, after["first"], r, range(150))
    other = analysed("second", pre, after["second"], r, range(20, N))
    aligned = align_analyses([one, other])
    assert aligned.recomputed
    assert aligned.study_id == STUDIES[20:150]
    assert aligned.n_patients == 130
    assert aligned.notes[0].startswith("20 of 150 studies of first are not in all analyses")
    assert aligned.notes[1].startswith("50 of 180 studies of second")
    again = analysed("first", pre, after["first"], r, range(20, 150))
    assert np.allclose(aligned.members[0].evidence.r2, again.evidence.r2, atol=1e-9)
    assert np.allclose(aligned.members[0].evidence.influence, again.evidence.influence, atol=1e-6)
    flags = compare(*aligned.members, aligned.features).compared.verdict
    assert (flags[CLASS == "glcm"] == "shared_stronger").mean() > 0.5


def test_too_few_shared_patients_or_features_are_refused(both):
    few = replace(both[0], study_id=STUDIES[:19], patient_id=PATIENTS[:19])
    with pytest.raises(BadTable, match=r"share 19 patients \(first: 19, second: 200\); at least 20"):
        align_analyses([few, both[1]])
    with pytest.raises(BadTable, match="no feature in common"):
        align_analyses([replace(both[0], features=FEATURES[:0]), both[1]])
    with pytest.raises(BadSettings, match="two analyses"):
        align_analyses(both[:1])
    moved = replace(both[0], patient_id=("p999", *PATIENTS[1:]))
    with pytest.raises(BadTable, match="'s000' belongs to different patients"):
        align_analyses([moved, both[1]])


def test_features_only_one_has_are_left_out_and_counted(both):
    short = replace(both[0], features=FEATURES[:40])
    assert len(short.evidence.r2[0]) == 48  # the evidence keeps its own features; only names are compared
    aligned = align_analyses([short, both[1]])
    assert aligned.features == FEATURES[:40] == common_features(aligned.members)
    assert any("8 features of second" in note for note in aligned.notes)


def test_a_difference_nobody_planted_is_rarely_shown():
    r, pre, _ = embeddings()
    rng = np.random.default_rng(0)
    pair = [analysed(str(i), pre, pre + 0.1 * rng.normal(size=pre.shape), r, range(N)) for i in (0, 1)]
    aligned = align_analyses(pair)
    verdict = compare(*aligned.members, aligned.features).compared.verdict
    assert np.isin(verdict, ["differs", "opposite", "specific_first", "specific_second"]).mean() <= 0.03


@pytest.fixture(scope="module")
def label_borne():
    """Two fine-tunings that write the label and the textures of gldm; glcm only goes with the label."""
    rng = np.random.default_rng(3)
    label = rng.integers(0, 2, N)
    factors = rng.normal(size=(N, 6))
    factors[:, 1] = 0.44 * factors[:, 1] + 0.9 * (2.0 * label - 1.0)
    r = np.array([np.sqrt(0.7) * factors[:, k % 6] + np.sqrt(0.3) * rng.normal(size=N) for k in range(48)]).T
    directions, noise = rng.normal(size=(6, D)) / np.sqrt(D), 0.3 * rng.normal(size=(N, D))
    given = (Covariate("label", np.array(["no", "yes"])[label]),)
    common = 1.5 * rng.normal(size=(N, 30)) @ rng.normal(size=(30, D)) / np.sqrt(D)
    pre = 0.5 * factors @ directions + noise + common
    found = []
    for task in ("first", "second"):
        gain = np.array([1.0, 1.0, 2.5, 1.0, 1.0, 1.0])
        written = 8.0 * np.outer(label, rng.normal(size=D) / np.sqrt(D))
        ft = 0.5 * (factors * gain) @ directions + 0.3 * rng.normal(size=(N, D)) + common + written
        change = decoding_change(pre, [ft], r, PATIENTS, GROUPS, label=given)

        def load_tables(wanted, ft=ft):
            at = np.array([STUDIES.index(study) for study in wanted])
            return StudyTables(pre[at], (ft[at],), r[at], FEATURES, (), (given[0].of_rows(at),))

        evidence = ChangeEvidence.of(change)
        found.append((change, StoredAnalysis(task, STUDIES, PATIENTS, FEATURES, 0, evidence, load_tables)))
    return found


def test_a_comparison_says_what_goes_with_the_label(label_borne):
    aligned = align_analyses([stored for _, stored in label_borne])
    found = compare(*aligned.members, aligned.features)
    _, groups, _, compared = next(one for one in found.groups if one[0] == "modality_class")
    for (change, _), each in zip(label_borne, compared.each, strict=True):
        order = [change.group_names.index(group) for group in groups]
        assert each.flag.tolist() == change.groups.flag[order].tolist()
        assert "label_borne" in each.flag
        assert "stronger" in each.flag
    told = " ".join(comparison_sentences(found, "one", "other"))
    assert "T2 GLCM (" in told
    assert ", where it goes with the label and " in told


def test_what_is_decoded_again_is_also_given_the_label(label_borne):
    first, second = (stored for _, stored in label_borne)
    fewer = replace(second, study_id=STUDIES[:-5], patient_id=PATIENTS[:-5])
    aligned = align_analyses([first, fewer])
    assert aligned.recomputed
    for member in aligned.members:
        assert "label_borne" in member.evidence.features.flag


def test_rows_and_sentences_say_what_was_found(found):
    rows = list(feature_rows(found, 0, 1))
    assert [row["feature"] for row in rows] == [feature.column for feature in FEATURES]
    row = rows[1]
    assert row["verdict"] == "shared_stronger"
    assert row["p"] == pytest.approx(2 * norm.sf(abs(row["difference"]) / row["se"]))
    assert row["ci_high"] - row["ci_low"] == pytest.approx(2 * 1.96 * row["se"], rel=1e-3)
    record = pair_record(found, 0, 1)
    assert sum(cell["n"] for cell in record["agreement"]) == sum(record["verdicts"].values()) == 48
    told = comparison_sentences(found, "PI-RADS · gland", "<b>x</b> · gland")
    assert any(
        sentence.startswith("Carried more after both PI-RADS · gland and b x /b · gland: T2 GLCM") for sentence in told
    )
    assert any(sentence.startswith("Changed in opposite directions") and "T2 GLDM" in sentence for sentence in told)
    assert any("Of 48 features both have" in sentence for sentence in told)
    assert "<" not in " ".join(told)


def test_analyses_whose_patients_were_left_out_in_other_groups_are_decoded_again(both):
    """Above 2 000 patients the groups of patients are drawn by the seed: rows of influence are then not the same."""
    first, second = (
        replace(one, evidence=replace(one.evidence, influence=one.evidence.influence[:100])) for one in both
    )
    assert not align_analyses([first, second]).recomputed
    assert align_analyses([first, replace(second, seed=7)]).recomputed
    assert not align_analyses([both[0], replace(both[1], seed=7)]).recomputed
