"""The tool that collects texts, as a module that tests can ask."""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

TOOL = Path(__file__).parents[2] / "tools" / "messages.py"


@cache
def messages_tool() -> ModuleType:
    """Return `tools/messages.py`, imported once."""
    spec = importlib.util.spec_from_file_location("tools_messages", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
