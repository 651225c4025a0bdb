"""Launcher on a Ray cluster: the study is run to its end, on all nodes of a cluster that is there already."""

import os
from collections.abc import Mapping
from dataclasses import replace

from resnet_lab.errors import InputError
from resnet_lab.machines.ray_streams import ray_prints_to
from resnet_lab.output import say
from resnet_lab.study.on_disk import runs_of_seed, settled_processes
from resnet_lab.study.places.remote import RemotePlaces, demand_of
from resnet_lab.study.planned_study import Launcher, PlannedStudy
from resnet_lab.study.run_rows import CLOSED
from resnet_lab.study.run_study import run_study


class RayLauncher:
    """Runs a study to its end on the nodes of a Ray cluster and prints the outcome."""

    needs: Mapping[str, str] = {"threads": "how many cores each process of a run gets on the cluster"}
    place = "on a Ray cluster"

    def launch(self, study: PlannedStudy) -> int:
        """Run all that is left to do. The exit code is that of ``run_study``.

        Raises:
            InputError: There is no Ray, no cluster, or none that can be used.
        """
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        with ray_prints_to(study.folder.path / "ray.log"):
            try:
                from resnet_lab.machines.ray_cluster import joined_cluster
            except ImportError as error:
                raise InputError(
                    f"--launcher ray needs the package ray, on this machine and on every node ({error}): "
                    "pip install 'resnet-lab[ray]'."
                ) from error

            def threads_of(seed: int) -> int:
                return study.by_seed.get(seed, study.threads)

            left = [row.planned for row in study.rows if row.state not in CLOSED]
            with joined_cluster(study.folder.path, without_token=study.without_token) as cluster:
                gpus = cluster.most_gpus()
                made = {seed: runs_of_seed(study.study, seed, study.folder.logs) for seed in {run.seed for run in left}}
                demands = {
                    demand_of(run, settled_processes(made[run.seed]), threads_of(run.seed), gpus) for run in left
                }
                room = min((cluster.fitting(demand) for demand in demands), default=1)
                jobs = study.jobs or room
                say(f"place   {len(cluster.nodes)} nodes ({', '.join(cluster.nodes)}), {jobs} at a time")
                places = RemotePlaces(cluster, study.folder, threads_of)
                try:
                    return run_study(replace(study, jobs=jobs), places)
                finally:
                    places.close()


LAUNCHER: Launcher = RayLauncher()
