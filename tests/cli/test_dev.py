"""`hub dev`: a hub around the plugin of a folder, with the author's page, that starts again when a file is saved."""

from __future__ import annotations

import errno
import html
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from hub.cli import main as cli
from hub.cli.dev import ground
from hub.cli.dev.child import environment
from hub.cli.dev.door import Door
from hub.cli.dev.watching import Watch
from hub.core import AddOn
from hub.testing.kit import Kit
from hub.testing.simulator_server import SimulatorServer
from tests.cli.authors import new
from tests.support.homes import with_tables

SECONDS = 240.0

POLLS = 'hx-trigger="every 2s"'


class Dev:
    """`hub dev` as a program, and a browser signed in to it."""

    def __init__(self, folder: Path) -> None:
        self.log = folder.parent / "dev.log"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HUB_", "DJANGO_"))}
        with self.log.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "hub.cli.main", "dev", str(folder), "--port", "0"], stdout=out, stderr=out, env=kept,
            )  # fmt: skip
        self.browser = httpx.Client(follow_redirects=True, timeout=SECONDS)
        self.page = ""

    def told(self, pattern: str, times: int = 1) -> list[str]:
        """Wait until the program has said this so often."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            found = re.findall(pattern, self.log.read_text())
            if len(found) >= times:
                return found
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.1)
        raise AssertionError(self.log.read_text())

    def sign_in(self, times: int = 1) -> None:
        """Wait until it is ready (for the nth time), and sign in as the program says."""
        self.page = self.told(r"ready: (\S+)", times)[-1]
        password = self.told(r"sign in\s+dev\s+(\S+)", times)[-1]
        self.browser.cookies.clear()
        self.send(self.browser.get(self.page), "", username="dev", password=password)

    def send(self, seen: httpx.Response, where: str, **values: str) -> httpx.Response:
        """Send a form of a page that was seen."""
        [token] = set(re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', seen.text))
        to = str(seen.url.copy_with(path=seen.url.path + where))
        return self.browser.post(to, data={"csrfmiddlewaretoken": token, **values}, headers={"Referer": str(seen.url)})

    def press(self, what: str, **values: str) -> str:
        """Press a button of the author's page; what it came to."""
        answer = self.send(self.browser.get(self.page), "/fire", what=what, **values)
        assert answer.status_code == 200
        return html.unescape(re.findall(r"<code data-copy-source>(.*?)</code>", answer.text, re.DOTALL)[0])

    def stop(self) -> None:
        self.browser.close()
        self.process.terminate()
        self.process.wait(SECONDS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new add-on with everything, and a recorded delivery among its tests."""
    made = new(tmp_path_factory.mktemp("dev"), "larkmail", "--action", "--trigger", "--mapping", "--webhook")
    (made / "tests" / "recorded.json").write_text('{"event_id": "r1", "type": "person.created", "reference": "p9"}')
    return made


@pytest.fixture(scope="module")
def dev(folder: Path) -> Iterator[Dev]:
    running = Dev(folder)
    try:
        running.sign_in()
        yield running
    finally:
        running.stop()


@pytest.mark.slow
def test_the_page_shows_the_plugin_and_everything_that_can_be_fired(dev: Dev) -> None:
    page = dev.browser.get(dev.page).text

    for words in (
        "Larkmail",
        "Send message",
        "500 after the effect",
        "recorded.json",
        "Deliver a webhook",
        "New people",
    ):
        assert words in page


@pytest.mark.slow
def test_a_step_meets_the_trouble_that_was_armed_and_is_carried_out_all_the_same(dev: Dev) -> None:
    assert dev.press("trouble", fault="503", on="write") == "The next write meets: 503."
    assert "was put on" in dev.press("step", action="larkmail.send_message")

    end = time.monotonic() + SECONDS
    while "Being looked up" not in (page := dev.browser.get(dev.page).text) and time.monotonic() < end:
        time.sleep(0.1)
    assert "POST /orders" in page
    assert "Nothing yet." in page  # the vendor answered 503 before it acted
    assert "still on" in dev.press("step", action="larkmail.send_message")
    assert POLLS in page  # it looks again by itself while a step is under way


@pytest.mark.slow
def test_a_delivery_reaches_the_handler_once_and_only_with_its_signature(dev: Dev, folder: Path) -> None:
    body = (folder / "tests" / "recorded.json").read_text()

    assert "The signature is not the sender's." in dev.press("delivery", body=body, how="tampered")
    fresh = dev.press("delivery", body=body, how="signed")
    again = dev.press("delivery", body=body, how="signed")

    assert 'event larkmail.person_created {"reference": "p9", "contact": ""}' in fresh
    assert "The sender is told 200.\nIt was here before." in again


@pytest.mark.slow
def test_records_are_brought_in_page_by_page(dev: Dev) -> None:
    assert "2 pages, 3 records." in dev.press("import", trigger="larkmail.new_people")


@pytest.mark.slow
def test_it_listens_on_this_machine_only_and_its_page_is_for_those_who_signed_in(dev: Dev) -> None:
    assert re.match(r"http://(localhost|127\.0\.0\.1):\d+/dev$", dev.page)
    assert "/sign-in" in str(httpx.get(dev.page, follow_redirects=True).url)


@pytest.mark.slow
def test_a_saved_file_starts_it_again_and_a_broken_one_waits_to_be_mended(dev: Dev, folder: Path) -> None:
    file = folder / "hub_larkmail" / "__init__.py"
    good = file.read_text()

    file.write_text("this is no python")
    dev.told("the hub has ended; mend the plugin and save")
    assert "its import failed" in dev.log.read_text()
    address, told = dev.page, dev.browser.get(dev.page)
    assert (told.status_code, "Mend the plugin and save." in told.text) == (503, True)
    file.write_text(good.replace('title="Larkmail"', 'title="Larkmail the Second"'))
    while dev.browser.get(address).status_code == 503:  # and from the save on it waits: nothing is ever refused
        time.sleep(0.1)
    dev.sign_in(times=2)

    assert dev.page == address
    assert "Larkmail the Second" in dev.browser.get(dev.page).text
    assert len(set(dev.told(r"vendor +(\S+)", times=2))) == 1  # a stored request still finds it


@pytest.mark.slow
def test_what_the_authors_code_raises_stands_on_the_page_with_its_line(tmp_path: Path) -> None:
    folder = new(tmp_path, "larkmail", "--action")
    file = folder / "hub_larkmail" / "__init__.py"
    file.write_text(file.read_text().replace("    wanted =", "    raise KeyError(step.design)\n    wanted ="))
    line = next(n for n, text in enumerate(file.read_text().splitlines(), 1) if "raise KeyError" in text)
    with_tables(folder / ground.HOME)
    running = Dev(folder)
    try:
        running.sign_in()
        running.press("step", action="larkmail.send_message")
        end = time.monotonic() + SECONDS
        while POLLS in (page := running.browser.get(running.page).text) and time.monotonic() < end:
            time.sleep(0.1)
        again = running.press("step", action="larkmail.send_message")
    finally:
        running.stop()

    assert "The contact was taken off “Try: Send message” and put on it again: a new step is on the way" in again
    assert "Waits for a person" in page
    assert f"(hub_larkmail/__init__.py, line {line}, in send_message)" in page


@pytest.mark.slow
def test_a_step_whose_settings_cannot_be_made_up_is_left_out_until_its_simulation_says_some(tmp_path: Path) -> None:
    folder = new(tmp_path, "larkmail", "--action")
    file = folder / "hub_larkmail" / "__init__.py"
    text = file.read_text().replace("import Annotated\n", "import Annotated\nfrom pydantic import Field\n", 1)
    text = text.replace("    design:", '    code: Annotated[str, Field(pattern="^X-[0-9]+$")]\n    design:')
    file.write_text(text.replace('Options("designs")', 'Options("dezigns")'))
    with_tables(folder / ground.HOME)
    running = Dev(folder)
    try:
        running.sign_in()
        page = html.unescape(running.browser.get(running.page).text)
        (folder / "hub_larkmail" / "simulation.py").write_text('OPTIONS = {"send_message": {"code": "X-7"}}\n')
        file.write_text(text)
        running.sign_in(times=2)
        put = running.press("step", action="larkmail.send_message")
    finally:
        running.stop()

    left_out = "larkmail.send_message has no plan to try it, for the settings made up for its step do not fit. code: "
    said = running.log.read_text()
    assert left_out in page
    assert left_out in said
    assert 'Say some that do, in hub_larkmail/simulation.py: OPTIONS = {"send_message": {"code": "…"}}' in said
    assert (
        "design is chosen from the list dezigns, and there is no @addon.options('dezigns'). There are: designs." in said
    )
    assert "was put on" in put


def test_the_vendor_keeps_its_port_while_that_is_free(tmp_path: Path) -> None:
    assert ground.vendor_port(tmp_path) == 0
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ground.keep_vendor_port(tmp_path, port)
        assert ground.vendor_port(tmp_path) == 0

    assert ground.vendor_port(tmp_path) == port


def test_what_a_browser_asks_by_itself_is_no_call_the_vendor_saw() -> None:
    addon = AddOn("larkmail", title="Larkmail", base_url="https://api.larkmail.example")
    with Kit(addon) as kit, SimulatorServer(kit.vendor) as server:
        assert httpx.get(f"http://{server.address}/favicon.ico").status_code == 204

        assert kit.vendor.calls == []


def test_a_folder_without_a_plugin_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["dev", str(tmp_path)]) == 2

    assert "Write one with: hub new NAME" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_behind_the_door_whoever_comes_between_two_hubs_waits_and_is_told_when_there_is_none() -> None:
    with Door(0) as door, ThreadPoolExecutor() as pool:
        address = f"http://127.0.0.1:{door.port}/dev"
        waits = pool.submit(httpx.get, address, timeout=SECONDS)
        with pytest.raises(TimeoutError):
            waits.result(0.3)

        door.speak()

        answer = waits.result(SECONDS)
        assert (answer.status_code, answer.headers["Refresh"]) == (503, "2")
        assert "Mend the plugin and save." in answer.text
        door.hush()
        with socket.socket(fileno=os.dup(door.fileno())) as next_hub:
            asks = pool.submit(httpx.get, address, timeout=SECONDS)
            there, _ = next_hub.accept()
            with there:
                there.recv(1000)
                there.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
            assert asks.result(SECONDS).status_code == 204


def test_a_port_that_is_taken_is_said_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = new(tmp_path, "larkmail", "--action")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        assert cli.main(["dev", str(folder), "--port", str(port)]) == 1

    assert capsys.readouterr().err == (
        f"hub: Port {port} is taken by another program. Choose another with --port, or --port 0 for any that is free.\n"
    )


def test_a_second_one_for_the_same_folder_is_refused_and_takes_nothing_away(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = new(tmp_path, "larkmail", "--action")
    kept = folder / ".hub-dev" / "hub.sqlite3"
    kept.parent.mkdir()
    kept.touch()
    with ground.taken(folder):
        assert cli.main(["dev", str(folder), "--port", "0", "--fresh"]) == 1

    assert f"hub dev is running for {folder} already" in capsys.readouterr().err
    assert kept.exists()
    with ground.taken(folder):  # it is given back
        pass


def test_a_folder_that_cannot_be_written_is_said_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = new(tmp_path, "larkmail", "--action")

    def refused(*_arguments: object, **_more: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "mkdir", refused)

    assert cli.main(["dev", str(folder), "--port", "0"]) == 1

    assert f"{folder / '.hub-dev'}, and that cannot be written: read-only file system." in capsys.readouterr().err


@pytest.mark.slow
def test_a_plugin_that_ends_the_process_is_named_and_waits_to_be_mended(tmp_path: Path) -> None:
    folder = new(tmp_path, "larkmail", "--action")
    (folder / "hub_larkmail" / "__init__.py").write_text("import os\nos._exit(0)")
    running = Dev(folder)
    try:
        running.told("the hub has ended; mend the plugin and save")
    finally:
        running.stop()

    said = running.log.read_text()
    assert "The plugin larkmail (hub-larkmail) ended this whole process while it was loaded" in said
    assert "it called os._exit(0) (hub_larkmail/__init__.py, line 2)" in said


def test_only_what_matters_is_watched(tmp_path: Path) -> None:
    (tmp_path / "hub_x").mkdir()
    (tmp_path / ".hub-dev").mkdir()
    watch = Watch(tmp_path)

    (tmp_path / ".hub-dev" / "x.py").touch()
    (tmp_path / "hub_x" / "notes.txt").touch()
    assert watch.changed() == ""
    (tmp_path / "hub_x" / "new.py").touch()
    assert watch.changed() == "hub_x/new.py"
    assert watch.changed() == ""
    (tmp_path / "hub_x" / "new.py").unlink()
    assert watch.changed() == "hub_x/new.py"


def test_the_authors_hub_knows_nothing_of_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_DATABASE_URL", "postgres://somewhere/else")
    monkeypatch.setenv("HUB_PUBLIC_URL", "https://hub.example")

    made = environment(tmp_path, tmp_path / ".hub-dev")

    assert {name for name in made if name.startswith("HUB_")} == {"HUB_HOME", "HUB_LOG_FORMAT"}
    assert made["PYTHONPATH"].startswith(f"{tmp_path / '.hub-dev' / 'site'}{os.pathsep}{tmp_path}")


def test_every_word_of_the_authors_page_can_be_translated() -> None:
    text = (Path(__file__).parents[2] / "hub/web/templates/web/dev/page.html").read_text()
    told_elsewhere = (
        r"{% block wide.*?{% endblock %}|{% blocktranslate.*?{% endblocktranslate %}|{%.*?%}|{{.*?}}|{#.*?#}|<[^>]*>"
    )

    assert re.findall(r"[A-Za-z]+", re.sub(told_elsewhere, "", text, flags=re.DOTALL)) == []


def test_no_other_hub_has_the_authors_page() -> None:
    from hub.web import urls
    from hub.web.dev import bench

    assert not [entry for entry in urls.urlpatterns if "dev" in str(entry.pattern)]
    assert bench.current() is None
