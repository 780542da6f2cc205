"""`radiomiclens openapi`: the description of the API, as committed in backend/openapi.json."""

import json
from pathlib import Path
from typing import Any

import typer


def openapi() -> None:
    """Print the OpenAPI 3.1 description of the API."""
    typer.echo(json.dumps(description(), indent=1, ensure_ascii=False))


def description() -> dict[str, Any]:
    """The OpenAPI document; nothing is opened for it."""
    from backend.app import create_app
    from backend.settings import Settings

    document = create_app(Settings(data_dir=Path("unused"))).openapi()
    for methods in document["paths"].values():
        for operation in methods.values():
            problem = operation["responses"]["default"]  # FastAPI writes it under the media type of the good answer
            problem["content"] = {"application/problem+json": next(iter(problem["content"].values()))}
    return document
