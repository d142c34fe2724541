"""What the process that children are forked from has done before: modules imported, tables of languages read.

Knows nothing of kills. Whatever is started here has ended when the import has.
"""

import asyncio

from maieutic.scenarios import alpaca_farm, play, socratic_math, spar, tree_instruct

SCENARIOS = (alpaca_farm.SCENARIO, socratic_math.SCENARIO, spar.SCENARIO, tree_instruct.SCENARIO)

for one in SCENARIOS[:3:2]:
    for index in range(8):  # no more than that are played, and a world remembers what it made
        asyncio.run(play(one, one.world.generate(11, index)))
