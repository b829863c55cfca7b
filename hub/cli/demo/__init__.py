"""x"""

from hub.users.declare import command


def arguments(parser):
    pass


@command("system.operate")
def run(given):
    return 0
