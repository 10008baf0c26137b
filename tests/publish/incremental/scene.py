"""Three small centres and the city, as they stand after a first build."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from publish.build import BuildRequest, Progress, Silent, build_sites
from publish.incremental.ledger import Ledger
from publish.jobs import Built, Outcome
from publish.staging import records_of
from tests.publish.contents import write_content
from tests.publish.trees import NOW

SLUGS = ("escudier", "fessart")
ARTICLE = "fessart/articles/2022-11-08-potager"


@dataclass(frozen=True)
class Scene:
    """A content folder and the sites that were built of it."""

    request: BuildRequest

    def build(self, progress: Progress | None = None, **changed: object) -> dict[str, Outcome]:
        request = replace(self.request, **changed)  # type: ignore[arg-type]
        return {outcome.slug: outcome for outcome in build_sites(request, (), progress or Silent())}

    def why(self, slug: str = "fessart", now: datetime | None = None, **changed: object) -> list[str] | None:
        """What makes a build necessary; `None` if nothing does."""
        request = self.request
        ledger = Ledger(
            request.content.resolve(), request.output.resolve(), records_of(request.output), now or request.now,
            request.settings, **changed,  # type: ignore[arg-type]
        )  # fmt: skip
        ledger.open()
        verdict = ledger.verdict(slug)
        return None if verdict.built else [reason.text(str) for reason in verdict.why]


def first(folder: Path, now: datetime = NOW) -> Scene:
    content = write_content(folder / "content")
    return Scene(BuildRequest(content, folder / "sites", folder / "cache", now, 2))


def unchanged(outcomes: Iterable[Outcome]) -> set[str]:
    return {outcome.slug for outcome in outcomes if isinstance(outcome, Built) and outcome.unchanged}
