"""Where a refusal stands in the pages of docs/troubleshooting."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Topic:
    """One page: its title, what it is about, and its sections, each with the places in the code it collects."""

    title: str
    about: str
    sections: dict[str, tuple[str, ...]]


TOPICS = {
    "files": Topic(
        "Files, images and masks",
        "Refusals of image files, masks, DICOM studies, folders of studies and archives.",
        {
            "A region measured without a server": ("radiomiclens/", "backend/cli/feature"),
            "Image, mask and grid": ("backend/science/imaging/", "backend/ingest/checks/", "backend/ingest/masks/"),
            "Image files: NIfTI, MetaImage, NRRD": ("backend/ingest/formats/", "backend/ingest/sandbox/"),
            "DICOM images": ("backend/ingest/dicom/", "backend/ingest/formats/dicom"),
            "DICOM masks: SEG and RTSTRUCT": ("backend/ingest/dicom/seg", "backend/ingest/dicom/rt"),
            "Folders of studies and manifests": ("backend/ingest/layouts/",),
            "A study and its regions": ("backend/ingest/",),
            "Names and dates that identify": ("backend/ingest/identifiers/",),
            "Archives": ("backend/ingest/sandbox/unpack", "backend/ingest/sandbox/upload"),
            "Writing a mask": ("backend/rendering/seg_source", "backend/rendering/mask_seg", "backend/cli/export_mask"),
        },
    ),
    "tables": Topic(
        "Tables",
        "Refusals of tables: embeddings, radiomics, clinical columns, splits, heads and repeated measurements.",
        {
            "Opening a table": ("backend/science/tables/formats/", "backend/science/tables/readers"),
            "Columns, ids and rows": ("backend/science/tables/", "radiomiclens/given_tables", "radiomiclens/cases"),
            "Joining tables": (
                *(f"backend/science/tables/{name}" for name in ("common", "join", "split", "merge", "shared", "types")),
                "backend/jobs/data/lens_tables",
            ),
            "Clinical tables": (
                *("backend/ingest/clinical", "backend/jobs/data/clinical", "backend/jobs/planning/clinical"),
                *("backend/queries/clinical", "backend/ingest/clinical_columns/"),
            ),
            "Labels, covariates and heads": ("backend/science/trust/", "backend/science/analysis/"),
            "Repeatability": ("backend/science/trust/icc", "backend/cli/icc"),
            "Tables on a server": (
                "backend/jobs/data/tables",
                "backend/jobs/data/unfinished",
                "backend/jobs/planning/tables",
            ),
            "Forms of the page Run": ("frontend/runs/",),
        },
    ),
    "settings": Topic(
        "Settings, protocols and options",
        "Refusals of settings of a server, parameter files, protocols, conditions and options of commands.",
        {
            "Settings of a server": (
                *("backend/settings", "backend/sign_in_settings", "backend/cluster_settings", "backend/cli/data_dir"),
            ),
            "Parameter files of radiomics": ("backend/science/radiomics/", "backend/jobs/planning/radiomics_settings"),
            "Protocols": (
                *("shared/protocols/", "shared/schemas/protocol", "shared/schemas/dicom_rule", "backend/cli/protocol"),
                *("backend/jobs/planning/cohort_protocols", "backend/storage/cohort_protocol"),
            ),
            "Conditions of a subgroup": (
                "shared/conditions",
                "backend/queries/subgroups",
                "backend/jobs/planning/subgroup",
            ),
            "Values in a request": ("shared/",),
            "Options of commands": ("backend/cli/",),
            "Settings of an analysis": ("backend/science/lens/", "backend/science/power/", "backend/cli/selfcheck"),
            "The Python library": ("radiomiclens/practice", "radiomiclens/lens"),
            "Synthetic cohorts": ("backend/science/synthetic/", "backend/cli/synth", "backend/jobs/planning/synthetic"),
        },
    ),
    "encoders": Topic(
        "Encoders and training",
        "Refusals of weights, architectures, adapters, embeddings, pre-training and fine-tuning.",
        {
            "Files of weights": ("backend/science/encoders/readers/", "backend/science/encoders/checkpoint"),
            "Architectures and code of your own": ("backend/science/encoders/",),
            "Embedding": (
                *("backend/science/embedding/", "backend/cli/embed", "backend/jobs/data/own_input"),
                *("backend/jobs/data/embeddings", "backend/jobs/data/encoder", "backend/jobs/data/channels"),
                *("backend/cli/export_embeddings", "backend/queries/embedding", "backend/jobs/tasks/import_encoder"),
            ),
            "Training": (
                *("backend/science/training/", "backend/science/compute/", "backend/jobs/planning/training"),
                *("backend/jobs/planning/learnable", "backend/jobs/data/recipe", "backend/jobs/data/pretraining"),
                "backend/jobs/data/learned",
            ),
        },
    ),
    "jobs": Topic(
        "Jobs, analyses and results",
        "Refusals of jobs, imports, analyses, comparisons, pictures and results.",
        {
            "Asking for a job": ("backend/jobs/", "backend/cli/submit", "backend/cli/follow"),
            "Importing into a server": (
                *("backend/jobs/planning/import", "backend/jobs/planning/allowed", "backend/jobs/planning/folder"),
                *("backend/jobs/tasks/import_cases", "backend/jobs/planning/new_cohort", "backend/routers/imports"),
            ),
            "Waiting, priority and quotas": (
                "backend/jobs/fairness/",
                "backend/jobs/queue",
                "backend/jobs/transitions",
            ),
            "While a job runs": (
                "backend/jobs/compute/",
                "backend/jobs/hosts/",
                "backend/jobs/resume/",
                "backend/cli/worker",
            ),
            "Analyses and comparisons": (
                *(
                    "backend/queries/",
                    "backend/jobs/planning/analysis",
                    "backend/jobs/data/load",
                    "backend/cli/compare",
                ),
                *("backend/jobs/data/analysed", "backend/science/trust/comparison/", "backend/routers/comparisons"),
                *("backend/science/trajectory/", "backend/cli/trajectory", "backend/routers/trajectories"),
            ),
            "Results and their files": (
                "backend/science/report/",
                "backend/science/analysis/report",
                "backend/cli/export.",
            ),
            "Model cards and other formats": ("backend/interchange/", "backend/cli/export_"),
            "Cases and pictures": (
                *("backend/rendering/", "backend/routers/case", "backend/routers/image", "backend/routers/volumes"),
                *(
                    "backend/storage/volumes",
                    "backend/routers/cohorts",
                    "backend/routers/quality",
                    "backend/routers/examples",
                ),
            ),
        },
    ),
    "accounts": Topic(
        "Accounts, projects and links",
        "Refusals of signing in, roles, tokens, projects and share links.",
        {
            "Signing in": (
                *(
                    "backend/access/sessions",
                    "backend/access/passwords",
                    "backend/routers/session",
                    "backend/web/password",
                ),
                *("backend/access/invitations", "backend/access/identities", "backend/cli/login"),
            ),
            "Signing in by an institution": ("backend/web/oidc", "backend/web/proxy", "backend/routers/outside"),
            "Roles and tokens": ("backend/access/", "backend/web/authorization", "backend/routers/account"),
            "Users": ("backend/access/users", "backend/routers/users"),
            "Projects": (
                *("backend/access/projects", "backend/routers/projects", "backend/cli/projects"),
                "backend/jobs/planning/project_of",
            ),
            "Share links": (
                *(
                    "backend/access/share",
                    "backend/access/signed",
                    "backend/access/passphrases",
                    "backend/routers/share",
                ),
                *("backend/queries/share_snapshot", "backend/queries/shared_page/"),
            ),
            "The audit log": (
                "backend/access/audit",
                "backend/queries/audit",
                "backend/cli/audit",
                "backend/storage/audit",
            ),
        },
    ),
    "server": Topic(
        "The server and uploads",
        "Refusals of the server itself: its address, uploads, notes, notices and too many requests.",
        {
            "Starting and asking the server": ("backend/cli/serve", "backend/web/", "backend/routers/", "backend/app"),
            "Uploads": (
                *(
                    "backend/storage/upload",
                    "backend/web/tus",
                    "backend/routers/uploads",
                    "backend/jobs/planning/upload",
                ),
                "backend/jobs/planning/named_uploads",
            ),
            "Notes, stars, views and drafts": (
                *("backend/queries/marked", "backend/routers/stars", "backend/routers/saved", "backend/routers/drafts"),
                "backend/routers/notifications",
            ),
            "This machine": ("backend/cli/doctor",),
            "Everything else": ("backend/", "frontend/"),
        },
    ),
    "storage": Topic(
        "Database, files and backups",
        "Refusals of the database, the stored files, backups and damaged data.",
        {
            "Database": ("backend/storage/", "backend/models/", "backend/cli/db"),
            "Stored files and the object store": (
                *("backend/storage/blob", "backend/storage/bucket", "backend/storage/shared", "backend/storage/seen"),
            ),
            "Backups": (
                "backend/storage/backup",
                "backend/storage/restore",
                "backend/cli/backup",
                "backend/storage/table",
            ),
        },
    ),
}
"""Page -> topic. A place belongs to the section with the longest prefix of its path."""


def section_of(path: str) -> tuple[str, str]:
    """The page and section of a place in the code. Raises LookupError where there is none."""
    found = [
        (len(prefix), page, heading)
        for page, topic in TOPICS.items()
        for heading, prefixes in topic.sections.items()
        for prefix in prefixes
        if path.startswith(prefix)
    ]
    if not found:
        raise LookupError(f"{path} refuses and has no section in docs/refusal_topics.py; add its folder to one.")
    return max(found)[1:]
