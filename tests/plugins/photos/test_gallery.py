from __future__ import annotations

from dataclasses import replace

import tinycss2

from plugins.photos.gallery import css_rules
from plugins.photos.model import Photo

PHOTO = Photo("a.jpg", "3F2A-91BC", "3f2a91bc" + "0" * 16, "Des tomates", "", 1600, 1200, "#a0b1c2", ())


def test_one_rule_a_photo_each_photo_once_in_a_fixed_order() -> None:
    other = replace(PHOTO, digest="0" * 24, width=1200, height=1600, placeholder="#000000")
    expected = (
        ".photo-000000000000{--ratio:0.7500;--placeholder:#000000}\n"
        ".photo-3f2a91bc0000{--ratio:1.3333;--placeholder:#a0b1c2}\n"
    )
    assert css_rules([PHOTO, other, PHOTO]) == css_rules([other, PHOTO]) == expected
    assert css_rules([]) == ""


def test_the_rules_are_css() -> None:
    (rule,) = tinycss2.parse_stylesheet(css_rules([PHOTO]), skip_whitespace=True)
    names = [item.name for item in tinycss2.parse_declaration_list(rule.content) if item.type == "declaration"]
    assert names == ["--ratio", "--placeholder"]
