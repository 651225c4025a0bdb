"""SIGTERM ends a trainer after the batch, in an evaluation too, whichever process heard it."""

import signal

import pytest
from lightning.pytorch import Callback
from lightning.pytorch.utilities.exceptions import SIGTERMException
from torch.utils.data import DataLoader

from resnet_lab import Classifier, ImageFolderDataModule
from resnet_lab.distributed.shutdown import StoppableTrainer, SynchronizedShutdown

pytestmark = pytest.mark.filterwarnings("ignore:.*no `.*_dataloader`")


class Signal(Callback):
    """Send this process a signal in its second batch, and count what comes after."""

    def __init__(self):
        self.batches = 0

    def _step(self):
        self.batches += 1
        if self.batches == 2:
            signal.raise_signal(signal.SIGTERM)

    def on_train_batch_start(self, *_):
        self._step()

    def on_validation_batch_start(self, *_):
        self._step()

    def on_test_batch_start(self, *_):
        self._step()

    def on_predict_batch_start(self, *_):
        self._step()


@pytest.fixture
def handler():
    """What is there before a trainer comes; it must be there again afterwards."""

    def own(*_):
        raise AssertionError("no trainer listened")

    before = signal.signal(signal.SIGTERM, own)
    yield own
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("command", ["fit", "validate", "test", "predict"])
def test_the_batch_is_the_last_one(command, cell_folder, handler):
    watch, shutdown = Signal(), SynchronizedShutdown()
    trainer = StoppableTrainer(
        accelerator="cpu",
        max_epochs=5,
        callbacks=[watch, shutdown],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )
    model = Classifier(2, lr=1e-3, weight_decay=0, label_smoothing=0, warmup_epochs=0, depth=20)
    data = ImageFolderDataModule(str(cell_folder), batch_size=2, image_size=32, num_workers=0, seed=0)
    with pytest.raises(SIGTERMException):
        getattr(trainer, command)(model, datamodule=data)
    assert watch.batches == 2
    assert shutdown.received_sigterm
    assert signal.getsignal(signal.SIGTERM) is handler
    assert trainer.received_sigterm is (command == "fit") or trainer.is_shutting_down


def test_what_one_trainer_heard_the_next_one_acts_on(cell_folder, handler):
    shutdown = SynchronizedShutdown()
    shutdown.received_sigterm = True
    trainer = StoppableTrainer(
        accelerator="cpu", callbacks=[shutdown], logger=False, enable_checkpointing=False, enable_progress_bar=False
    )
    model = Classifier(2, lr=1e-3, weight_decay=0, label_smoothing=0, warmup_epochs=0, depth=20)
    data = ImageFolderDataModule(str(cell_folder), batch_size=2, image_size=32, num_workers=0, seed=0)
    loader: DataLoader = data.evaluation_dataloader("train")
    with pytest.raises(SIGTERMException):
        trainer.validate(model, loader, verbose=False)


def test_a_trainer_that_is_shutting_down_has_received_sigterm():
    trainer = StoppableTrainer(logger=False, enable_checkpointing=False, accelerator="cpu")
    assert not trainer.received_sigterm
    trainer.is_shutting_down = True
    assert trainer.received_sigterm
