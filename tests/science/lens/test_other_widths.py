"""Embeddings of two widths: what is decoded from each stays as it is, and a turned copy is turned back."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ortho_group

from backend.science.analysis.analyse import Beside, LensSettings, analyse
from backend.science.lens.other_widths import DEPENDS, in_one_space, turn_onto
from backend.science.report.report_html import write_report
from backend.science.report.result_files import write_results
from backend.science.tables.join import join
from backend.science.tables.study_columns import study_column
from backend.science.tables.types import Clinical
from backend.science.trust.erasure.linear_head import LinearHead
from tests.science.lens_tables import arrays, embeddings, radiomics

QUICK = LensSettings(hidden=8, epochs=2)


def wider(x: np.ndarray, width: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """x (n, d) turned into `width` dimensions, and the rows of the turn (d, width)."""
    rows = ortho_group.rvs(width, random_state=seed)[: x.shape[1]]
    return x @ rows, rows


@pytest.mark.parametrize("width", [24, 40])
def test_a_copy_in_other_dimensions_is_turned_back(width: int) -> None:
    x_pre, _, _ = arrays(n=80)
    copy = 3.0 * wider(x_pre, width)[0] + 5.0
    train = np.arange(80) < 60
    turned = turn_onto(copy, x_pre, train)(copy)
    np.testing.assert_allclose(turned[:, :24], x_pre, atol=1e-9)
    np.testing.assert_allclose(turned[:, 24:], 0, atol=1e-9)


def test_equal_widths_are_left_alone() -> None:
    x_pre, x_ft, r = arrays(n=40)
    cohort = join(embeddings(x_pre, "pre"), embeddings(x_ft, "ft"), radiomics(r))
    assert in_one_space(cohort, np.ones(40, dtype=bool)) == (cohort, None)


@pytest.mark.parametrize("narrow", ["pre", "ft"])
def test_the_trust_block_does_not_depend_on_the_turn_and_the_head_goes_with_it(narrow: str) -> None:
    n = 60
    x_pre, x_ft, r = arrays(n=n)
    rng = np.random.default_rng(3)
    weights, bias = rng.standard_normal((2, 24)), rng.standard_normal(2)
    given = {"pre": x_pre, "ft": x_ft}
    wide = "ft" if narrow == "pre" else "pre"
    given[wide], rows = wider(given[wide], 40)
    heads = [LinearHead(weights, bias), LinearHead(weights @ rows if wide == "ft" else weights, bias)]
    studies = tuple(f"s{i:03d}" for i in range(n))
    clinical = Clinical(
        studies, tuple(f"p{i:03d}" for i in range(n)), {"size": tuple(f"{v:.6f}" for v in r[:, 0])}, "c"
    )
    found = []
    for (pre, ft), head in zip(((x_pre, x_ft), (given["pre"], given["ft"])), heads, strict=True):
        beside = Beside(label=(study_column(clinical, "size"),), head=head)
        found.append(analyse(embeddings(pre, "pre"), embeddings(ft, "ft"), radiomics(r), QUICK, beside=beside))
    plain, other = found
    for column in ("r2_pre", "r2_ft", "effect", "se", "effect_given_label"):
        np.testing.assert_allclose(other.ranking[column], plain.ranking[column], atol=1e-7, err_msg=column)
    order = plain.ranking.sort_values("feature")["flag"].tolist()
    assert other.ranking.sort_values("feature")["flag"].tolist() == order
    used, again = (one.report.trust.use for one in found)  # type: ignore[union-attr] # it has a trust block
    assert used.head_given
    assert again.head_given
    assert again.head_r2 == pytest.approx(used.head_r2, abs=1e-7)
    measures = [one.trust.representation for one in found]  # type: ignore[union-attr] # it has a trust block
    for name in ("cka_debiased", "procrustes_distance", "rsa_spearman", "effective_rank_ft"):
        assert measures[1][name] == pytest.approx(measures[0][name], abs=1e-7)
    assert [alert.code for alert in other.report.alerts if alert.code == "other_widths"] == ["other_widths"]
    assert not [alert for alert in plain.report.alerts if alert.code == "other_widths"]
    assert np.isfinite(other.ranking["delta_i"]).all()


@pytest.mark.parametrize("width", [12, 40])
def test_another_basis_of_the_embedding_after_changes_no_number(width: int) -> None:
    x_pre, x_ft, r = arrays(n=60)
    rng = np.random.default_rng(4)
    given = x_ft[:, :width] if width == 12 else np.hstack([x_ft, rng.standard_normal((60, 16))])
    turned = 3.0 * given @ ortho_group.rvs(width, random_state=5) + 2.0
    one, other = (analyse(embeddings(x_pre, "pre"), embeddings(x, "ft"), radiomics(r), QUICK) for x in (given, turned))
    for first, second in ((one.ranking, other.ranking), (one.groups, other.groups)):
        first, second = (table.select_dtypes("number").sort_index(axis=1) for table in (first, second))
        np.testing.assert_allclose(second, first, atol=1e-6)
    assert one.ranking["swap_delta_i"].isna().all()


def test_f_share_reads_nothing_outside_the_one_before() -> None:
    x_pre, _, _ = arrays(n=80)
    noise = np.random.default_rng(4).standard_normal((80, 16))
    train = np.arange(80) < 60
    noise[train] -= noise[train].mean(axis=0)
    centred = x_pre - x_pre[train].mean(axis=0)
    noise[train] -= centred[train] @ np.linalg.lstsq(centred[train], noise[train], rcond=None)[0]  # unrelated to pre
    rows = ortho_group.rvs(40, random_state=2)
    turn = turn_onto(np.hstack([x_pre, noise]) @ rows, x_pre, train)
    turned = turn(np.hstack([x_pre, noise]) @ rows)
    read = turn.readable(turned)
    np.testing.assert_allclose(read[:, :24], x_pre, atol=1e-9)
    assert not read[:, 24:].any()
    assert np.abs(turned[:, 24:]).max() > 1  # the trust block has it


@pytest.mark.parametrize("width", [24, 40])
def test_every_file_says_that_the_papers_numbers_depend_on_the_turn(tmp_path: Path, width: int) -> None:
    x_pre, x_ft, r = arrays(n=60)
    given = x_ft if width == 24 else wider(x_ft, width)[0]
    found = analyse(embeddings(x_pre, "pre"), embeddings(given, "ft"), radiomics(r), replace(QUICK, trust=False))
    write_results(found, tmp_path)
    turned = width == 40
    for name in ("ranking.csv", "groups.csv"):
        table = pd.read_csv(tmp_path / name)
        assert (DEPENDS in table) == turned
        assert not turned or table[DEPENDS].all()
    alerts = json.loads((tmp_path / "report.json").read_text("utf-8"))["alerts"]
    said = [alert["sentence"] for alert in alerts if alert["code"] == "other_widths"]
    assert [sentence.endswith("compare them with no other analysis.") for sentence in said] == [True] * turned
    assert ("importances and ΔI depend on that turn" in (tmp_path / "methods.md").read_text("utf-8")) == turned
    assert ("compare them with no other analysis." in write_report(found, tmp_path).read_text("utf-8")) == turned
