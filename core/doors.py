"""Doors: how anything that can be added is found: by installed name, by `module:NAME`, or in one file, `path.py:NAME`.

Knows nothing of what it finds. Built-in scenarios, roles, players, patterns, worlds, model back ends and exporters
are entry points of this distribution, and come in by the same door as anybody's.
"""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

from maieutic.errors import InputError, UnknownNameError
from maieutic.identity import digest

GROUPS: Mapping[str, str] = MappingProxyType(  # kind of thing -> group of entry points
    {
        "scenario": "maieutic.scenarios",
        "role": "maieutic.roles",
        "player": "maieutic.players",
        "pattern": "maieutic.patterns",
        "world": "maieutic.worlds",
        "model": "maieutic.models",
        "exporter": "maieutic.exporters",
    }
)


@dataclass(frozen=True)
class Found:
    """What stood behind a door.

    Attributes:
        value: the thing itself.
        door: how to find it again from any folder: an installed name, `module:NAME`, or an absolute path.
        file: the file that it was read from, where it was found by path or module.
    """

    value: Any
    door: str
    file: Path | None = None


@cache
def _installed(kind: str) -> Mapping[str, EntryPoint]:
    return MappingProxyType({door.name: door for door in entry_points(group=GROUPS[kind])})


def names(kind: str) -> list[str]:
    """The installed names of a kind of thing, sorted.

    >>> "refine" in names("pattern")
    True
    """
    return sorted(_installed(kind))


def find(kind: str, text: str, wanted: type | None = None) -> Found:
    """What `text` names.

    Args:
        kind: one of `GROUPS`.
        text: an installed name, `pkg.module:NAME`, `path.py:NAME`, or `path.py` where the file holds one value of
            the type.
        wanted: the type that it must be of; None takes anything.

    Raises:
        UnknownNameError: nothing of that name is installed.
        InputError: no such file or module, it cannot be loaded, or what it holds is something else.
    """
    where, colon, name = text.rpartition(":")
    if text.endswith(".py"):
        where, colon, name = text, "", ""
    if where.endswith(".py"):
        path = Path(where).resolve()
        module = _file(where)
        value, name = (_attribute(module, name, text), name) if colon else _only(module, kind, wanted, where)
        return Found(_checked(value, kind, wanted, text), f"{path}:{name}", path)
    if colon:
        module = _module(where, text)
        value = _attribute(module, name, text)
        file = Path(module.__file__) if module.__file__ else None
        return Found(_checked(value, kind, wanted, text), text, file)
    if not _installed(kind):
        raise InputError(
            f"no {kind} is installed under any name: the installed metadata are older than the code",
            remedy="install the package again (pip install -e .)",
        )
    if text not in _installed(kind):
        raise UnknownNameError(kind, text, names(kind))
    door = _installed(kind)[text]
    try:
        value = door.load()
    except (ImportError, AttributeError) as error:
        raise InputError(
            f"entry point {door.value} of {kind} {text!r} cannot be loaded: {error}", remedy="reinstall it"
        ) from None
    return Found(_checked(value, kind, wanted, f"entry point {door.value}"), text)


def is_module(text: str) -> bool:
    """Whether a module of that name can be imported, without importing it where it stands at the top.

    >>> is_module("json"), is_module("no_such_module_anywhere"), is_module("not a name")
    (True, False, False)
    """
    if not all(part.isidentifier() for part in text.split(".")):
        return False
    with _here():
        try:
            return find_spec(text) is not None
        except (ImportError, ValueError):
            return False


def is_door(text: str) -> bool:
    """Whether `text` has the form of a file or a module with a name in it.

    >>> is_door("./mine.py:open"), is_door("json.tool:main"), is_door("openai:gpt-5"), is_door("http://a:1/v1")
    (True, True, False, False)
    """
    where, _, name = text.rpartition(":")
    return name.isidentifier() and (where.endswith(".py") or ("." in where and is_module(where)))


class _here:
    """While inside, modules of the current folder can be imported, as `python -m` would have it."""

    def __enter__(self) -> None:
        self.added = str(Path.cwd())
        sys.path.insert(0, self.added)

    def __exit__(self, *_: object) -> None:
        if self.added in sys.path:
            sys.path.remove(self.added)


def module(where: str) -> ModuleType:
    """The module of that name, which may stand in the current folder.

    Raises:
        InputError: there is none, or it cannot be loaded.
    """
    return _module(where, where)


def _module(where: str, text: str) -> ModuleType:
    if not is_module(where):
        raise InputError(
            f"{text!r}: no module {where!r} can be imported",
            remedy="give pkg.module:NAME or path.py:NAME, from the folder that holds it",
        )
    with _here():
        try:
            return importlib.import_module(where)
        except Exception as error:
            raise _broken(error, where) from error


def _file(where: str) -> ModuleType:
    path = Path(where)
    if not path.is_file():
        raise InputError("no such file", file=where, remedy="check the path")
    path = path.resolve()
    name = f"maieutic_file_{path.stem}_{digest(str(path), path.stat().st_mtime_ns)}"
    if name in sys.modules:
        return sys.modules[name]
    spec = spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module  # types of the file are looked up there by name
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))  # its neighbours can be imported, as they can from a script
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise _broken(error, where, path) from error
    return module


def _broken(error: Exception, where: str, path: Path | None = None) -> InputError:
    """An error that points at the user's line, the innermost one in the file."""
    if isinstance(error, InputError):
        return error
    line = None
    if isinstance(error, SyntaxError) and (path is None or error.filename == str(path)):
        line = error.lineno
    elif path is not None:
        frames = traceback.extract_tb(error.__traceback__)
        line = next((one.lineno for one in reversed(frames) if one.filename == str(path)), None)
    return InputError(
        f"cannot be loaded: {type(error).__name__}: {getattr(error, 'msg', None) or error}",
        file=where,
        line=line,
        remedy="mend it",
    )


def _attribute(module: ModuleType, name: str, text: str) -> Any:
    if not hasattr(module, name):
        known = (
            ", ".join(one for one in vars(module) if one[:1] != "_" and one.isupper()) or "none in capitals"
        )
        raise InputError(f"{text!r}: the module has no {name!r}", remedy=f"it has {known}")
    return getattr(module, name)


def _only(module: ModuleType, kind: str, wanted: type | None, where: str) -> tuple[Any, str]:
    """The one value of the type in the module, whatever its name."""
    found = {
        id(value): (value, name)
        for name, value in vars(module).items()
        if wanted and isinstance(value, wanted)
    }
    if len(found) != 1:
        several = ", ".join(name for _, name in found.values())
        raise InputError(
            f"holds {len(found)} values that are a {kind}" + (f" ({several})" if several else ""),
            file=where,
            remedy=f"name the one you mean: {where}:NAME",
        )
    return next(iter(found.values()))


def _checked(value: Any, kind: str, wanted: type | None, text: str) -> Any:
    if wanted is not None and not isinstance(value, wanted):
        raise InputError(
            f"{text} is a {type(value).__name__}, not a {wanted.__name__}", remedy=f"name a {kind}"
        )
    return value
