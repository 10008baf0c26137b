"""What the city's own release says: its name, whom to ask, the legal pages. Missing or damaged: said plainly."""

from __future__ import annotations

from dataclasses import dataclass

from publish import strict_json
from publish.gateway.blobs import Blobs
from publish.gateway.sites import InForce, Sites, Unavailable
from publish.paths import CITY_SLUG
from publish.strict_json import Malformed

FACTS = "ville.json"
MOST_BYTES = 64 * 1024


@dataclass(frozen=True)
class City:
    """The city, for the gateway's pages.

    Arguments:
        name, department, phone, email: as people read them.
        accessibility: the state of conformity (RGAA), as every page's footer says it; empty if unknown.
        address: lines.
        titles: stem of a legal page → its title.
        charter: version of the charter that everybody must accept before entering; empty if nobody is asked.
    """

    name: str
    department: str
    address: tuple[str, ...]
    phone: str
    email: str
    accessibility: str
    titles: dict[str, str]
    charter: str


class CityPages:
    """Reads the city's release; what can't be read is `None`.

    Arguments:
        sites, blobs: the same as for centres; the city's release has no policy and is no centre.
    """

    def __init__(self, sites: Sites, blobs: Blobs) -> None:
        self._sites = sites
        self._blobs = blobs
        self._known: tuple[str, City | None] = ("", None)

    async def facts(self) -> City | None:
        """Name and contact."""
        return (await self._said())[1]

    async def charter(self) -> str:
        """Version of the charter that everybody must accept before entering; empty if nobody is asked.

        Raises:
            Unavailable: the city's release says something that can't be read.
        """
        site, facts = await self._said()
        # Damaged is not the same as absent: nobody enters because the charter can't be read.
        if facts is None and (site is None or site.release is not None or not site.usable):
            raise Unavailable
        return facts.charter if facts else ""

    async def fragment(self, name: str) -> str | None:
        """Sanitised HTML of a legal page, made at publication."""
        try:
            data = await self._read(name)
        except Unavailable:
            return None
        return None if data is None else data.decode(errors="replace")

    async def _said(self) -> tuple[InForce | None, City | None]:
        """What is in force for the city, and what it says of itself; while that can't be known, what it said before."""
        try:
            site = await self._sites.in_force(CITY_SLUG)
            if site.release is None:
                return site, None
            if self._known[0] != site.release:
                data = await self._read(FACTS)
                self._known = (site.release, None if data is None else _parse(data))
        except Unavailable:
            return None, self._known[1]
        return site, self._known[1]

    async def _read(self, name: str) -> bytes | None:
        site = await self._sites.in_force(CITY_SLUG)
        entry = (await self._sites.files(site)).get(name)
        if entry is None or site.withdrawn.covers(name, entry):
            return None
        return await self._blobs.read(CITY_SLUG, entry.sha256, entry.size)


def _parse(data: bytes) -> City | None:
    try:
        raw = strict_json.mapping(strict_json.load(data, most=MOST_BYTES), "city")
        titles = strict_json.mapping(raw.get("titles", {}), "titles")
        return City(
            name=strict_json.text(raw.get("name"), "name"),
            department=strict_json.text(raw.get("department", ""), "department"),
            address=strict_json.texts(raw.get("address", []), "address"),
            phone=strict_json.text(raw.get("phone", ""), "phone"),
            email=strict_json.text(raw.get("email", ""), "email"),
            accessibility=strict_json.text(raw.get("accessibility", ""), "accessibility"),
            charter=strict_json.text(raw.get("charter_to_accept", ""), "charter_to_accept", most=40),
            titles={stem: strict_json.text(title, "title") for stem, title in titles.items()},
        )
    except Malformed:
        return None
