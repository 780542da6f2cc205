"""An analysis of the trust block's first version: marked, with the way to analyse again, and nothing broken."""

import json
from pathlib import Path

import numpy as np
from sqlalchemy import select

from backend.models import Analysis, AnalysisEvidence, DecodingEvidence
from frontend.components import version_one
from frontend.text import trust_words
from tests.frontend.work_site import Site, words

GOLDEN = Path(__file__).parents[2] / "science" / "analysis" / "golden" / "report_trust.json"


def make_version_one(site: Site) -> str:
    """Stores the report and the evidence as the first version did; returns a feature with evidence."""
    with site.database() as database, database.write() as session:
        session.get_one(Analysis, site.analysis_id).report = json.loads(GOLDEN.read_text("utf-8"))
        for row in session.scalars(select(DecodingEvidence)).all():
            draws = np.zeros(8, np.float32)
            session.add(
                AnalysisEvidence(
                    analysis_id=row.analysis_id, k=row.k, r2_draws=np.stack([draws, draws]), effect_draws=draws,
                    decoded=row.decoded,
                )
            )  # fmt: skip
            session.delete(row)
    return site.client.ranking(site.analysis_id, limit=1).items[0].feature


def test_pages_of_version_one_say_so_and_draw_what_was_kept(own_site: Site) -> None:
    feature = make_version_one(own_site)
    for name in ("overview", "groups"):
        page = own_site.page(name, analysis=own_site.analysis_id)
        assert not page.exception
        text = words(page)
        assert "made by version 1" in text
        assert version_one.MEANING in text
        links = [element.proto for element in page.get("page_link")]
        assert any(link.label == "Analyse again" and "do=analyze" in link.query_string for link in links)
    page = own_site.page("shifts", analysis=own_site.analysis_id, feature=feature)
    assert not page.exception
    assert version_one.MEANING in words(page)
    (component,) = [one for one in page.get("bidi_component") if "explorer" in one.proto.component_name]
    data = json.loads(component.proto.json)
    assert (data["trust"]["version"], data["words"]["r2"]) == (1, trust_words.CROSS_VALIDATED)
    assert data["address"] == {"feature": feature}


def test_pages_of_today_do_not(site: Site) -> None:
    page = site.page("groups", analysis=site.analysis_id)
    assert not page.exception
    assert "made by version 1" not in words(page)
