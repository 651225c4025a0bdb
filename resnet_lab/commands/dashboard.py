"""``resnet-lab dashboard``: TensorBoard of all runs, reachable from this machine only."""

import io
import json
import time
import urllib.request
import zipfile
from contextlib import redirect_stderr
from pathlib import Path
from typing import BinaryIO

from resnet_lab.commands.command import Command
from resnet_lab.commands.options import OptionParser
from resnet_lab.errors import InputError
from resnet_lab.output import say
from resnet_lab.runs import LOGS


def dashboard(arguments: list[str]) -> int:
    """Serve TensorBoard on the loopback interface until Ctrl-C.

    Raises:
        InputError: The folder of the runs does not exist, or TensorBoard cannot serve on the port.
    """
    options = COMMAND.parse(arguments)
    if not options.logs.is_dir():
        raise InputError(f"There is no folder {options.logs}; run resnet-lab fit first, or name another with --logs.")

    from tensorboard import default, program

    server = program.TensorBoard(default.get_plugins(), assets_zip_provider=_page)
    # Loopback only, since TensorBoard has no login. From another machine: ssh -L 6006:localhost:6006 HOST
    server.configure(argv=["", "--logdir", str(options.logs), "--host", "127.0.0.1", "--port", str(options.port)])
    try:
        with redirect_stderr(io.StringIO()):  # a note of TensorBoard on the way it loads files
            url = server.launch()
    except program.TensorBoardServerException as error:
        raise InputError(f"TensorBoard cannot serve on port {options.port}: {error}") from error
    if not _wait_until_read(url, options.logs):
        say(f"note    No run in {options.logs} has TensorBoard's events yet; resnet-lab fit writes them.")
    say(f"TensorBoard over {options.logs} at {url} (Ctrl-C to stop)")
    _wait_for_ctrl_c()
    return 0


def add_options(parser: OptionParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--logs", type=Path, default=Path(LOGS), help="folder of the runs (default: %(default)s)")
    parser.add_argument("--port", type=int, default=6006, help="port on 127.0.0.1 (default: %(default)s)")


def _page() -> BinaryIO:
    """Return TensorBoard's page as the zip file that it is served from, with the settings for runs of resnet-lab."""
    from tensorboard import assets

    script = "dashboard.js"
    page = io.BytesIO()
    with (
        assets.get_default_assets_zip_provider()() as file,
        zipfile.ZipFile(file) as old,
        zipfile.ZipFile(page, "w") as new,
    ):
        for name in old.namelist():
            content = old.read(name)
            if name == "index.html":
                content = content.replace(b"<script src=", f'<script src="{script}"></script><script src='.encode())
            new.writestr(name, content)
        new.writestr(script, Path(__file__).with_name(script).read_bytes())
    page.seek(0)
    return page


def _wait_until_read(url: str, logs: Path, seconds: float = 10) -> int:
    """Wait until TensorBoard lists every run, and return their number: a page that is opened earlier misses some."""
    runs = len({path.parent for path in logs.rglob("events.out.tfevents.*")})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy does not reach this machine
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with opener.open(f"{url}data/runs", timeout=seconds) as answer:
            if len(json.load(answer)) >= runs:
                break
        time.sleep(0.1)
    return runs


def _wait_for_ctrl_c() -> None:
    import threading

    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        return


COMMAND = Command(
    name="dashboard",
    summary="show all runs in TensorBoard, on this machine only",
    run=dashboard,
    add_options=add_options,
    position=80,
)
