"""What surrounds a page."""

from hub.web.design.frame import AccountNode, Frame, Person, main_rail


def test_the_rail_keeps_its_order_and_leaves_out_what_one_may_not_open() -> None:
    rail = main_rail({"settings": "/settings", "contacts": "/contacts"}, current="contacts")

    assert [(link.label, link.current, link.key) for link in rail] == [
        ("Contacts", True, "c"),
        ("Settings", False, "s"),
    ]


def test_a_count_of_nothing_is_not_shown() -> None:
    [runs] = main_rail({"runs": "/runs"}, "runs", {"runs": 0})

    assert runs.count is None


def test_a_sub_account_says_whose_it_is_from_the_top() -> None:
    frame = Frame(AccountNode("Leeds", "/"), Person("Grace", "g@x.example"), (), account_path=("Northwind", "North"))

    assert frame.whose == "Northwind › North"


def test_initials_are_made_of_what_there_is() -> None:
    assert Person("grace brewster hopper", "g@x.example").initials == "GH"
    assert Person("Prince", "p@x.example").initials == "P"
    assert Person("", "zoe@x.example").initials == "Z"
