"""Pages that are made when the documentation is built: the gallery, the reference, and llms.txt.

A hook of mkdocs (see mkdocs.yml); `gallery` and `reference` are plain functions and need no mkdocs.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def gallery() -> str:
    """All installed scenarios, each with its graph, roles and parameters."""
    from maieutic.roles import private_fields
    from maieutic.scenarios import assemble, catalogue
    from maieutic.scenarios.checks import as_mermaid, as_text, check

    parts = ["# Gallery\n\nEvery installed scenario, made from the catalogue itself."]
    for name in catalogue.names():
        company, report = assemble(catalogue.load(name)), check(name)
        scenario = company.scenario
        assert report.shape is not None
        lines = [
            f"## {name}",
            f"{scenario.summary[:1].upper()}{scenario.summary[1:]}.",
            (
                f"Follows: {scenario.paper.title}, {scenario.paper.year} ({scenario.paper.reference}). "
                f"Tasks: {scenario.world.name}, with {', '.join(scenario.needs(company.parameters))}."
            ),
            f"```text\nmaieutic run {name} --n 20\n```",
            f"```mermaid\n{as_mermaid(report.shape)}\n```",
            f'??? note "The same in text"\n\n    ```text\n{_indented(as_text(report.shape))}\n    ```',
            f"An episode takes at most {report.turns} turns.",
            "| role | sees | answers | played by |\n|---|---|---|---|",
        ]
        for role in scenario.roles:
            hidden = private_fields(role.answer)
            answers = ", ".join(
                f"{one} (private)" if one in hidden else one for one in role.answer.model_fields
            )
            sees = ", ".join(role.sees) or "nothing"
            player = company.cast.get(role.seat)
            who = "nobody by default" if player is None else player.name
            lines[-1] += f"\n| `{role.name}` | {sees} | {answers} | {who} |"
        lines.append("| parameter | default | meaning |\n|---|---|---|")
        for field, one in scenario.parameters.model_fields.items():
            lines[-1] += f"\n| `{field}` | {one.default} | {_cell(one.description or '')} |"
        parts += lines
    return "\n\n".join(parts) + "\n"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def packages() -> list[str]:
    """The public packages, in their order."""
    order = ["worlds", "roles", "agents", "graphs", "scenarios", "runs", "traces", "exports"]
    return ["maieutic", *(f"maieutic.{one}" for one in order)]


def modules(package: str) -> list[str]:
    """The public modules of a package and, but for the core, of the packages inside it."""
    found = importlib.import_module(package)
    inner = []
    for one in pkgutil.iter_modules(found.__path__):
        name = f"{package}.{one.name}"
        if one.ispkg and package != "maieutic":
            inner += [name, *modules(name)]
        elif not one.ispkg and not one.name.startswith("_"):
            inner.append(name)
    return inner


def reference() -> dict[str, str]:
    """A page for each public package, drawn from its docstrings: path -> text."""
    pages = {"reference.md": "# Reference\n\nFrom the docstrings, package by package.\n\n"}
    for package in packages():
        short = package.partition(".")[2] or "core"
        said = (importlib.import_module(package).__doc__ or "").splitlines()[0]
        pages["reference.md"] += f"- [`{package}`](reference/{short}.md): {said}\n"
        body = "\n\n".join(f"::: {one}" for one in modules(package))
        pages[f"reference/{short}.md"] = f"# {package}\n\n{said}\n\n{body}\n"
    return pages


def llms(pages: dict[str, str]) -> str:
    """What a language model should read first: every page with its first sentence (llmstxt.org)."""
    lines = [
        "# maieutic",
        (
            "> Agent-based multi-role simulation on LangGraph: tutoring dialogues, refinement trees and preference pairs, "
            "each held against a known truth. `pip install maieutic`; `maieutic demo`."
        ),
        "## Pages",
    ]
    found = []
    for path, text in pages.items():
        title = next((line[2:] for line in text.splitlines() if line.startswith("# ")), path)
        prose = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
        plain = [one for one in re.split(r"\n\s*\n", prose.strip()) if one[0] not in "#|!?<:-"]
        first = re.split(r"(?<=[.:]) ", " ".join(plain[0].split()))[0] if plain else ""
        found.append(f"- [{title}]({path}): {first.replace('**', '')}".rstrip(": "))
    return "\n\n".join(lines) + "\n\n" + "\n".join(found) + "\n"


def on_config(config: Any) -> Any:
    """Put pages that the navigation does not name yet at the end of the guide."""
    docs = Path(config["docs_dir"])
    named = json.dumps(config["nav"])
    more = [
        str(file.relative_to(docs))
        for file in [*sorted((docs / "guide").glob("*.md")), *sorted(docs.glob("*.md"))]
        if f'"{file.relative_to(docs)}"' not in named
    ]
    guide = next(part["Guide"] for part in config["nav"] if isinstance(part, dict) and "Guide" in part)
    guide += more
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that are made."""
    from mkdocs.structure.files import File

    for path, text in {"gallery.md": gallery(), **reference()}.items():
        files.append(File.generated(config, path, content=text))
    return files


def on_post_build(config: Any) -> None:
    """Write llms.txt and llms-full.txt beside the pages."""
    docs, site = Path(config["docs_dir"]), Path(config["site_dir"])
    pages = {
        str(file.relative_to(docs)): file.read_text(encoding="utf-8")
        for file in sorted(docs.rglob("*.md"))
        if "decisions" not in file.parts and "log" not in file.parts
    }
    pages["gallery.md"] = gallery()
    for path, text in pages.items():  # what llms.txt links to
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text, encoding="utf-8")
    (site / "llms.txt").write_text(llms(pages), encoding="utf-8")
    (site / "llms-full.txt").write_text("\n\n".join(pages.values()), encoding="utf-8")
