"""Reading the knowledge files: checked once, cached, never changed afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from cricksy_lib.coaching.house_rules import read_house_rules, with_house_rules
from cricksy_lib.coaching.schema import Common, Discipline, Knowledge, Wording
from cricksy_lib.errors import KnowledgeError, first_fault
from cricksy_lib.results import MODES

FOLDER = Path(__file__).parent / "knowledge"
# The same safe rules in C where libyaml is there: ten times as fast.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_knowledge(folder: Path = FOLDER, *, overrides: Path | bytes | None = None) -> Knowledge:
    """Read and check all knowledge files of a folder.

    Parameters
    ----------
    folder : where ``common.yaml`` and one file per discipline are.
    overrides : a club's own house rules, as a file or its content: see `cricksy_lib.coaching.house_rules`.

    Raises
    ------
    KnowledgeError
        If a file is missing, is not YAML, breaks the schema, or holds a word that is not allowed; or if the
        club's own may not say what it says.
    """
    return _load(folder) if overrides is None else _load_changed(folder, read_house_rules(overrides))


@lru_cache(maxsize=8)
def _load_changed(folder: Path, content: bytes) -> Knowledge:
    return with_house_rules(_load(folder), content)


@lru_cache(maxsize=8)
def _load(folder: Path) -> Knowledge:
    common = _read(folder / "common.yaml", Common)
    disciplines = {mode: _read(folder / f"{mode}.yaml", Discipline) for mode in MODES}
    for mode, discipline in disciplines.items():
        if discipline.discipline != mode:
            raise _error(folder / f"{mode}.yaml", f"it is about {discipline.discipline}")
    knowledge = Knowledge(common=common, disciplines=disciplines)
    for where, problem in wording_problems(knowledge):
        raise _error(folder / f"{where}.yaml", problem)
    return knowledge


def wording_problems(knowledge: Knowledge) -> Iterator[tuple[str, str]]:
    """Yield (file, problem) for every text that holds a word which it must not hold."""
    wording = knowledge.common.wording
    texts = {"common": knowledge.common.model_copy(update={"wording": None})}
    for name, model in [*texts.items(), *knowledge.disciplines.items()]:
        for text in all_texts(model):
            word = forbidden_word(text, wording, name)
            if word is not None:
                yield name, f"'{word}' must not be said: {text[:80]}"


def forbidden_word(text: str, wording: Wording, mode: str | None = None) -> str | None:
    """The first word or phrase of `text` that must not be said (in that discipline), or ``None``."""
    banned = (*wording.never, *(wording.not_in.get(mode, ()) if mode else ()))
    return next((word for word in banned if _pattern(word).search(text)), None)


def all_texts(value: object) -> Iterator[str]:
    """Every string inside a model, mapping or sequence."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from all_texts(getattr(value, name))
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from all_texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from all_texts(item)


@lru_cache(maxsize=512)
def _pattern(word: str) -> re.Pattern[str]:
    stem = word.removesuffix("*")
    ending = r"\w*" if word.endswith("*") else r"s?\b"
    return re.compile(rf"\b{re.escape(stem)}{ending}", re.IGNORECASE)


def _read(path: Path, model: type[Any]) -> Any:
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)
    except OSError as error:
        raise _error(path, "it cannot be read") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _error(path, f"it is not YAML ({str(error).splitlines()[0]})") from error
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise _error(path, first_fault(error, "it")) from error


def _error(path: Path, problem: str) -> KnowledgeError:
    return KnowledgeError(
        f"The knowledge file {path.name} cannot be used: {problem}.",
        "Mend that entry; docs/knowledge.md says what each one may hold.",
    )
