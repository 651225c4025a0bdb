"""Entry of ``python -m resnet_lab``, which is ``resnet-lab``."""

import sys

if __name__ == "__main__":
    # -m puts the working folder in front of all imports; the installed command does not.
    folder = None if sys.flags.safe_path else sys.path.pop(0)

    from resnet_lab.program import keep_working_folder_out

    keep_working_folder_out(folder)

    from resnet_lab.cli import main

    sys.exit(main())
