"""What `up` refuses to start on, in words a person can act on."""

import socket

from groundswell import checks
from groundswell.stack import Listener


def test_a_port_in_use_names_the_port_the_part_and_the_setting():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (finding,) = checks.ports([Listener("the dashboard", port, "dashboard_port")])
    assert finding.sentence == f"port {port}, for the dashboard, is in use; set GROUNDSWELL_DASHBOARD_PORT to another"
    assert not finding.ok


def test_two_parts_with_one_port_are_found_before_they_start():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    listeners = [Listener("Kafka", port, "kafka_port"), Listener("Airflow", port, "airflow_port")]
    assert [finding.ok for finding in checks.ports(listeners)] == [True, False]


def test_too_little_disk_says_how_much_is_needed(tmp_path):
    finding = checks.disk(tmp_path / "not" / "there", least=10**18)
    assert not finding.ok
    assert "1000000000.0 GB are needed" in finding.sentence
    assert checks.disk(tmp_path, least=1).ok


def test_too_little_memory_says_how_much_is_needed():
    finding = checks.memory(least=10**18)
    assert not finding.ok
    assert "are needed" in finding.sentence
    assert checks.memory(least=1).ok


def test_missing_weights_name_the_folder_and_the_setting(tmp_path):
    finding = checks.weights(tmp_path / "none")
    assert not finding.ok
    assert str(tmp_path / "none") in finding.sentence
    assert "GROUNDSWELL_WEIGHTS" in finding.sentence
