"""The part of the settings that says where cases are computed, and where the files lie that several hosts share."""

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings

CLUSTER_MARGIN = 60
"""Seconds of a batch job's time limit for its start and its orderly end."""
WORD = r"^[\w.:,@+=-]*$"
"""What is written into the script of a batch job, where a space or a line's end would begin another command."""


class ClusterSettings(BaseSettings):
    """Settings of clusters and shared files; `Settings` has them with all others."""

    executor: str = Field(
        default="local",
        pattern=r"^(inline|local|dask|slurm|sge|pbs|(tcp|tls)://[^\s/]+:\d+)$",
        description="Where the cases of a job are computed: `local` in child processes, `dask` on dask workers started "
        "on this machine, `tcp://host:port` (or `tls://`) on a dask cluster that runs already, `slurm`, `sge` or `pbs` "
        "in jobs of that batch system, `inline` in the job.",
    )
    case_memory_mb: int = Field(default=4096, ge=256, description="Memory limit of one case's child process, in MiB.")
    case_seconds: int = Field(default=900, ge=10, description="Wall-clock limit of one case, in seconds.")
    node_files: Path | None = Field(
        default=None,
        description="Where a cluster's nodes see the data folder's `files`; unset, a case's voxels travel with it.",
    )
    cluster_jobs: int = Field(default=4, ge=1, description="Jobs that an extraction asks a batch system for.")
    cluster_cores: int = Field(default=1, ge=1, description="Cores of each, and cases it computes at once.")
    cluster_walltime: str = Field(
        default="04:00:00",
        pattern=r"^\d{2,3}:[0-5]\d:[0-5]\d$",
        description="Time limit of each (HH:MM:SS). A job ends itself before, and another takes its place.",
    )
    cluster_queue: str = Field(
        default="", pattern=WORD, description="Partition or queue; empty leaves it to the batch system."
    )
    cluster_account: str = Field(default="", pattern=WORD, description="Account that is charged (SGE: the project).")
    cluster_interface: str = Field(
        default="", pattern=WORD, description="Network interface through which nodes reach this machine, as in `ib0`."
    )
    cluster_folder: Path | None = Field(
        default=None,
        description="Folder that nodes see under the same path, for keys and output of their jobs; unset, `cluster` in "
        "the data folder.",
    )
    files_url: str = Field(
        default="",
        pattern=r"^(|s3://[a-z0-9][a-z0-9.-]+(/[\w-][\w.-]*)*|file:///.+)$",
        description="Where stored files are kept when several hosts share them: `s3://BUCKET/PREFIX`, or "
        "`file:///FOLDER` of a shared disk; empty means the data folder.",
    )
    files_cache_mb: int = Field(
        default=20_480, ge=64, description="MiB of files from `s3://` that this host keeps to read them again."
    )

    @model_validator(mode="after")
    def _case_fits_walltime(self) -> Self:
        """A case that takes its whole time must fit into a job that has just begun."""
        least = self.cluster_seconds * 9 // 10  # jobs end at different moments, the first a tenth before the others
        if self.batch and least < self.case_seconds:
            raise ValueError(
                f"cluster_walltime: a job of {self.cluster_walltime} computes for {max(0, least)} s, and a case may "
                f"take {self.case_seconds} s (case_seconds); raise the one or lower the other"
            )
        return self

    @property
    def batch(self) -> bool:
        """Whether cases are computed in jobs of a batch system."""
        return self.executor in ("slurm", "sge", "pbs")

    @property
    def cluster_seconds(self) -> int:
        """How long a job of a batch system computes before it ends itself."""
        hours, minutes, seconds = map(int, self.cluster_walltime.split(":"))
        return hours * 3600 + minutes * 60 + seconds - CLUSTER_MARGIN

    @property
    def remote(self) -> bool:
        """Whether cases are computed by processes that may run on other machines."""
        return self.batch or "://" in self.executor
