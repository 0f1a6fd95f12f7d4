import logging

from stream.logs import Sparse


def line(name: str, message: str, *args: object) -> logging.LogRecord:
    return logging.LogRecord(name, logging.ERROR, "", 0, message, args, None)


def test_a_library_that_repeats_itself_is_heard_once_in_ten_seconds():
    now = [0.0]
    sparse = Sparse(lambda: now[0])
    heard = [sparse.filter(line("aiokafka.conn", "cannot connect to %s", node)) for node in (1, 2, 3)]
    assert heard == [True, False, False]
    now[0] = 10.0
    again = line("aiokafka.conn", "cannot connect to %s", 1)
    assert sparse.filter(again)
    assert again.getMessage() == "cannot connect to 1 (and 2 more like it)"


def test_different_messages_are_heard_side_by_side():
    sparse = Sparse(lambda: 0.0)
    assert sparse.filter(line("aiokafka", "cannot connect"))
    assert sparse.filter(line("aiokafka", "no coordinator"))
    assert sparse.filter(line("faust", "cannot connect"))


def test_our_own_lines_are_all_kept():
    sparse = Sparse(lambda: 0.0)
    assert all(sparse.filter(line("stream.app", "dead letter %s", n)) for n in range(3))
