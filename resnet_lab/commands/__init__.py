"""The commands: four of Lightning's (``resnet_lab.training.command_line``), and our own, one a file here."""

LIGHTNING_COMMANDS = {
    "fit": "train an arm, score it, write its run folder",
    "validate": "score a run's best checkpoint on the validation split",
    "test": "score a run's checkpoints on the held-out split",
    "predict": "classify images (--data.images PATH...), or the held-out split",
}
OWN_COMMANDS = {
    "study": "run a grid of arms and seeds (STUDY.yaml), and go on with what is left of it",
    "compare": "say what the residual connection did, from finished runs, as a report",
    "inspect": "look into the networks of finished runs: gradients, responses, blocks removed",
    "dashboard": "show all runs in TensorBoard, on this machine alone",
    "data": "check a data set (data check ROOT), keep it decoded (data cache)",
    "bench": "time this machine: where the time goes and what to change",
    "completion": "print a script that completes commands and options in a shell",
}
COMMANDS = {**LIGHTNING_COMMANDS, **OWN_COMMANDS}
