"""What mathematics says: formulas with known answers, an opinion independent of both engines.

Nothing here imports an engine, a scenario or a measure, so that a run held against it is held against
something else. All functions are plain: numbers in, numbers out, ``ValueError`` for what is out of range.

=====================================================================  ====================================
question                                                               answer
=====================================================================  ====================================
How many friends does one customer bring?                              :mod:`~referralsim.theory.offspring`
Does one line of customers end? How large does it grow?                :mod:`~referralsim.theory.branching`
... with several segments or loops?                                    :mod:`~referralsim.theory.multitype`
How long until a friend has joined, and his friend?                    :mod:`~referralsim.theory.delays`
How fast does a loop grow? How much of it has come by day t?           :mod:`~referralsim.theory.growth`
How many are customers on day t if they leave, or the market is full?  :mod:`~referralsim.theory.diffusion`
When do friends run out: how far does a cascade get on given ties?     :mod:`~referralsim.theory.network`
... on these very ties, exactly?                                       :mod:`~referralsim.theory.cascades`
What shape have the trees?                                             :mod:`~referralsim.theory.virality`
What do a cap, a happy moment, a second loop, a reward come to?        :mod:`~referralsim.theory.moments`
=====================================================================  ====================================

Three assumptions part the modules. *Fresh contacts without end* (branching, multitype, growth): K keeps its
value for ever, which is right early on and too hopeful later. *Given ties* (network, cascades): each friend
can be won once, so that K wears out. *A closed, well-mixed market* (Bass): the same without any ties.

Symbols: K friends a customer, G generating function, T chance that a tie carries a recommendation, tau delay,
g generation, t time in any one unit (days throughout the project).
"""
