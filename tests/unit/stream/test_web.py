from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from core.errors import SetupError
from stream import web


@pytest.fixture
def server():
    pages = {
        "/health": lambda: (503, "application/json", b'{"state":"starting"}'),
        "/metrics": lambda: (200, "text/plain", b"posts 1\n"),
    }
    started = web.serve("127.0.0.1", 0, pages)
    yield f"http://127.0.0.1:{started.server_port}"
    started.shutdown()
    started.server_close()


def test_a_page_is_served_under_its_path_whatever_the_query(server):
    with urlopen(f"{server}/metrics?name=posts", timeout=5) as answer:
        assert (answer.status, answer.read()) == (200, b"posts 1\n")


def test_a_page_says_its_own_status(server):
    with pytest.raises(HTTPError) as refused:
        urlopen(f"{server}/health", timeout=5)
    with refused.value as answer:
        assert (answer.code, answer.read()) == (503, b'{"state":"starting"}')


def test_any_other_path_is_not_found(server):
    with pytest.raises(HTTPError) as refused:
        urlopen(f"{server}/etc/passwd", timeout=5)
    with refused.value as answer:
        assert answer.code == 404


def test_a_port_that_is_taken_is_said_in_a_sentence(server):
    with pytest.raises(SetupError, match="cannot be had"):
        web.serve("127.0.0.1", int(server.rsplit(":", 1)[1]), {})
