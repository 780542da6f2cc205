"""Names of the query parameters of the dashboard's addresses. Links that people keep hold them, so they stay."""

# what a page is about
ANALYSIS = "analysis"
REGION = "roi"
MODALITY = "modality"
SORT = "sort"
FEATURE = "feature"
COHORT = "cohort"
CASE = "case"
SLICE = "k"
COMPARED_WITH = "with"
JOB = "job"
RUN_STEP = "do"
RUN_AGAIN = "again"
WHERE = "where"
FORMER_VALUE = "is"
"""Of the filter, before it was conditions; `components/filter_address.py` writes it anew."""

# what the explorer of the page Shifts keeps in the address, itself or in words
FLAG = "flag"
FEATURE_CLASS = "class"
IMAGE_TYPE = "image"
FEATURE_TEXT = "q"
FEATURE_ORDER = "order"

# boxes that Streamlit binds to the address; the name is also the key of the widget
GROUPS_BY = "by"
EFFECT_VIEW = "effects"
MEASURE = "measure"
HEAT_MAP_VALUE = "show"
MAP_COLOUR = "colour"
MAP_VIEW = "view"
COMPARED_POINTS = "points"
TRAJECTORY_LINES = "lines"
CASE_FEATURE_TEXT = "find"

# marks that people set themselves
STARRED = "starred"
