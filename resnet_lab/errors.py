"""The one kind of error that is the user's to mend."""


class InputError(ValueError):
    """Something the user gave cannot be used; the message says what, and the way out.

    The command line shows the message as one paragraph and exits with 2, without a traceback.
    """
