"""The configuration we ship: it loads, says every setting, and says the truth about the defaults."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from ingestd.config import SYSTEM_STATE, Inbox, Settings, load

SHIPPED = Path(__file__).parents[1] / "etc" / "ingestd.toml"


def _all_settings_in_force() -> dict[str, Any]:
    """The shipped file with every setting at its default uncommented."""
    text = SHIPPED.read_text(encoding="utf-8")
    return tomllib.loads(re.sub(r"(?m)^#(?! \S|$)", "", text))


def _fields(model: type[BaseModel], said: dict[str, Any], prefix: str = "") -> list[str]:
    """Settings of ``model`` that ``said`` passes over, and those it says that do not exist."""
    wrong = [f"{prefix}{name}: no such setting" for name in said.keys() - model.model_fields.keys()]
    for name, field in model.model_fields.items():
        kind = field.annotation
        if name not in said:
            wrong.append(f"{prefix}{name}: not in the file")
        elif isinstance(kind, type) and issubclass(kind, BaseModel):
            wrong += _fields(kind, said[name], f"{prefix}{name}.")
        elif get_args(kind)[:1] == (Inbox,):
            wrong += _fields(Inbox, said[name][0], f"{prefix}{name}.")
    return wrong


def test_it_loads_and_changes_no_default_but_the_places() -> None:
    """What a fresh installation runs with is the documented default, in the system's places."""
    settings = load(SHIPPED, environ={})
    expected = Settings(
        state_dir=SYSTEM_STATE,
        runtime_dir=Path("/run/ingestd"),
        inbox=(Inbox(path=Path("/srv/ingestd/inbox")),),
    )
    assert expected == settings


def test_every_setting_is_in_the_file() -> None:
    """An operator finds every setting in the file, and none that does not exist."""
    assert _fields(Settings, _all_settings_in_force()) == []


def test_the_defaults_shown_are_the_defaults() -> None:
    """Uncommenting every line changes nothing."""
    assert Settings.model_validate(_all_settings_in_force()) == load(SHIPPED, environ={})
