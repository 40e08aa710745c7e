"""Compiled kernels: the one door to numba's `njit`, with a cache that is never stale.

numba's own cache looks at the file of the function alone: when a kernel that it calls, in another file, has changed, it
runs the old code; when a class that it takes has gone, it fails to load. So kernels are cached in a folder named after
the fingerprint of all sources that may hold kernels: other sources, another folder. Compiling everything anew takes
about a minute and happens once after an installation or upgrade.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any

import numba

_PACKAGE = Path(__file__).resolve().parent.parent


def _fingerprint() -> str:
    """Fingerprint of every source that may hold a kernel, and of the versions that compile it."""
    digest = hashlib.blake2b(f"{numba.__version__} {os.name}".encode(), digest_size=8)
    for path in sorted([*(_PACKAGE / "basics").glob("*.py"), *_PACKAGE.glob("*/engine/**/*.py")]):
        digest.update(path.relative_to(_PACKAGE).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _choose_folder() -> Path:
    """Folder of this fingerprint: below the package, or in the user's cache where that is read-only."""
    own = _PACKAGE / "__pycache__"
    user = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "drumbeat"
    own.mkdir(exist_ok=True) if os.access(_PACKAGE, os.W_OK) else None
    above = own if os.access(own, os.W_OK) else user
    folder = above / f"kernels-{_fingerprint()}"
    if not folder.exists():
        for old in above.glob("kernels-*"):
            shutil.rmtree(old, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
    return folder


_njit: Any = numba.njit
_settings: Any = numba.config

if not _settings.CACHE_DIR:  # whoever sets NUMBA_CACHE_DIR knows why
    _settings.CACHE_DIR = str(_choose_folder())


def cache_folder() -> Path:
    """Folder in which this version's kernels are cached."""
    return Path(_settings.CACHE_DIR)


def njit(*arguments: Any, **options: Any) -> Any:
    """Compile a kernel as `numba.njit` does, cached."""
    return _njit(*arguments, **({"cache": True} | options))


def inner(function: Any) -> Any:
    """Compile a kernel that only kernels call: without the wrappers for Python.

    For arguments of many arrays these take longer to compile than the function itself.
    """
    return _njit(cache=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)
