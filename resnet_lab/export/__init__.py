"""Export: a trained network as a file that needs no resnet-lab, its model card, and predictions from Python."""
