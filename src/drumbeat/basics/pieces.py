"""Pieces of kernels: functions that only kernels call, turned into machine code inside these and nowhere else.

numba optimises each function that another calls, makes machine code of it, and does both again inside each caller, and
inside each caller's caller. Of a search of a hundred functions that pass tuples of many arrays on to each other, that
takes most of the time to compile. A piece is typed and translated once; what calls it from Python links all its pieces,
optimises them together and makes machine code once. It also takes constants as what they are, numbers: numba would
compile it anew for each. How fast the code runs does not change: the same optimiser sees the same code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm
from numba import types
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.llvm_bindings import create_pass_builder
from numba.core.registry import cpu_target

from drumbeat.basics.compiled import njit

_Base: Any = JITCodeLibrary
_BaseCompiler: Any = Compiler
_build_passes: Any = create_pass_builder
_leave_constant: Any = types.unliteral  # the type of a constant's value

_LINKED = "pieces"
"""Kind of what is cached of a piece, beside numba's own kinds."""


class _NoEnvironments:
    """Stands for the code generator where a piece would tell it its globals: pieces never go back to Python."""

    def set_env(self, name: str, environment: object) -> None:
        """Nothing to set: there is no machine code yet."""


class _Library(_Base):  # type: ignore[misc]
    """Code of one function and of all that it calls; that of a piece is never made machine code by itself."""

    is_piece = False
    _shared_module: Any

    @property
    def codegen(self) -> Any:
        return _NoEnvironments() if self.is_piece else self._codegen

    def _ensure_finalized(self) -> None:
        if not self.is_piece:
            super()._ensure_finalized()

    def _optimize_functions(self, ll_module: Any) -> None:
        if not self.is_piece:
            super()._optimize_functions(ll_module)
            return
        ll_module.data_layout = self._codegen._data_layout
        tuning = _build_passes(self._codegen._tm, opt=1)
        passes = llvm.create_new_function_pass_manager()
        passes.add_sroa_pass()
        passes.add_simplify_cfg_pass()
        passes.add_instruction_combine_pass()
        for function in ll_module.functions:
            if not function.is_declaration:
                passes.run(function, tuning)

    def get_pointer_to_function(self, name: str) -> int:
        """Address of a function for Python; 0 for those of a piece."""
        return 0 if self.is_piece else int(super().get_pointer_to_function(name))

    def _get_module_for_linking(self) -> Any:
        if not self.is_piece or self._shared_module is not None:
            return super()._get_module_for_linking()
        module, seen = self._final_module.clone(), set[Any]()
        for library in self._linking_libraries:
            if library not in seen:
                seen.add(library)
                self._reload_init.update(library._reload_init)
                module.link_in(library._get_module_for_linking(), preserve=True)
        for function in module.functions:
            if not function.is_declaration and function.linkage == llvm.Linkage.external:
                function.linkage = "linkonce_odr"
        self._shared_module = module
        return module

    def serialize_using_object_code(self) -> tuple[str, str, Any]:
        """What is cached: of a piece its code and that of all that it calls, for linking."""
        if self.is_piece:
            return self.name, _LINKED, self._get_module_for_linking().as_bitcode()
        done: tuple[str, str, Any] = super().serialize_using_object_code()
        return done

    @classmethod
    def _unserialize(cls, codegen: Any, state: tuple[str, str, Any]) -> Any:
        name, kind, data = state
        if kind != _LINKED:
            return super()._unserialize(codegen, state)
        library = codegen.create_library(name)
        library.is_piece = True
        library._final_module = library._shared_module = llvm.parse_bitcode(data)
        return library


class _PieceCompiler(_BaseCompiler):  # type: ignore[misc]
    """numba's compiler, which leaves the code in a library for pieces."""

    def compile_extra(self, func: Callable[..., Any]) -> Any:
        library = self.state.targetctx.codegen().create_library(func.__qualname__)
        library.enable_object_caching()
        library.is_piece = True
        self.state.library = library
        return super().compile_extra(func)


cpu_target.target_context.codegen()._library_class = _Library


def piece(function: Callable[..., Any]) -> Any:
    """Compile a function that makes no arrays into each kernel that calls it; Python can't call it."""
    options = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False, "pipeline_class": _PieceCompiler}
    dispatcher = njit(**options)(function)
    find = dispatcher.get_call_template

    def find_without_constants(args: Any, keywords: dict[str, Any]) -> Any:
        plain = tuple(_leave_constant(each) for each in args)
        return find(plain, {name: _leave_constant(each) for name, each in keywords.items()})

    dispatcher.get_call_template = find_without_constants
    return dispatcher
