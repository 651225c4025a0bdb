"""System files: names that NAS, operating systems, cloud drives and programs give to files and folders of their own.

Thumbnails, deleted photographs and old versions lie in them. They are no images of a data set, and no classes.
"""

_NAMES = frozenset(
    {
        # NAS: Synology, QNAP, NetApp, Western Digital, Samba
        *("@eadir", "@tmp", "#recycle", "#snapshot", "@recycle", "@recently-snapshot", ".@__thumb"),
        *("~snapshot", ".snapshot", ".wdmc", ".recycle"),
        # Windows
        *("$recycle.bin", "recycler", "system volume information", "found.000", "msocache", "config.msi"),
        *("desktop.ini", "thumbs.db", "thumbs.db:encryptable", "ehthumbs.db", "ehthumbs_vista.db"),
        # macOS, also on network drives and in archives
        *("__macosx", ".ds_store", ".appledouble", ".spotlight-v100", ".fseventsd", ".temporaryitems", "icon\r"),
        *("network trash folder", "temporary items", "thevolumesettingsfolder"),
        # Linux and Android
        *("lost+found", "lost.dir", ".thumbnails"),
        # cloud drives: Dropbox, Google Drive, Syncthing, Resilio Sync
        *(".dropbox", ".dropbox.cache", ".tmp.drivedownload", ".tmp.driveupload", ".stversions", ".stfolder", ".sync"),
        # programs: Jupyter, Python, Git, Picasa, Canon, Capture One, Nikon
        *(".ipynb_checkpoints", "__pycache__", ".git", "picasa.ini", ".picasa.ini", ".picasaoriginals"),
        *("zbthumbnail.info", "captureone", "nksc_param"),
    }
)
_BEGINNINGS = ("._", ".trash", ".pending-", ".nfs", ".fuse_hidden")
_ENDINGS = (
    *("@synoeastream", "@synoresource", ":zone.identifier"),
    # packages of Lightroom and of Apple's photo programs
    *(".lrdata", ".photoslibrary", ".photolibrary", ".aplibrary", ".migratedphotolibrary"),
)


def is_system_file(name: str) -> bool:
    """Return whether a file or folder of this name belongs to a system or program, whatever the case of its letters.

    No word of the list can be a class, as ``thumbs``, ``trash`` and ``recycled`` can.

    >>> is_system_file("@eaDir"), is_system_file("THUMBS.DB"), is_system_file("._cat.jpg"), is_system_file("trash")
    (True, True, True, False)
    """
    lower = name.lower()
    return lower in _NAMES or lower.startswith(_BEGINNINGS) or lower.endswith(_ENDINGS)


def is_left_out(name: str) -> bool:
    """Return whether a scan leaves a file or folder out: system files, and all that is hidden by a dot.

    A photograph that lies in iCloud and not on this disk also has a dot. It is not left out, so that it is missed.

    >>> is_left_out(".notes"), is_left_out(".cat.jpg.icloud")
    (True, False)
    """
    return is_system_file(name) or (name.startswith(".") and not name.lower().endswith(".icloud"))
