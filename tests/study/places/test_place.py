"""Every place has the interface that the runner uses."""

from resnet_lab.study.places.gpu import GpuPlaces
from resnet_lab.study.places.local import LocalPlaces
from resnet_lab.study.places.place import Place, Places


def test_a_place_is_taken_and_left(plan, tmp_path):
    """The annotations are checked by mypy, the calls here."""
    both: list[Places] = [LocalPlaces(), GpuPlaces(["0"])]
    for places in both:
        place: Place = places.take(plan[0], set(), tmp_path / "run.log", 0)
        names = {name for name in vars(Place) if not name.startswith("_")}
        assert names == {"node", "is_ready", "start", "poll", "send_signal", "kill", "close"}
        assert all(callable(getattr(place, name)) for name in names - {"node"})
        assert place.node == ""
        assert place.is_ready()
        place.close()
