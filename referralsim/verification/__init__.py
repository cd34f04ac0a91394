"""Whether the engines can be believed: both held to mathematics, to published findings and to planted faults.

``referralsim verify`` plays scenario files the ordinary way and holds what comes out against numbers that
somebody else has worked out. See :mod:`referralsim.verification.check` for what a check is,
:mod:`referralsim.verification.suite` for the list of them.
"""
