"""The self-check as a job: it goes on with the next cohort where it was stopped."""

from backend.errors import Cancelled
from backend.jobs.context import JobContext
from backend.science.power import simulation
from backend.science.synthetic.worlds.draw import draw_cohort
from backend.storage.blob_store import BlobStore
from shared import schemas as s
from tests.jobs import tiny


def test_a_self_check_goes_on_where_it_was_stopped(settings, database, monkeypatch) -> None:
    params = s.SelfCheckParams(patients=30, width=24, features=18, seeds=1, repeated=0.2, label=True)
    told = JobContext.progress

    def until(self, now, done, total):
        if now == "simulating cohorts" and done >= 1:
            raise Cancelled("the machine went down")
        told(self, now, done, total)

    with monkeypatch.context() as patch:
        patch.setattr(JobContext, "progress", until)
        assert tiny.run(settings, params).state != "done"
    drawn = []
    monkeypatch.setattr(
        simulation, "draw_cohort", lambda world, *a, **b: drawn.append(world) or draw_cohort(world, *a, **b)
    )
    job = tiny.run(settings, params)
    assert job.title == "What could a study of 30 patients have seen?"
    power = tiny.done(job)["power"]
    assert (power["patients"], power["studies"], power["width"], power["features"]) == (30, 36, 24, 54)
    assert power["label"]
    assert {row["scenario"] for row in power["rows"]} == {"planted_all", "null_all"}
    assert power["rows"][0]["estimator"] == "trust effect"
    planted = [world for world in drawn if world.planted.any()]
    assert not planted, "the first cohort was done before the job was stopped"
    assert not any(BlobStore(settings.data_dir / "files").root.glob("work/*/*"))
