"""The compiled engine's driver: it lays out memory, calls the kernel piece by piece, and grows what is short.

Importing this module is cheap; numba and the kernel are loaded by the first run. The very first run on
a machine compiles the kernel, which takes a while; later ones load it from the user's cache folder.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from referralsim.engine.contract import EngineInputs, GraphKind, Played, Progress
from referralsim.errors import RunFailed
from referralsim.eventlog.kinds import Kind, in_order
from referralsim.eventlog.record import Level

_AGAIN = (1 << Kind.CHURNED) | (1 << Kind.WON_BACK)
_JOINS = (1 << Kind.SIGNED_UP) | (1 << Kind.ACTIVATED) | _AGAIN
_MASK = {"full": -1, "joins": _JOINS, "summary": 0}


class FastEngine:
    """Play scenarios with the compiled kernel.

    Parameters
    ----------
    level : {"full", "joins", "summary"}
        What is kept of a run; see :data:`referralsim.eventlog.record.Level`.
    events_per_call : int
        Events between two looks at the progress display and at Ctrl-C.
    small_memory : bool
        Start with the smallest buffers, so that all of them have to grow (for tests).

    Notes
    -----
    The log depends on none of these but ``level``, and is that of the reference engine bit for bit. Counts,
    sums and the log of joins are the same at each level that has them.
    """

    name = "fast"

    def __init__(
        self, level: Level = "full", events_per_call: int = 2**18, small_memory: bool = False
    ) -> None:
        self.level = level
        self.events_per_call = events_per_call
        self.small_memory = small_memory

    def run(self, inputs: EngineInputs, seed: int, progress: Progress | None = None) -> Played:
        """Play one replication.

        Parameters
        ----------
        seed : int in [0, 2**64)
        progress : callable, optional
            Called between two calls of the kernel with the simulated day reached.

        Raises
        ------
        RunFailed
            If fresh contacts grow past ``inputs.max_people``, or the run does not fit into the memory that
            is available; it then says what would fit.
        """
        from referralsim.engine.kernel_cache import load_compiled
        from referralsim.engine.memory import refuse_start

        refuse_start(inputs, self.level)
        kernel, sorting, memory = load_compiled(
            "referralsim.engine.kernel", "referralsim.engine.kernel_sort", "referralsim.engine.kernel_memory"
        )
        mask = _AGAIN if self.level == "summary" and memory.may_return(inputs) else _MASK[self.level]
        world = memory.world_of(inputs, seed, mask, self.level != "full", self.small_memory)
        state = memory.new_state(inputs, world, self.small_memory)
        state = self._play(kernel, memory, world, state, progress, inputs)
        n_log, n_people = memory.sizes(state)
        log = sort_log(np.asarray(state.log)[:n_log], sorting)
        tally = None if self.level == "full" else memory.tally_of_state(state)
        lives = None
        if self.level == "summary":
            lives, log = memory.lives_of(inputs, world, state, log), log[:0]
        segment = inputs.segment
        if inputs.graph_kind == GraphKind.FRESH or len(inputs.agents) > 0:
            segment = np.ascontiguousarray(state.people["segment"][:n_people])
        return Played(log, segment, tally, lives)

    def _play(
        self,
        kernel: Any,
        memory: Any,
        world: Any,
        state: Any,
        progress: Progress | None,
        inputs: EngineInputs,
    ) -> Any:
        """Call the kernel until nothing is pending; return the last state."""
        kernel.start(world, state)
        reason = kernel.play(world, state, self.events_per_call)
        while reason != memory.ExitReason.DONE:
            if reason == memory.ExitReason.TOO_MANY_PEOPLE:
                raise RunFailed(
                    "fresh contacts",
                    f"the run has made more than {inputs.max_people:,} people "
                    f"by day {memory.day_reached(state):.1f}",
                    "shorten the horizon, invite fewer, or lower their success",
                )
            if reason == memory.ExitReason.PAUSE and progress is not None:
                progress(memory.day_reached(state))
            state = self._grown(memory, state, reason, inputs)
            reason = kernel.play(world, state, self.events_per_call)
        if progress is not None:
            progress(inputs.horizon_days)
        return state

    def _grown(self, memory: Any, state: Any, reason: int, inputs: EngineInputs) -> Any:
        from referralsim.engine.memory import refuse_growth

        more = memory.bytes_to_grow(state, reason)
        # small buffers are not worth asking the system
        if more > 2**24:
            refuse_growth(inputs, self.level, more, memory.day_reached(state))
        return memory.grown(state, reason)


def warm_up(inputs: EngineInputs, say: Callable[[str], None] | None = None) -> None:
    """Compile the kernel, or load it if it was compiled before, so that worker processes need not.

    Parameters
    ----------
    inputs : EngineInputs
        Any; a moment of this world is played.
    say : callable, optional
        Told in a sentence what takes so long, if the kernel has to be compiled first.
    """
    from referralsim.engine.kernel_cache import is_compiled, note_compiled
    from referralsim.engine.kernel_needs import needs_grammar

    grammar = needs_grammar(inputs)
    if say is not None and not is_compiled(grammar):
        rules = "the whole grammar of programmes" if grammar else "plain programmes"
        say(f"Compiling the engine for {rules}, once for this version; this takes up to a minute ...")
    FastEngine(small_memory=True).run(inputs._replace(horizon_days=1e-9), 0)
    note_compiled(grammar)


def sort_log(log: npt.NDArray[np.void], sorting: Any) -> npt.NDArray[np.void]:
    """Put a log in the order of time into the total order, in place; the result is that of ``in_order``.

    Parameters
    ----------
    sorting : module
        :mod:`referralsim.engine.kernel_sort`, loaded by the caller so that it is compiled once.
    """
    long_runs = np.zeros((len(log) // sorting.LONG_RUN + 1, 2), np.int64)
    rows = log.view(np.recarray) if sorting.PLAIN else log
    n_long = sorting.order_runs(rows, log.view(np.uint64), long_runs)
    if n_long < 0:
        return in_order(log)
    for first, end in long_runs[:n_long]:
        log[first:end] = in_order(log[first:end])
    return log
