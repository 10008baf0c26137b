"""A sample site, with at least one of everything that the templates show; no content folder, no Pelican."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from plugins.photos.model import Photo, Variant
from plugins.posts.model import Article, ImageRights, Moment, Page, Programme, Reminder, Status
from plugins.programmes.model import Activity, Day, Detail, Slot, Week
from plugins.programmes.model import Programme as Body
from plugins.site.model import Centre, City, Group, Hours, Site
from plugins.site.retention import Retention

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2022, 11, 9, 9, 0, tzinfo=PARIS)

MORNING = Slot("matin", "Matin", time(8, 30), time(11, 45))
MIDDAY = Slot("midi", "Midi", time(11, 45), time(13, 30))
AFTERNOON = Slot("apres-midi", "Après-midi", time(13, 30), time(16, 30))
EVENING = Slot("soir", "Soir", time(16, 30), time(18, 30))
WHOLE = Slot("journee", "Journée", time(8, 30), time(18, 30))
FIRST_SERVICE = Slot("1145-1230", "11 h 45 – 12 h 30", time(11, 45), time(12, 30))
SECOND_SERVICE = Slot("1245-1330", "12 h 45 – 13 h 30", time(12, 45), time(13, 30))

SMALL, TALL = ("Maternelles",), ("Élémentaires",)


def post(stem: str, title: str, published: date, **fields: Any) -> dict[str, Any]:
    """The fields that the three kinds share; an article gives its own `blocks`."""
    html = fields.get("html", Markup(""))
    return {
        "source": f"fessart/{stem}.md",
        "stem": stem,
        "title": title,
        "published": datetime.combine(published, time(8), PARIS),
        "moments": (Moment.WEDNESDAY,),
        "audience": (),
        "author": "",
        "summary": "",
        "status": Status.PUBLISHED,
        "validated_by": "",
        "html": html,
        "blocks": (html,) if html else (),
        "from_city": False,
        **fields,
    }


def photo(number: int, width: int, height: int, alt: str = "", caption: str = "", colour: str = "#a9b3a0") -> Photo:
    """A photo with three widths in two formats; `number` makes it another one."""
    digest = f"{number:02d}" + f"{number * 7919:x}".rjust(6, "a") + "0123456789abcdef"
    variants = tuple(
        Variant(f"photos/{digest}-{wide}.{ext}", wide, round(wide * height / width), media_type, wide * 100)
        for ext, media_type in (("webp", "image/webp"), ("jpg", "image/jpeg"))
        for wide in (round(width * share) for share in (0.3, 0.6, 1))
    )
    return Photo(
        source=f"fessart/articles/{number}.jpg",
        reference=digest[:6],
        digest=digest,
        alt=alt or f"Photo {number}",
        caption=caption,
        width=width,
        height=height,
        placeholder=colour,
        variants=variants,
    )


def activity(day: date, slot: Slot | None, groups: tuple[str, ...], text: str, **fields: Any) -> Activity:
    """One activity; `html` is the escaped text unless said."""
    values: dict[str, Any] = {
        "html": Markup("{}").format(text),
        "outing": False,
        "cancelled": False,
        "details": (),
        "line": 1,
        "rank": 0,
    }
    return Activity(day=day, slot=slot, groups=groups, text=text, **{**values, **fields})


def details(*pairs: tuple[str, str, str]) -> tuple[Detail, ...]:
    """Sub-items of an activity."""
    return tuple(Detail(*pair) for pair in pairs)


def weeks(*days: Day) -> tuple[Week, ...]:
    """Days in their ISO weeks."""
    mondays = sorted({day.date - timedelta(days=day.date.weekday()) for day in days})
    return tuple(
        Week(monday, tuple(day for day in days if monday <= day.date < monday + timedelta(days=7)))
        for monday in mondays
    )


def day(date_: date, *activities: Activity, closed: str | None = None, notes: Markup | None = None) -> Day:
    """One day; `closed` gives the reason."""
    return Day(date_, closed is not None, closed or "", activities, notes or Markup(""))


def wednesdays() -> Programme:
    """Five Wednesdays, two groups; today's, an outing, a cancelled activity, a closed day."""
    one, two, three, four, five = (date(2022, 11, 9) + timedelta(weeks=n) for n in range(5))
    outing = details(
        ("depart", "Départ", "9 h (arriver avant 8 h 45)"),
        ("retour", "Retour", "17 h"),
        ("prevoir", "Prévoir", "un pique-nique, des bottes et un vêtement de pluie"),
        ("places", "Places", "24"),
    )
    days = (
        day(
            one,
            activity(one, MORNING, SMALL, "Peinture à la feuille : on presse, on frotte, on regarde les nervures."),
            activity(one, MORNING, TALL, "Grand jeu de piste dans la cour"),
            activity(
                one, AFTERNOON, SMALL, "Le potager d’hiver", details=details(("prevoir", "Prévoir", "des bottes"))
            ),
            activity(one, AFTERNOON, TALL, "Atelier cuisine : soupe au potiron"),
            activity(one, EVENING, (), "Jeux de société et lecture"),
        ),
        day(
            two,
            activity(two, MORNING, SMALL, "Parcours de motricité"),
            activity(two, AFTERNOON, SMALL, "Contes sous la tente"),
            activity(two, WHOLE, TALL, "Forêt de Meudon : course d’orientation", outing=True, details=outing),
        ),
        day(
            three,
            activity(three, MORNING, (*SMALL, *TALL), "Spectacle de marionnettes"),
            activity(three, AFTERNOON, SMALL, "Pâte à sel"),
            activity(three, AFTERNOON, TALL, "Piscine municipale", outing=True, cancelled=True),
            activity(three, AFTERNOON, TALL, "Tournoi de ballon prisonnier"),
        ),
        day(four, closed="journée de formation de l’équipe"),
        day(
            five,
            activity(five, MORNING, SMALL, "Décorations d’hiver"),
            activity(five, MORNING, TALL, "Décorations d’hiver"),
            activity(five, AFTERNOON, (), "Goûter partagé avec les familles, dès 16 h"),
            notes=Markup("<p>Ce jour-là, on peut venir déguisé.</p>"),
        ),
    )
    body = Body(one, five, "Les saisons de la cour", (*SMALL, *TALL), weeks(*days))
    html = Markup("<p>Le goûter est fourni. Une gourde au nom de l’enfant est toujours utile.</p>")
    return Programme(**post("2022-11-mercredis", "Les mercredis de novembre", date(2022, 11, 2), html=html), body=body)


def holidays() -> Programme:
    """Two weeks of autumn holidays, two groups, with a public holiday."""
    first = date(2022, 10, 24)
    themes = (
        ("Fabrication de masques", "Cabanes dans la cour"),
        ("Cuisine : muffins au potiron", "Film d’animation en pâte à modeler"),
        ("Land art au parc", "Olympiades"),
        ("Peinture géante", "Atelier de sciences : les fusées à eau"),
        ("Jeux d’eau et de sable", "Boum des sorcières"),
    )
    days = []
    for number in (0, 1, 2, 3, 4, 7, 8, 9, 10, 11):
        on = first + timedelta(days=number)
        morning, afternoon = themes[number % 5]
        if on == date(2022, 11, 1):
            days.append(day(on, closed="la Toussaint"))
            continue
        items = [
            activity(on, MORNING, SMALL, morning),
            activity(on, MORNING, TALL, afternoon),
            activity(on, AFTERNOON, SMALL, afternoon),
            activity(on, AFTERNOON, TALL, morning),
        ]
        if number == 3:
            what = details(
                ("depart", "Départ", "9 h 30"),
                ("retour", "Retour", "16 h 30"),
                ("prevoir", "Prévoir", "un pique-nique, une casquette"),
                ("lieu", "Lieu", "Thoiry"),
            )
            items = [activity(on, None, (), "Parc animalier de Thoiry", outing=True, details=what)]
        days.append(day(on, *items))
    body = Body(first, date(2022, 11, 4), "Sorcières et potirons", (*SMALL, *TALL), weeks(*days))
    fields = post("2022-10-vacances", "Vacances d’automne", date(2022, 10, 10), moments=(Moment.HOLIDAYS,))
    return Programme(**fields, body=body)


def middays() -> Programme:
    """Two days with written hours, for everybody, and without groups."""
    days = []
    for number in (0, 1, 3, 4):
        on = date(2022, 11, 14) + timedelta(days=number)
        days.append(
            day(on, activity(on, FIRST_SERVICE, (), "Chorale"), activity(on, SECOND_SERVICE, (), "Échecs et dames"))
        )
    body = Body(date(2022, 11, 14), date(2022, 11, 18), "", (*SMALL, *TALL), weeks(*days))
    fields = post("2022-11-midi", "Les ateliers du midi", date(2022, 11, 4), moments=(Moment.MIDDAY,))
    return Programme(**fields, body=body)


def reminders() -> tuple[Reminder, ...]:
    """One important, one with an audience, one without action."""
    html = Markup("<p>Pensez à noter le nom de votre enfant sur <strong>chaque</strong> vêtement.</p>")
    return (
        Reminder(
            **post("greve", "Accueil réduit jeudi 10 novembre", date(2022, 11, 8), html=html, from_city=True),
            until=date(2022, 11, 10),
            important=True,
            action="Garder votre enfant si vous le pouvez, ou prévenir le centre avant mercredi 18 h",
        ),
        Reminder(
            **post("sortie-foret", "Sortie en forêt le 16 novembre", date(2022, 11, 7), html=html, audience=TALL),
            until=date(2022, 11, 16),
            important=False,
            action="Apporter des bottes, un vêtement de pluie et un pique-nique",
        ),
        Reminder(
            **post("inscriptions", "Les inscriptions de décembre sont ouvertes", date(2022, 11, 1), html=html),
            until=date(2022, 11, 20),
            important=False,
            action="",
        ),
    )


def articles() -> tuple[Article, ...]:
    """With many photos, with portraits, with one photo, without."""
    rights = ImageRights("Camille Exemple", date(2022, 11, 9))
    text = Markup(
        "<p>Ce matin, les Maternelles ont planté l’ail et les fèves. La terre était encore tiède, les vers de terre "
        "aussi. On a appris à reconnaître le haut d’une gousse : c’est la pointe !</p><h2>Et demain ?</h2><p>On "
        "arrose, on attend, on dessine ce qu’on imagine sous la terre.</p>"
    )
    garden = tuple(
        photo(n, *size, alt=f"Des mains d’enfants dans la terre du potager, vue {n}", caption=caption, colour=colour)
        for n, (size, caption, colour) in enumerate(
            (
                ((1600, 1200), "Les premières fèves, à deux mains.", "#8a7a55"),
                ((1600, 1067), "", "#6f8257"),
                ((1200, 1600), "On mesure la profondeur avec un bâton.", "#a58d6a"),
                ((1600, 1200), "", "#9aa77c"),
                ((1600, 900), "La cour, côté potager.", "#7d94a3"),
                ((1200, 1600), "", "#b08a6b"),
                ((1200, 1200), "", "#8c9a73"),
                ((1600, 1200), "Arrosage général.", "#77898f"),
            ),
            start=1,
        )
    )
    cauldron = photo(20, 1200, 1600, alt="Un chaudron en carton", colour="#6a5478")
    safari = (photo(30, 1600, 1067, alt="Une girafe", colour="#b59a6a"), photo(31, 1600, 1200))
    return (
        Article(
            **post("2022-11-09-potager", "Le potager se réveille", date(2022, 11, 9), html=text, audience=SMALL,
                   blocks=(text, garden[:6], text, garden[6:]),
                   author="L’équipe des Maternelles",
                   summary="Fèves, ail et vers de terre : une matinée les mains dans la terre."),
            photos=garden, image_rights=rights, photos_until=date(2023, 8, 31),
        ),
        Article(
            **post("2022-11-04-boum", "La boum des sorcières", date(2022, 11, 4), html=text, moments=(Moment.HOLIDAYS,),
                   blocks=((cauldron,), text), summary="Capes, chaudrons et soupe au potiron."),
            photos=(cauldron,), image_rights=rights,
        ),
        Article(
            **post("2022-10-27-thoiry", "Une journée à Thoiry", date(2022, 10, 27), html=text,
                   moments=(Moment.HOLIDAYS,), blocks=(text, safari)),
            photos=safari, image_rights=rights,
        ),
        Article(
            **post("2022-10-19-echecs", "Le tournoi d’échecs du midi", date(2022, 10, 19), html=text, audience=TALL,
                   moments=(Moment.MIDDAY, Moment.EVENING),
                   summary="Seize parties, un pat mémorable et une revanche promise."),
            photos=(), image_rights=None,
        ),
    )  # fmt: skip


def pages() -> tuple[Page, ...]:
    """Two of the centre's, then the city's legal pages."""
    html = Markup(
        "<p>Le centre ouvre chaque mercredi et pendant les vacances.</p><h2>Venir</h2><ul><li>Bus 123, arrêt "
        "<strong>Fictive</strong></li><li>À pied, par le square</li></ul><h2>Les tarifs</h2><table><thead><tr>"
        '<th scope="col">Quotient</th><th scope="col">Journée</th></tr></thead><tbody><tr><td>A</td>'
        "<td>4,20 €</td></tr></tbody></table><blockquote><p>Une gourde, un change, un doudou.</p></blockquote>"
    )
    titles = (
        ("pratique", "Informations pratiques", False),
        ("equipe", "L’équipe", False),
        ("accessibilite", "Accessibilité", True),
        ("charte", "Charte du service", True),
        ("donnees-personnelles", "Données personnelles", True),
        ("mentions-legales", "Mentions légales", True),
    )
    return tuple(Page(f"{stem}.md", stem, title, "", html, from_city) for stem, title, from_city in titles)


def centre() -> Centre:
    """Fessart, with two groups."""
    return Centre(
        slug="fessart",
        name="Fessart",
        address=("12 rue Fictive", "92100 Boulogne-Billancourt"),
        phone="01 99 00 12 34",
        email="fessart@alsh.example",
        colour="#b4532a",
        emblem="soleil",
        groups=(Group("Maternelles", "3-5 ans", ("Mat.",)), Group("Élémentaires", "6-11 ans", ())),
        hours={slot.key: Hours(slot.start, slot.end) for slot in (MORNING, MIDDAY, AFTERNOON, EVENING, WHOLE)},
        schools=("0929010U",),
        admission="ecoles",
        admitted=("child", "guardian"),
        moderation=False,
        validators=(),
        functions=frozenset({"calendrier"}),
    )


def city() -> City:
    """The city, with the honest state of accessibility."""
    return City(
        name="Boulogne-Billancourt",
        department="Direction de l’éducation et des loisirs",
        address=("1 place Fictive",),
        phone="01 99 00 00 00",
        email="education@ville.example",
        publisher="Ville de Boulogne-Billancourt",
        director="Dominique Exemple",
        host_name="Hébergeur Exemple",
        host_address=("2 rue Fictive",),
        host_phone="01 99 00 00 01",
        dpo_name="Alex Exemple",
        dpo_email="dpo@ville.example",
        accessibility="non conforme",
        retention=Retention(date(2023, 8, 31)),
        charter_version="2022-09-01",
    )


def site() -> Site:
    """Everything."""
    return Site(
        centre=centre(),
        city=city(),
        now=NOW,
        pages=pages(),
        programmes=(holidays(), wednesdays(), middays()),
        reminders=reminders(),
        articles=articles(),
        waiting=(),
        advices=(),
    )


def empty_site() -> Site:
    """A centre that has just been created: nothing written, no hours, no groups."""
    bare = replace(centre(), groups=(), hours={}, functions=frozenset())
    legal = tuple(page for page in pages() if page.from_city)
    return replace(site(), centre=bare, pages=legal, programmes=(), reminders=(), articles=())
