"""What the reader sees: one page that answers the question, and the same numbers for machines.

Each figure is made in two steps, ``info = k_by_generation(...)`` (numbers, checked by tests) and
``plot_series(info)`` (a figure). :func:`referralsim.report.build.build_report` writes it all.
"""
