"""The process a case is computed in, started by `subprocess_pool.Child`: `python -m` this module.

Calls come through the socket whose number is the first argument; the second is the limit of private memory in MiB.
The end of stdin means that the parent is gone.
"""

import os
import resource
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from backend.errors import RadiomicLensError


def main() -> None:
    """Compute calls one after the other until the parent closes the socket."""
    socket, memory_mb = int(sys.argv[1]), int(sys.argv[2])
    threading.Thread(target=_die_with_parent, daemon=True).start()
    limit = memory_mb * 2**20
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    calls: Connection[Any, Any] = Connection(socket)
    calls.send("ready")
    while True:
        try:
            fn, args = calls.recv()
        except (EOFError, OSError):
            return
        except Exception as error:  # a call this process cannot even read: the code there and here differs
            calls.send((False, RadiomicLensError(f"Its computation could not start ({type(error).__name__}).")))
            continue
        calls.send(_outcome(fn, args))


def _outcome(fn: Callable[..., Any], args: tuple[Any, ...]) -> tuple[bool, Any]:
    try:
        return True, fn(*args)
    except MemoryError:
        return False, RadiomicLensError("It needed more memory than the limit; raise case_memory_mb to allow more.")
    except RadiomicLensError as error:
        return False, error
    except Exception as error:  # the text of an unknown exception may hold names: only its kind leaves the child
        return False, RadiomicLensError(f"Its computation failed ({type(error).__name__}).")


def _die_with_parent() -> None:
    while os.read(0, 4096):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
