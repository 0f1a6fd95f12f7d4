"""Averages the weights of several runs that started from the same ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from core.errors import SetupError
from core.evaluation import Report
from models import artefact
from models.checkpoint import Position
from models.encoder import load_encoder
from models.network import Network, extract, merge, release, restore
from models.produce import Trained, data_of, write_artefact
from models.settings import TrainingSettings

TOLD: Final = ("settings", "steps", "minutes", "machine", "teachers")
"""Of each member's record."""


def average_artefacts(members: Sequence[Path], data_folder: Path, output: Path) -> dict[str, Report]:
    """The mean of the members' weights as an artefact of its own, calibrated and measured on the development part.

    Args:
        members: artefact folders of one encoder, one split and one start; two or more.
        data_folder: which they were trained on.
        output: made if need be.

    Returns:
        The development figures, as `development_reports` names them.

    Raises:
        SetupError: the members do not belong together, or the data are not theirs.
        ModelUnusable: one of them cannot be loaded.

    Source: Wortsman et al. 2022, Model soups, sec. 2; the uniform one.
    """
    if len(members) < 2:
        raise SetupError("an average needs two artefacts or more")
    records = [artefact.read_json(member, artefact.RECORD) for member in members]
    for member, record in zip(members[1:], records[1:], strict=True):
        for key in ("encoder", "started_from", "data_sha256"):
            if record[key] != records[0][key]:
                raise SetupError(f"{member} and {members[0]} differ in {key}: their average means nothing")
    description = artefact.read_description(members[0])
    data = data_of(members[0], data_folder)
    network = artefact.load_network(members[0], description)
    total = {name: value.clone() for name, value in network.state_dict().items()}
    for member in members[1:]:
        for name, value in artefact.load_network(member, artefact.read_description(member)).state_dict().items():
            total[name] += value
    mean = Network(load_encoder(description.encoder), {task: len(names) for task, names in description.labels.items()})
    before = release(mean.encoder)
    mean.load_state_dict({name: value / len(members) for name, value in total.items()})
    settings = replace(TrainingSettings(**records[0]["settings"]), tasks=tuple(description.labels), fold=None)
    update = extract(mean.encoder, before, settings.rank)
    restore(mean.encoder, before)
    merge(mean.encoder, update, scale=1.0)
    position = Position(step=sum(r["steps"] for r in records), elapsed_s=60.0 * sum(r["minutes"] for r in records))
    trained = Trained(mean.eval(), update, position, data, settings)
    return write_artefact(trained, output, None, description.encoder, _told(records))


def _told(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    same = {key: records[0][key] for key in ("started_from", "machine", "rows_train", "teachers") if key in records[0]}
    return same | {"averaged": [{key: record[key] for key in TOLD if key in record} for record in records]}
