"""How a group is written: plural, article, abbreviation, ages. Never a guess between two groups."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from plugins.errors import N_, Wrong
from plugins.posts.words import fold, quoted

EVERYBODY = frozenset(
    {
        "tous", "toutes", "tous les groupes", "tous les enfants", "tout le monde", "tous groupes", "pour tous",
        "tous ensemble", "pour tous les enfants", "pour tout le monde", "toutes les tranches d'age", "tous ages",
        "tous les ages",
    }
)  # fmt: skip
ARTICLE = re.compile(
    r"^(?:(?:pour |chez )?(?:les |le |la |l')|pour |chez )?"
    r"(?:(?:groupes?|sections?|enfants) (?:des |de |du )?(?:les )?)?"
)
AGES = re.compile(r"(?:de )?(\d{1,2}) ?(?:ans)? ?(?:-|/|a|et) ?(\d{1,2}) ?(ans)?")
_JOINS = (re.compile(r"\s*(?:,|&|\+|\bet\b)\s*"), re.compile(r"\s*(?:,|/|&|\+|\bet\b)\s*"))
_OVER = re.compile(r"(?:plus de|\+(?: de)?|a partir de|des) ?(\d{1,2}) ans|(\d{1,2}) ans (?:et|ou) (?:plus|\+)")
_UNDER = re.compile(r"(?:moins de|-(?: de)?) ?(\d{1,2}) ans")
_BRACKETS = re.compile(r" ?\(([^()]*)\)$")
"""Ages or another name after a group's (`Maternelles (3-5 ans)`); other words there are a remark."""

_SHORT = 5
"""Longest abbreviation without a full stop (`Élém`, `Mater`); it is half of its word at most."""


@dataclass(frozen=True)
class Groups:
    """The groups of one programme: each name with its other spellings, in order."""

    names: Mapping[str, tuple[str, ...]]

    def read(self, folded: str) -> tuple[str, ...] | None:
        """The groups that a folded label names, none of them for everybody; `None` if it names no group.

        Raises `Wrong` for an abbreviation or ages that may mean two of them.
        """
        if folded in EVERYBODY:
            return ()
        if found := self._one(folded):
            return found
        for join in _JOINS:
            parts = [self._one(part) for part in join.split(folded) if part]
            if len(parts) > 1 and all(parts):
                return tuple(dict.fromkeys(name for part in parts if part for name in part))
        return None

    @cached_property
    def _words(self) -> dict[str, tuple[str, ...]]:
        """Folded spelling → the groups that may be meant; a spelling as written comes before its plural."""
        exact: dict[str, list[str]] = {}
        for name, aliases in self.names.items():
            for word in (name, *aliases):
                exact.setdefault(fold(word).rstrip("."), []).append(name)
        for word, named in list(exact.items()):
            short = ARTICLE.sub("", _BRACKETS.sub("", word))
            if short and short not in exact:
                exact[short] = named
        words = {word: tuple(dict.fromkeys(names)) for word, names in exact.items()}
        for word, names in list(words.items()):
            for variant in (word + "s", word.removesuffix("s")):
                if variant not in exact:
                    words[variant] = tuple(dict.fromkeys((*words.get(variant, ()), *names)))
        return words

    @cached_property
    def _ages(self) -> dict[tuple[int, int], tuple[str, ...]]:
        found: dict[tuple[int, int], tuple[str, ...]] = {}
        for name, aliases in self.names.items():
            for word in (name, *aliases):
                m = AGES.fullmatch(fold(word)) or re.search(r"\(" + AGES.pattern + r"\)", fold(word))
                if m:
                    ages = (int(m[1]), int(m[2]))
                    found[ages] = tuple(dict.fromkeys((*found.get(ages, ()), name)))
        return found

    def _one(self, folded: str) -> tuple[str, ...] | None:
        bare = ARTICLE.sub("", folded)
        forms = [folded, bare]
        if (m := _BRACKETS.search(folded)) and (AGES.fullmatch(m[1]) or m[1].rstrip(".") in self._words):
            forms += [folded[: m.start()], ARTICLE.sub("", folded[: m.start()])]
        for form in forms:
            if names := self._words.get(form.rstrip(".")):
                return self._single(folded, names)
        if m := AGES.fullmatch(bare):
            return self._aged(folded, int(m[1]), int(m[2]), said=bool(m[3]))
        if m := _OVER.fullmatch(bare):
            return self._bounded(int(m[1] or m[2]), over=True)
        if m := _UNDER.fullmatch(bare):
            return self._bounded(int(m[1]), over=False)
        return self._abbreviated(folded, bare)

    def _abbreviated(self, folded: str, bare: str) -> tuple[str, ...] | None:
        stem = bare.rstrip(".")
        dotted = bare.endswith(".")
        if len(stem) < (2 if dotted else 3) or not stem.isalpha():
            return None
        meant = [
            name
            for name, aliases in self.names.items()
            if any(_abbreviates(stem, fold(word), dotted=dotted) for word in (name, *aliases))
        ]
        return self._single(folded, tuple(meant)) if meant else None

    def _aged(self, folded: str, first: int, last: int, *, said: bool) -> tuple[str, ...] | None:
        if names := self._ages.get((first, last)):
            return self._single(folded, names)
        if not said or not self._ages or first > last:
            return None
        touched = [(a, b, name) for (a, b), names in self._ages.items() for name in names if a <= last and first <= b]
        if touched and min(a for a, _, _ in touched) == first and max(b for _, b, _ in touched) == last:
            return tuple(name for name in self.names if any(name == other for _, _, other in touched))
        if len({name for _, _, name in touched}) > 1:
            return self._single(folded, tuple(name for _, _, name in touched))
        raise Wrong(
            N_("“{text}” are the ages of no group. Known: {known}. Write the group's name."),
            text=folded, known=quoted(self.names),
        )  # fmt: skip

    def _bounded(self, age: int, *, over: bool) -> tuple[str, ...] | None:
        """The groups above or below an age; `None` if one of them has children on both sides."""
        if any(first < age < last for first, last in self._ages):
            return None
        found = [name for (first, last), names in self._ages.items() for name in names if (first >= age) is over]
        return tuple(name for name in self.names if name in found) or None

    def _single(self, folded: str, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(names)) > 1:
            raise Wrong(
                N_("“{text}” may mean {groups}: write the group's whole name."),
                text=folded, groups=quoted(dict.fromkeys(names)),
            )  # fmt: skip
        return (names[0],)


def _abbreviates(stem: str, word: str, *, dotted: bool) -> bool:
    if not word.startswith(stem) or len(stem) >= len(word):
        return False
    return dotted or (len(stem) <= _SHORT and 2 * len(stem) <= len(word) and stem[-1] not in "aeiouy")
