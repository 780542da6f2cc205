"""Frees what closed pages of the dashboard leave: their sessions after half a minute, and what they held.

Streamlit keeps the session of a closed page for a while, so that a broken connection can go on with it, but looks for
ones that are due only when another page closes. It also collects garbage after every run of a page, for as long as the
run of a quick page takes itself; here one collection serves all runs of a quarter of a minute. What was freed goes back
to the system: the C library would keep the most that forty threads ever needed at once.
"""

import asyncio
import ctypes
import gc

from streamlit import runtime

SECONDS_KEPT = 30
SECONDS_BETWEEN = 15.0


async def sweep_sessions() -> None:
    """Look again and again, until cancelled."""
    while True:
        await asyncio.sleep(SECONDS_BETWEEN)
        drop_due_sessions()
        await asyncio.to_thread(free_memory)


def free_memory() -> None:
    """Collect garbage, and give free memory back to the system where the C library can (glibc)."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def drop_due_sessions() -> None:
    """Drop sessions whose page closed longer ago than they are kept; to be called in the thread of the server."""
    if runtime.exists():
        runtime.get_instance()._session_mgr._session_storage._cache.expire()  # type: ignore[attr-defined] # no other way
