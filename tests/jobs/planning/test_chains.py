"""Chains: all steps are planned with what earlier ones make, and all are queued or none."""

import pytest
from sqlalchemy import func, select

from backend.errors import BadSettings, Conflict
from backend.jobs.planning import chains
from backend.models import Cohort, Job
from shared import schemas as s


def of_tables(name: str = "mine", **changes) -> s.JobChain:
    made = s.SynthTablesParams(cohort=name, patients=30)
    analysis = s.AnalyseParams(cohort_id="step:tables", task="pirads", roi="gland", **changes)
    return s.JobChain(
        steps=[
            s.ChainStep(name="tables", params=made),
            s.ChainStep(name="analysis", params=analysis, after=["tables"]),
        ]
    )


def count(database, model) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def planned(database, settings, chain: s.JobChain) -> s.ChainPlan:
    with database.write() as session:
        found = chains.plan_chain(session, settings, chain)
        session.rollback()
    return found


def test_a_chain_is_planned_whole_and_nothing_is_left_of_it(settings, database) -> None:
    plan = planned(database, settings, of_tables())
    assert plan.refusal is None
    assert [step.title for step in plan.steps] == [
        "Make the sample tables mine of 30 patients",
        "Analyse PI-RADS on mine (gland)",
    ]
    first, second = (step.seconds for step in plan.steps)
    assert first == pytest.approx(4 + 30 * 0.02)
    assert plan.seconds == pytest.approx((first or 0) + (second or 0))  # one lane: one after the other
    assert (count(database, Job), count(database, Cohort)) == (0, 0)


def test_a_chain_is_queued_once_under_its_key(settings, database) -> None:
    with database.write() as session:
        first, second = chains.submit_chain(session, settings, of_tables(), key="k", user="ann")
        assert second.depends_on == [first.id]
        assert second.params["cohort_id"] == first.result["cohort_id"]
        assert second.expected_seconds == pytest.approx(24)
        ids = [first.id, second.id]
        assert [job.id for job in chains.submit_chain(session, settings, of_tables(), key="k", user="ann")] == ids
    assert count(database, Job) == 2


def test_nothing_is_queued_where_a_later_step_is_impossible(settings, database) -> None:
    chain = of_tables(trust=False, runs=True)
    plan = planned(database, settings, chain)
    assert plan.refusal == "Decoders, labels, covariates and runs belong to the trust block; leave it in."
    assert [step.refusal is None for step in plan.steps] == [True, False]
    with pytest.raises(Conflict), database.write() as session:
        chains.submit_chain(session, settings, chain)
    assert (count(database, Job), count(database, Cohort)) == (0, 0)


def test_a_step_names_earlier_steps_only(settings, database) -> None:
    first, second = of_tables().steps
    twice = s.JobChain(steps=[first, first])
    early = s.JobChain(steps=[second, first])
    no_cohort = s.JobChain(
        steps=[first, second, s.ChainStep(name="x", params=s.ExtractParams(cohort_id="step:analysis"))]
    )
    for chain, said in (
        (twice, "Two steps are called"),
        (early, "no step 'tables' before"),
        (no_cohort, "makes no coh"),
    ):
        assert said in (planned(database, settings, chain).refusal or "")
        with pytest.raises(BadSettings, match=said), database.write() as session:
            chains.submit_chain(session, settings, chain)


def test_lanes_run_beside_each_other() -> None:
    steps = [
        s.ChainStep(name="a", params=s.ExtractParams(cohort_id="c")),
        s.ChainStep(name="b", params=s.PretrainParams(cohort_id="c")),
        s.ChainStep(name="c", params=s.FinetuneParams(cohort_id="c", task="pirads"), after=["b"]),
        s.ChainStep(name="d", params=s.AnalyseParams(cohort_id="c", task="pirads", roi="gland"), after=["a", "c"]),
    ]
    plans = [s.JobPlan(title="", sentences=[], refusal=None, seconds=n) for n in (100, 30, 50, 7)]
    assert chains.until_the_last(s.JobChain(steps=steps), plans) == 107
    plans[0].seconds = None
    assert chains.until_the_last(s.JobChain(steps=steps), plans) == 87


def test_the_wire_leaves_regions_open_where_the_request_does() -> None:
    chain = s.JobChain(steps=[s.ChainStep(name="a", params=s.ExtractParams(cohort_id="c"))])
    assert "rois" not in chain.wire()
    assert s.JobChain.model_validate_json(chain.wire()).steps[0].name == "a"
