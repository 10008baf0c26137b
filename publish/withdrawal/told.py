"""What a withdrawal did, or would do, in words."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from publish.language import ngettext
from publish.language import say as _
from publish.withdrawal import content
from publish.withdrawal.quarantine import KEPT
from publish.withdrawal.run import Outcome


def lines(centre: str, outcome: Outcome, folder: Path, quarantine: Path, *, dry_run: bool) -> Iterator[str]:
    """Each thing on a line, then what is left to a person."""
    if outcome.unread:
        yield _(
            "{sites}: this machine has a version of Préau that is too old: the photo may still be visible there. Tell "
            "whoever looks after Préau now: update this machine, then run `preau withdraw {site} --reappliquer`."
        ).format(sites=", ".join(sorted(outcome.unread)), site=centre)
    for file, names in sorted(outcome.plan.unsure.items()):
        yield _(
            "{file} was never published as it is now: it may have been replaced or damaged since, and what families "
            "saw may still be visible. Its article showed the photos {references}, which its folder no longer holds: "
            "if one of them is meant, run `preau withdraw {site} REFERENCE` for it as well."
        ).format(file=file, references=", ".join(map(_reference, names)), site=centre)
    if outcome.plan.uncompared:
        yield _(
            "{site}: photos of its content can't be prepared: {cause}. What looks the same as the one that is meant "
            "was not looked for among them: once this is mended, run the same command again."
        ).format(site=centre, cause=outcome.plan.uncompared.text(_))
    if dry_run:
        yield _("Dry run, nothing was changed. This would go:")
    elif outcome.name and outcome.unread:
        yield _("{site}: withdrawal {name} is in force for what this machine can read.").format(
            site=centre, name=outcome.name
        )
    elif outcome.name:
        yield _("{site}: withdrawal {name} is in force; gateways hide the photo within 10 seconds.").format(
            site=centre, name=outcome.name
        )
    else:
        yield _("{site}: nothing new to withdraw; what the register says was carried out once more.").format(
            site=centre
        )
    yield from (f"  {line}" for line in _gone(outcome, quarantine))
    yield from _left(centre, outcome, folder)


def _gone(outcome: Outcome, quarantine: Path) -> Iterator[str]:
    for edit in outcome.edits:
        if edit.text is None:
            alike = edit.file in outcome.plan.alike
            text = _("{file} → {folder} (it looks the same, or is)") if alike else _("{file} → {folder}")
            yield text.format(file=edit.file, folder=quarantine)
        elif not edit.by_hand:
            yield _("{file}: the photo, its description and its caption are taken out").format(file=edit.file)
    if outcome.plan.files:
        yield ngettext(
            "the quarantine is emptied of it after {count} day", "the quarantine is emptied of it after {count} days",
            KEPT.days,
        ).format(count=KEPT.days)  # fmt: skip
    for slug, going in sorted(outcome.going.items()):
        releases = ngettext("{count} release", "{count} releases", len(going.releases)).format(
            count=len(going.releases)
        )
        files = ngettext("{count} file", "{count} files", len(going.blobs)).format(count=len(going.blobs))
        yield _("{site}, in the store: {releases} that hold it, {files} in all versions").format(
            site=slug, releases=releases, files=files
        )
    prepared, built = len(outcome.traces.prepared), len(outcome.traces.files)
    yield _("on this machine: {photos} in the cache, {files} of built sites").format(
        photos=ngettext("{count} photo", "{count} photos", prepared).format(count=prepared),
        files=ngettext("{count} file", "{count} files", built).format(count=built),
    )
    if outcome.purged:
        yield ngettext(
            "{count} file of earlier withdrawals left the quarantine for good",
            "{count} files of earlier withdrawals left the quarantine for good", outcome.purged,
        ).format(count=outcome.purged)  # fmt: skip


def _left(centre: str, outcome: Outcome, folder: Path) -> Iterator[str]:
    for edit in outcome.edits:
        if edit.by_hand:
            yield _("{file} still names the photo: take it out by hand, then run `preau publish {site}`.").format(
                file=edit.file, site=centre
            )
    for slug, problems in sorted(outcome.unread.items()):
        yield _("{site}: not looked through: {keys}").format(
            site=slug, keys=", ".join(str(problem.values["key"]) for problem in problems)
        )
    for failed in outcome.failed:
        text = (
            _(
                "{site}: its content can't be published now. Families see the earlier site without the photo; mend "
                "this, then publish:"
            )
            if failed.slug in outcome.cut_out
            else _("{site}: its content can't be published now; mend this, then publish:")
        )
        yield text.format(site=failed.slug)
        yield from (f"  {line}" for problem in failed.problems for line in problem.text(_).splitlines())
    tree = content.in_git(folder) if outcome.plan.files else None
    if tree is not None:
        yield _("{folder} is a git tree: its history still holds the photo, here and in every copy of it.").format(
            folder=tree
        )
        yield _("To remove it there (git-filter-repo is a program of its own), then publish the history anew:")
        names = " ".join(f"--path {_quoted(folder, tree, file)}" for file in sorted(outcome.plan.files))
        yield f"  git -C {tree} filter-repo --invert-paths --force {names}"
        yield f"  git -C {tree} reflog expire --expire=now --all && git -C {tree} gc --prune=now"
        yield "  git push --force --all && git push --force --tags"
        yield _("Other clones, and the server's own copies (forks, merge requests), must be made again.")
    elif outcome.plan.files:
        yield _(
            "Copies that Préau does not know (backups, exports, synchronised drives) keep theirs: remove it there too."
        )


def _reference(name: str) -> str:
    """As it stands below a photo."""
    return f"{name[:4]}-{name[4:8]}".upper()


def _quoted(folder: Path, tree: Path, file: str) -> str:
    return shlex.quote((folder.resolve() / file).relative_to(tree).as_posix())
