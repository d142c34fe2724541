"""A player who lets another play, and remembers what it was shown."""

from dataclasses import dataclass, field

from maieutic.agents import Agent


@dataclass
class Spy:
    player: Agent
    seen: list = field(default_factory=list)  # turns, as they were put
    name = "spy"

    @property
    def fingerprint(self):
        return self.player.fingerprint

    @property
    def simulated(self):
        return self.player.simulated

    @property
    def views(self):
        """(name of the role, what it was shown) of each turn."""
        return [(turn.role.name, dict(turn.view)) for turn in self.seen]

    def shown(self, name):
        """What it was shown in each turn of one role."""
        return [view for role, view in self.views if role == name]

    async def act(self, turn):
        self.seen.append(turn)
        return await self.player.act(turn)
