"""A script of an image as a module: images carry them as programs, outside any package."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

IMAGES = Path(__file__).resolve().parents[1] / "infra" / "images"


def image_script(image: str, name: str) -> ModuleType:
    """A new module from `infra/images/<image>/<name>.py`, which finds those beside it as it does in the image."""
    folder = IMAGES / image
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
