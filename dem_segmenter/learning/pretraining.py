"""The pre-training loop: masked autoencoding, resumable to the step, on one process or several."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from .. import runtime
from ..elevation.encoding import Encoding
from ..errors import CancelledError, OutputError, TrainingError
from ..events import Reporter
from ..network.masked_autoencoder import MaskedAutoencoder, Reconstruction
from .checkpoints import load_whole, make_way, read_state, states_of, write_state
from .chips import ViewSource
from .optimizer import adamw
from .ranks import Ranks
from .step_pool import StepPool, mask_noise

#: Seconds after which the state is written, however few steps there were.
LONGEST_UNSAVED = 300.0
#: Seconds that a read of a DEM that is under way is waited for at the end, as over a network.
PATIENCE = 30.0
#: Looks at the held-out chips in a run.
LOOKS = 20
#: A loss that ends higher than its lowest by this factor has risen; chance moves it less.
RISEN = 1.1


@dataclass(frozen=True)
class PretrainOptions:
    """The recipe.

    Attributes:
        iterations: Optimiser steps.
        batch_size: Chips a step, of each process.
        learning_rate: Peak; cosine decay to zero after the warm-up.
        warmup: Steps of linear warm-up.
        weight_decay: AdamW's.
        mask_ratio: Share of patches hidden.
        seed: Of everything.
        normalise: Whether the target is each patch normalised (He et al.'s "norm pix").
    """

    iterations: int = 1500
    batch_size: int = 48
    learning_rate: float = 8e-4
    warmup: int = 100
    weight_decay: float = 0.05
    mask_ratio: float = 0.75
    seed: int = 0
    normalise: bool = True


@dataclass(frozen=True)
class HeldOut:
    """Chips that the run is watched on.

    Attributes:
        channels: ``(N, C, T, T) float32``.
        valid: ``(N, T, T) bool``.
        names: What each shows.
        unseen: Whether the ground is kept out of training.
    """

    channels: np.ndarray
    valid: np.ndarray
    names: Sequence[str]
    unseen: bool


class Pretraining:
    """One run; a step's chips and masks depend on the seed, the step and the process alone.

    Attributes:
        model: What is trained.
        losses: Training loss of every step so far, the mean over all processes.
        history: Step and loss of every look at the held-out chips so far, the first before any step.
        resumed: Whether a run that was cut off was taken up.
        put_aside: Where the state of another run was moved that lay in the way; None if there was none.
        drained: Whether nothing is drawn from the source any more; after `run`, false only where a read hangs.
    """

    def __init__(
        self,
        model: MaskedAutoencoder,
        options: PretrainOptions,
        *,
        checkpoint: Path,
        identity: str = "",
        ranks: Ranks | None = None,
        held_out: HeldOut | None = None,
    ) -> None:
        """Prepare a run, or take up one that was cut off.

        Args:
            model: To be trained; only rank 0's weights count.
            options: The recipe.
            checkpoint: File for the state of the run.
            identity: What the run is about; the state of another run is put aside, not gone on with.
            ranks: The processes; this one alone on the CPU by default.
            held_out: Chips to watch the run on.
        """
        self.options, self.ranks = options, ranks or Ranks()
        self._checkpoint, self._identity, self._held_out = checkpoint, identity, held_out
        self.model = model.to(self.ranks.device)
        self.losses: list[float] = []
        self.history: list[tuple[int, float]] = []
        trained = [p for p in model.parameters() if p.requires_grad]
        self._optimizer = adamw(trained, options.learning_rate, options.weight_decay, betas=(0.9, 0.95))
        self._saved = -1, time.monotonic()
        self.put_aside: Path | None = None
        self.drained = True
        self.resumed = self._take_up()
        self._network = self.ranks.wrapped(model)

    def run(
        self,
        source: ViewSource,
        reporter: Reporter,
        *,
        save_every: int = 100,
        progress: tuple[float, float] = (0.0, 100.0),
        workers: int = 1,
        encoding: Encoding | None = None,
        news: Callable[[], Sequence[str]] = tuple,
    ) -> None:
        """Take the steps that are left.

        Args:
            source: Where views of elevation come from.
            reporter: Progress and cancelling.
            save_every: Steps between two states on disk.
            progress: Percent at the beginning and at the end.
            workers: Threads that draw views.
            encoding: What finishes the chips that are cut from views; None: they are finished.
            news: Warnings that have come up since it was last asked.

        Raises:
            TrainingError: The loss is no longer a number (the state before that step is on disk), or the source has
                nothing to give.
            CancelledError: Cancelled; the state of the last whole step is on disk.
            OutputError: The state cannot be written.

        Whatever is raised, `drained` says whether the source may be closed.
        """
        options, first = self.options, len(self.losses)
        pool = StepPool(
            source, tile=self.model.encoder.options.tile, batch_size=options.batch_size, seed=options.seed,
            rank=self.ranks.rank, start=first, workers=workers, encoding=encoding,
        )  # fmt: skip
        self.model.train()
        look_every = max(1, options.iterations // LOOKS)
        if self._held_out is not None and not self.losses:
            self.history.append((0, self.look()[0]))
        began = time.monotonic()
        try:
            while len(self.losses) < options.iterations:
                self._step(pool, reporter)
                done = len(self.losses)
                last = done == options.iterations
                for message in news():
                    reporter.warning(message)
                if self._held_out is not None and (last or done % look_every == 0):
                    self.history.append((done, self.look()[0]))
                if (
                    last or done % save_every == 0
                    or self.ranks.any(time.monotonic() - self._saved[1] > LONGEST_UNSAVED)
                ):  # fmt: skip
                    self.save()
                    rate = (done - first) * options.batch_size * self.ranks.count / (time.monotonic() - began)
                    reporter.log(f"step {done}: loss {self.recent_loss(save_every):.4f}, {rate:.1f} chips/s")
                left = (time.monotonic() - began) / (done - first) * (options.iterations - done)
                share = done / options.iterations
                with contextlib.suppress(CancelledError):  # the next step asks again, where all processes are asked
                    reporter.progress(progress[0] + (progress[1] - progress[0]) * share, self._phase(left))
        finally:
            pool.close()
            self.drained = pool.join(PATIENCE)

    def look(self) -> tuple[float, Reconstruction]:
        """Loss and reconstruction of the held-out chips, always with the same patches hidden."""
        held = self._held_out
        assert held is not None
        shape = (len(held.channels), self.model.patch_count)
        parts = []
        self.model.eval()
        with torch.inference_mode(), runtime.mixed_precision(self.ranks.device):
            for i in range(shape[0]):
                x, known = (torch.from_numpy(a[i : i + 1]).to(self.ranks.device) for a in (held.channels, held.valid))
                noise = mask_noise(self.options.seed, i, self.ranks.count, (1, shape[1])).to(self.ranks.device)
                parts.append(self.model(x, known, noise))
        self.model.train()
        whole = Reconstruction(
            torch.stack([p.loss.float() for p in parts]).mean().cpu(),
            torch.cat([p.prediction for p in parts]).cpu(),
            torch.cat([p.mask for p in parts]).cpu(),
        )
        return float(whole.loss), whole

    def recent_loss(self, steps: int = 100) -> float:
        """Mean training loss of the last steps."""
        return float(np.mean(self.losses[-steps:])) if self.losses else math.nan

    def risen(self) -> tuple[int, float, float] | None:
        """Whether the run ended worse than it once was, as with a learning rate that is too high.

        Returns:
            The step at which the loss was lowest, that loss, and the last one: on the held-out chips, or, where there
            are none, in training, the first step's and the mean of each twentieth of the run. None where it has not
            risen by a tenth.
        """
        looks = self.history
        if not looks and len(self.losses) >= LOOKS:
            parts = np.array_split(np.array(self.losses), LOOKS)
            ends = np.cumsum([len(part) for part in parts]).tolist()
            looks = [(1, self.losses[0]), *zip(ends, (float(part.mean()) for part in parts), strict=True)]
        if not looks:
            return None
        (step, lowest), last = min(looks, key=lambda look: look[1]), looks[-1][1]
        return (step, lowest, last) if last > RISEN * lowest else None

    def save(self) -> None:
        """Write the state, once for each step.

        All processes call it at the same step and wait for the one that writes: were one to end before, torchrun would
        end the others too, in the middle of a file.

        Raises:
            OutputError: It cannot be written.
            TrainingError: Another process has failed.
        """
        trouble: OutputError | None = None
        if self.ranks.is_first and self.losses and self._saved[0] != len(self.losses):
            state = {
                "identity": self._identity,
                "model": self.model.state_dict(),
                "optimizer": self._optimizer.state_dict(),
                "losses": self.losses,
                "history": self.history,
            }
            try:
                write_state(self._checkpoint, state)
            except OutputError as error:
                trouble = error
        self.ranks.agree(trouble)
        self._saved = len(self.losses), time.monotonic()

    def discard(self) -> None:
        """The run is over: its state is of no more use."""
        if self.ranks.is_first:
            self._checkpoint.unlink(missing_ok=True)

    def _step(self, pool: StepPool, reporter: Reporter) -> None:
        options, step, device = self.options, len(self.losses), self.ranks.device
        for group in self._optimizer.param_groups:
            group["lr"] = options.learning_rate * schedule(step, options.warmup, options.iterations)
        trouble: Exception | None = None
        try:
            reporter.check_cancelled()
            channels, _, valid = pool.next()
        except Exception as error:
            trouble = error
        try:
            self.ranks.agree(trouble)
        except Exception:
            self.save()
            raise
        noise = mask_noise(options.seed, step, self.ranks.rank, (len(channels), self.model.patch_count))
        with runtime.mixed_precision(device):
            out = self._network(
                torch.from_numpy(channels).to(device), torch.from_numpy(valid).to(device), noise.to(device)
            )
        value = self.ranks.mean(float(out.loss.detach()))
        if not math.isfinite(value):
            self._give_up(step)
        self._optimizer.zero_grad(set_to_none=True)
        out.loss.backward()
        # A finite loss may have a gradient that is not, and one such step would spoil every weight.
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        if not math.isfinite(float(norm)):
            self._give_up(step)
        self._optimizer.step()
        self.losses.append(value)

    def _give_up(self, step: int) -> None:
        """Stop before a step that would spoil the weights."""
        self.save()
        kept = f" The state before it is kept in '{self._checkpoint}'." if self.losses else ""
        raise TrainingError(
            f"The loss is no longer a number at step {step + 1}.{kept}",
            f"Lower the learning rate (it is {self.options.learning_rate:g}) and run it again with the same settings "
            "otherwise and the same output file" + (f": it goes on from step {step}." if self.losses else "."),
        )

    def _phase(self, seconds_left: float) -> str:
        minutes = seconds_left / 60
        left = (
            f"{minutes / 60:.1f} h left" if minutes >= 100 else f"{minutes:.0f} min left" if minutes >= 1
            else "less than a minute left"
        )  # fmt: skip
        return f"Pre-training, loss {self.recent_loss(20):.3f}, {left}"

    def _take_up(self) -> bool:
        """Read back the state of this run, also one that was put aside; one of another run is put aside."""
        found = next((path for path in states_of(self._checkpoint) if self._read(path)), None)
        # Gradients are averaged, optimisers are not: processes that begin at different steps drift apart, unseen.
        self.ranks.require_same(len(self.losses), "step the run goes on from")
        if self.ranks.is_first:
            self.put_aside = make_way(self._checkpoint, found)
        return found is not None

    def _read(self, path: Path) -> bool:
        """Take up the state in a file; False where it is none of this run."""
        state = read_state(path, self._identity, self.ranks.device)
        if state is None or not load_whole(state, {"model": self.model}, self._optimizer):
            return False
        self.losses, self.history = list(state["losses"]), [(int(s), float(v)) for s, v in state["history"]]
        self._saved = len(self.losses), time.monotonic()
        return True


def schedule(step: int, warmup: int, total: int) -> float:
    """Linear warm-up, then half a cosine to zero (Loshchilov and Hutter 2017): factor on the peak learning rate."""
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1.0 + math.cos(math.pi * (step - warmup) / max(1, total - warmup)))
