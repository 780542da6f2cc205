"""The rooms of the house: what each may import. `python -m tests.rooms` prints the tree and its loose modules."""

from tests.source_tree import Tree

ERRORS = ["backend", "backend.errors"]
BASE = [*ERRORS, "backend.settings", "backend.sign_in_settings", "backend.version"]
SCIENCE_BASE = [*ERRORS, "backend.science", "backend.science.types", "backend.science.alert"]
SCIENCE_BASE += ["backend.science.text_format"]

SCIENCE_ORDER = [
    *("imaging", "tables", "compute", "radiomics.kernel", "radiomics", "encoders", "training", "embedding", "lens"),
    *("trust.decoders", "trust.thresholds", "trust.permutation_floor", "trust.jackknife", "trust.erasure"),
    *("trust.content", "trust", "trust.comparison", "analysis", "trajectory", "report", "synthetic", "power"),
]
"""A room of science may import the rooms before it, and none after it."""
SCIENCE = {
    f"backend.science.{room}": SCIENCE_BASE + [f"backend.science.{earlier}" for earlier in SCIENCE_ORDER[:at]]
    for at, room in enumerate(SCIENCE_ORDER)
}
ALL_SCIENCE = [*SCIENCE_BASE, *SCIENCE]

STORED = ["backend.models", "backend.storage"]
INGEST_BASE = [
    *(*ERRORS, "shared", "shared.schemas"),  # a protocol says what a study has
    *(f"backend.ingest.{name}" for name in ("limits", "rejection", "regions", "clinical", "identifiers")),
]
INGEST_ROOMS = [f"backend.ingest.{name}" for name in ("formats", "dicom", "sandbox", "layouts", "checks", "masks")]
CLINICAL_COLUMNS = "backend.ingest.clinical_columns"
INGEST = [*INGEST_BASE, *INGEST_ROOMS, CLINICAL_COLUMNS, "backend.ingest"]
WORK = ["backend.jobs", "backend.queries", *STORED, *INGEST, *ALL_SCIENCE, *BASE, "shared", "shared.schemas"]
WORK += ["shared.protocols", "backend.operations"]

CONTRACT = ["shared", "shared.schemas", "shared.calls"]
TEXTS = [*CONTRACT, "shared.protocols", "frontend", "frontend.text"]

ROOMS: dict[str, list[str]] = {
    "shared.schemas": ["shared"],
    "shared.calls": ["shared", "shared.schemas"],
    "shared.protocols": ["shared", "shared.schemas"],
    "shared": ["shared.schemas", "shared.calls"],
    # the root of backend
    "backend": [],
    "backend.errors": ["backend"],
    "backend.version": ["backend"],
    "backend.settings": [*ERRORS, "backend.cluster_settings", "backend.sign_in_settings"],
    "backend.cluster_settings": ERRORS,
    "backend.sign_in_settings": ERRORS,
    "backend.operations": BASE,
    "backend.app": [
        *("backend.routers", "backend.web", "backend.operations", "backend.access", *STORED, *BASE, "shared.schemas"),
        "backend.jobs.planning",  # a server looks at uploads and sweeps them while it runs
        "backend.queries",  # it keeps the index of cases
    ],
    "backend.asgi": ["backend.app", "backend.web", "backend.web.preload", *BASE, "shared"],
    # science: each room its predecessors
    "backend.science": [],
    "backend.science.types": [*ERRORS, "backend.science"],
    "backend.science.text_format": [*ERRORS, "backend.science", "backend.science.types"],
    "backend.science.alert": [*ERRORS, "backend.science", "backend.science.types", "backend.science.text_format"],
    **SCIENCE,
    # ingest: base files, then its rooms from the bytes up, then whole studies and cohorts
    **{name: [part for part in INGEST_BASE if part != name] for name in INGEST_BASE if name.startswith("backend.in")},
    "backend.ingest.formats": INGEST_BASE,
    "backend.ingest.dicom": [*INGEST_BASE, "backend.ingest.formats"],
    "backend.ingest.sandbox": [*INGEST_BASE, "backend.ingest.formats", "backend.ingest.dicom"],
    "backend.ingest.layouts": [*INGEST_BASE, *INGEST_ROOMS[:3]],
    "backend.ingest.checks": [*INGEST_BASE, "backend.ingest.layouts", *SCIENCE_BASE, "backend.science.imaging"],
    "backend.ingest.masks": [*INGEST_BASE, *INGEST_ROOMS[:5], *SCIENCE_BASE, "backend.science.imaging"],
    CLINICAL_COLUMNS: [*INGEST_BASE, "backend.ingest.layouts"],
    "backend.ingest": [
        *(*INGEST_BASE, *INGEST_ROOMS, *SCIENCE_BASE, "backend.science.imaging", "backend.science.tables"),
        "backend.science.compute",  # cases are read ahead of the one that is checked
        "shared.protocols",  # a study of the prostate is checked by the rules that its protocol names
    ],
    # what is kept and how it is read
    "backend.models": ERRORS,
    "backend.storage": [
        *("backend.models", *BASE, *SCIENCE_BASE),
        "backend.science.imaging",  # a stored volume is read back as that room's data class
        "shared.schemas",  # a cache key is a hash of a job's parameters
        "shared.protocols",  # a row names the built-in protocol of the prostate
    ],
    "backend.access": ["backend.models", *BASE, "shared", "shared.schemas"],
    "backend.rendering": [
        *(*STORED, *BASE, *SCIENCE_BASE, "backend.science.imaging", "shared", "shared.schemas"),
        "backend.science.radiomics",  # a map of a feature is a picture of its own
        "backend.science.tables",  # names of features in words
    ],
    "backend.queries": [
        *(
            "backend.rendering",
            "backend.access",
            "backend.operations",
            *STORED,
            *BASE,
            *SCIENCE_BASE,
            "shared",
            "shared.schemas",
        ),
        "backend.ingest.checks",  # the words for the codes of findings that import stored
        "backend.science.imaging",  # the threshold of motion that quality was measured with
        "backend.science.tables",  # names of features, and what they mean
        "backend.science.embedding",  # the map in two dimensions, and the settings a stored embedding was made with
        "backend.science.trust",  # names of columns and levels, to read stored evidence back
        "backend.science.trust.thresholds",  # what is flagged, to say it
        "backend.science.analysis",  # the typed report that is stored, and how it is read back
        "backend.science.training",  # the names of tasks
    ],
    "backend.interchange": [
        *("backend.queries", *STORED, *BASE, *SCIENCE_BASE, "shared", "shared.schemas"),
        *("backend.science.tables", "backend.science.analysis", "backend.science.report"),
        "backend.science.training",  # how many draws an interval of a score rests on
    ],
    "backend.web": ["backend.access", "backend.operations", *STORED, *BASE, "shared", "shared.schemas"],
    "backend.web.preload": ["frontend"],  # loads the pages' modules before the first visitor
    # jobs
    "backend.jobs.hosts": [*STORED, *BASE],
    "backend.jobs.notices": [*STORED, *BASE],
    "backend.jobs.fairness": [*STORED, *BASE, "shared", "shared.schemas"],
    "backend.jobs.compute": WORK,
    "backend.jobs.resume": [*WORK, "backend.jobs.compute", "backend.rendering"],
    "backend.jobs.data": [*WORK, "backend.jobs.compute"],
    "backend.jobs.planning": [*WORK, "backend.jobs.data", "backend.jobs.resume"],
    "backend.jobs": [
        *WORK,
        "backend.jobs.hosts",
        "backend.jobs.notices",
        "backend.jobs.fairness",
        "backend.jobs.compute",
        "backend.jobs.resume",
        "backend.jobs.data",
        "backend.jobs.planning",
    ],
    "backend.jobs.tasks": [*WORK, *(f"backend.jobs.{name}" for name in ("compute", "resume", "data", "planning"))],
    # the edges
    "backend.routers": [
        *("backend.web", "backend.operations", "backend.queries", "backend.rendering", "backend.access"),
        *("backend.interchange", *STORED, *BASE, *CONTRACT),
        *("backend.jobs", "backend.jobs.fairness", "backend.jobs.notices", "backend.jobs.planning"),
        "backend.jobs.resume",
        *(*SCIENCE_BASE, "backend.science.tables", "backend.science.encoders", "backend.science.trust"),
        "backend.science.analysis",  # answers carry parts of the typed report
        "backend.jobs.data",  # a bundle holds the tables that an analysis read
    ],
    "backend.cli": [
        *("backend.app", "backend.asgi", "backend.web", "backend.web.preload", "backend.rendering", "backend.access"),
        *(*WORK, "backend.jobs.fairness", "backend.jobs.planning", *CONTRACT, "radiomiclens"),
        "backend.jobs.data",  # exports hold the tables that an analysis read
        "backend.interchange",
    ],
    "radiomiclens": [
        *(*INGEST, *ALL_SCIENCE, *CONTRACT, "backend.version"),
        "backend.jobs.compute",  # cases of a batch are measured in its limited child processes
    ],
    "backend.migrations": ["backend.models", *BASE],
    # the dashboard
    "frontend": ["frontend.text", *CONTRACT],
    "frontend.text": ["frontend", *CONTRACT],
    "frontend.api": TEXTS,
    "frontend.charts": TEXTS,
    "frontend.viewer": TEXTS,
    "frontend.explorer": TEXTS,
    "frontend.components.saving": TEXTS,
    "frontend.drawn": [*TEXTS, "frontend.charts"],
    "frontend.components": [*TEXTS, "frontend.api", "frontend.charts", "frontend.components.saving", "frontend.drawn"],
    "frontend.frame": [*TEXTS, "frontend.api", "frontend.components"],
    "frontend.uploads": [*TEXTS, "frontend.api"],
    "frontend.data": [*TEXTS, "frontend.api", "frontend.charts", "frontend.components"],
    "frontend.cases": [*TEXTS, "frontend.api", "frontend.charts", "frontend.components", "frontend.viewer"],
    "frontend.causes": [*TEXTS, "frontend.api", "frontend.charts", "frontend.components"],
    "frontend.overview": [
        *(*TEXTS, "frontend.api", "frontend.charts", "frontend.components", "frontend.drawn"),
        "frontend.causes",  # the words for what a head uses
    ],
    "frontend.runs": [*TEXTS, "frontend.api", "frontend.charts", "frontend.components", "frontend.uploads"],
    "frontend.account": [*TEXTS, "frontend.api"],
    "frontend.shares": [*TEXTS, "frontend.api", "frontend.components"],
    "frontend.pages": [
        *(*TEXTS, "frontend.api", "frontend.charts", "frontend.viewer", "frontend.explorer", "frontend.components"),
        *("frontend.data", "frontend.cases", "frontend.causes", "frontend.runs", "frontend.uploads"),
        *("frontend.overview", "frontend.drawn", "frontend.frame", "frontend.shares", "frontend.account"),
    ],
    "frontend.app": [*TEXTS, "frontend.api", "frontend.frame"],
}
"""Room (a package, or one module) -> the rooms its files may import beside their own. The longest name counts."""

WEB = {"fastapi", "starlette", "uvicorn", "httpx", "streamlit"}
DATABASE = {"sqlalchemy", "alembic"}
CLUSTER = {"dask", "distributed", "dask_jobqueue"}
MODELS = {"torch", "safetensors", "radiomics"}

BANNED: dict[str, set[str]] = {
    "shared": {"streamlit", "fastapi", "numpy", "pandas", "typer"} | DATABASE | CLUSTER | MODELS,
    "frontend": {"fastapi", "starlette", "uvicorn", "httpx", "SimpleITK", "typer"} | DATABASE | CLUSTER | MODELS,
    "backend.science": WEB | DATABASE | CLUSTER | {"typer"},
    "backend.ingest": WEB | DATABASE | CLUSTER | MODELS | {"typer"},
    "backend.models": WEB | CLUSTER | MODELS | {"typer"},
    "backend.storage": WEB | CLUSTER | MODELS | {"typer"},
    "backend.access": WEB | CLUSTER | MODELS | {"typer"},
    "backend.rendering": WEB | CLUSTER | MODELS | {"typer"},
    "backend.queries": WEB | CLUSTER | MODELS | {"typer"},
    "backend.interchange": WEB | CLUSTER | MODELS | {"typer"},
    "backend.web": CLUSTER | MODELS | {"typer"},
    "backend.jobs": WEB | {"typer"},
    "backend.routers": {"streamlit", "typer"} | CLUSTER | MODELS,
    "radiomiclens": WEB | DATABASE | CLUSTER | {"torch", "typer"},
}
"""Package -> packages of others that no file in it imports."""

MOST_LOOSE = {"backend": 8, "backend.science": 3, "backend.jobs": 9, "backend.ingest": 8, "frontend": 4}
"""Package -> how many modules may lie in it outside its rooms."""

MOST_LINES = 260
LONG_FILES = {
    "backend/migrations/versions/0001_foundation.py": "a migration is never changed once it is out",
    "tests/science/training/test_finetune_options.py": "waits to be cut",
}
"""Files that may be longer, each with the reason."""

if __name__ == "__main__":
    from tests.source_tree import ROOT

    print(Tree.of(ROOT, ("backend", "frontend", "shared", "radiomiclens")).drawn(2))
