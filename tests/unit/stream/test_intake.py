import pytest

from stream.intake import Due, OutOfOrder


def due(*arrivals: tuple[str, int]) -> Due:
    order = Due()
    for partition, offset in arrivals:
        order.arrived(partition, offset)
    return order


def test_partitions_are_acknowledged_independently_of_each_other():
    order = due(("p0", 1), ("p1", 7), ("p0", 2))
    order.done("p1", 7)
    order.done("p0", 1)
    order.done("p0", 2)


def test_an_acknowledgement_past_unfinished_work_is_refused():
    order = due(("p0", 1), ("p0", 2))
    with pytest.raises(OutOfOrder, match="p0: 2 is done while 1 is due"):
        order.done("p0", 2)


def test_an_acknowledgement_of_what_never_arrived_is_refused():
    with pytest.raises(OutOfOrder, match="p0: 1 is done while None is due"):
        Due().done("p0", 1)


@pytest.mark.parametrize("offset", [5, 6])
def test_a_partition_that_goes_backwards_is_refused(offset):
    order = due(("p0", 6))
    with pytest.raises(OutOfOrder, match="arrives after 6"):
        order.arrived("p0", offset)


def test_a_gap_between_offsets_is_no_fault_since_the_broker_may_have_compacted_it():
    order = due(("p0", 6), ("p0", 9))
    order.done("p0", 6)
    order.done("p0", 9)


def test_a_partition_that_comes_back_after_it_was_taken_away_begins_anew():
    order = due(("p0", 6), ("p0", 7))
    order.clear()
    order.arrived("p0", 6)
    order.done("p0", 6)
