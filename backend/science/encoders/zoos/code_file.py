"""`FILE.py:factory`: an encoder that the user's own code builds, run with the user's rights."""

import hashlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from backend.errors import BadFile, BadSettings
from backend.science.encoders.zoos.names import CODE_FILE


def factory_of(arch: str) -> Callable[..., Any]:
    """Run FILE.py and return its `factory`. Raises BadFile or BadSettings where that fails or is not there."""
    found = CODE_FILE.fullmatch(arch)
    if found is None:
        raise BadSettings(
            f"{arch[:80]!r} is not FILE.py:factory, a file and the function in it that builds the encoder."
        )
    path, name = Path(found["file"]), found["factory"]
    if not path.is_file():
        raise BadFile(f"There is no file {path.name}; check the path before :{name}.")
    known = f"radiomiclens_arch_{hashlib.sha256(str(path.absolute()).encode()).hexdigest()[:16]}"
    spec = importlib.util.spec_from_file_location(known, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[known] = module  # data classes and pickling look there
    sys.path.insert(0, str(path.absolute().parent))  # for the modules beside it
    try:
        spec.loader.exec_module(module)
    except ModuleNotFoundError as error:
        del sys.modules[known]
        raise BadFile(
            f"{path.name} needs the package {error.name}, which is not installed here; install it."
        ) from error
    except Exception as error:  # the user's code: anything may come out of it
        del sys.modules[known]
        raise BadFile(f"{path.name} failed ({type(error).__name__}: {str(error)[:160]}); mend it.") from error
    finally:
        sys.path.remove(str(path.absolute().parent))
    factory = getattr(module, name, None)
    if not callable(factory):
        raise BadSettings(f"{path.name} has no function {name}; name the one that builds the encoder.")
    return factory  # type: ignore[no-any-return] # checked: it can be called
