"""Secrets are masked before the page is drawn."""

from hub.web.design.masking import Piece, mask_pieces, masked


def test_a_long_secret_shows_its_last_four_characters() -> None:
    assert masked("mbp_live_51HcQ9xT2") == "••••9xT2"


def test_a_short_secret_shows_nothing_of_itself() -> None:
    assert masked("hunter2") == "••••"


def test_each_place_of_a_secret_is_masked_and_the_rest_is_kept() -> None:
    pieces = mask_pieces("key=abcdefghijkl; again abcdefghijkl.", ["abcdefghijkl"])

    assert pieces == [
        Piece("key="),
        Piece("••••ijkl", masked=True),
        Piece("; again "),
        Piece("••••ijkl", masked=True),
        Piece("."),
    ]


def test_a_secret_within_a_longer_one_does_not_uncover_the_longer() -> None:
    pieces = mask_pieces("secret-secret-tail", ["secret", "secret-secret-tail"])

    assert pieces == [Piece("••••tail", masked=True)]


def test_an_empty_secret_masks_nothing() -> None:
    assert mask_pieces("plain", [""]) == [Piece("plain")]
