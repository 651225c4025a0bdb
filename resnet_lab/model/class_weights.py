"""Class weights: the factor of an image in the objective, by its class."""

from collections.abc import Mapping, Sequence
from typing import Literal
from unicodedata import normalize

import torch
from torch import Tensor

from resnet_lab.config.ranges import check_class_weights
from resnet_lab.errors import InputError, printable
from resnet_lab.suggestions import nearest

ClassWeights = Literal["none", "balanced"] | dict[str, float]
_SHOWN = 20  # classes in a message


def weights_by_class(
    class_weights: ClassWeights, classes: Sequence[str] | None, counts: Sequence[int] | None
) -> Tensor | None:
    """Return the weight of each class, float32 ``(K,)``; None if all weigh the same.

    Args:
        class_weights: ``none``, ``balanced``, or weights by class name.
        classes: Class names in the order of their indices; needed for weights by name.
        counts: Training images per class; needed for ``balanced``.

    Raises:
        InputError: What is needed is missing, a name is no class, or a weight is not above 0.
    """
    if class_weights == "balanced":
        if counts is None:
            raise InputError(
                "model.class_weights is balanced, so class_counts are needed: give those of the data module."
            )
        return balanced_weights(counts)
    if isinstance(class_weights, str) or not class_weights:
        return None
    if classes is None:
        raise InputError("model.class_weights names classes, so classes are needed: give those of the data module.")
    check_class_weights(class_weights)
    return named_weights(class_weights, classes)


def balanced_weights(counts: Sequence[int]) -> Tensor:
    """Return the weight N / (K n_k) of each class, float32 ``(K,)``.

    >>> balanced_weights([10, 30])
    tensor([2.0000, 0.6667])
    """
    return torch.tensor([sum(counts) / (len(counts) * count) for count in counts])


def named_weights(weights: Mapping[str, float], classes: Sequence[str]) -> Tensor:
    """Return the weight of each class, float32 ``(K,)``; a class without a weight has 1.

    The Unicode form of a name does not count: a Mac may write a folder in another form than a keyboard.

    Args:
        weights: Weights by class name.
        classes: Class names in the order of their indices.

    Raises:
        InputError: A name is no class. The message has the class that was probably meant.

    >>> named_weights({"rust": 3}, ["dent", "rust"])
    tensor([1., 3.])
    """
    position = {normalize("NFC", name): k for k, name in enumerate(classes)}
    position |= {name: k for k, name in enumerate(classes)}
    found = torch.ones(len(classes))
    for name, weight in weights.items():
        at = position.get(str(name), position.get(normalize("NFC", str(name))))
        if at is None:
            near = nearest(str(name).casefold(), {other.casefold(): other for other in classes})
            meant = next((other for other in classes if other.casefold() == near), None)
            more = ", ..." if len(classes) > _SHOWN else ""
            hint = f"did you mean {meant}?" if meant else f"the classes are {', '.join(classes[:_SHOWN])}{more}."
            raise InputError(f"model.class_weights has {printable(str(name))}, which is no class; {printable(hint)}")
        found[at] = weight
    return found
