"""The analysis by the library: a table of radiomics for each modality, a head as arrays, figures for a paper."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import radiomiclens as rl

SETTINGS = rl.LensSettings(hidden=8, epochs=2)


@pytest.fixture(scope="module")
def made() -> dict[str, pd.DataFrame]:
    drawn = rl.practice_tables(60, features_per_image=18, dimensions=16)
    return {name: getattr(drawn, name) for name in ("pre", "ft", "radiomics", "clinical")}


@pytest.fixture(scope="module")
def found(made: dict[str, pd.DataFrame]) -> rl.Result:
    return rl.analyze(made["pre"], made["ft"], made["radiomics"], settings=SETTINGS)


def of_modality(radiomics: pd.DataFrame, modality: str) -> pd.DataFrame:
    """Its columns, without the modality in front, as PyRadiomics names them."""
    kept = radiomics.filter(regex=f"^(study_id|patient_id|{modality}_.*)$")
    return kept.rename(columns=lambda name: name.removeprefix(f"{modality}_"))


def test_a_table_for_each_modality_is_the_wide_table(made: dict[str, pd.DataFrame], found: rl.Result) -> None:
    parts = {name: of_modality(made["radiomics"], name) for name in ("T2", "DWI", "ADC")}
    by_part = rl.analyze(made["pre"], made["ft"], parts, settings=SETTINGS)
    pd.testing.assert_frame_equal(by_part.ranking, found.ranking, check_exact=True)
    arrays = [made[name].filter(regex="^e[0-9]").to_numpy() for name in ("pre", "ft")]
    pd.testing.assert_frame_equal(
        rl.analyze(*arrays, parts, settings=SETTINGS).ranking, found.ranking, check_exact=True
    )
    assert by_part.report.inputs["radiomics"].sha256 is None


def test_parts_that_cannot_be_told_apart_are_refused(made: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    pre, ft = made["pre"], made["ft"]
    with pytest.raises(rl.RadiomicLensError, match="names no table"):
        rl.analyze(pre, ft, {}, settings=SETTINGS)
    with pytest.raises(rl.RadiomicLensError, match="'T 2' is no name of a modality"):
        rl.analyze(pre, ft, {"T 2": made["radiomics"]}, settings=SETTINGS)
    of_modality(made["radiomics"], "T2").to_csv(tmp_path / "t2.csv", index=False)
    with pytest.raises(rl.RadiomicLensError, match="one file under two modalities"):
        rl.analyze(pre, ft, dict.fromkeys(("T2", "ADC"), tmp_path / "t2.csv"), settings=SETTINGS)


def test_a_head_as_arrays_is_the_head_of_a_file(made: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    weights, bias = rng.normal(size=(4, 16)), rng.normal(size=4)
    np.savez(tmp_path / "head.npz", weights=weights, bias=bias)
    tables = made["pre"], made["ft"], made["radiomics"]
    by_file, by_array = (
        rl.analyze(*tables, clinical=made["clinical"], label="pirads", head=head, settings=SETTINGS)
        for head in (tmp_path / "head.npz", (weights, bias))
    )
    pd.testing.assert_frame_equal(by_array.groups, by_file.groups, check_exact=True)
    assert by_array.report.trust is not None
    assert by_file.report.trust is not None
    assert by_array.report.trust.use == by_file.report.trust.use
    with pytest.raises(rl.RadiomicLensError, match=r"head: weights \(4, 16\) and bias \(3,\) do not fit"):
        rl.analyze(*tables, clinical=made["clinical"], label="pirads", head=(weights, bias[:3]), settings=SETTINGS)


def test_pictures_are_those_of_the_export(found: rl.Result) -> None:
    from backend.science.report.publication_figures import Wanted, drawn

    wanted = Wanted("r2", "two-columns", "svg")
    assert found.picture("r2", "svg", preset="two-columns") == drawn(found.report, found.groups, wanted)
    assert found.picture(dpi=100)[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"name": "nothing"}, "no figure 'nothing'; it has .*effects"),
        ({"dpi": 20}, "dpi is 20; it must lie between 100 and 600"),
        ({"preset": "poster"}, "no png of the preset 'poster'; use one-column"),
        ({"preset": "slide", "form": "pdf"}, r"no pdf of the preset 'slide'; .*slide \(png\)"),
    ],
    ids=["name", "dpi", "preset", "form"],
)
def test_a_picture_that_there_is_not_is_refused(found: rl.Result, asked: dict[str, object], sentence: str) -> None:
    with pytest.raises(rl.RadiomicLensError, match=sentence):
        found.picture(**asked)  # type: ignore[arg-type]


def test_an_interactive_figure_says_what_it_is(found: rl.Result) -> None:
    titles = [found.figure(kind).to_dict()["layout"]["title"]["text"] for kind in ("effects", "r2")]
    assert titles == ["What fine-tuning changed, with 95 % intervals", "The paper's decoder, before and after"]
