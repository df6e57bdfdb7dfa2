"""The encoder against a transformer written out in numpy (Dosovitskiy et al. 2021), and the masked autoencoder."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.special import erf

from dem_segmenter.network.encoder import Encoder, EncoderOptions
from dem_segmenter.network.masked_autoencoder import MaskedAutoencoder

TILE, CHANNELS, WIDTH, HEADS = 64, 3, 192, 3


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    torch.manual_seed(1)
    made = Encoder(EncoderOptions(channels=CHANNELS, tile=TILE))
    with torch.no_grad():  # norms and biases start at 1 and 0: make them count
        for parameter in made.parameters():
            if parameter.ndim == 1:
                parameter.add_(torch.randn_like(parameter) * 0.1)
    return made.freeze()


def layer_norm(x: np.ndarray, weight: np.ndarray, bias: np.ndarray, eps: float) -> np.ndarray:
    mean, var = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    return (x - mean) / np.sqrt(var + eps) * weight + bias


def vit_in_numpy(state: dict[str, np.ndarray], image: np.ndarray, blocks: tuple[int, ...]) -> list[np.ndarray]:
    """Token matrices ``(tokens, WIDTH)`` after each of the blocks, class token first."""
    side = TILE // 16
    kernel = state["patch_embed.proj.weight"].reshape(WIDTH, -1)
    tokens = [
        kernel @ image[:, 16 * r : 16 * r + 16, 16 * c : 16 * c + 16].ravel() + state["patch_embed.proj.bias"]
        for r in range(side)
        for c in range(side)
    ]
    x = np.concatenate([state["cls_token"][0], np.stack(tokens)]) + state["pos_embed"][0]
    out = []
    for i in range(max(blocks) + 1):
        p = {k[len(f"blocks.{i}.") :]: v for k, v in state.items() if k.startswith(f"blocks.{i}.")}
        y = layer_norm(x, p["norm1.weight"], p["norm1.bias"], 1e-6)
        q, k, v = np.split(y @ p["attn.qkv.weight"].T + p["attn.qkv.bias"], 3, axis=1)
        mixed = []
        for h in range(HEADS):
            part = slice(h * WIDTH // HEADS, (h + 1) * WIDTH // HEADS)
            scores = q[:, part] @ k[:, part].T / np.sqrt(WIDTH // HEADS)
            weights = np.exp(scores - scores.max(1, keepdims=True))
            mixed.append(weights / weights.sum(1, keepdims=True) @ v[:, part])
        x = x + np.concatenate(mixed, 1) @ p["attn.proj.weight"].T + p["attn.proj.bias"]
        y = layer_norm(x, p["norm2.weight"], p["norm2.bias"], 1e-6) @ p["mlp.fc1.weight"].T + p["mlp.fc1.bias"]
        y = 0.5 * y * (1 + erf(y / np.sqrt(2)))
        x = x + y @ p["mlp.fc2.weight"].T + p["mlp.fc2.bias"]
        if i in blocks:
            out.append(x)
    return out


def test_tapped_blocks_equal_a_transformer_written_out(encoder: Encoder) -> None:
    image = np.random.default_rng(0).standard_normal((CHANNELS, TILE, TILE))
    state = {k: v.double().numpy() for k, v in encoder.vit.state_dict().items()}
    expected = vit_in_numpy(state, image, (3, 5, 7, 11))
    got = encoder(torch.from_numpy(image[None]).float())
    assert [tuple(m.shape) for m in got] == [(1, WIDTH, 4, 4)] * 4
    for tokens, features in zip(expected, got, strict=True):
        tokens = tokens[1:]  # without the class token
        tokens = (tokens - tokens.mean(1, keepdims=True)) / np.sqrt(tokens.var(1, keepdims=True) + 1e-5)
        np.testing.assert_allclose(features[0].numpy(), tokens.T.reshape(WIDTH, 4, 4), atol=2e-4)


def test_a_block_may_be_tapped_more_than_once_and_in_any_order() -> None:
    torch.manual_seed(0)
    once = Encoder(EncoderOptions(channels=CHANNELS, tile=TILE, blocks=(3, 11))).eval()
    often = Encoder(EncoderOptions(channels=CHANNELS, tile=TILE, blocks=(11, 3, 11, 11))).eval()
    often.vit.load_state_dict(once.vit.state_dict())
    image = torch.randn(1, CHANNELS, TILE, TILE)
    first, last = once(image)
    for got, expected in zip(often(image), (last, first, last, last), strict=True):
        torch.testing.assert_close(got, expected)


def test_parameter_count_of_vit_tiny(encoder: Encoder) -> None:
    # Per block: two norms, q k v and projection, a four times wider MLP.
    block = 2 * 2 * WIDTH + (3 * WIDTH + 1) * 0 + WIDTH * 3 * WIDTH + 3 * WIDTH + WIDTH * WIDTH + WIDTH
    block += WIDTH * 4 * WIDTH + 4 * WIDTH + 4 * WIDTH * WIDTH + WIDTH
    embed = CHANNELS * 16 * 16 * WIDTH + WIDTH
    tokens = WIDTH * (1 + (TILE // 16) ** 2 + 1)
    assert sum(p.numel() for p in encoder.parameters()) == 12 * block + embed + tokens + 2 * WIDTH


def test_other_tile_sizes_are_accepted(encoder: Encoder) -> None:
    maps = encoder(torch.zeros(2, CHANNELS, 96, 128))
    assert maps[0].shape == (2, WIDTH, 6, 8)


def test_positions_are_the_sine_cosine_ones_and_do_not_learn(encoder: Encoder) -> None:
    positions = encoder.vit.pos_embed[0, 1:].reshape(4, 4, WIDTH)
    assert not encoder.vit.pos_embed.requires_grad
    omega = 1.0 / 10000 ** (np.arange(WIDTH // 4) / (WIDTH // 4))
    # Row 3, column 3: sine and cosine of both, in whatever order.
    expected = np.sort(np.concatenate([np.sin(3 * omega), np.cos(3 * omega)] * 2))
    np.testing.assert_allclose(np.sort(positions[3, 3].numpy()), expected, atol=1e-5)


def test_masked_autoencoder_hides_the_share_asked_for_and_learns_from_hidden_patches_only() -> None:
    torch.manual_seed(0)
    model = MaskedAutoencoder(Encoder(EncoderOptions(channels=CHANNELS, tile=TILE)), mask_ratio=0.75)
    x = torch.randn(2, CHANNELS, TILE, TILE)
    out = model(x)
    assert out.mask.sum(1).tolist() == [12, 12]
    error = ((out.prediction - model.target(x)) ** 2).mean(-1)
    assert out.loss.item() == pytest.approx(error[out.mask].mean().item(), rel=1e-5)
    # Unknown ground is not scored.
    known = torch.ones(2, TILE, TILE, dtype=torch.bool)
    known[:, :32] = False
    out = model(x, known)
    error = ((out.prediction - model.target(x)) ** 2).mean(-1)
    scored = out.mask & (torch.arange(16) >= 8)
    assert out.loss.item() == pytest.approx(error[scored].mean().item(), rel=1e-5)


@pytest.mark.parametrize(("ratio", "hidden"), [(0.05, 1), (0.5, 2), (0.95, 3)])
def test_of_four_patches_one_at_least_is_hidden_and_one_seen(ratio: float, hidden: int) -> None:
    model = MaskedAutoencoder(Encoder(EncoderOptions(channels=CHANNELS, tile=32)), mask_ratio=ratio)
    out = model(torch.randn(2, CHANNELS, 32, 32))
    assert out.mask.sum(1).tolist() == [hidden, hidden]
    assert out.loss.item() > 0


def test_hidden_patches_do_not_leak_into_the_prediction() -> None:
    torch.manual_seed(0)
    model = MaskedAutoencoder(Encoder(EncoderOptions(channels=CHANNELS, tile=TILE))).eval()
    x = torch.randn(1, CHANNELS, TILE, TILE)
    torch.manual_seed(5)
    first = model(x)
    hidden = first.mask.reshape(4, 4).repeat_interleave(16, 0).repeat_interleave(16, 1)
    torch.manual_seed(5)
    second = model(torch.where(hidden, x + 100.0, x))
    assert torch.equal(first.mask, second.mask)
    torch.testing.assert_close(first.prediction, second.prediction)


def test_target_is_the_normalised_patch_and_its_mean() -> None:
    model = MaskedAutoencoder(Encoder(EncoderOptions(channels=CHANNELS, tile=TILE)))
    x = torch.randn(1, CHANNELS, TILE, TILE) * 3 + 5
    patch = x[0, 1, 16:32, 48:64].numpy().astype(np.float64)
    target = model.target(x)[0, 1 * 4 + 3].reshape(CHANNELS, 257)[1].numpy()
    floor = MaskedAutoencoder.DEVIATION_FLOOR
    np.testing.assert_allclose(
        target[:256], ((patch - patch.mean()) / np.sqrt(patch.var() + floor**2)).ravel(), atol=1e-4
    )
    assert target[256] == pytest.approx(patch.mean() * np.sqrt(MaskedAutoencoder.MEAN_WEIGHT), rel=1e-5)
