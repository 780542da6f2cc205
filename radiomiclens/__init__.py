"""RadiomicLens as a library: `import radiomiclens as rl`; docs/library.md shows it.

`features` and `feature_map` measure one region, `features_table` a table of cases, `analyze` says what fine-tuning
changed, `Client` asks a server. `practice_tables` and `practice_images` make up data to learn with. A name is loaded
when it is used: importing this package imports nothing else.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from backend.errors import RadiomicLensError
    from backend.science.lens.settings import LensSettings
    from backend.science.tables.options import TableOptions
    from radiomiclens.lens import Result, analyze
    from radiomiclens.practice import practice_images, practice_tables
    from radiomiclens.region import Features, features
    from radiomiclens.region_map import FeatureMap, feature_map
    from radiomiclens.table import features_table
    from shared.client import Client

    __version__: str

__all__ = [
    "Client",
    "FeatureMap",
    "Features",
    "LensSettings",
    "RadiomicLensError",
    "Result",
    "TableOptions",
    "__version__",
    "analyze",
    "feature_map",
    "features",
    "features_table",
    "practice_images",
    "practice_tables",
]

_PLACES = {
    "Client": "shared.client:Client",
    "FeatureMap": "radiomiclens.region_map:FeatureMap",
    "Features": "radiomiclens.region:Features",
    "LensSettings": "backend.science.lens.settings:LensSettings",
    "RadiomicLensError": "backend.errors:RadiomicLensError",
    "Result": "radiomiclens.lens:Result",
    "TableOptions": "backend.science.tables.options:TableOptions",
    "__version__": "backend.version:VERSION",
    "analyze": "radiomiclens.lens:analyze",
    "feature_map": "radiomiclens.region_map:feature_map",
    "features": "radiomiclens.region:features",
    "features_table": "radiomiclens.table:features_table",
    "practice_images": "radiomiclens.practice:practice_images",
    "practice_tables": "radiomiclens.practice:practice_tables",
}
"""Name -> module and attribute."""


def __getattr__(name: str) -> Any:
    """The thing of this name, from its module. Raises AttributeError."""
    if name not in _PLACES:
        raise AttributeError(f"module 'radiomiclens' has no attribute {name!r}")
    module, _, attribute = _PLACES[name].partition(":")
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return __all__
