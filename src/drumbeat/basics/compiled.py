"""Compiled kernels: the one door to numba's `njit`, with a cache that is never stale.

numba's own cache looks at the file of the function alone: when a kernel that it calls, in another file, has changed, it
runs the old code; when a class that it takes has gone, it fails to load. So the kernels of a module are cached in a
folder named after the fingerprint of the module and of all that it imports from this package, whoever imports it in
turn: other sources, another folder. Compiling everything anew takes minutes and happens once after an
installation or upgrade; a change to one module compiles only what stands on it.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from functools import cache
from pathlib import Path
from time import time  # noqa: TID251 - of cache folders, not of a plan
from typing import Any

import numba

try:
    import fcntl
except ModuleNotFoundError:  # Windows has none
    fcntl = None  # type: ignore[assignment]

_PACKAGE = Path(__file__).resolve().parent.parent
_IMPORT = re.compile(r"^\s*from\s+(drumbeat[\w.]*)\s+import\s+(\([^)]*\)|[^\n]*)|^\s*import\s+(drumbeat[\w.]*)", re.M)
_DAYS_KEPT = 7
"""Folders of sources that have changed are kept so long: another process may still be running the old ones."""


def _find_source(module: str) -> Path | None:
    """File of one of this package's modules; None for a package without code and for a name that is no module."""
    path = _PACKAGE.joinpath(*module.split(".")[1:])
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


@cache
def _list_imports(module: str) -> tuple[str, ...]:
    """Modules of this package that a module names in its imports, those for type checkers too."""
    source = _find_source(module)
    if source is None:
        return ()
    found: set[str] = set()
    for package, names, plain in _IMPORT.findall(source.read_text(encoding="utf-8")):
        base = package or plain
        inside = [f"{base}.{word}" for word in re.findall(r"\w+", names)]
        found |= {name for name in [base, *inside] if _find_source(name) is not None}
    return tuple(sorted(found))


@cache
def _fingerprint(module: str) -> str:
    """Fingerprint of a module, of all that it stands on, and of the versions that compile it."""
    seen, open_ = {module}, [module]
    while open_:
        for name in _list_imports(open_.pop()):
            if name not in seen:
                seen.add(name)
                open_.append(name)
    digest = hashlib.blake2b(f"{numba.__version__} {os.name}".encode(), digest_size=8)
    for name in sorted(seen):
        source = _find_source(name)
        digest.update(name.encode())
        digest.update(source.read_bytes() if source is not None else b"")
    return digest.hexdigest()


@cache
def _choose_root() -> Path:
    """Folder above all caches: below the package, or in the user's cache where that is read-only."""
    own = _PACKAGE / "__pycache__"
    user = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "drumbeat"
    own.mkdir(exist_ok=True) if os.access(_PACKAGE, os.W_OK) else None
    root = (own if os.access(own, os.W_OK) else user) / "kernels"
    root.mkdir(parents=True, exist_ok=True)
    return root


@cache
def _choose_folder(module: str) -> Path:
    folder = _choose_root() / f"{module}-{_fingerprint(module)}"
    if not folder.exists():
        for old in _choose_root().glob(f"{module}-*"):
            if old.stat().st_mtime < time() - _DAYS_KEPT * 86_400:
                shutil.rmtree(old, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
    return folder


_njit: Any = numba.njit
_settings: Any = numba.config


def cache_folder(module: str) -> Path:
    """Folder in which the kernels of a module, as its sources are now, are cached."""
    return Path(_settings.CACHE_DIR) if _settings.CACHE_DIR else _choose_folder(module)


def is_compiled(module: str) -> bool:
    """Whether kernels of a module, as its sources are now, are in the cache."""
    return any(cache_folder(module).rglob("*.nbi"))


def _compile(function: Any, options: dict[str, Any]) -> Any:
    """Decorate a function, its cache in its module's folder; a kernel from outside this package is never cached."""
    if not function.__module__.startswith("drumbeat."):
        return _njit(**options | {"cache": False})(function)
    if _settings.CACHE_DIR:  # whoever sets NUMBA_CACHE_DIR knows why
        return _njit(**options)(function)
    folder = cache_folder(function.__module__)
    _settings.CACHE_DIR = str(folder)
    try:
        kernel = _njit(**options)(function)
    finally:
        _settings.CACHE_DIR = ""
    return _save_in_turn(kernel, folder) if options["cache"] else kernel


def _save_in_turn(kernel: Any, folder: Path) -> Any:
    """Let processes that compile the same kernel save it one after the other.

    numba writes index and code in two steps: of two who save other signatures at once, both may take the same file
    for them, and one signature would run the other's code ever after.
    """
    save = kernel._cache.save_overload

    def save_in_turn(signature: Any, compiled: Any) -> None:
        with (folder / "lock").open("w") as lock:
            _lock(lock)
            save(signature, compiled)

    kernel._cache.save_overload = save_in_turn
    return kernel


def _lock(file: Any) -> None:
    """Wait until no other process holds a file, where the system knows of locks; closing it lets go."""
    if fcntl is not None:
        fcntl.flock(file, fcntl.LOCK_EX)


def njit(*arguments: Any, **options: Any) -> Any:
    """Compile a kernel as `numba.njit` does, cached."""
    options = {"cache": True} | options
    if arguments:
        return _compile(arguments[0], options)
    return lambda function: _compile(function, options)


def inner(function: Any) -> Any:
    """Compile a kernel that only kernels call: without the wrappers for Python.

    For arguments of many arrays these take longer to compile than the function itself.
    """
    return _compile(function, {"cache": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True})


def bare(function: Any) -> Any:
    """Compile a kernel that only kernels call and that makes no arrays: it does not count who holds those it takes.

    Where arguments are tuples of many arrays that counting takes longer than the work. A kernel called from Python that
    makes no arrays gets the same by `njit(nogil=True, _nrt=False)`.
    """
    return _compile(function, {"cache": True, "no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False})


def inlined(function: Any) -> Any:
    """Compile a kernel into each kernel that calls it: for short ones that are called often with tuples of many arrays.

    Passing such a tuple takes longer than their work, and inside its caller the arrays stay in registers.
    """
    return _compile(function, {"cache": False, "inline": "always", "_nrt": False})
