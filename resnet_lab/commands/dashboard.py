"""``resnet-lab dashboard``: TensorBoard of all runs, reachable from this machine only."""

from pathlib import Path

from resnet_lab.commands.command import Command
from resnet_lab.commands.options import OptionParser
from resnet_lab.errors import InputError
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

    server = program.TensorBoard(default.get_plugins())
    # Loopback only, since TensorBoard has no login. From another machine: ssh -L 6006:localhost:6006 HOST
    server.configure(argv=["", "--logdir", str(options.logs), "--host", "127.0.0.1", "--port", str(options.port)])
    try:
        url = server.launch()
    except program.TensorBoardServerException as error:
        raise InputError(f"TensorBoard cannot serve on port {options.port}: {error}") from error
    print(f"TensorBoard over {options.logs} at {url} (Ctrl-C to stop)", flush=True)
    _wait_for_ctrl_c()
    return 0


def add_options(parser: OptionParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--logs", type=Path, default=Path(LOGS), help="folder of the runs (default: %(default)s)")
    parser.add_argument("--port", type=int, default=6006, help="port on 127.0.0.1 (default: %(default)s)")


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
