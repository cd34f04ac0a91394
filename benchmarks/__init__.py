"""How fast the compiled engine is, against other software and against its own limits.

``python -m benchmarks`` measures every row of the table in ``docs/performance.md`` and writes the page.
Nothing here is imported by ``referralsim``. The modules ``peer_*`` run in the interpreter of the peers,
so they import neither ``referralsim`` nor anything of this package but each other.
"""
