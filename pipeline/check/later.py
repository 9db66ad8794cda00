"""Let a module load when something in it is first used, though it is imported before."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any


class _Later(ModuleType):
    """Stands in for a module until something in it is asked for. (`importlib.util.LazyLoader` loads on import.)"""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # asked by the import itself
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


def load_later(*names: str) -> None:
    """Put off loading these modules, but for those that are loaded already."""
    for name in names:
        sys.modules.setdefault(name, _Later(name))
