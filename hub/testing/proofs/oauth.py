"""Sign-ins that end, for add-ons that sign in with OAuth 2.

The plugin takes no part in renewing a token. What is proved is that it takes none: that it lets a 401 through instead of making
something else of it, that no write is made twice because a token ended, and that no token is in what it says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from hub.core.auth import OAuth2
from hub.core.outcomes import Outcome
from hub.dispatch.grant_moves import State as SignInState
from hub.dispatch.grants import NOT_A_RIGHT
from hub.dispatch.states import State
from hub.testing import faults
from hub.testing.authorization import LASTS, AuthorizationServer
from hub.testing.faults import Fault
from hub.testing.proofs import judge, rules
from hub.testing.proofs.bench import Bench
from hub.testing.proofs.case import Badge, Case, unless
from hub.testing.proofs.scene import Scene
from hub.testing.proofs.shape import Shape
from hub.testing.sign_ins import MemorySignIn

Story = Callable[[Scene, AuthorizationServer], None]

DOWN = (faults.refused(), faults.tls(), faults.too_many("90"))
"""Troubles of the token endpoint in which surely nothing was given."""

LOST = (faults.reset(acts=True), faults.status(503, acts=True), faults.html(), faults.cut_json())
"""And those in which it may have been."""


def cases(bench: Bench, shapes: Iterable[Shape]) -> Iterator[Case]:
    """None for an add-on with another credential."""
    if not isinstance(bench.info.auth, OAuth2):
        return
    if bench.info.check is not None:
        yield Case("sign-in: the test renews a token that has ended", Badge.CONNECTION, _tested)
    for shape in (shape for shape in shapes if shape.write is not None or shape.reads):
        for name, story in _STORIES.items():
            yield Case(f"{shape.name}: sign-in: {name}", Badge.FAULTS, partial(_told, shape=shape, story=story))
        for fault in DOWN:
            story = partial(_down, fault=fault)
            name = f"{shape.name}: sign-in: the token endpoint: {fault.name}"
            yield Case(name, Badge.FAULTS, partial(_told, shape=shape, story=story))
        for fault in LOST:
            story = partial(_lost, fault=fault)
            name = f"{shape.name}: sign-in: a new token is lost: {fault.name}"
            yield Case(name, Badge.FAULTS, partial(_told, shape=shape, story=story))
        story = partial(_told, shape=shape, story=_repeated)
        yield Case(f"{shape.name}: sign-in: tokens in the vendor's words", Badge.SECRETS, story, echoes=True)


def _told(bench: Bench, shape: Shape, story: Story) -> None:
    """Somebody has signed in; then the story; then no token may be anywhere."""
    scene = Scene(bench, shape)
    server = _signed_in(bench)
    story(scene, server)
    judge.honest(scene)
    found = list(rules.leaks(server.given, _sinks(bench)))
    unless(not found, " ".join(found).replace("secret of the connection", "token"))
    unless(not server.reused, "A refresh token was used twice, which ends the whole sign-in at a strict vendor.")


def _signed_in(bench: Bench) -> AuthorizationServer:
    server = bench.vendor.authorization
    assert server is not None
    server.forget()
    bench.ledger.sign_in = MemorySignIn(bench.info, bench.clock.now)
    _again(bench)
    return server


def _again(bench: Bench) -> None:
    """Somebody signs in (once more), with the app of the settings."""
    server, sign_in, auth = bench.vendor.authorization, bench.ledger.sign_in, bench.info.auth
    assert server is not None
    assert sign_in is not None
    assert isinstance(auth, OAuth2)
    answer = server.signed_in(str(bench.settings.get(auth.client_field) or "client"))
    sign_in.signed_in(json.dumps(answer).encode())


def _sinks(bench: Bench) -> Iterator[tuple[str, object]]:
    for run in bench.ledger.runs.values():
        yield from rules.sinks_of_run(run)
    yield from rules.sinks_of_hub(bench.process.said)
    yield from rules.sinks_of_plugin(bench.turns)
    assert bench.ledger.sign_in is not None
    yield "the note about the sign-in", bench.ledger.sign_in.grant.note


# --- stories ------------------------------------------------------------------------------------------------------


def _clean(scene: Scene, server: AuthorizationServer) -> None:
    scene.go().rest()
    judge.stands(scene, State.DONE, "With a fresh sign-in")
    unless(not server.renewed, "The token was renewed although it was fresh.")


def _ended(scene: Scene, server: AuthorizationServer) -> None:
    """Its end was known, so it is renewed before anything is asked."""
    scene.bench.clock.advance(seconds=LASTS.total_seconds())
    scene.go().rest()
    judge.stands(scene, State.DONE, "After its token was renewed")
    unless(server.renewed == 1, f"The token was renewed {server.renewed} times and should have been once.")


def _ends_early(scene: Scene, server: AuthorizationServer) -> None:
    """The vendor ends it before its time: the step meets a 401 and goes again, and nothing is sent twice."""
    scene.bench.clock.advance(seconds=LASTS.total_seconds() / 2)
    server.end_tokens()
    scene.go()
    judge.stands(scene, State.SCHEDULED, "After the vendor refused the token")
    scene.rest()
    judge.stands(scene, State.DONE, "With the new token")
    unless(server.renewed == 1, f"The token was renewed {server.renewed} times and should have been once.")


def _ends_between(scene: Scene, server: AuthorizationServer) -> None:
    """The first call is welcome, and the token ends before the next."""
    scene.bench.clock.advance(seconds=LASTS.total_seconds() / 2)
    scene.meets(faults.status(401).at("write" if scene.shape.write else "read"))
    scene.go().rest()
    judge.stands(scene, State.DONE, "With the new token")
    unless(server.renewed == 1, f"The token was renewed {server.renewed} times and should have been once.")


def _withdrawn(scene: Scene, server: AuthorizationServer) -> None:
    """Somebody took the access away. The step is held, and goes on when somebody has signed in again."""
    server.end_sign_ins()
    scene.bench.clock.advance(seconds=LASTS.total_seconds())
    scene.go()
    judge.stands(scene, State.HELD, "While nobody is signed in", "an admin's")
    judge.acted(scene, 0)
    _again(scene.bench)
    scene.mend().go().rest()
    judge.stands(scene, State.DONE, "After somebody signed in again")


def _refused_fresh(scene: Scene, server: AuthorizationServer) -> None:
    """A vendor that refuses even a new token is not asked for another, and another."""
    server.end_tokens()
    scene.go()
    judge.stands(scene, State.HELD, "When the vendor refuses a token it gave just now", "an admin's")
    unless(not server.renewed, "A token that the vendor had given just now was renewed.")


def _narrowed(scene: Scene, server: AuthorizationServer) -> None:
    """Somebody took back a right."""
    rights = [scope for scope in server.auth.scopes if scope not in NOT_A_RIGHT]
    server.allowed = (*rights[1:], "something.else")
    scene.bench.clock.advance(seconds=LASTS.total_seconds())
    scene.go()
    judge.stands(scene, State.HELD if rights else State.DONE, "When less is allowed than it needs")


def _down(scene: Scene, server: AuthorizationServer, fault: Fault) -> None:
    """Nobody's key is wrong, so nobody is sent to look for one."""
    server.fail(fault)
    scene.bench.clock.advance(seconds=LASTS.total_seconds())
    scene.go()
    judge.stands(scene, State.SCHEDULED, "While the token endpoint does not answer")
    scene.bench.clock.advance(minutes=10)
    scene.rest()
    judge.stands(scene, State.DONE, "When the token endpoint answers again")


def _lost(scene: Scene, server: AuthorizationServer, fault: Fault) -> None:
    """The vendor may have given a token that never came. A second question would end the sign-in, so a person is asked; unless
    the vendor says that its refresh tokens stay the same."""
    server.fail(fault)
    scene.bench.clock.advance(seconds=LASTS.total_seconds())
    scene.go()
    if not server.auth.rotates:
        judge.stands(scene, State.SCHEDULED, "When a new token was lost on its way, and the old one may be used again")
        scene.bench.clock.advance(minutes=10)
        scene.rest()
        judge.stands(scene, State.DONE, "When the token endpoint answers again")
        return
    judge.stands(scene, State.HELD, "When a new token was lost on its way", "an admin's")
    sign_in = scene.bench.ledger.sign_in
    kept = sign_in is not None and sign_in.grant.state is SignInState.UNSURE and sign_in.grant.tokens is not None
    unless(kept, "The sign-in was thrown away.")
    _again(scene.bench)
    scene.mend().go().rest()
    judge.stands(scene, State.DONE, "After somebody signed in again")


def _repeated(scene: Scene, server: AuthorizationServer) -> None:
    """In the words of the token endpoint, and in those of the vendor."""
    words = " ".join(server.given)
    body = json.dumps({"error": "temporarily_unavailable", "error_description": f"not now: {words}"}).encode()
    server.fail(Fault("echo", 503, body=body))
    scene.bench.clock.advance(seconds=LASTS.total_seconds())
    scene.go()
    scene.bench.clock.advance(minutes=10)
    scene.meets(Fault("401", 401, body=json.dumps({"message": f"not with {words}"}).encode()))
    scene.go().rest()


def _tested(bench: Bench) -> None:
    bench.begin()
    server = _signed_in(bench)
    bench.clock.advance(seconds=LASTS.total_seconds())
    assert bench.info.check is not None
    answer = bench.ask(bench.info.check)
    unless(
        not isinstance(answer, Outcome), f"The test says: {answer.sentence() if isinstance(answer, Outcome) else ''}"
    )
    unless(server.renewed == 1, f"The token was renewed {server.renewed} times and should have been once.")


_STORIES: dict[str, Story] = {
    "a clean run": _clean,
    "the token has ended": _ended,
    "the vendor ends the token early": _ends_early,
    "the token ends between two calls": _ends_between,
    "the access is withdrawn": _withdrawn,
    "a fresh token is refused": _refused_fresh,
    "less is allowed than before": _narrowed,
}
