"""`hub run`: one action from the shell. A dry run shows every byte that would leave, no secret, and lets nothing out."""

from __future__ import annotations

import base64
import json
import re
import select
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.cli import main as cli
from hub.core import redact
from hub.core.worktree import load
from hub.testing import faults
from hub.testing.simulator import Simulator
from hub.testing.simulator_server import SimulatorServer
from tests.cli.authors import new, working_in

KEY = "canary-0451-with+plus/slash"


@pytest.fixture
def larkmail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a new add-on, and we are in it."""
    with working_in(new(tmp_path, "larkmail", "--action"), monkeypatch) as folder:
        yield folder
    redact.forget([KEY])


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A real socket on loopback that should never hear anything."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def heard(server: socket.socket) -> bool:
    """Whether anybody tried to connect."""
    return bool(select.select([server], [], [], 0.2)[0])


def said(capsys: pytest.CaptureFixture[str]) -> str:
    found = capsys.readouterr()
    return found.out + found.err


def test_an_action_runs_against_the_simulator(larkmail: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", "larkmail.send_message", "--option", "design=d1"]) == 0

    told = said(capsys)
    assert "Done: Larkmail took it as id-1." in told
    assert "the vendor acted 1 time for it" in told


def test_what_the_vendor_did_is_counted_without_a_reference_of_ours_too(
    larkmail: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = larkmail / "hub_larkmail" / "__init__.py"
    file.write_text(re.sub(r"\breference\b", "memo", file.read_text()))

    assert cli.main(["run", ".", "--option", "design=d1"]) == 0

    assert "the vendor acted 1 time for it" in said(capsys)


@pytest.mark.parametrize("word", [".", ".send_message", "larkmail.send_message"])
def test_a_dot_means_the_plugin_of_this_folder(larkmail: Path, capsys: pytest.CaptureFixture[str], word: str) -> None:
    assert cli.main(["run", word, "--option", "design=d1", "--dry-run"]) == 0

    assert "POST https://api.larkmail.example/v1/orders" in said(capsys)


def test_a_dry_run_shows_the_request_as_it_would_leave(larkmail: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (larkmail / "ada.json").write_text(json.dumps({"first_name": "Ada", "email": "ada@lovelace.example"}))

    assert cli.main(["run", ".", "--contact", "ada.json", "--option", "design=d9", "--dry-run"]) == 0

    told = said(capsys)
    assert "Content-Type: application/json\nX-Api-Key: •••\n" in told
    assert '{"design":"d9","to":"ada@lovelace.example","message":"Hello Ada","reference":"hub-shell-' in told


@pytest.mark.parametrize("auth", ["header", "query", "basic", "oauth2"])
def test_a_dry_run_shows_no_secret_in_any_form(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], auth: str
) -> None:
    names = {"header": "api_key", "query": "api_key", "basic": "password", "oauth2": "access_token"}
    settings = {"basic": {"user_name": "ada"}, "oauth2": {"client_id": "c", "client_secret": "s-" + KEY}}.get(auth, {})
    with working_in(new(tmp_path, "larkmail", "--auth", auth, "--action"), monkeypatch):
        Path("settings.json").write_text(json.dumps({**settings, names[auth]: KEY}))
        ways_out = f"message={KEY} {base64.b64encode(KEY.encode()).decode()}"

        code = cli.main(
            ["run", ".", "--settings", "settings.json", "--option", "design=d1", "--option", ways_out, "--dry-run"]
        )

    told = said(capsys)
    assert code == 0
    assert "POST https://api.larkmail.example/v1/orders" in told
    assert "canary" not in told
    assert base64.b64encode(KEY.encode()).decode()[:16] not in told
    assert base64.b64encode(f"ada:{KEY}".encode()).decode()[:16] not in told
    redact.forget([KEY, "s-" + KEY])


def test_a_short_key_is_masked_where_it_stands(larkmail: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("settings.json").write_text('{"api_key": "k9"}')

    assert cli.main(["run", ".", "--settings", "settings.json", "--option", "design=d1", "--dry-run"]) == 0

    assert "X-Api-Key: •••" in said(capsys)


def aim(folder: Path, port: int, *, rogue: bool) -> None:
    """The add-on's action, now aimed at our socket; a rogue one opens a connection of its own, too."""
    file = folder / "hub_larkmail" / "__init__.py"
    code = file.read_text().replace("https://api.larkmail.example", f"http://127.0.0.1:{port}")
    if rogue:
        own = f'import socket as own_socket\n    own_socket.create_connection(("127.0.0.1", {port}), 1).close()\n    wanted ='
        code = code.replace("wanted =", own)
    file.write_text(code)


@pytest.mark.parametrize("words", [["--dry-run"], []], ids=["dry run", "simulator"])
@pytest.mark.parametrize("rogue", [False, True], ids=["through vendor", "with a socket of its own"])
def test_no_write_can_leave(
    larkmail: Path, listener: socket.socket, capsys: pytest.CaptureFixture[str], words: list[str], rogue: bool
) -> None:
    aim(larkmail, listener.getsockname()[1], rogue=rogue)

    cli.main(["run", ".", "--option", "design=d1", *words])

    assert not heard(listener)
    assert ("failed with Silent" in said(capsys)) == rogue


def test_the_silent_socket_would_hear_a_word(larkmail: Path, listener: socket.socket) -> None:
    """The control: what the test above relies on is true."""
    socket.create_connection(listener.getsockname(), 1).close()

    assert heard(listener)


def test_a_write_that_the_plugin_swallows_is_shown_all_the_same(
    larkmail: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = larkmail / "hub_larkmail" / "__init__.py"
    code = file.read_text().replace(
        "    made = await vendor(place_order, wanted)\n",
        "    try:\n        made = await vendor(place_order, wanted)\n    except BaseException:\n        return Sent('x')\n",
    )
    file.write_text(code)

    assert cli.main(["run", ".", "--option", "design=d1", "--dry-run"]) == 0

    assert "POST https://api.larkmail.example/v1/orders" in said(capsys)


def test_an_action_without_a_write_says_how_it_ended(larkmail: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = larkmail / "hub_larkmail" / "__init__.py"
    file.write_text(
        file.read_text().replace("    wanted =", "    return Sent('x1', note='Nothing to do.')\n    wanted =")
    )

    assert cli.main(["run", ".", "--option", "design=d1", "--dry-run"]) == 0

    assert "# No write: the action ended with Sent. Nothing to do." in said(capsys)


def live(larkmail: Path, url: str) -> int:
    (larkmail / "settings.json").write_text(json.dumps({"api_key": KEY}))
    return cli.main(["run", ".", "--option", "design=d1", "--settings", "settings.json", "--live", "--base-url", url])


def test_live_it_really_asks_once_and_says_what_came_of_it(larkmail: Path, capsys: pytest.CaptureFixture[str]) -> None:
    vendor = Simulator(load(larkmail).plugins["larkmail"].info)
    with SimulatorServer(vendor) as server:
        code = live(larkmail, server.url)

    told = said(capsys)
    assert code == 0
    assert f"LIVE: Larkmail is really asked at {server.url}" in told
    assert "Done: Larkmail took it as id-1." in told
    assert len(vendor.effects) == 1


def test_live_a_lost_answer_is_not_guessed_at(larkmail: Path, capsys: pytest.CaptureFixture[str]) -> None:
    vendor = Simulator(load(larkmail).plugins["larkmail"].info)
    vendor.fail(faults.reset(acts=True))
    with SimulatorServer(vendor) as server:
        code = live(larkmail, server.url)

    told = said(capsys)
    assert code == 1
    assert "Not known whether it happened. Look at the vendor for the reference before you try again" in told
    assert f"our reference: {vendor.effects[0].reference}" in told
    assert len(vendor.effects) == 1


FILES = {
    "broken": "{", "strange": '{"adress": {}}', "number": '{"first_name": 3}', "nobody": "{}", "list": "[]", "empty": "{}",
    "typo": '{"api_kye": "k"}', "deep": "[" * 100_000, "long": " " * 1_000_001, "set": '{"api_key": "k"}',
}  # fmt: skip
DESIGN = [".", "--option", "design=d1"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([""], "Name an add-on, or a folder with one: ."),
        (["."], "The step needs design. Give it with: --option design=VALUE"),
        ([".", "--option", "design="], "The step needs design. Give it with: --option design=VALUE"),
        (["."], "It is chosen from the list designs; in the simulator: d1 (Design 1), d2 (Design 2), d3 (Design 3)."),
        ([".", "--option", "colour=red"], "larkmail.send_message has no setting colour. There are: design, message."),
        ([".", "--option", "desing=d1"], "has no setting desing. Did you mean design? There are: design, message."),
        ([".", "--option", "design"], "--option design says no value. Write --option design=VALUE."),
        ([".", "--option", "x"], "--option x says no value. Write --option NAME=VALUE."),
        ([*DESIGN, "--option", "design=d2"], "--option design is given twice."),
        (["larkmail.nothing"], "Larkmail has no action nothing. There are: larkmail.send_message."),
        ([".send_mesage"], "no action send_mesage. Did you mean send_message? There are: larkmail.send_message."),
        (["nobody.nothing"], "There is no add-on nobody installed"),
        (["../nowhere.send_message"], "There is no folder ../nowhere."),
        (["./pyproject.toml"], "pyproject.toml is a file; name the folder it lies in."),
        (["./hub_larkmail.send_message"], "hub_larkmail holds no pyproject.toml"),
        ([*DESIGN, "--contact", "broken.json"], "broken.json holds no JSON"),
        ([*DESIGN, "--contact", "deep.json"], "deep.json holds lists in lists"),
        ([*DESIGN, "--contact", "long.json"], "long.json holds more than 1,000,000 bytes"),
        ([*DESIGN, "--contact", "."], ".: is a directory."),
        ([*DESIGN, "--contact", "number.json"], "number.json: first_name: Input should be a valid string."),
        ([*DESIGN, "--contact", "strange.json"], "strange.json: a contact has no adress. Did you mean address? There are: id,"),
        ([*DESIGN, "--settings", "list.json"], "list.json must hold one JSON object"),
        ([*DESIGN, "--settings", "nowhere.json"], "nowhere.json: no such file"),
        ([*DESIGN, "--settings", "empty.json"], "empty.json: The settings do not fit: Api key"),
        ([*DESIGN, "--settings", "typo.json"], "typo.json: Larkmail has no setting api_kye. Did you mean api_key?"),
        ([*DESIGN, "--live"], "--live asks the real vendor, so it needs the account's settings"),
        ([*DESIGN, "--base-url", "http://127.0.0.1:1"], "goes with --live"),
        ([*DESIGN, "--live", "--settings", "set.json", "--base-url", "https://x:99999"], "--base-url is an address such as"),
        ([*DESIGN, "--live", "--settings", "set.json", "--base-url", "http://"], "--base-url is an address such as"),
    ],
)  # fmt: skip
def test_what_a_person_typed_wrongly_is_a_sentence_and_ends_with_2(
    larkmail: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    for name, text in FILES.items():
        (larkmail / f"{name}.json").write_text(text)

    assert cli.main(["run", *words]) == 2

    assert told in said(capsys)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--set", "x"], "unrecognized arguments: --set x. Did you mean --settings? See: hub run --help"),
        (["--dry-run", "--live"], "not allowed with argument --dry-run. See: hub run --help"),
        (["--contact"], "argument --contact: expected one argument. See: hub run --help"),
    ],
)
def test_a_flag_that_is_none_is_one_line_and_no_beginning_of_another(
    larkmail: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["run", *DESIGN, *words])

    found = said(capsys)
    assert ended.value.code == 2
    assert told in found
    assert len(found.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ["amount=abc", "--option", "tone=cool"],
            "--option does not fit the step: Amount: Input should be a valid decimal. Give another value.",
        ),
        (["amount=0", "--option", "tone=warm"], "Amount: Input should be greater than or equal to 1."),
        (["amount=1"], "The step needs tone. Give it with: --option tone=VALUE, one of: warm, cool"),
        (
            ["amount=1", "--option", "tone=hot"],
            "--option does not fit the step: Tone: Input should be 'warm' or 'cool'.",
        ),
    ],
)
def test_a_value_the_step_cannot_hold_was_typed_wrongly_and_is_no_matter_of_a_plan(
    larkmail: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    file = larkmail / "hub_larkmail" / "__init__.py"
    fields = "    amount: Annotated[Decimal, Field(ge=1)]\n    tone: Literal['warm', 'cool']\n    design: Annotated["
    imports = "from decimal import Decimal\nfrom typing import Literal\nfrom pydantic import Field\nfrom typing import Annotated"
    text = (
        file.read_text()
        .replace("    design: Annotated[", fields, 1)
        .replace("from typing import Annotated", imports, 1)
    )
    file.write_text(text)

    assert cli.main(["run", *DESIGN, "--option", *words]) == 2

    words_said = said(capsys)
    assert told in words_said
    assert "plan" not in words_said


def test_a_list_that_nobody_declared_is_named(larkmail: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = larkmail / "hub_larkmail" / "__init__.py"
    file.write_text(file.read_text().replace('Options("designs")', 'Options("dezigns")'))

    assert cli.main(["run", "."]) == 2

    assert "the list dezigns, and there is no @addon.options('dezigns'). Its author acts." in said(capsys)


@pytest.mark.parametrize(
    ("word", "told"),
    [
        (".new_people", "new_people is a trigger of Larkmail, a way in, and hub run carries out actions."),
        ("larkmail.new_people", "under Bring records in on the page /dev"),
        (".person.created", "person.created is a webhook of Larkmail"),
    ],
)
def test_a_way_in_is_no_action_and_is_told_where_to_try_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], word: str, told: str
) -> None:
    with working_in(new(tmp_path, "larkmail", "--action", "--trigger", "--webhook"), monkeypatch):
        assert cli.main(["run", word]) == 2

    assert told in said(capsys)


def test_a_step_that_is_not_done_ends_with_1(larkmail: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (larkmail / "nobody.json").write_text("{}")

    assert cli.main(["run", *DESIGN, "--contact", "nobody.json"]) == 1

    assert "not a first name and not an e-mail address" in said(capsys)


@pytest.mark.parametrize(
    "word", ["./hub-larkmail", "./hub-larkmail.send_message", "hub-larkmail/.send_message", "hub-larkmail"]
)
def test_a_plugin_in_another_folder_is_named_by_that(
    larkmail: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], word: str
) -> None:
    monkeypatch.chdir(larkmail.parent)

    assert cli.main(["run", word, "--option", "design=d1"]) == 0

    assert "Done: Larkmail took it as id-1." in said(capsys)


def test_settings_that_cannot_be_made_up_are_said_with_where_to_give_them(
    larkmail: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = larkmail / "hub_larkmail"
    code = (package / "__init__.py").read_text()
    narrow = (
        '    code: Annotated[str, __import__("pydantic").Field(pattern="^[0-9]{5}$")]\n    api_key: Annotated[Secret'
    )
    (package / "__init__.py").write_text(code.replace("    api_key: Annotated[Secret", narrow))

    assert cli.main(["run", *DESIGN]) == 1
    assert "give some that do, as SETTINGS in the module simulation beside the plugin's code" in said(capsys)

    (package / "simulation.py").write_text('SETTINGS = {"api_key": "kit-key-0001", "code": "12345"}')
    for name in [name for name in sys.modules if name.startswith("hub_larkmail")]:
        del sys.modules[name]
    assert cli.main(["run", *DESIGN]) == 0


def test_a_simulation_that_fails_is_a_sentence_with_its_line(
    larkmail: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (larkmail / "hub_larkmail" / "simulation.py").write_text("SEEDS = {}\nraise RuntimeError('oh')")

    assert cli.main(["run", *DESIGN]) == 1

    assert "failed with RuntimeError: oh (hub_larkmail/simulation.py, line 2). Its author acts." in said(capsys)


@pytest.mark.parametrize("words", [["--dry-run"], []], ids=["dry run", "simulator"])
def test_what_the_plugin_raised_is_told_with_its_own_line_and_without_the_secret(
    larkmail: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    file = larkmail / "hub_larkmail" / "__init__.py"
    raising = "    raise KeyError(vendor.settings.api_key.get_secret_value())\n    wanted ="
    file.write_text(file.read_text().replace("    wanted =", raising))
    line = next(n for n, text in enumerate(file.read_text().splitlines(), 1) if "raise KeyError" in text)
    (larkmail / "settings.json").write_text(json.dumps({"api_key": KEY}))

    assert cli.main(["run", *DESIGN, "--settings", "settings.json", *words]) == 1

    told = said(capsys)
    assert (
        f"failed with KeyError: '•••' (hub_larkmail/__init__.py, line {line}, in send_message). Its author acts."
        in told
    )
    assert "canary" not in told


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("\nraise RuntimeError('oh')", "its import failed: RuntimeError: oh (hub_larkmail/__init__.py, line 2)"),
        ("import sys; sys.exit(3)", "its import failed: it called sys.exit(3) (hub_larkmail/__init__.py, line 1)"),
        ("x = = 1", "its import failed: SyntaxError: invalid syntax (hub_larkmail/__init__.py, line 1)"),
    ],
)
def test_a_plugin_that_does_not_load_is_a_sentence(
    larkmail: Path, capsys: pytest.CaptureFixture[str], code: str, told: str
) -> None:
    (larkmail / "hub_larkmail" / "__init__.py").write_text(code)

    assert cli.main(["run", ".", "--option", "design=d1"]) == 1

    assert told in said(capsys)


PROJECTS = {
    '[project]\nname = "something-else"': "announces no plugin",
    "[project]\nentry-points = 3": "announces no plugin",
    "project = = 1": "cannot be read: Invalid value",
    '[project.entry-points."hub.plugins"]\nlark = "hub lark:addon"': 'names no module. Write lark = "package:addon".',
}


def test_a_folder_without_a_plugin_says_how_to_get_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["run", "."]) == 2
    assert "Write one with: hub new NAME" in said(capsys)

    for text, told in PROJECTS.items():
        (tmp_path / "pyproject.toml").write_text(text)
        assert cli.main(["run", "."]) == 2
        assert told in said(capsys)
