"""The whole test file of the contract's example."""

from hub.testing import conformance
from tests.testing.hub_postpigeon import addon

TestPostPigeon = conformance(addon)


def test_the_note_names_the_card(hub):  # `hub` is the kit's fixture: no Redis, network or database
    run = hub.run("postpigeon.mail_card", campaign="c1")
    assert run.note == "Card id-1 is queued"
    assert hub.vendor.stored("/cards")[0]["to"] == run.contact.first_name
