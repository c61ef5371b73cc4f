"""What can be configured is written down, and what is written down can be configured."""

import re
import tomllib
from pathlib import Path

from bot.config import VARIABLES, load_policy
from bot.config.policy_file import tables
from bot.config.reference import env_example, markdown_keys, markdown_variables, policy_keys, written

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docker" / "relatch.example.toml"
# The example shows these set to something; the reference has them empty or required.
SHOWN_SET = {"people.escalate_to", "people.table", "phone.region"}


def test_the_example_environment_is_the_table_of_variables() -> None:
    assert (ROOT / "docker" / "env.example").read_text() == env_example(), (
        "run: python -m bot.config.reference > docker/env.example"
    )


def test_every_variable_has_one_name_a_meaning_and_a_default() -> None:
    names = [variable.name for variable in VARIABLES]

    assert len(names) == len(set(names))
    assert all(variable.meaning and variable.default for variable in VARIABLES)
    assert all(re.fullmatch(r"[A-Z_]+", name) for name in names)


def test_no_other_variable_is_read_anywhere() -> None:
    known = {variable.name for variable in VARIABLES}
    pattern = re.compile(r"\b(?:RELATCH|SLACK|AZURE)_[A-Z_]{3,}\b")
    for package in ("bot", "commands", "approvals"):
        for source in (ROOT / package).rglob("*.py"):
            assert set(pattern.findall(source.read_text())) <= known, source


def test_the_example_policy_shows_every_key_and_loads() -> None:
    load_policy({"RELATCH_POLICY": str(EXAMPLE)})
    example = tomllib.loads(EXAMPLE.read_text())
    shown = {f"{table}.{key}" for table, keys in example.items() for key in keys}

    assert shown == {key.name for key in policy_keys()}
    assert list(example) == [name for name, _ in tables()]


def test_the_example_policy_shows_each_default() -> None:
    example = tomllib.loads(EXAMPLE.read_text())
    for key in policy_keys():
        table, name = key.name.split(".")
        if key.default != "required" and key.name not in SHOWN_SET:
            shown = example[table][name]
            assert written(tuple(shown) if isinstance(shown, list) else shown) == key.default, key.name


def test_the_tables_of_the_reference_have_a_row_for_each() -> None:
    variables, keys = markdown_variables(), markdown_keys()

    assert all(f"| `{variable.name}` |" in variables for variable in VARIABLES)
    assert all(f"| `{key.name}` | {key.meaning} | {key.default} |" in keys for key in policy_keys())
