"""One table of `preau.toml`, read key by key; every problem is collected, what nobody asked for is unknown."""

from __future__ import annotations

from difflib import get_close_matches

from publish.errors import N_, Reason


class Table:
    """One table of the file: takes what is known, notes what is wrong, and finally what is unknown."""

    def __init__(self, value: object, name: str, problems: list[Reason]) -> None:
        self.name = name
        self.problems = problems
        self.known: list[str] = []
        self.values: dict[str, object] = {}
        if isinstance(value, dict):
            self.values = value
        else:
            self.wrong(N_("{where} must be a table"))

    def wrong(self, message: str, **values: object) -> None:
        """Note a problem of this table."""
        self.problems.append(Reason(message, {"where": f"[{self.name}]", **values}))

    def take(self, key: str) -> object | None:
        """The raw value of a key, which is known from now on."""
        self.known.append(key)
        return self.values.get(key)

    def text(self, key: str, default: str = "", *, required: bool = False) -> str:
        """A text; empty texts are refused."""
        value = self.take(key)
        if value is None:
            if required:
                self.wrong(N_("{where} {key} is missing"), key=key)
            return default
        if not isinstance(value, str) or not value.strip():
            self.wrong(N_("{where} {key} must be a text between quotes"), key=key)
            return default
        return value.strip()

    def optional(self, key: str) -> str | None:
        """A text, or `None` where the file gives none."""
        return self.text(key) or None

    def number(self, key: str, default: int, least: int, most: int) -> int:
        """A whole number within bounds."""
        value = self.take(key)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.wrong(
                N_("{where} {key} must be a whole number from {least} to {most}"), key=key, least=least, most=most
            )
            return default
        return value

    def flag(self, key: str) -> bool:
        """`true` or `false`; absent is false."""
        value = self.take(key)
        if value is None or isinstance(value, bool):
            return bool(value)
        self.wrong(N_("{where} {key} must be true or false"), key=key)
        return False

    def texts(self, key: str, default: tuple[str, ...] = (), *, required: bool = False) -> tuple[str, ...]:
        """A list of texts."""
        value = self.take(key)
        if value is None:
            if required:
                self.wrong(N_("{where} {key} is missing"), key=key)
            return default
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            self.wrong(N_('{where} {key} must be a list of texts, such as ["a", "b"]'), key=key)
            return default
        return tuple(str(item).strip() for item in value)

    def table(self, key: str) -> Table:
        """A table inside this one; an absent one is empty."""
        value = self.take(key)
        return Table({} if value is None else value, f"{self.name}.{key}" if self.name else key, self.problems)

    def finish(self) -> None:
        """Note every key that nobody took, with the nearest right spelling."""
        for key in self.values:
            if key in self.known:
                continue
            near = get_close_matches(key, self.known, n=1)
            where = f"[{self.name}]" if self.name else "preau.toml"
            if near:
                self.wrong(N_("{where} has no key “{key}”; did you mean “{near}”?"), where=where, key=key, near=near[0])
            else:
                known = ", ".join(self.known)
                self.wrong(N_("{where} has no key “{key}”; its keys are: {known}"), where=where, key=key, known=known)
