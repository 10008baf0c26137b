"""The people of the demonstration: plainly made up, each showing one rule of who may enter. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

from publish.errors import N_, Translate

SCHOOLS: Mapping[str, str] = MappingProxyType(
    {
        "billancourt": "0929003L",
        "escudier": "0929008S",
        "fessart": "0929010U",
        "maitre-jacques": "0929017B",
        "point-du-jour": "0929022G",
    }
)
"""The made-up school (UAI) of each pilot centre."""

OUTSIDE_SCHOOL = "0929029P"
"""A school whose centre (Silly) is not in the pilot."""

CLAIM_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "profile": "ENTPersonProfils",
        "school": "ENTPersonStructRattachUAI",
        "paired": "ENTPersonProfilsParEcole",
        "identifier": "ENTPersonLogin",
    }
)
"""How the demonstration's ENT names what it sends: names of the directory, and one packed claim as some ENTs have."""

_PUPIL, _GUARDIAN, _TEACHER, _LOCAL, _OTHER = (
    "National_ELV",
    "National_TUT",
    "National_ENS",
    "National_COL",
    "National_AUT",
)


class Group(Enum):
    """The headings of the sign-in page, in its order; values are English sources."""

    FAMILIES = N_("Families")
    CHILDREN = N_("Children")
    CENTRES = N_("Centres and schools")
    CITY = N_("City")
    NOBODY = N_("Without access")


@dataclass(frozen=True)
class DemoPerson:
    """Somebody who can be signed in as.

    Arguments:
        key: short name, in the form's button and in tests.
        name: plainly made up.
        group: heading under which the sign-in page shows the person.
        role: who this is, one line (English source).
        sees: slugs of the centres that the person enters; stated here, never computed from the rules it demonstrates.
        everything: enters every centre, whatever their number.
        claims: what the ENT says of the person, besides `sub` and `name`.
        staff_of: centres whose staff list the city put the person on.
        city: whether the person is on the city's list.
    """

    key: str
    name: str
    group: Group
    role: str
    sees: frozenset[str] = frozenset()
    everything: bool = False
    claims: Mapping[str, object] = field(default_factory=dict)
    staff_of: frozenset[str] = frozenset()
    city: bool = False

    @property
    def subject(self) -> str:
        """The ENT's stable identifier (`sub`)."""
        return f"demo-{self.key}"

    @property
    def login(self) -> str:
        """The value compared, hashed, with the city's lists."""
        return f"{self.key}@ent.example"

    @property
    def initials(self) -> str:
        """Two letters, for a decoration beside the name."""
        return "".join(word[0] for word in self.name.replace("-", " ").split())[:2].upper()

    def says(self) -> dict[str, object]:
        """Every claim that the ENT makes, but for `name` (which needs the scope `profile`)."""
        return {"sub": self.subject, CLAIM_NAMES["identifier"]: self.login, **self.claims}

    def expectation(self, names: Mapping[str, str], translate: Translate) -> str:
        """What the person should see, in a sentence.

        Arguments:
            names: slug → name of the centres that are published.
            translate: to the reader's language.
        """
        if self.everything:
            return translate(N_("Enters every centre’s site."))
        seen = [name for slug, name in sorted(names.items()) if slug in self.sees]
        if not seen:
            return translate(N_("Enters no site: a page kindly says why."))
        *first, last = seen
        if not first:
            return translate(N_("Enters one site: {centre}.")).format(centre=last)
        centres = translate(N_("{first} and {last}")).format(first=", ".join(first), last=last)
        return translate(N_("Chooses between these sites: {centres}.")).format(centres=centres)


def _says(profiles: str | list[str], schools: str | list[str] = "", packed: str = "") -> Mapping[str, object]:
    claims: dict[str, object] = {CLAIM_NAMES["profile"]: [profiles] if isinstance(profiles, str) else profiles}
    if schools:
        claims[CLAIM_NAMES["school"]] = [schools] if isinstance(schools, str) else schools
    if packed:
        claims[CLAIM_NAMES["paired"]] = packed
    return MappingProxyType(claims)


PEOPLE: tuple[DemoPerson, ...] = (
    DemoPerson(
        "responsable-fessart",
        "Dominique Démonstration",
        Group.FAMILIES,
        N_("Guardian of a child at the Fessart school"),
        sees=frozenset({"fessart"}),
        claims=_says(_GUARDIAN, SCHOOLS["fessart"]),
    ),
    DemoPerson(
        "responsable-deux-ecoles",
        "Sacha Modèle",
        Group.FAMILIES,
        N_("Guardian of two children, one at the Escudier school and one at the Fessart school"),
        sees=frozenset({"escudier", "fessart"}),
        claims=_says(_GUARDIAN, [SCHOOLS["escudier"], SCHOOLS["fessart"]]),
    ),
    DemoPerson(
        "enseignante-et-responsable",
        "Alex Prototype",
        Group.FAMILIES,
        N_("Teacher at the Billancourt school and guardian of a child at the Maître-Jacques school"),
        sees=frozenset({"maitre-jacques"}),
        claims=_says(
            [_TEACHER, _GUARDIAN],
            [SCHOOLS["billancourt"], SCHOOLS["maitre-jacques"]],
            packed=f"ENS:{SCHOOLS['billancourt']};TUT:{SCHOOLS['maitre-jacques']}",
        ),
    ),
    DemoPerson(
        "responsable-point-du-jour",
        "Maxence Figurant",
        Group.FAMILIES,
        N_("Guardian of a child at the Point-du-Jour school"),
        sees=frozenset({"point-du-jour"}),
        claims=_says(_GUARDIAN, SCHOOLS["point-du-jour"]),
    ),
    DemoPerson(
        "enfant-billancourt",
        "Lou Spécimen",
        Group.CHILDREN,
        N_("Child at the Billancourt school"),
        sees=frozenset({"billancourt"}),
        claims=_says(_PUPIL, SCHOOLS["billancourt"]),
    ),
    DemoPerson(
        "enfant-fessart",
        "Noa Échantillon",
        Group.CHILDREN,
        N_("Child at the Fessart school"),
        sees=frozenset({"fessart"}),
        claims=_says(_PUPIL, SCHOOLS["fessart"]),
    ),
    DemoPerson(
        "animation-fessart",
        "Camille Exemple",
        Group.CENTRES,
        N_("Activity leader on the staff list of the Fessart centre"),
        sees=frozenset({"fessart"}),
        claims=_says(_LOCAL),
        staff_of=frozenset({"fessart"}),
    ),
    DemoPerson(
        "animation-escudier",
        "Alix Maquette",
        Group.CENTRES,
        N_("Activity leader on the staff list of the Escudier centre"),
        sees=frozenset({"escudier"}),
        claims=_says(_LOCAL),
        staff_of=frozenset({"escudier"}),
    ),
    DemoPerson(
        "ecole-fessart",
        "Pascale Fictive",
        Group.CENTRES,
        N_("Teacher at the Fessart school, without a child there: the centre has not admitted the school’s staff"),
        claims=_says(_TEACHER, SCHOOLS["fessart"]),
    ),
    DemoPerson(
        "ville",
        "Morgan Invention",
        Group.CITY,
        N_("City officer, on the city’s list"),
        everything=True,
        claims=_says(_LOCAL),
        city=True,
    ),
    DemoPerson(
        "responsable-hors-pilote",
        "Andrea Témoin",
        Group.NOBODY,
        N_("Guardian of a child at a school outside the pilot"),
        claims=_says(_GUARDIAN, OUTSIDE_SCHOOL),
    ),
    DemoPerson(
        "profil-inconnu",
        "Ange Anonyme",
        Group.NOBODY,
        N_("Profile that the sites do not know, without a school"),
        claims=_says(_OTHER),
    ),
)
"""In the order of the sign-in page."""


def person(key: str) -> DemoPerson:
    """The person with that key; `KeyError` if there is none."""
    return {one.key: one for one in PEOPLE}[key]


def grouped() -> list[tuple[Group, list[DemoPerson]]]:
    """The people under their headings, both in the page's order."""
    return [(group, [one for one in PEOPLE if one.group is group]) for group in Group]


Identify = Callable[[str], str]
"""The keyed hash of a value of the configured claim, for one issuer."""


def city_list(identify: Identify) -> frozenset[str]:
    """The city's list, hashed."""
    return frozenset(identify(one.login) for one in PEOPLE if one.city)


def staff_list(slug: str, identify: Identify) -> frozenset[str]:
    """One centre's staff list, hashed."""
    return frozenset(identify(one.login) for one in PEOPLE if slug in one.staff_of)
