from lggseg.pages import figures


def test_letters_that_xml_lacks_do_not_end_what_draws_the_file():
    plot = '<svg viewBox="0 0 10 10"><text>a\x00b\x1f</text></svg>'
    assert "a\ufffdb\ufffd" in figures.standalone(plot)
