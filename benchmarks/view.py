"""The page on a large run: 100,000 episodes and one tree of 2,000 candidates. How long the server takes for the first page,
a sort, filters and searches; how long a browser takes to draw the tree; whether the server's memory stays flat.

    python benchmarks/view.py [--episodes 100000] [--candidates 2000] [--folder FOLDER] [--browser /usr/bin/chromium]

With `--folder`, the runs and their index are kept there, and used when it is named again.
Episodes are played ones, written again under other names through the journal itself. Beside the times stand floors: reading
the fifty episodes of a page from the journal, and looking for the words in every row of it.
"""

import argparse
import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

from machine import machine

from maieutic import Event, Task, digest, rng
from maieutic.runs import Journal
from maieutic.scenarios import assemble, catalogue
from maieutic.worlds.catalogue import load

BATCH = 500


def named(episode, place):
    """The episode under another name, with a word in each of its turns that says where it stands."""
    new = {episode.id: digest("copy", place)}
    events = []
    for number, event in enumerate(episode.events):
        new[event.id] = digest(place, number)
        said = dict(event.answer)
        if isinstance(said.get("text"), str):
            said["text"] = f"{said['text']} word{rng(place, number).randrange(5000)}"
        events.append(
            event.model_copy(update={"id": new[event.id], "parent": new[event.parent], "answer": said})
        )
    notes = json.loads(
        re.sub(r"[0-9a-f]{24}", lambda found: new.get(found[0], found[0]), json.dumps(episode.notes))
    )
    task = episode.task.model_copy(update={"id": f"{episode.task.id}:{place}"})
    update = {"id": new[episode.id], "events": tuple(events), "notes": notes, "task": task, "seed": place}
    return episode.model_copy(update=update)


async def write(folder, scenario, episodes, count):
    company = assemble(scenario)
    facts = {
        "scenario": scenario.name,
        "parameters": company.spelled,
        "cast": {seat: agent.fingerprint for seat, agent in company.cast.items()},
        "seed": 0,
        "tasks": f"{count} copies of played episodes",
    }
    with Journal(folder, facts) as journal:
        for start in range(0, count, BATCH):
            batch = [
                (place, named(episodes[place % len(episodes)], place))
                for place in range(start, min(count, start + BATCH))
            ]
            await asyncio.gather(*(journal.log(place).end(episode) for place, episode in batch))


async def played(name, count, **parameters):
    scenario, world = catalogue.load(name), load(catalogue.load(name).world.name)
    company = assemble(scenario, parameters=parameters)
    return scenario, [await company.play(world.generate(0, seed), seed) for seed in range(count)]


def large_tree(episode, candidates, votes=3):
    """An episode with that many candidates: each revises one before it, each is voted on."""
    events, values, depth = [], {}, {}
    chance = rng("tree", candidates)
    names = []

    def event(role, parent, index, answer):
        name = digest(parent, role, index)
        events.append(
            Event(
                id=name,
                parent=parent,
                role=role,
                index=index,
                seat=role.split(".")[0],
                agent="copy",
                key="k",
                answer=answer,
            )
        )
        return name

    children = {}
    for number in range(candidates):
        text = " ".join(f"word{chance.randrange(300)}" for _ in range(40))
        above = names[chance.randrange(max(0, number - 400), number)] if number else None
        parent = children[above][0] if above else episode.id
        place = len(children.get(above, ())) if above else 0
        name = event("refiner.refine" if above else "actor.respond", parent, place, {"text": text})
        said = [chance.random() < 0.4 for _ in range(votes)]
        children[name] = [
            event("refiner.judge", name, place, {"text": "because", "verdict": "yes" if yes else "no"})
            for place, yes in enumerate(said)
        ]
        if above:
            children[above].append(name)
        values[name], depth[name] = sum(said) / votes, depth.get(above, -1) + 1
        names.append(name)
    notes = {
        "values": values,
        "depth": depth,
        "root": names[0],
        "best": names[-1],
        "visits": names[: candidates // 3],
    }
    return episode.model_copy(update={"events": tuple(events), "notes": notes})


def get(address):
    begun = time.perf_counter()
    with urllib.request.urlopen(address) as answer:
        body = answer.read()
    return time.perf_counter() - begun, body


def memory(process):
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


def floor(folder, query):
    """Seconds to read the first fifty episodes, and to look for words in every turn, by the journal alone."""
    with Journal(folder) as journal:
        begun = time.perf_counter()
        for place in range(50):
            journal.find(str(place))
        page = time.perf_counter() - begun
        begun, looked, found = time.perf_counter(), 0, 0
        for _, episode in journal.episodes():
            looked += 1
            found += any(query in str(event.answer.get("text", "")) for event in episode.events)
            if looked == 2000:
                break
        scan = (time.perf_counter() - begun) / looked
    return page, scan


def drawn(address, browser):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        tab = chromium.new_page(viewport={"width": 1280, "height": 900})
        times = []
        for _ in range(3):
            tab.goto(address, wait_until="load")
            times.append(
                tab.evaluate(
                    "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => {"
                    "const t = performance.getEntriesByType('navigation')[0];"
                    "done([t.responseEnd - t.requestStart, performance.now() - t.responseEnd])})))"
                )
            )
        nodes = tab.locator("svg.tree .node").count()
        tab.evaluate("() => document.querySelector('svg.tree').remove()")
        tree = tab.evaluate(
            """async () => {
                const page = await (await fetch(location.href)).text();
                const text = page.slice(page.indexOf('<svg class="tree"'), page.indexOf('</svg></div></div>'));
                const frame = document.querySelector('.tree-frame');
                const begun = performance.now();
                frame.innerHTML = text.slice(0, text.lastIndexOf('</a>') + 4) + '</svg>';
                frame.getBoundingClientRect();
                await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
                return performance.now() - begun;
            }"""
        )
        chromium.close()
    return nodes, times, tree


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--episodes", type=int, default=100_000)
    parser.add_argument("--candidates", type=int, default=2_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--browser", default="/usr/bin/chromium")
    given = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.folder or Path(scratch)
        many, tree = folder / "many", folder / "tree"
        if not many.exists():
            begun = time.perf_counter()
            scenario, episodes = asyncio.run(played("socratic-math", 40))
            episodes = [one for one in episodes if len(one.events) <= 22][:30]
            asyncio.run(write(many, scenario, episodes, given.episodes))
            print(f"{given.episodes:,} episodes written in {time.perf_counter() - begun:.0f} s")
        if not tree.exists():
            scenario, episodes = asyncio.run(played("spar", 1))
            plain = Task(id="tree", world="text-constraints", fields={"prompt": "a large tree"})
            large = large_tree(episodes[0].model_copy(update={"task": plain}), given.candidates)
            asyncio.run(keep(tree, scenario, large))
        measured(folder, many, tree, given)


async def keep(folder, scenario, episode):
    facts = {
        "scenario": scenario.name,
        "parameters": episode.parameters,
        "cast": episode.cast,
        "seed": 0,
        "tasks": "a tree",
    }
    with Journal(folder, facts) as journal:
        await journal.log(0).end(episode)


def measured(folder, many, tree, given):
    program = [
        sys.executable,
        "-c",
        "from maieutic.cli import main; main()",
        "view",
        str(folder),
        "--port",
        "0",
    ]
    server = subprocess.Popen(program, stderr=subprocess.PIPE, text=True, env={**os.environ})
    try:
        address = re.search(r"http://\S+/", server.stderr.readline())[0]
        first, _ = get(address + "run/many/episodes")
        print(f"first page of a run that was never opened: {first * 1000:.0f} ms")
        begun, entered = time.perf_counter(), None
        while True:
            _, body = get(address + "run/many/episodes?sort=place")
            count = int(re.search(rb'id="found"[^>]*>([\d,]+) episodes', body)[1].replace(b",", b""))
            entered = entered or (time.perf_counter() - begun if count >= given.episodes else None)
            _, body = get(address + "run/many")
            if entered is not None and b"still to be counted" not in body:
                break
            time.sleep(2)
        print(
            f"index of {given.episodes:,} episodes: all entered after {entered:.0f} s, records and decisions "
            f"counted after {time.perf_counter() - begun:.0f} s, while pages were served"
        )
        before = memory(server.pid)
        asked = {
            "first page": "",
            "page 1,500": "?page=1500",
            "sorted by a score": "?sort=score:gain&down=1",
            "filtered by stop and score": "?stop=solved&score=gain&low=0.5",
            "filtered by role and verdict": "?role=critic.screen&verdict=leaks:+yes",
            "search: a rare word": "?text=word4711",
            "search: two words": "?text=word17+word4711",
            "search: a word that all have": "?text=the",
            "search: a phrase in one role": "?"
            + urllib.parse.urlencode({"text": '"second step"', "role": "teacher.turn"}),
            "search: a beginning, sorted": "?text=word12*&sort=score:gain",
        }
        page, scan = floor(many, "word4711")
        print(
            f"floors: fifty episodes read from the journal {page * 1000:.0f} ms; every turn looked at {scan * given.episodes:.0f} s"
        )
        for name, query in asked.items():
            times = [get(address + "run/many/episodes" + query)[0] for _ in range(5)]
            print(
                f"  {name:32} median {statistics.median(times) * 1000:4.0f} ms, worst {max(times) * 1000:4.0f} ms"
            )
        for name, path in {
            "overview": "run/many",
            "episode": f"run/many/episode/{given.episodes * 7 // 9}",
            "runs": "",
            "pairs": "run/many/pairs",
            "compare, task by task": "compare?a=many&b=many",
            "compare, what changed": "compare?a=many&b=many&changed=1",
        }.items():
            times = [get(address + path)[0] for _ in range(5)]
            print(
                f"  {name:32} median {statistics.median(times) * 1000:4.0f} ms, worst {max(times) * 1000:4.0f} ms"
            )
        sizes = [memory(server.pid)]
        for round_ in range(3):
            for number in range(150):
                get(f"{address}run/many/episodes?text=word{number}&page={number % 3}")
                get(f"{address}run/many/episode/{(number * 617 + round_) % given.episodes}")
            sizes.append(memory(server.pid))
        print(
            "memory of the server, MiB: "
            + f"{before:.0f} with the index built, then after 300 pages each: "
            + ", ".join(f"{size:.0f}" for size in sizes)
        )
        took, body = get(address + "run/tree/episode/0")
        again = min(get(address + "run/tree/episode/0")[0] for _ in range(3))
        print(
            f"tree of {given.candidates:,} candidates: page {len(body) / 1e6:.1f} MB, server {took * 1000:.0f} ms, "
            f"then {again * 1000:.0f} ms"
        )
        if Path(given.browser).exists():
            try:
                nodes, times, tree_time = drawn(address + "run/tree/episode/0", given.browser)
            except ModuleNotFoundError:
                print("no browser driver (pip install playwright): drawing was not timed")
            else:
                whole = statistics.median(rest for _, rest in times)
                print(
                    f"  {nodes:,} nodes; in the browser, tree alone put in and painted: {tree_time:.0f} ms; whole page after its last byte: {whole:.0f} ms"
                )
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()
