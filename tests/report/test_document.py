"""Figures and photographs of a document are found in its blocks."""

from matplotlib.figure import Figure

from resnet_lab.report.document import Document, Heading, Image, Images, Plate, Plates, Text


def test_plates_and_images_are_collected_in_their_order():
    plates = [Plate(name, Figure(), name) for name in ("first", "second", "third")]
    images = [Image(path, ()) for path in ("a.png", "b.png")]
    blocks = (
        Heading("1"),
        Plates(tuple(plates[:2])),
        Images((images[0],)),
        Text("x"),
        Plates((plates[2],)),
        Images((images[1],)),
    )
    document = Document("en", "title", "subtitle", (), (), blocks)
    assert document.plates == plates
    assert document.images == images
