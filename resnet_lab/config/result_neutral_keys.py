"""Keys of a config that change no bit of a run; needs no torch."""

HARMLESS = frozenset(
    {
        "allocator",
        "checkpoint.every_n_steps",
        "ckpt_path",
        "config",
        "data.allow_leaks",
        "data.cache",
        "data.num_workers",
        "data.on_bad_image",
        "data.root",
        "diagnostics.every_n_steps",
        "logs",
        "resume",
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
"""What changes where a run works, how fast it is or what is seen of it.

Which images a run had, whatever ``data.root``, ``data.on_bad_image`` and ``data.allow_leaks`` were, the fingerprint in
its ``status.json`` tells.
"""
