"""What the first visitor would wait for, done as soon as the server stands: importing what the pages are drawn with.

Streamlit collects garbage after every run of a page, under the interpreter's lock. A quarter of a million objects of
imported modules are looked through each time, and for a quarter of a second no voxel and no answer leaves the server.
Frozen, they are left out: what was imported stays for the life of the process anyway.
"""

import gc
import importlib
import logging
import pkgutil

NOT_IMPORTED = ("frontend.app", "frontend.pages")
"""Scripts that draw when they run."""


def preload_dashboard() -> None:
    """Imports the dashboard's modules, then takes everything alive out of the collector's sight. Raises nothing."""
    import frontend

    for module in pkgutil.walk_packages(frontend.__path__, "frontend."):
        if module.name.startswith(NOT_IMPORTED):
            continue
        try:
            importlib.import_module(module.name)
        except Exception:  # the page that needs it will say so itself
            logging.getLogger(__name__).exception("The dashboard's module %s cannot be loaded.", module.name)
    freeze_gc()


def freeze_gc() -> None:
    """What is alive now is not looked through by the garbage collector any more: it lives as long as the process."""
    gc.collect()
    gc.freeze()
