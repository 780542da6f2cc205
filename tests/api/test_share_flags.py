"""A link says every flag in words, and shows the surest changes first."""

from typing import get_args

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from backend.models import Analysis, AnalysisFeature
from backend.queries import share_snapshot
from shared import schemas as s
from tests.api import server
from tests.api.links import database_of


@pytest.mark.parametrize("flag", get_args(s.Flag))
def test_every_flag_is_said_in_words(client: TestClient, own: server.Filled, flag: s.Flag) -> None:
    with database_of(client).write() as session:
        for row in session.scalars(select(AnalysisFeature)):
            row.flag = flag
        analysis = session.get_one(Analysis, own.analysis_id)
        shown = share_snapshot.key_features(session, analysis)
        feature = session.scalars(select(AnalysisFeature).where(AnalysisFeature.feature == shown[0])).one()
        line = share_snapshot.analysis_detail.ranking_row(feature)
    told = share_snapshot._sentence(line, "It measures.", shared=True)
    assert share_snapshot.FLAG_WORDS[flag] in told
    assert ", change beyond what all features share " in told
    alone = share_snapshot._sentence(line, "It measures.", shared=False)
    assert alone == told.replace(" beyond what all features share", ""), "without a shared change nothing is taken off"


def test_a_sure_change_comes_before_a_probable_one_and_a_probable_one_before_none(
    client: TestClient, own: server.Filled
) -> None:
    with database_of(client).write() as session:
        analysis = session.get_one(Analysis, own.analysis_id)
        rows = session.scalars(select(AnalysisFeature).order_by(AnalysisFeature.effect.desc())).all()
        for row in rows:
            row.flag = "not_decodable"
        rows[0].flag, rows[1].flag, rows[-1].flag = "probable_stronger", "stronger", "probable_weaker"
        assert share_snapshot.key_features(session, analysis)[:2] == [rows[1].feature, rows[-1].feature]
        rows[1].flag = "unchanged"
        assert share_snapshot.key_features(session, analysis) == [
            rows[0].feature,
            rows[-1].feature,
            rows[1].feature,
        ]
