"""The agents of Ray and its cluster have the interface that places use."""

from resnet_lab.machines.hired import Cluster, HiredAgent
from resnet_lab.machines.ray_agents import RayAgent
from resnet_lab.machines.ray_cluster import RayCluster


def test_ray_has_what_places_use():
    for interface, made in ((Cluster, RayCluster), (HiredAgent, RayAgent)):
        names = {name for name in vars(interface) if not name.startswith("_")} - {"node"}
        assert names <= set(dir(made))
