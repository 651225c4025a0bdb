"""Where the time of an epoch goes: the training loop, and within it the waits between two steps."""

from dataclasses import asdict, dataclass, field
from time import perf_counter


@dataclass
class EpochClock:
    """Seconds of one epoch, also of one that was interrupted and resumed: then those of both its parts.

    Attributes:
        images: Images trained on.
        looping: Seconds in the training loop, without validation.
        waiting: Seconds of those between two steps: waiting for data.
        whole: Seconds in the epoch up to the last reading of the clock, validation included.
    """

    images: int = 0
    looping: float = 0.0
    waiting: float = 0.0
    whole: float = 0.0
    _read: float = field(default=0.0, repr=False)
    _loop_from: float = field(default=0.0, repr=False)

    def start(self) -> None:
        """Begin an epoch."""
        self.images, self.looping, self.waiting, self.whole = 0, 0.0, 0.0, 0.0
        self.go_on()

    def go_on(self) -> None:
        """Count from now on, on top of what was counted before."""
        self._read = self._loop_from = perf_counter()

    def batch_starts(self) -> None:
        """End a wait."""
        self.waiting += self._now() - self._loop_from

    def batch_ends(self, images: int) -> None:
        """End a step, and begin a wait."""
        now = self._now()
        self.images += images
        self.looping += now - self._loop_from
        self._loop_from = now

    def validation_ends(self) -> None:
        """Begin a wait after a validation, which is not the loop's."""
        self._loop_from = self._now()

    def seconds(self) -> float:
        """Return the seconds of the epoch so far, validation included."""
        self._now()
        return self.whole

    def state(self) -> dict[str, float]:
        """Return what a checkpoint must keep."""
        return {key: value for key, value in asdict(self).items() if not key.startswith("_")}

    def restore(self, state: dict[str, float]) -> None:
        """Set what :meth:`state` returned."""
        self.images = int(state["images"])
        self.looping, self.waiting, self.whole = state["looping"], state["waiting"], state["whole"]

    def _now(self) -> float:
        now = perf_counter()
        self.whole += now - self._read
        self._read = now
        return now
