"""Clock of an epoch: time in the training loop, and in it the waits for data between two steps."""

from dataclasses import asdict, dataclass, field
from time import perf_counter


@dataclass
class EpochClock:
    """Seconds of one epoch. For an epoch that was interrupted and resumed, both parts count.

    Attributes:
        images: Images trained on.
        looping: Seconds in the training loop, without validation.
        waiting: Seconds of the training loop between two steps, spent waiting for data.
        whole: Seconds in the epoch until the last reading of the clock, validation included.
    """

    images: int = 0
    looping: float = 0.0
    waiting: float = 0.0
    whole: float = 0.0
    _read: float = field(default=0.0, repr=False)
    _loop_from: float = field(default=0.0, repr=False)

    def start(self) -> None:
        """Start an epoch at zero."""
        self.images, self.looping, self.waiting, self.whole = 0, 0.0, 0.0, 0.0
        self.go_on()

    def go_on(self) -> None:
        """Continue to count from now on; the seconds counted before are kept."""
        self._read = self._loop_from = perf_counter()

    def batch_starts(self) -> None:
        """End a wait for data."""
        self.waiting += self._now() - self._loop_from

    def batch_ends(self, images: int) -> None:
        """End a step of ``images`` images, and start a wait for data."""
        now = self._now()
        self.images += images
        self.looping += now - self._loop_from
        self._loop_from = now

    def validation_ends(self) -> None:
        """Start a wait for data after a validation, whose time is not part of the loop."""
        self._loop_from = self._now()

    def seconds(self) -> float:
        """Return the seconds of the epoch so far, validation included."""
        self._now()
        return self.whole

    def state(self) -> dict[str, float]:
        """Return the state for a checkpoint."""
        return {key: value for key, value in asdict(self).items() if not key.startswith("_")}

    def restore(self, state: dict[str, float]) -> None:
        """Restore the result of :meth:`state`."""
        self.images = int(state["images"])
        self.looping, self.waiting, self.whole = state["looping"], state["waiting"], state["whole"]

    def _now(self) -> float:
        now = perf_counter()
        self.whole += now - self._read
        self._read = now
        return now
