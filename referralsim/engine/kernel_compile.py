"""The first compilation in two thirds of the time: what is optimised is the whole, not each part again.

Numba optimises every function by itself and makes machine code of it, and then does so again for all of them
together, in the one that is called from Python. Of the kernel's two hundred functions only that one is ever
called; the others are parts of it. So while it is compiled, they are only linked to what they call.

The names are numba's own and may move with a release: where one is missing, or anything fails, the function
is compiled as numba does it. What it computes is the same either way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


def optimised_once(made: Any) -> Any:
    """Let a compiled function be compiled in this way.

    Parameters
    ----------
    made : what ``njit`` returns

    Returns
    -------
    the same object
    """
    compile_as_ever = getattr(made, "compile", None)
    if compile_as_ever is None:  # numba was told not to compile
        return made

    def compiled(signature: Any) -> Any:
        try:
            with _parts_only_linked(made.py_func):
                return compile_as_ever(signature)
        except Exception:
            return compile_as_ever(signature)  # in numba's own words, if it is the function that is wrong

    made.compile = compiled
    return made


@contextmanager
def _parts_only_linked(whole: Callable[..., Any]) -> Iterator[None]:
    """Have nothing but one function, of all that are compiled, made into machine code.

    Other threads that compile wait for numba's lock meanwhile.
    """
    from numba.core.codegen import CPUCodeLibrary
    from numba.core.compiler_lock import global_compiler_lock
    from numba.core.cpu import CPUContext
    from numba.core.typed_passes import BaseNativeLowering

    with global_compiler_lock:
        finalize: Any = CPUCodeLibrary.finalize
        get_executable: Any = CPUContext.get_executable
        run_pass: Any = BaseNativeLowering.run_pass
        wholes: list[Any] = []

        def lowered(lowering: Any, state: Any) -> Any:
            state.flags.no_cfunc_wrapper |= state.flags.no_cpython_wrapper  # no part is called from C either
            return run_pass(lowering, state)

        def executable(context: Any, library: Any, description: Any, environment: Any) -> Any:
            if (description.modname, description.qualname) == (whole.__module__, whole.__qualname__):
                wholes.append(library)
                return get_executable(context, library, description, environment)
            library._ensure_finalized()
            return [].append  # numba wants a builtin of its own for each part; nobody calls it

        def finalized(library: Any) -> None:
            (finalize if library in wholes else _link)(library)

        with (
            _replaced(BaseNativeLowering, run_pass=lowered),
            _replaced(CPUContext, get_executable=executable),
            _replaced(CPUCodeLibrary, finalize=finalized, _optimize_functions=_optimise_own_functions),
        ):
            yield


def _link(part: Any) -> None:
    """Do of ``CPUCodeLibrary.finalize`` what others that link this part need."""
    for library in dict.fromkeys(part._linking_libraries):
        part._reload_init.update(library._reload_init)
        part._final_module.link_in(library._get_module_for_linking(), preserve=True)
    part._finalize_dynamic_globals()
    part._finalized = True


def _optimise_own_functions(library: Any, module: Any) -> None:
    """Do what numba does before modules are linked, but not to functions that are only named in this one."""
    module.data_layout = library._codegen._data_layout
    for function in module.functions:
        if not function.is_declaration:
            passes, builder = library._codegen._function_pass_manager()
            passes.run(function, builder)


@contextmanager
def _replaced(owner: Any, **names: Any) -> Iterator[None]:
    before = {name: getattr(owner, name) for name in names}
    try:
        for name, value in names.items():
            setattr(owner, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(owner, name, value)
