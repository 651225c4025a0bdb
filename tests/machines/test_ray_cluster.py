"""Checks of a cluster, without one: each refusal is one paragraph that ends with the way out."""

import socket

import pytest

from resnet_lab.errors import InputError
from resnet_lab.machines import ray_cluster
from resnet_lab.machines.agent import Greeting
from resnet_lab.machines.hired import Demand
from resnet_lab.machines.ray_cluster import RayCluster, check_software, fitting, joined_cluster, refuse_open_cluster
from resnet_lab.provenance import describe_software


@pytest.fixture
def cluster(monkeypatch, tmp_path):
    """A cluster of three nodes, one of which is gone."""

    def node(name, resources, *, alive=True):
        address = {"NodeManagerAddress": "10.0.0.7", "NodeManagerHostname": "desk"}
        return {"NodeID": f"id-{name}", "NodeName": name, "Alive": alive, "Resources": resources, **address}

    nodes = [node("10.0.0.7", {"CPU": 4.0}), node("b", {"CPU": 8.0, "GPU": 2.0}), node("c", {"CPU": 64.0}, alive=False)]
    monkeypatch.setattr(ray_cluster.ray, "nodes", lambda: nodes)
    return RayCluster(tmp_path)


def test_a_cluster_counts_what_fits_on_its_nodes(cluster):
    assert cluster.nodes == ("desk", "b"), "a node without a name has that of its host"
    assert cluster.most_gpus() == 2
    assert [cluster.fitting(Demand(cpus, 0)) for cpus in (1, 3, 8)] == [12, 3, 1]
    assert cluster.fitting(Demand(1, 1)) == 2
    assert fitting({}, Demand(1, 0)) == 0


@pytest.mark.parametrize(("demand", "asked"), [(Demand(9, 0), "9 cores"), (Demand(1, 3), "1 core and 3 GPUs")])
def test_no_node_has_what_a_run_asks_for(cluster, demand, asked):
    """Ray would wait for such a node in silence."""
    with pytest.raises(InputError) as error:
        cluster.hire(demand)
    assert f"{asked} on one node. The nodes have: desk: 4 cores; b: 8 cores and 2 GPUs." in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("addresses", "mode", "waived", "refused"),
    [
        (["127.0.0.1", "127.0.0.2", "::1"], None, False, False),
        (["127.0.0.1", "10.0.0.7"], None, False, True),
        (["10.0.0.7"], "disabled", False, True),
        (["10.0.0.7"], "token", False, False),
        (["10.0.0.7"], None, True, False),
        (["desk.local"], None, False, True),
    ],
)
def test_a_cluster_without_a_token_is_refused_unless_it_is_on_loopback_or_waived(addresses, mode, waived, refused):
    environment = {} if mode is None else {"RAY_AUTH_MODE": mode}
    if not refused:
        return refuse_open_cluster(addresses, environment, without_token=waived)
    with pytest.raises(InputError, match=f"no token.*{addresses[-1]}.*--without_token"):
        refuse_open_cluster(addresses, environment, without_token=waived)
    return None


def test_a_node_must_have_the_package_in_the_same_versions():
    own = describe_software()
    check_software("b", own)
    check_software("b", Greeting(True, "/tmp/x", "/usr/bin/python", own))
    with pytest.raises(InputError, match=r"Node b .* cannot start this package \(No module.*\).*pip install"):
        check_software("b", "No module named 'resnet_lab'")
    with pytest.raises(InputError, match=rf"Node b .* torch 1\.0, here {own['torch']}\. Runs"):
        check_software("b", {**own, "torch": "1.0"})


def test_no_cluster_is_told_at_once(monkeypatch, tmp_path):
    """Ray itself goes on trying for minutes."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("RAY_ADDRESS", f"127.0.0.1:{closed.getsockname()[1]}")
        with (
            pytest.raises(InputError, match=r"No Ray cluster can be joined .*Start one with: ray start --head"),
            joined_cluster(tmp_path, without_token=False),
        ):
            pass


def test_the_address_of_a_client_is_refused(monkeypatch, tmp_path):
    monkeypatch.setenv("RAY_ADDRESS", "ray://desk:10001")
    with pytest.raises(InputError, match="Ray Client"), joined_cluster(tmp_path, without_token=False):
        pass


def test_the_address_of_the_cluster_of_this_machine_is_known(monkeypatch, tmp_path):
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    assert ray_cluster._last_started() is None
    (tmp_path / "ray").mkdir()
    (tmp_path / "ray" / "ray_current_cluster").write_text("127.0.0.1:6379\n")
    assert ray_cluster._last_started() == "127.0.0.1:6379"
