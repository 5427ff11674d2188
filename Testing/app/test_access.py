import pytest

from lggseg.errors import InputError
from lggseg_app.access import Doorkeeper, check_listen, is_own_host


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.5", "::1"])
def test_this_computer_needs_no_password(address):
    check_listen(address, None)


@pytest.mark.parametrize("address", ["0.0.0.0", "192.168.1.5", "::"])
def test_other_computers_want_a_password(address):
    with pytest.raises(InputError, match=r"expected a password, got none; set LGGSEG_APP_PASSWORD"):
        check_listen(address, None)
    check_listen(address, "secret")


def test_what_is_no_address_is_refused():
    with pytest.raises(InputError, match="expected an IP address of this computer"):
        check_listen("ward-7", "secret")


def test_a_link_works_once_and_each_gives_a_session_of_its_own():
    doorkeeper = Doorkeeper()
    first, second = doorkeeper.new_token(), doorkeeper.new_token()
    one = doorkeeper.admit(token=first)
    assert doorkeeper.knows(one)
    assert doorkeeper.admit(token=first) is None
    assert doorkeeper.admit(token=second) != one
    doorkeeper.forget(one)
    assert not doorkeeper.knows(one)


def test_without_a_password_none_is_right():
    assert Doorkeeper().admit(password="") is None
    assert Doorkeeper().admit(token="") is None
    assert not Doorkeeper().knows(None)
    doorkeeper = Doorkeeper("geheim ü")
    assert doorkeeper.admit(password="geheim") is None
    assert doorkeeper.knows(doorkeeper.admit(password="geheim ü"))


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1:8080", True),
        ("localhost", True),
        ("[::1]:80", True),
        ("LOCALHOST:1", True),
        ("evil.example:8080", False),
        ("127.0.0.1.evil.example", False),
        ("", False),
    ],
)
def test_only_our_own_names_are_answered(host, own):
    assert is_own_host(host, frozenset({"127.0.0.1", "localhost", "::1"})) == own
