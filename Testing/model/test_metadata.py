"""The description of a model: sound ones are read, of the others each ends in one clear message."""

import copy
import json
import math
import shutil

import pytest
from formula_model import write_formula_bundle
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lggseg import cli
from lggseg.errors import ModelError
from lggseg.model.bundle import METADATA_FILE, find_bundle, load_bundle
from lggseg.model.metadata import read_metadata
from lggseg.model.postprocessing import COMPONENTS
from lggseg.model.preprocessing import CHANNELS

DOUBT = {
    "presence": {"intercept": -5.0, "weights": {"peak": 10.0}},
    "outline": {"intercept": -4.0, "weights": {"certainty": 7.0}},
    "volume_ratio": [0.8, 1.25],
    "coverage": 0.8,
    "check_presence": 0.9,
    "check_dice": 0.7,
}
SOUND = {
    "name": "sound",
    "version": "1.0.0",
    "intended_use": "Research use only.",
    "data_source": "nowhere",
    "eval_metrics": {"mean_dice": 0.87},
    "lggseg": {
        "threshold": 0.35,
        "components": "large",
        "least_peak": 0.8,
        "network": {"name": "unet_bn", "arguments": {"features": [4, 8], "upsample": "nearest"}, "channels": ["flair"]},
        "sha256": {"models/model.onnx": "0" * 64},
        "doubt": DOUBT,
    },
}


def places(content, path=()):
    """Return the paths of all that is in it, lists and their members too."""
    inner = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    return [path] * bool(path) + [place for key, value in inner for place in places(value, (*path, key))]


PLACES = places(SOUND)
OPTIONAL = {
    ("name",), ("version",), ("intended_use",), ("data_source",), ("eval_metrics",), ("lggseg", "doubt"),
    ("lggseg", "least_peak"),
}  # fmt: skip
"""What may be missing: then nothing is said of it."""
ENTRIES = {"mean_dice", "peak", "certainty", "features", "upsample", "models/model.onnx"}
"""Some of as many as there are."""
NEEDED = [path for path in PLACES if path not in OPTIONAL and path[-1] not in ENTRIES and isinstance(path[-1], str)]
MISSING = object()
_NUMBERS = (
    "threshold",
    "least_peak",
    "mean_dice",
    "intercept",
    "peak",
    "certainty",
    "coverage",
    "check_presence",
    "check_dice",
)
NUMBERS = {path for path in PLACES if isinstance(path[-1], int) or path[-1] in _NUMBERS}
NUMBERS -= {("lggseg", "network", "channels", 0)}


def damaged(path, junk):
    content = copy.deepcopy(SOUND)
    place = content
    for key in path[:-1]:
        place = place[key]
    if junk is MISSING:
        del place[path[-1]]
    else:
        place[path[-1]] = junk
    return content


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    (folder / "configs").mkdir()
    return folder / METADATA_FILE


def write(file, content):
    text = content if isinstance(content, str) else json.dumps(content)
    file.write_text(text, encoding="utf-8")
    return file


def refusal(file):
    """Return the message; fail where none comes, or more than a line, or one that does not say which file."""
    with pytest.raises(ModelError) as refused:
        load_bundle(file.parents[1])
    message = str(refused.value)
    assert "\n" not in message
    assert len(message) < 500 + len(str(file))
    assert message.startswith(f"{file}: expected ")
    assert message.endswith("; install the model again, or export it again")
    return message


def test_a_sound_description_is_read(file):
    assert read_metadata(write(file, SOUND)) == SOUND
    assert read_metadata(find_bundle() / METADATA_FILE)["name"] == "lgg_flair_unet"


NO_NUMBERS = (math.nan, math.inf, -math.inf, 10**400, "x", True, [1], {})
OUT_OF_BOUNDS = (1e300, -7.5e4)


@pytest.mark.parametrize("path", sorted(NUMBERS, key=str), ids=str)
@pytest.mark.parametrize("junk", NO_NUMBERS, ids=str)
def test_what_is_no_number_is_refused(file, path, junk):
    refusal(write(file, damaged(path, junk)))


@pytest.mark.parametrize("path", sorted(NUMBERS - {("eval_metrics", "mean_dice")}, key=str), ids=str)
@pytest.mark.parametrize("junk", OUT_OF_BOUNDS, ids=str)
def test_what_is_out_of_bounds_is_refused(file, path, junk):
    refusal(write(file, damaged(path, junk)))


@pytest.mark.parametrize("path", NEEDED, ids=str)
def test_what_is_missing_is_named(file, path):
    assert str(path[-1]) in refusal(write(file, damaged(path, MISSING)))


def test_a_description_without_checksum_is_refused(file):
    said = refusal(write(file, damaged(("lggseg", "sha256"), {})))
    assert "lggseg.sha256: expected a checksum by file, got {}" in said


JUNK = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8) | st.just(10**400) | st.just(MISSING),
    lambda inner: (
        st.lists(inner.filter(lambda one: one is not MISSING), max_size=3)
        | st.dictionaries(st.text(max_size=3), inner.filter(lambda one: one is not MISSING), max_size=3)
    ),
    max_leaves=5,
)


def is_share(value):
    return isinstance(value, float) and 0 < value < 1


def assert_usable(bundle):
    """What was let through can be used: no kind of value in it that nobody expects."""
    assert is_share(bundle.rule.threshold)
    assert bundle.rule.components in COMPONENTS
    assert set(bundle.network.channels) <= set(CHANNELS)
    assert bundle.network.task in ("segmentation", "classification")
    assert isinstance(bundle.name + bundle.version, str)
    doubt = bundle.calibration
    if doubt is not None:
        assert math.isfinite(doubt.presence.intercept + sum(doubt.presence.weights.values()))
        assert 0 < doubt.volume_ratio[0] <= doubt.volume_ratio[1]


@given(path=st.sampled_from(PLACES), junk=JUNK)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_damage_is_one_message_or_makes_no_difference(file, path, junk):
    write(file, damaged(path, junk))
    try:
        bundle = load_bundle(file.parents[1])
    except ModelError:
        refusal(file)
    else:
        assert_usable(bundle)


@given(
    text=st.text(max_size=40) | st.binary(max_size=40).map(lambda raw: raw.decode("latin-1")) | st.just("[" * 100_000)
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_no_json_is_one_message(file, text):
    refusal(write(file, text.encode("utf-8", "replace").decode()))


def test_a_description_that_is_no_utf8_is_refused(file):
    file.write_bytes(b'{"name": "\xff\xfe"}')
    refusal(file)


@pytest.mark.parametrize("command", ["info", "segment"])
def test_the_commands_say_it_in_one_line(tmp_path, capsys, command):
    folder = write_formula_bundle(tmp_path / "model")
    content = json.loads((folder / METADATA_FILE).read_text(encoding="utf-8"))
    content["lggseg"]["threshold"] = [0.35]
    write(folder / METADATA_FILE, content)
    words = {"info": ["info"], "segment": ["segment", str(tmp_path / "x.nii.gz"), "-o", str(tmp_path / "out")]}[command]
    assert cli.main([*words, "--model", str(folder)]) == ModelError.exit_status
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "lggseg.threshold: expected a number between 0 and 1, got [0.35]" in line


def test_a_folder_of_before_version_0_5_is_read(tmp_path):
    folder = shutil.copytree(find_bundle() / "configs", tmp_path / "old" / "configs").parent
    content = json.loads((folder / METADATA_FILE).read_text(encoding="utf-8"))
    content["lggseg"].pop("network", None)
    content["lggseg"]["features"] = [8, 8, 8, 8]
    write(folder / METADATA_FILE, content)
    assert load_bundle(folder).network.arguments == {"features": [8, 8, 8, 8]}
