"""What siblings and votes share of their prompts is found in vLLM's prefix cache."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))


def test_trees_of_spar_find_nine_tenths_of_what_their_tokens_allow(engine):
    import prefix

    async def emptied():
        await (await engine.host._engine()).reset_prefix_cache()

    engine.host.submit(emptied()).result()
    assert prefix.GOAL <= prefix.asyncio.run(prefix.measure(engine, 2, 8)) <= 1
