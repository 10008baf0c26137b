"""What texts say of a photo, taken out of them, and nothing else."""

from __future__ import annotations

import pytest

from publish.withdrawal.words import shows, without_captions, without_photos

HEAD = "Titre: Le potager\nDroit à l'image: vérifié par Camille le 8 novembre 2022\n"


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ("Avant.\n\n![Zoé](a.jpg)\n\nAprès.\n", "Avant.\n\n\nAprès.\n"),
        ("![Zoé](a.jpg)\n![Une bêche](b.jpg)\n", "![Une bêche](b.jpg)\n"),
        ('Voici ![Zoé](a.jpg "Zoé et Léo") au jardin.\n', "Voici  au jardin.\n"),
        ("- ![Zoé](./a.jpg)\n- texte\n", "- texte\n"),
        ("![Zoé [4 ans]](<a.jpg>)\n", ""),
        ("![Zoé \\] x](a.jpg 'Zoé')\n", ""),
        ("![Zo\u00e9](%61.jpg)\r\nFin\r\n", "Fin\r\n"),
        ("![Une bêche](aa.jpg)\n", "![Une bêche](aa.jpg)\n"),
        ("Un lien [a.jpg](a.jpg) reste.\n", "Un lien [a.jpg](a.jpg) reste.\n"),
    ],
)
def test_an_image_goes_with_its_words(body: str, left: str) -> None:
    found = without_photos(f"{HEAD}\n{body}", {"a.jpg"}, {"b.jpg"})
    assert found == f"{HEAD}\n{left}"
    assert not shows(found, {"a.jpg"})


@pytest.mark.parametrize("name", ["Photo été 1 (2).JPG", "d'été à midi.png"])
def test_an_image_whose_file_has_spaces_goes_too(name: str) -> None:
    text = f'{HEAD}\n![Zoé]({name} "Zoé (4 ans)")\nVoici ![Zoé]({name}) là.\n![b](b c.jpg)\n'
    found = without_photos(text, {name}, {"b.jpg"})
    assert found == f"{HEAD}\nVoici  là.\n![b](b c.jpg)\n"
    assert shows(text, {name})
    assert not shows(found, {name})


def test_what_the_header_asks_for_it_goes_too() -> None:
    text = "Titre: x\nPhotos: toutes\nFlou: a.jpg 1, 2 ; b.jpg (10 20 15 15)\n\nTexte.\n"
    assert (
        without_photos(text, {"a.jpg"}, {"b.jpg"}) == "Titre: x\nPhotos: toutes\nFlou : b.jpg (10 20 15 15)\n\nTexte.\n"
    )
    assert without_photos(text, {"a.jpg", "b.jpg"}, ()) == "Titre: x\n\nTexte.\n"


def test_the_title_may_speak_of_an_image() -> None:
    text = "Titre: ![Zoé](a.jpg)\n\nTexte.\n"
    assert without_photos(text, {"a.jpg"}, {"b.jpg"}) == text


def test_captions() -> None:
    text = "# notes\na.jpg : Zoé | Une enfant\n« A.JPG » : encore\nb.jpg : La bêche\n\n"
    assert without_captions(text, {"a.jpg"}, {"b.jpg"}) == "# notes\nb.jpg : La bêche\n\n"


def test_what_is_said_of_a_photo_of_nearly_the_same_name_stays() -> None:
    text = "Titre: x\nFlou: A.jpg (1 2 3 4) ; a.JPG 2\n\nTexte.\n"
    assert without_photos(text, {"A.jpg"}, {"a.JPG"}) == "Titre: x\nFlou : a.JPG 2\n\nTexte.\n"
    assert without_photos(text.replace("a.JPG", "a.jpg"), {"A.jpg"}, {"a.JPG"}).count("a.jpg 2") == 1
    captions = "a.JPG : La bêche\nA.jpg : Zoé\na.jpg : Zoé ou la bêche\n"
    assert without_captions(captions, {"A.jpg"}, {"a.JPG"}) == "a.JPG : La bêche\n"


def test_an_image_that_only_a_person_can_take_out_is_seen() -> None:
    text = f"{HEAD}\n![Zoé][photo]\n\n[photo]: a.jpg\n"
    assert without_photos(text, {"a.jpg"}, {"b.jpg"}) == text
    assert shows(text, {"a.jpg"})
