"""Entry of ``python -m resnet_lab``, which is ``resnet-lab``."""

import sys

from resnet_lab.cli import main

if __name__ == "__main__":
    sys.exit(main())
