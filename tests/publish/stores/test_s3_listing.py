"""A listing is believed only where it is whole and answers what was asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publish.stores.s3_listing import Listing, Unreadable, read_listing

HEAD = "<Name>sites</Name><Prefix>a/</Prefix>"
WHOLE = "<IsTruncated>false</IsTruncated>"
KEYS = "<Contents><Key>a/1</Key><Size>1</Size></Contents><Contents><Key>a/2</Key></Contents>"
FOLDER = "<CommonPrefixes><Prefix>a/b/</Prefix></CommonPrefixes>"
DELIMITER = "<Delimiter>/</Delimiter>"
NAMESPACE = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
ENTITY = '<!DOCTYPE x [<!ENTITY key "a/1">]>'


def answer(content: str, namespace: str = NAMESPACE, before: str = "") -> bytes:
    declared = '<?xml version="1.0" encoding="UTF-8"?>'
    return f"{declared}{before}\n<ListBucketResult{namespace}>{content}</ListBucketResult>".encode()


def read(data: bytes, delimiter: str = "") -> Listing:
    return read_listing(data, bucket="sites", prefix="a/", delimiter=delimiter)


@pytest.mark.parametrize("namespace", [NAMESPACE, ""])
@pytest.mark.parametrize("count", ["", "<KeyCount>2</KeyCount>"])
@pytest.mark.parametrize("delimiter", ["", "<Delimiter/>"])
def test_a_whole_answer_is_read(namespace: str, count: str, delimiter: str) -> None:
    found = read(answer(HEAD + WHOLE + delimiter + KEYS + count, namespace))
    assert found == Listing(("a/1", "a/2"), ())


def test_folders_are_read_where_they_were_asked_for() -> None:
    found = read(answer(HEAD + WHOLE + DELIMITER + KEYS + FOLDER + "<KeyCount>3</KeyCount>"), "/")
    assert found == Listing(("a/1", "a/2"), ("a/b/",))


@pytest.mark.parametrize(
    "content",
    [
        HEAD + KEYS,
        HEAD + WHOLE + WHOLE + KEYS,
        HEAD + "<IsTruncated>true</IsTruncated>" + KEYS,
        HEAD + "<IsTruncated>False</IsTruncated>" + KEYS,
        HEAD + WHOLE + KEYS + "<NextContinuationToken>more</NextContinuationToken>",
        HEAD + WHOLE + KEYS + "<KeyCount>3</KeyCount>",
        HEAD + WHOLE + KEYS + "<KeyCount/>",
        HEAD + WHOLE + KEYS + FOLDER,
        HEAD + WHOLE + DELIMITER + KEYS,
        HEAD + WHOLE + KEYS + "<Contents/>",
        HEAD + WHOLE + "<Contents><Key>a/1</Key><Key>a/2</Key></Contents>",
        HEAD + WHOLE + "<Contents><Key><b>a/1</b></Key></Contents>",
        HEAD + WHOLE + "<Contents><Key>a/1<b/>2</Key></Contents>",
        HEAD + WHOLE + "<Contents><Key>b/1</Key></Contents>",
        HEAD + WHOLE + "<Contents><Key>a/&key;</Key></Contents>",
        HEAD + WHOLE + "<Contents><Key><![CDATA[a/1]]></Key></Contents>",
        "<Name>sites</Name><Prefix>b/</Prefix>" + WHOLE,
        "<Name>other</Name><Prefix>a/</Prefix>" + WHOLE,
        "<Name>sites</Name>" + WHOLE + FOLDER,
        "<Prefix>a/</Prefix>" + WHOLE,
        WHOLE,
    ],
)
def test_any_other_answer_is_none(content: str) -> None:
    with pytest.raises(Unreadable):
        read(answer(content))


@pytest.mark.parametrize(
    "content",
    [
        HEAD + WHOLE + KEYS,
        HEAD + WHOLE + DELIMITER + "<Contents><Key>a/b/1</Key></Contents>",
        HEAD + WHOLE + DELIMITER + "<CommonPrefixes><Prefix>b/</Prefix></CommonPrefixes>",
        HEAD + WHOLE + DELIMITER + "<CommonPrefixes><Prefix>a/b</Prefix></CommonPrefixes>",
    ],
)
def test_any_other_answer_about_folders_is_none(content: str) -> None:
    with pytest.raises(Unreadable):
        read(answer(content), "/")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        answer(HEAD + WHOLE, before=ENTITY),
        answer(HEAD + WHOLE + "<Contents><Key>&key;</Key></Contents>", before=ENTITY),
        answer(HEAD + WHOLE).replace(b"ListBucketResult", b"Error"),
        answer(HEAD + WHOLE).replace(b"sites", b"sit\xe9s"),
        answer(HEAD + WHOLE) * 2,
    ],
)
def test_what_is_no_plain_answer_is_none(data: bytes) -> None:
    with pytest.raises(Unreadable):
        read(data)


@pytest.mark.parametrize("before", ["", ENTITY])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp500", "iso-8859-1"])
def test_no_encoding_hides_what_is_refused(encoding: str, before: str) -> None:
    data = (
        answer(HEAD + WHOLE + "<Contents><Key>a/é</Key></Contents>", before=before)
        .decode()
        .replace("UTF-8", encoding)
        .encode(encoding)
    )
    with pytest.raises(Unreadable):
        read(data)


@given(st.integers(0, len(answer(HEAD + WHOLE + KEYS)) - 1))
def test_an_answer_that_is_cut_anywhere_is_none(size: int) -> None:
    with pytest.raises(Unreadable):
        read(answer(HEAD + WHOLE + KEYS)[:size])


@given(st.binary(max_size=50), st.integers(0, 300))
def test_whatever_stands_in_an_answer_it_is_read_or_none(noise: bytes, at: int) -> None:
    data = answer(HEAD + WHOLE + KEYS)
    try:
        found = read(data[:at] + noise + data[at:])
    except Unreadable:
        return
    assert all(key.startswith("a/") for key in found.keys)
