"""Write an encoder and two heads with random weights. Runs in the engine's Python: untrained_models.py FOLDER."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch

from dem_segmenter.elevation.encoding import ReliefEncoding
from dem_segmenter.learning.pretrain import save_encoder
from dem_segmenter.modelfiles.card import Card, ClassInfo
from dem_segmenter.modelfiles.store import save_model
from dem_segmenter.network.encoder import Encoder, EncoderOptions
from dem_segmenter.network.upernet import HeadOptions, UperNetHead


def main(folder: Path) -> None:
    torch.manual_seed(4)
    encoder = Encoder(EncoderOptions(tile=64))
    digest = save_encoder(
        folder / "untrained.safetensors", encoder, ReliefEncoding(), title="Untrained", training_data=[], recipe={}
    )
    options = HeadOptions(width=8, detail=4)
    for name, found, color in (("my-buildings", "building", "#d73027"), ("my-roads", "road", "#404040")):
        card = Card(
            kind="head",
            name=name,
            title=name,
            architecture={"type": "UperNet", **options.to_json()},
            encoder_sha256=digest,
            encoder_name="untrained",
            classes=(ClassInfo(found, 1, color),),
            tile=64,
            ground_resolution=1.0,
            ground_resolution_range=(0.5, 2.0),
        )
        save_model(folder / f"{name}.safetensors", UperNetHead(options).state_dict(), card)


main(Path(sys.argv[1]))
