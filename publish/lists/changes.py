"""What a new policy would change, and what in it somebody must confirm. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from publish.access import LISTS, Admission, MembershipKind, Policy
from publish.errors import N_, Reason

SETS = ("schools", *LISTS)

KIND_WORDS = {
    MembershipKind.CHILD: N_("the children of its schools"),
    MembershipKind.GUARDIAN: N_("the parents of its schools"),
    MembershipKind.SCHOOL_STAFF: N_("the staff of its schools"),
}

_EMPTIED = {
    "schools": N_("{removed} of its {before} schools would lose their access"),
    "enrolled": N_("{removed} of the {before} people enrolled would be removed"),
    "staff": N_("{removed} of the {before} people of the staff would be removed"),
    "city": N_("{removed} of the {before} city officers would be removed"),
    "blocked": N_("{removed} of the {before} people blocked would no longer be"),
}


@dataclass(frozen=True)
class PolicyChange:
    """From the policy in force (`None`: there is none) to another."""

    before: Policy | None
    after: Policy

    @property
    def changes(self) -> bool:
        """Whether anything changes."""
        return self.before != self.after

    def added(self, name: str) -> frozenset[str]:
        """What one set (`schools`, `staff` …) gains."""
        return frozenset(getattr(self.after, name)) - self._was(name)

    def removed(self, name: str) -> frozenset[str]:
        """What one set loses."""
        return self._was(name) - frozenset(getattr(self.after, name))

    def opens(self) -> tuple[Reason, ...]:
        """The kinds of people to whom the site was closed and would be open; none while no school was admitted."""
        if self.before is None or not self.before.schools:
            return ()
        found = [
            Reason(N_("it would open to {who}"), {"who": Reason(KIND_WORDS[kind])})
            for kind in MembershipKind
            if kind in self.after.admitted - self.before.admitted
        ]
        if (self.before.admission, self.after.admission) == ("inscrits", "ecoles"):
            found.append(Reason(N_("it would open to families of its schools who are not enrolled")))
        return tuple(found)

    def to_confirm(self) -> tuple[Reason, ...]:
        """Everything that nobody should do by mistake: opening, or removing more than a third of a list."""
        removals = [
            Reason(_EMPTIED[name], {"removed": len(removed), "before": len(self._was(name))})
            for name in SETS
            if 3 * len(removed := self.removed(name)) > len(self._was(name))
        ]
        return (*self.opens(), *removals)

    def _was(self, name: str) -> frozenset[str]:
        return frozenset(getattr(self.before, name)) if self.before else frozenset()


def propose(before: Policy | None, admission: Admission, lists: Mapping[str, frozenset[str]]) -> PolicyChange:
    """The policy that `centre.toml` and new lists ask for.

    Arguments:
        lists: name of a list → everybody on it; a list that is not named stays as it is.
    """
    unknown = set(lists) - set(LISTS)
    if unknown:
        raise ValueError(f"no such list: {unknown}")
    base = before or Policy(schools=frozenset())
    after = replace(
        base, schools=admission.schools, admission=admission.admission, admitted=admission.admitted,
        blocked=lists.get("blocked", base.blocked), city=lists.get("city", base.city),
        staff=lists.get("staff", base.staff), enrolled=lists.get("enrolled", base.enrolled),
    )  # fmt: skip
    return PolicyChange(before, after)
