"""What stands beside the three tables: runs, controls, label and covariates reach the analysis."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from backend.errors import BadTable
from backend.science.analysis.analyse import Beside, LensSettings, analyse
from backend.science.analysis.beside import beside_of
from backend.science.tables.study_columns import centre_column, study_column
from backend.science.tables.types import Clinical
from tests.science.analysis.test_analyse import SMALL
from tests.science.lens_tables import tables


def test_equal_embeddings_are_refused_because_nothing_is_compared():
    pre, ft, features = tables(n=40)
    same = replace(pre, name="other.csv", values=pre.values.copy())
    with pytest.raises(BadTable, match=f"{pre.name} and other.csv hold the same embeddings"):
        analyse(pre, same, features, SMALL)
    with pytest.raises(BadTable, match="hold the same embeddings"):
        analyse(pre, [ft, replace(ft, name="again")], features, SMALL)
    with pytest.raises(BadTable, match="hold the same embeddings"):
        analyse(pre, ft, features, SMALL, beside=Beside(controls=(replace(pre, name="control"),)))


def test_runs_controls_label_and_covariates_reach_the_report():
    pre, ft, features = tables(n=60)
    rng = np.random.default_rng(0)
    second, control = (
        replace(ft, name=name, values=ft.values + 0.05 * rng.normal(size=ft.values.shape)) for name in ("b", "c")
    )
    clinical = Clinical(
        pre.study_id,
        pre.patient_id,
        {
            "pirads": tuple(str(2 + i % 4) for i in range(60)),
            "centre": tuple("AB"[i % 2] for i in range(60)),
            "psa": ("", *(f"{i / 7:.3f}" for i in range(1, 60))),
        },
        "clinical.csv",
    )
    label, centre = study_column(clinical, "pirads"), centre_column(clinical)
    beside = Beside((control,), (label,), (centre,))
    quick = LensSettings(hidden=8, epochs=2)
    found = analyse(pre, [ft, second], features, quick, beside=beside)
    trust = found.report.trust
    assert trust.label.label == ("pirads (4 classes)",)
    assert trust.covariates == ("centre (2 classes)",)
    assert (trust.runs.n_runs, trust.runs.tables) == (2, (ft.name, "b"))
    assert (trust.controls.n_runs, trust.controls.tables) == (1, ("c",))
    assert list(found.report.inputs) == ["pre", "ft", "ft_2", "control_1", "radiomics"]
    assert (found.ranking["n_runs"] == 2).all()
    assert found.ranking[["effect_given_label", "label_borne", "given_label_low"]].notna().all(axis=None)
    paper = analyse(pre, ft, features, replace(quick, trust=False))
    assert np.array_equal(found.decoders.theta_ft, paper.decoders.theta_ft)  # the paper block reads the first run
    gap = Beside(label=(study_column(clinical, "psa"),))
    with pytest.raises(BadTable, match=r"psa for 1 of 60 studies \(the first is 's000'\); fill"):
        analyse(pre, ft, features, quick, beside=gap)
    fewer = analyse(pre, ft, features, replace(quick, intersect=True), beside=gap)
    assert fewer.report.n_studies == 59
    assert "label_missing" in {alert.code for alert in fewer.report.alerts}
    with pytest.raises(BadTable, match="'pirads' is named twice"):
        Beside(label=(label,), covariates=(label,))


def test_a_label_in_mixed_spelling_gives_the_numbers_of_the_clean_table_and_an_alert():
    pre, ft, features = tables(n=60)
    clean = tuple(("no", "yes", "yes")[at % 3] for at in range(60))
    mixed = list(clean)
    mixed[3], mixed[6], mixed[9] = "No", "0", "FALSE"
    mixed[1], mixed[4], mixed[8], mixed[11] = "Yes", "1", "1.0", "TRUE"
    quick, found = LensSettings(hidden=8, epochs=2), {}
    for name, cells in (("clean", clean), ("mixed", tuple(mixed))):
        clinical = Clinical(pre.study_id, pre.patient_id, {"response": cells}, "clinical.csv")
        found[name] = analyse(pre, ft, features, quick, beside=beside_of(clinical, ["response"], None))
    assert found["mixed"].report.trust.label.label == ("response (2 classes)",)
    pd.testing.assert_frame_equal(found["mixed"].ranking, found["clean"].ranking, check_exact=True)
    pd.testing.assert_frame_equal(found["mixed"].groups, found["clean"].groups, check_exact=True)
    said = {one.code: one.sentence for one in found["mixed"].report.alerts}
    assert said.pop("class_spellings") == (
        "Different spellings of clinical cells were read as one class: response (0 = FALSE = No = no, "
        "1 = 1.0 = TRUE = Yes = yes)."
    )
    assert list(said) == [one.code for one in found["clean"].report.alerts]
