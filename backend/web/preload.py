"""Imports the dashboard's modules at the start of the server, so that the first visitor does not wait for them.

Streamlit collects garbage after every run of a page, under the interpreter's lock. Without a freeze each collection
visits a quarter of a million objects of imported modules and stops every answer for a quarter of a second. Imported
modules live as long as the process, so leaving them out of the collection loses nothing.
"""

import gc
import importlib
import logging
import pkgutil

NOT_IMPORTED = ("frontend.app", "frontend.pages")
"""Modules that draw a page when they are imported."""


def preload_dashboard() -> None:
    """Import every module of the dashboard, then freeze the garbage collector; a module that fails is logged."""
    import frontend

    for module in pkgutil.walk_packages(frontend.__path__, "frontend."):
        if module.name.startswith(NOT_IMPORTED):
            continue
        try:
            importlib.import_module(module.name)
        except Exception:  # the page that needs it shows its own error
            logging.getLogger(__name__).exception("The dashboard's module %s cannot be loaded.", module.name)
    freeze_gc()


def freeze_gc() -> None:
    """Exclude all objects that are alive now from later garbage collections."""
    gc.collect()
    gc.freeze()
