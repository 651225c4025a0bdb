"""The plots and photographs of a document are those of its blocks; a card names its verdict."""

from dataclasses import replace

from matplotlib.figure import Figure

from resnet_lab.report.document import Card, Document, Fold, Heading, Photograph, Photographs, Plot, Plots, Text


def test_plots_and_photographs_are_collected_in_their_order():
    plots = [Plot(name, Figure(), name) for name in ("first", "second", "third")]
    images = [Photograph(path, ()) for path in ("a.png", "b.png")]
    blocks = (
        Heading("1"),
        Plots(tuple(plots[:2])),
        Photographs((images[0],)),
        Text("x"),
        Fold("more", (Plots((plots[2],)), Fold("still more", (Photographs((images[1],)),)))),
    )
    document = Document("en", "title", "subtitle", (), (), blocks)
    assert document.plots == plots
    assert document.photographs == images


def test_a_card_names_its_verdict_if_it_has_one():
    card = Card("undecided", "not decided", "Higher accuracy", "+1.00", "points", ("one pair",))
    assert card.heading == "Higher accuracy: not decided."
    assert replace(card, verdict="").heading == "Higher accuracy:"
