"""The command in an empty folder."""

import sys

import pytest

from maieutic.cli import main


@pytest.fixture
def maieutic(monkeypatch, capsys, tmp_path):
    """Run the command in an empty folder: exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")

    def command(*arguments):
        monkeypatch.setattr(sys, "argv", ["maieutic", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return command
