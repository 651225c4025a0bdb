"""Files of an earlier export are not replaced unasked, and an edited model card never."""

import pytest

from resnet_lab.errors import InputError
from resnet_lab.export.folder import CARD, refuse_to_replace, signed
from resnet_lab.export.formats import FORMATS

ONNX, PROGRAM = FORMATS["onnx"], FORMATS["torch-export"]


def test_a_folder_that_is_absent_or_has_other_files_is_free(tmp_path):
    refuse_to_replace(tmp_path / "absent", [ONNX])
    (tmp_path / PROGRAM.file).touch()
    (tmp_path / CARD).write_text(signed("# Card\n"))
    refuse_to_replace(tmp_path, [ONNX])


def test_a_file_of_the_same_format_is_refused(tmp_path):
    (tmp_path / ONNX.file).touch()
    with pytest.raises(InputError, match=r"model\.onnx exists: remove it, or replace it with --overwrite\."):
        refuse_to_replace(tmp_path, [PROGRAM, ONNX])


@pytest.mark.parametrize("content", [b"# My own", signed("# Card").replace("Card", "Cards").encode(), b"\xff"])
def test_an_edited_card_is_refused(tmp_path, content):
    (tmp_path / CARD).write_bytes(content)
    with pytest.raises(InputError, match="was edited by hand"):
        refuse_to_replace(tmp_path, [ONNX])
