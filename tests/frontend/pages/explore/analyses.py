"""Analyses as the API lists them, made up."""

from datetime import UTC, datetime, timedelta

from shared import schemas as s

START = datetime(2026, 11, 1, tzinfo=UTC)


def encoder(stage: s.Stage) -> s.Encoder:
    return s.Encoder(
        id=stage, name="atto", arch="convnextv2-atto", sha256=("3f9c" if stage == "pre" else "a71e") + "0" * 60,
        stage=stage, task=None, parent_id=None, cohort_id=None, epoch=8 if stage == "ft" else None, settings={},
        metrics={}, history=[], created_at=START,
    )  # fmt: skip


def analysis(name: str, task: str = "pirads", roi: s.Roi = "gland", cohort: str = "demo-prostates") -> s.Analysis:
    return s.Analysis(
        id=name, cohort_id=cohort, cohort_name=cohort, task=task, roi=roi, modalities=["T2", "DWI", "ADC"],
        n_studies=46, n_patients=40, n_features=2511, hidden=128, seed=0, n_alerts=0, pre_encoder=encoder("pre"),
        ft_encoder=encoder("ft"), created_at=START + timedelta(minutes=len(name)),
    )  # fmt: skip
