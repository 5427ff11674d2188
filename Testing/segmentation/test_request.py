from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lggseg.cli import parser
from lggseg.commands.segment import request_of
from lggseg.model.postprocessing import COMPONENTS
from lggseg.model.predictor import RUNTIMES
from lggseg.segmentation.request import FORMATS, Destination, SegmentRequest, command_arguments

names = st.text("abcXYZ 0.9_", min_size=1).filter(lambda text: not text.startswith("-"))
lengths = st.floats(0.1, 20.0)


@given(
    st.builds(
        SegmentRequest,
        flair=names,
        pre=st.none() | names,
        post=st.none() | names,
        register=st.booleans(),
        spacing=st.none() | st.tuples(lengths, lengths, lengths),
        threshold=st.none() | st.floats(0.01, 0.99),
        components=st.none() | st.sampled_from(COMPONENTS),
        model=st.none() | names.map(Path),
        runtime=st.sampled_from(RUNTIMES),
        truth=st.none() | names,
    ),
    st.builds(
        Destination,
        folder=names.map(Path),
        overwrite=st.booleans(),
        format=st.sampled_from(FORMATS),
        probability=st.booleans(),
    ),
)
def test_a_command_line_says_all_that_a_request_says(request_, destination):
    options = parser("segment").parse_args(command_arguments(request_, destination))
    assert request_of(options) == request_
    said = [getattr(options, {"folder": "output"}.get(field.name, field.name)) for field in fields(destination)]
    assert said == [getattr(destination, field.name) for field in fields(destination)]


def test_requests_cannot_be_changed():
    with pytest.raises(AttributeError):
        SegmentRequest("a").flair = "b"
