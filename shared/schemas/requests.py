"""Requests for work: the parameters of every kind of job."""

import json
from typing import Annotated

from pydantic import Field

from shared.schemas.analysis_requests import AnalyseParams, CompareParams, SelfCheckParams, TrajectoryParams
from shared.schemas.base import Id, Priority, Schema
from shared.schemas.data_requests import (
    ExtractParams,
    ImportCasesParams,
    ImportTablesParams,
    SynthParams,
    SynthTablesParams,
)
from shared.schemas.encoder_requests import (
    EmbedParams,
    FinetuneParams,
    ImportEncoderParams,
    PretrainParams,
)

JobParams = Annotated[
    SynthParams
    | ImportCasesParams
    | ImportTablesParams
    | SynthTablesParams
    | ExtractParams
    | ImportEncoderParams
    | PretrainParams
    | FinetuneParams
    | AnalyseParams
    | CompareParams
    | TrajectoryParams
    | SelfCheckParams
    | EmbedParams,
    Field(discriminator="kind"),
]

OF_PROJECT = "Id or name of the project that a new cohort goes to; needed where one may write in several."


class JobSubmit(Schema):
    """A request for work; `after` lists jobs that must be done first."""

    params: JobParams
    after: list[Id] = Field(default=[])
    priority: Priority = Field(default="normal", description="low waits for all others; high needs an administrator.")
    project_id: Id | None = Field(default=None, description=OF_PROJECT)

    def wire(self) -> str:
        """The request as JSON. Regions and what an encoder sees stay open where it leaves them to the protocol."""
        given = getattr(self.params, "input", None)
        dumped = self.model_dump(mode="json", exclude=None if self.project_id else {"project_id"})
        if "rois" not in self.params.model_fields_set:
            dumped["params"].pop("rois", None)
        if given is None:
            return json.dumps(dumped)
        told = {name: each for name, each in dumped["params"]["input"].items() if name in given.model_fields_set}
        if "orientation" in given.model_fields_set:  # a dump leaves LPS out, and the protocol may say other axes
            told["orientation"] = given.orientation
        dumped["params"]["input"] = told
        return json.dumps(dumped)


class ChainStep(Schema):
    """A step of a chain; `after` names earlier steps, and `cohort_id` may be `step:NAME`, the cohort of one."""

    name: Id
    params: JobParams
    after: list[Id] = Field(default=[], max_length=40)


class JobChain(Schema):
    """Requests that belong together: all of them are made, or none."""

    steps: list[ChainStep] = Field(min_length=1, max_length=60)
    priority: Priority = Field(default="normal", description="Of every step.")
    project_id: Id | None = Field(default=None, description=OF_PROJECT)

    def wire(self) -> str:
        """The chain as JSON, each step as `JobSubmit` writes it."""
        steps = [json.loads(JobSubmit(params=step.params).wire())["params"] for step in self.steps]
        told = [step.model_dump(include={"name", "after"}) for step in self.steps]
        whole = [one | {"params": params} for one, params in zip(told, steps, strict=True)]
        where = {"project_id": self.project_id} if self.project_id else {}
        return json.dumps({"steps": whole, "priority": self.priority} | where)
