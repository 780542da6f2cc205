"""Keys of Streamlit's session state: of widgets, and of values that pages remember.

Streamlit keeps one session state for all pages, so no two pages may use the same key. Not here: keys of layout
containers, which are CSS classes (`style.css`), and keys of widgets in a list, which end in the id of their row.
"""

from shared.schemas import StarCreate

# the frame: rail, and line of context above the pages
ANALYSIS_BOX = "analysis-box"
REGION_SWITCH = "roi-switch"
MODALITY_SWITCH = "modality-switch"
SORT_SWITCH = "sort-switch"
LINE_BUNDLE = "line-bundle"
LINE_SHARE = "line-share"
GLOSSARY_TEXT = "glossary-text"
LAST_CONTEXT = "context of this session"
LAST_PAGE = "page of the last run"
NOT_HERE = "what the address asked for and is not there"
FEATURE_NOT_HERE_CLOSED = "feature-not-here-close"

# account and users
ACCOUNT_REFUSAL = "what the account was refused"
ACCOUNT_DONE = "what was done with the account"
ACCOUNT_OLD = "password-old"
ACCOUNT_NEW = "password-new"
ACCOUNT_AGAIN = "password-again"
ACCOUNT_END_BEARERS = "password-tokens"
ACCOUNT_SAVE = "password-save"
ACCOUNT_MAIL_ABOUT = "mail-about"
ACCOUNT_MAIL_ADDRESS = "mail-address"
ACCOUNT_MAIL_SAVE = "mail-save"
BEARER_NAME = "token-name"
BEARER_SCOPE = "token-scope"
BEARER_DAYS = "token-days"
BEARER_MAKE = "token-make"
BEARER_CREATED = "token that was made"
BEARER_CREATED_DONE = "new-token-done"
USERS_REFUSAL = "what was refused about users"
USER_NAME = "user-name"
USER_ROLE = "user-role"
USER_ADD = "user-add"
INVITATION = "invitation that was made"
PROJECTS_REFUSAL = "what was refused about projects"
PROJECT_NAME = "project-name"
PROJECT_ADD = "project-add"
PROJECT_OF_NEW = "project-of-new-cohort"
INVITATION_DONE = "new-invitation-done"

# audit
AUDIT_KIND = "audit-kind"
AUDIT_ACTOR = "audit-actor"
AUDIT_SINCE = "audit-since"
AUDIT_PAGE = "cursors of the audit log"
AUDIT_ASKED = "what the audit log was asked for"
AUDIT_NEWER = "audit-newer"
AUDIT_OLDER = "audit-older"
AUDIT_ANCHOR = "audit-anchor"
AUDIT_VERIFY = "audit-verify"

# the bell
BELL = "bell"
# the cohort filter
FILTER_DRAFT = "filter that is being edited"
FILTER_TEXT = "filter-text"
FILTER_COLUMN = "filter-column"
FILTER_SHOW = "filter-show"
FILTER_CLEAR = "filter-clear"
FILTER_AGAIN = "filter-again"
FILTER_NOTICE = "filter-notice"

# notes, stars and saved views
MARK_REFUSAL = "mark-refusal"
VIEW_REFUSAL = "view-refusal"
VIEW_NAME = "view-name"
VIEW_SAVE = "view-save"

# the Overview
POWER_ASKED = "analyses whose power was asked for"
EXAMPLES_WITH_MAPS = "features whose maps were drawn"

# the way to a feature's panel
FEATURE_CHOSEN = "feature that was chosen in a table"

# Shifts
EXPLORER = "explorer"

# Cases
CASE_LIST = "case-list"
CASE_TABLE = "case-table"
PICTURES_DRAWN = "pictures-stand"
CASE_FEATURES = "case-features"
SLICE_PICTURES = "plain-pictures"
NATIVE_GEOMETRY = "native-geometry"
DICOM_SERIES = "dicom-series"
CLINICAL_VALUES = "clinical-values"

# Map
MAP_CHOSEN = "studies chosen on the map"
MAP_CLEARED = "map-cleared"

# Compare
MATRIX_MEMBERS = "matrix-members"
MATRIX_BY = "matrix-by"
COMPARISON_CHOSEN = "points chosen in the comparison"
COMPARISON_CLEARED = "agreement-cleared"
COMPARED_VERDICT = "verdict"
COMPARED_MODALITY = "compared-modality"
COMPARED_CLASS = "compared-class"
COMPARED_TEXT = "compared-text"

# Run, and jobs that other pages start
RUN_DOOR = "door"
TABLES_ZONE = "tables-zone"
TABLES_FOLDER = "tables-folder"
IMAGES_ZONE = "images-zone"
IMAGES_FOLDER = "images-folder"
RUN_STEP = "what"
RUN_COHORT = "which"
RUN_START = "start"
RUN_NONCE = "start-nonce"
RUN_REFUSAL = "refused"
FORM = "the form that is drawn"
RUN_AGAIN_NOTE = "what could not be filled in again"
JOB_PLANS = "offer plans"

# Jobs
JOBS_REFUSAL = "jobs-refusal"
JOBS_SHOW_ALL = "jobs-all"
JOBS_FILTER = "jobs-filter"
JOBS_TEXT = "jobs-text"
JOBS_SHOW_ALL_BUTTON = "jobs-more"

# Data
DATA_COHORT = "data-cohort"
DATA_TEXT = "data-text"
DATA_STATUS = "data-status"
DATA_REVIEW = "data-review"
DATA_FINDING = "data-code"
DATA_DECISIONS = "data-decisions"
DATA_MODALITY = "data-modality"
DATA_PROTOCOL = "data-protocol"
DATA_PICTURE_PAGE = "data-page"
DATA_REFUSAL = "data-refusal"
DATA_AT = "which of the pictures of Data is framed"
DATA_TAKEN = "decisions that can be undone"
DATA_UNDO = "data-undo-last"

# Shares
SHARES_REFUSAL = "shares-refusal"
SHARE_CREATED = "new-share"
SHARE_CREATED_DONE = "new-link-done"
SHARE_ANALYSIS = "share-analysis"
SHARE_LABEL = "share-label"
SHARE_DAYS = "share-days"
SHARE_PASSPHRASE = "share-passphrase"  # noqa: S105 (the key of a box)
SHARE_MAX_VIEWS = "share-views"
SHARE_PICTURES = "share-pictures"
SHARE_PICTURES_CHECKED = "share-checked"
SHARE_CREATE = "share-create"
SHARE_SENDER = "share-sender"
SHARE_TITLE = "share-title"
SHARE_MESSAGE = "share-message"
SHARE_DRAFT = "share-draft"
SHARE_PREVIEW_WIDTH = "share-preview-width"
SHARE_TO_REVOKE = "revoke-next"
SHARE_REVOKE_CONFIRM = "revoke-yes"
SHARE_REVOKE_CANCEL = "revoke-no"


def of_thing(what: str, place: str, thing: StarCreate) -> str:
    """A widget on a page or panel that belongs to an analysis, a feature or a case."""
    return f"{what}-{place}-{thing.case_id or thing.feature or thing.analysis_id}"


def only_starred(place: str) -> str:
    """The box that keeps a list of a page to what is starred."""
    return f"only-starred-{place}"


def case_filter(field: str) -> str:
    """The box of one filter on the page Cases."""
    return f"filter-{field}"


def filter_values(column: str) -> str:
    """The values of a column that the cohort filter keeps."""
    return f"filter-values-{column}"


def exclusion_reason(case_id: str) -> str:
    """The box with the reason to exclude a study on the page Data."""
    return f"why-{case_id}"


def nearest_feature(name: str) -> str:
    """The button that opens a feature named like one that is not there."""
    return f"nearest-{name}"


def door(name: str) -> str:
    """The button of a door of the page Run."""
    return f"open-{name}"


def file_zone(field: str) -> str:
    """The place to drop a single file of a form."""
    return f"zone-{field}"


def form_field(form: str, field: str) -> str:
    """A field of a form of the page Run."""
    return f"form-{form}-{field}"


def form_draft(form: str) -> str:
    """What was kept of a form."""
    return f"draft of {form}"


def launched_job(launcher: str) -> str:
    """The id of the job that was started in place."""
    return f"offer-{launcher}"


def launch_button(launcher: str) -> str:
    """The button that starts a job in place."""
    return f"offer-button-{launcher}"


def launch_refusal(launcher: str) -> str:
    """The sentence shown where that job was refused or failed."""
    return f"offer-refused-{launcher}"
