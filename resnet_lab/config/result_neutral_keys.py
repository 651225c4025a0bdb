"""Result-neutral keys: keys of a config that change no bit of a run's results."""

from collections.abc import Collection

RESULT_NEUTRAL = frozenset(
    {
        "allocator",
        "checkpoint.every_n_steps",
        "ckpt_path",
        "config",
        "data.allow_leaks",
        "data.cache",
        "data.columns",
        "data.images_root",
        "data.num_workers",
        "data.on_bad_image",
        "data.root",
        "diagnostics.every_n_steps",
        "logs",
        "resume",
        "test_after",
        "trainer.default_root_dir",
        "trainer.enable_autolog_hparams",
        "trainer.enable_checkpointing",
        "trainer.enable_model_summary",
        "trainer.enable_progress_bar",
        "trainer.log_every_n_steps",
        "trainer.logger",
        "trainer.model_registry",
        "trainer.profiler",
        "weights_only",
    }
)
"""Keys that change where a run works, how fast it is, or what is shown of it; with all keys below them.

``data.root``, ``data.columns``, ``data.images_root``, ``data.on_bad_image`` and ``data.allow_leaks`` can change the
images of a run. The fingerprint in ``status.json`` says which images a run had, so these keys need not.
"""


def covers(keys: Collection[str], key: str) -> bool:
    """Return whether ``keys`` contain a key or a group that the key lies in.

    Args:
        keys: Keys with dots between their parts.
        key: One key, as :func:`~resnet_lab.config.flatten.flatten` returns it.

    >>> covers({"trainer.logger"}, "trainer.logger.init_args.project"), covers({"trainer.logger"}, "trainer.loggers")
    (True, False)
    """
    parts = key.split(".")
    return any(".".join(parts[:length]) in keys for length in range(1, len(parts) + 1))


def is_result_neutral(key: str) -> bool:
    """Return whether a key changes no bit of a run's results.

    >>> is_result_neutral("trainer.logger"), is_result_neutral("model.depth")
    (True, False)
    """
    return covers(RESULT_NEUTRAL, key)
