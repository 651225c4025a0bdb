"""Stands in for ``resnet-lab``: fits and tests nothing, in milliseconds, and leaves the run folders that a study reads.

It is a script, run without site-packages. The environment says how it behaves:

    FAKE_CALLS    file to which each call is added
    FAKE_GPUS     file to which each call is added, with the GPUs that it sees
    FAKE_EPOCH    seconds an epoch takes
    FAKE_GATE     file without which no epoch ends
    FAKE_FAILS    runs whose fit fails: "plain34:1 resnet34:0"
    FAKE_DIVERGES runs whose training diverges, in the same form
    FAKE_RIGHT    test images of 60 that a run classifies correctly, for runs that can be compared: {"plain34": 40}
    FAKE_VAL      validation accuracy of a run after the last epoch, by name: {"plain34-lr0.001": 0.9}
    FAKE_DEAF     set: a signal does not end a fit
"""

import json
import math
import os
import random
import signal
import sys
import time
from itertools import pairwise
from pathlib import Path

EPOCHS = 2
IMAGES = 60
CLASSES = ["bad", "good"]


def options(words):
    return {word.lstrip("-"): value for word, value in pairwise(words) if word.startswith("--")}


def write(path, text):
    """Write a file whole or not at all, as the package does."""
    temporary = path.with_name(f".{path.name}")
    temporary.write_text(text)
    temporary.replace(path)


def resolved(given):
    arm = Path(given["config"]).stem
    own = {"fold": given["data.fold"]} if "data.fold" in given else {}
    own |= {"image_size": int(given["data.image_size"])} if "data.image_size" in given else {}
    return {
        "name": given["name"],
        "seed_everything": int(given.get("seed_everything", 0)),
        "trainer": {
            "accelerator": given.get("trainer.accelerator", "auto"),
            "devices": given.get("trainer.devices", 1),
            "precision": given.get("trainer.precision"),
            "max_epochs": EPOCHS,
            "default_root_dir": None,
        },
        "model": {
            **{key.removeprefix("model."): value for key, value in given.items() if key.startswith("model.")},
            "residual": arm.startswith("resnet"),
            "depth": int(given.get("model.depth", 34)),
            "lr": float(given.get("model.lr", 3e-4)),
        },
        "data": {"root": given.get("data.root", "builtin:elpv"), "num_workers": 2, "augment": "standard", **own},
        "logs": given.get("logs"),
    }


def facts(config):
    """Return the facts that only a comparison reads."""
    residual, depth = config["model"]["residual"], config["model"]["depth"]
    return {
        "started": f"2026-11-24T10:00:00+00:00 {config['seed_everything']}",
        "arm": f"{'ResNet' if residual else 'Plain'}-{depth}",
        "parameters": 1,
        "root": config["data"]["root"],
        "classes": CLASSES,
        "split_sizes": {"train": 60, "val": 60, "test": IMAGES},
        "best_epoch": EPOCHS,
        "hardware": {"device": "cpu", "processor": "fake", "instructions": [], "cores": 1},
        "git_commit": None,
    }


def scores(folder, config):
    """Write the scores of a run: as many images are right as it is told, and the seed says which."""
    right = json.loads(os.environ["FAKE_RIGHT"])[config["name"]]
    draw = random.Random(f"{config['name']} {config['seed_everything']}")
    hits = set(draw.sample(range(IMAGES), right + draw.choice((-1, 0, 1))))
    confusion = [[0, 0], [0, 0]]
    lines = ["checkpoint,path,label,predicted,probability_bad,probability_good"]
    for which in ("best", "last"):
        for image in range(IMAGES):
            label = image % 2
            guess = label if image in hits else 1 - label
            confusion[label][guess] += which == "best"
            sure = ["0.9,0.1", "0.1,0.9"][guess]
            lines.append(f"{which},{image:03}.png,{CLASSES[label]},{CLASSES[guess]},{sure}")
    accuracy = len(hits) / IMAGES
    loss = -accuracy * math.log(0.9) - (1 - accuracy) * math.log(0.1)
    of_classes = {}
    for k, name in enumerate(CLASSES):
        hit, true, guessed = confusion[k][k], sum(confusion[k]), confusion[0][k] + confusion[1][k]
        f1 = 2 * hit / (true + guessed)
        of_classes[name] = {"precision": hit / guessed, "recall": hit / true, "f1": f1, "n": true}
    of_split = {"accuracy": accuracy, "loss": loss, "n": IMAGES}
    tested = {
        **of_split,
        "balanced_accuracy": accuracy,
        "calibration_error": 0.1,
        "per_class": of_classes,
        "confusion_matrix": confusion,
    }
    for name in ("final", "test"):
        (folder / name).mkdir(exist_ok=True)
    both = {"train": of_split, "val": of_split}
    (folder / "final" / "metrics.json").write_text(json.dumps({"best": both, "last": both}))
    (folder / "test" / "metrics.json").write_text(json.dumps({"headline": "best", "best": tested, "last": tested}))
    (folder / "test" / "predictions.csv").write_text("\n".join(lines) + "\n")


def fit(folder, config):
    status = {
        "format": 1,
        "status": "running",
        "name": config["name"],
        "seed": config["seed_everything"],
        "max_epochs": EPOCHS,
        "epochs": EPOCHS,
        "threads": int(os.environ["OMP_NUM_THREADS"]),
        "precision": config["trainer"]["precision"],
        "fingerprint": "f" * 64,
        "versions": {"torch": "2.14.1"},
        "wall_seconds": 60.0,
        **facts(config),
        "plan": dict(zip(("digest", "study"), os.environ["RESNET_LAB_PLAN"].split(" ", 1), strict=True)),
    }

    def end(state):
        write(folder / "status.json", json.dumps({**status, "status": state}))

    def interrupted(number, frame):
        if "FAKE_DEAF" not in os.environ:
            end("interrupted")
            sys.exit(128 + number)

    signal.signal(signal.SIGINT, interrupted)
    signal.signal(signal.SIGTERM, interrupted)
    end("running")
    metrics = folder / "metrics.csv"
    rows = (
        metrics.read_text().splitlines() if metrics.exists() else ["epoch,val/accuracy,time/epoch_seconds,train/loss"]
    )
    own = random.Random(f"{config['name']} {config['seed_everything']}").random()
    (folder / "checkpoints").mkdir(exist_ok=True)
    for epoch in range(len(rows), EPOCHS + 1):
        time.sleep(float(os.environ.get("FAKE_EPOCH", "0")))
        while "FAKE_GATE" in os.environ and not Path(os.environ["FAKE_GATE"]).exists():
            time.sleep(0.01)
        told = json.loads(os.environ.get("FAKE_VAL", "{}")).get(config["name"])
        accuracy = f"0.{epoch}5" if told is None or epoch < EPOCHS else told
        rows.append(f"{epoch},{accuracy},30.0,{own}")
        write(metrics, "\n".join(rows) + "\n")
        for which in ("best", "last"):
            (folder / "checkpoints" / f"{which}.ckpt").touch()
        if f"{config['name']}:{config['seed_everything']}" in os.environ.get("FAKE_DIVERGES", "").split():
            end("diverged")
            return 1
    end("finished")
    return 0


def claimed(folder):
    """Make a version folder, the next free one if another program of the study is faster."""
    while True:
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            folder = folder.with_name(f"version_{int(folder.name.rpartition('_')[2]) + 1}")
        else:
            return folder


def main(command, *words):
    given = options(words)
    while "--print_config" in words:
        end = words.index("--print_config") + 1
        given, words = options(words[:end]), words[end:]
        if given.get("model.depth") == "33":
            print("resnet-lab: error: depth 33 is not known; choose 18, 34 or 50.", file=sys.stderr)
            return 2
        print(json.dumps(resolved(given)), "---", sep="\n")
        if not words:
            return 0
    if command == "test":
        folder = Path(words[0])
        config = json.loads((folder / "config.yaml").read_text())
    elif "resume" in given:
        folder = Path(given["resume"])
        config = json.loads((folder / "config.yaml").read_text())
    else:
        config = resolved(given)
        config["trainer"]["precision"] = config["trainer"]["precision"] or "bf16-mixed"
        of_name = Path(given["logs"]) / config["name"]
        folder = of_name / f"version_{len(list(of_name.glob('version_*')))}"
    run = f"{config['name']}:{config['seed_everything']}"
    with Path(os.environ["FAKE_CALLS"]).open("a") as file:
        file.write(f"{command}{' --resume' if 'resume' in given else ''} {run}\n")
    if "FAKE_GPUS" in os.environ:
        with Path(os.environ["FAKE_GPUS"]).open("a") as file:
            file.write(f"{command} {run} {os.environ.get('CUDA_VISIBLE_DEVICES')}\n")
    if command == "test" and "FAKE_RIGHT" in os.environ:
        scores(folder, config)
        return 0
    if command == "test":
        (folder / "test").mkdir(exist_ok=True)
        (folder / "test" / "metrics.json").write_text("{}")
        (folder / "test" / "predictions.csv").touch()
        return 0
    if run in os.environ.get("FAKE_FAILS", "").split():
        print(f"arm     {config['name']}\nresnet-lab: error: no luck", flush=True)
        return 1
    if "resume" not in given:
        folder = claimed(folder)
        write(folder / "config.yaml", json.dumps(config))
    return fit(folder, config)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
