"""The shipped SLURM script, with stand-ins for SLURM's commands: it queues an interrupted fit again, nothing else."""

import os
import subprocess
from pathlib import Path

import pytest

from resnet_lab.config.find import shipped_configs

SCRIPT = shipped_configs() / "slurm" / "fit.sbatch"


def stand_in(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n")
    path.chmod(0o755)


@pytest.mark.parametrize(("code", "requeued"), [(143, True), (130, False), (0, False), (1, False), (2, False)])
def test_only_an_interrupted_fit_is_queued_again(tmp_path, code, requeued):
    stand_in(tmp_path / "srun", f'echo "$@" >> {tmp_path}/ran; exit {code}')
    stand_in(tmp_path / "scontrol", f'echo "$@" >> {tmp_path}/requeued')
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "SLURM_JOB_ID": "7"}
    done = subprocess.run(["bash", SCRIPT, "--config", "plain34.yaml"], env=environment, check=False, timeout=600)
    assert done.returncode == code
    assert (tmp_path / "ran").read_text() == "resnet-lab fit --resume auto --config plain34.yaml\n"
    asked = (tmp_path / "requeued").read_text() if (tmp_path / "requeued").exists() else None
    assert asked == ("requeue 7\n" if requeued else None)
