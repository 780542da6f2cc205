"""What the page Shifts gives the browser, and what stands around the explorer; the explorer itself: tests/browser."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from frontend.charts import rankings, style
from frontend.text import trust_words
from shared.client import Client
from tests.frontend.pages.explore.words_shown import shown
from tests.frontend.work_site import Site


def given(app: AppTest) -> dict[str, Any]:
    """The data of the explorer."""
    (component,) = [one for one in app.get("bidi_component") if "explorer" in one.proto.component_name]
    found: dict[str, Any] = json.loads(component.proto.json)
    return found


@pytest.fixture
def ranking() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    n = 40
    i_pre = rng.uniform(0.5, 1.5, n)
    i_ft = i_pre + rng.normal(0, 0.1, n)
    return pd.DataFrame(
        {
            "feature": [f"{'T2' if k % 2 else 'ADC'}_original_glcm_F{k}" for k in range(n)],
            "label": [f"words (no. {k})" for k in range(n)],
            "modality": ["T2" if k % 2 else "ADC" for k in range(n)],
            "feature_class": "glcm",
            "image_type": ["original" if k % 4 else "wavelet-LLH" for k in range(n)],
            "i_pre": i_pre,
            "i_ft": i_ft,
            "delta_i": i_ft - i_pre,
        }
    )


def test_the_three_lists_are_those_of_the_paper(ranking: pd.DataFrame) -> None:
    up, down = rankings.gaining(ranking, 3), rankings.losing(ranking, 3)
    assert list(up["delta_i"]) == sorted(ranking["delta_i"])[::-1][:3]
    assert list(down["delta_i"]) == sorted(ranking["delta_i"])[:3]
    high = rankings.globally_high(ranking)
    assert (ranking[high]["i_pre"] >= np.quantile(ranking["i_pre"], 0.75)).all()
    of_t2 = rankings.stable(ranking[ranking["modality"] == "T2"], high, 2)
    expected = ranking[high & (ranking["modality"] == "T2")]["delta_i"].abs().sort_values().head(2)
    assert list(of_t2["delta_i"].abs()) == list(expected)


def test_the_browser_is_told_which_analysis_and_which_words(analysed: Site, api: Client) -> None:
    app = analysed.page("shifts")
    assert not app.exception
    detail = api.analysis(app.query_params["analysis"])
    data = given(app)
    assert (data["analysis"], data["n_features"], data["seed"]) == (detail.id, detail.n_features, detail.seed)
    assert (data["sort"], data["modality"]) == ("trust", None)
    assert data["words"]["flags"] == trust_words.FLAGS
    assert data["words"]["r2"] == trust_words.ABOVE_CHANCE
    assert data["colours"]["stronger"] == style.STRONGER
    assert data["trust"]["shared_change"] == detail.trust.shared_change
    assert data["trust"]["version"] == 2
    assert data["query"] == {"analysis": detail.id, "roi": detail.roi, "sort": "trust"}
    assert data["me"] == {"name": "local", "role": "admin"}


def test_the_address_of_the_page_reaches_the_browser(analysed: Site) -> None:
    query = {"flag": "weaker", "class": "GLCM", "q": "zone", "feature": "![](http://x)", "order": "effect"}
    app = analysed.page("shifts", modality="ADC", sort="paper", **query)
    assert not app.exception
    data = given(app)
    assert data["address"] == query
    assert (data["modality"], data["sort"]) == ("ADC", "paper")
    assert "![" not in shown(app)


def test_an_analysis_without_trust_block_has_no_trust_words(untrusted: Site) -> None:
    app = untrusted.page("shifts")
    assert not app.exception
    data = given(app)
    assert (data["trust"], data["sort"]) == (None, "paper")
