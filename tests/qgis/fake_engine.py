"""A stand-in for the engine: speaks the worker protocol and does what FAKE_ENGINE says. Standard library only."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

MODE = os.environ.get("FAKE_ENGINE", "ok")


def emit(event, **keys):
    sys.stdout.write(json.dumps({"event": event, **keys}) + "\n")
    sys.stdout.flush()


def option(name):
    for argument in sys.argv:
        if argument.startswith(f"--{name}="):
            return argument.partition("=")[2]
    return None


def record():
    path = os.environ.get("FAKE_RECORD")
    if path:
        source = sys.argv[2] if len(sys.argv) > 2 and not sys.argv[2].startswith("-") else None
        with open(path, "w") as stream:
            json.dump(
                {
                    "argv": sys.argv[1:],
                    "environment": dict(os.environ),
                    "isolated": sys.flags.isolated,
                    "source": source,
                    "source_exists": bool(source) and os.path.exists(source),
                },
                stream,
            )
        files = {"source": source, **{name: option(name) for name in ("labels", "area", "labelled", "list")}}
        for name, file in files.items():
            if file and os.path.isfile(file):
                shutil.copyfile(file, f"{path}.{name}")


def make_scratch():
    """A folder and a file as the real engine makes them, announced before they exist."""
    folder = os.path.join(
        os.path.dirname(option("output") or option("report") or os.environ["FAKE_SCRATCH"]), ".fake.partial"
    )
    emit("scratch", path=folder)
    os.mkdir(folder)
    with open(os.path.join(folder, "mask.tif"), "w") as stream:
        stream.write("half a mask")
    lone = folder + ".gpkg"
    emit("scratch", path=lone)
    for ending in ("", "-journal"):
        with open(lone + ending, "w") as stream:
            stream.write("half a database")


#: What each job makes besides `segment`: option and the key of the output.
MADE = {
    "train": {"output": "head", "report": "report"},
    "pretrain": {"output": "encoder", "report": "report"},
    "importencoder": {"output": "encoder"},
    "evaluate": {"report": "report", "metrics": "metrics", "errors": "errors"},
    "suggest": {"output": "suggestions"},
}
FIGURES = {
    "train": {"iou": 0.7, "threshold": 0.45, "training_chips": 12, "validation_chips": 3, "best_iteration": 300},
    "pretrain": {
        "loss": 0.41,
        "held_out_loss": 0.43,
        "iterations": 1500,
        "chips": 72000,
        "dems": 2000,
        "dems_skipped": 3,
        "dems_damaged": 1,
    },
    "importencoder": {"model": "vit_base_patch16_224", "licence": "CC-BY-NC-4.0", "tensors": 148, "left_out": 2},
    "evaluate": {
        "iou": 0.5,
        "f1": 0.667,
        "precision": 0.75,
        "recall": 0.6,
        "boundary_f1": 0.4,
        "objects_found": 7,
        "objects_missed": 2,
        "objects_invented": 0,
        "length_found": None,
    },
    "suggest": {"count": 2},
}


def write(kind):
    """One output, under its final name at once."""
    name = "output" if kind in ("head", "encoder", "suggestions") else kind
    source = os.environ.get(f"FAKE_{kind.upper()}")
    if source:
        shutil.copyfile(source, option(name))
    else:
        with open(option(name), "w") as stream:
            stream.write("{}" if kind == "metrics" else "<html><body>A report</body></html>")
    return option(name)


def succeed():
    if sys.argv[1] in MADE:
        wanted = {name: kind for name, kind in MADE[sys.argv[1]].items() if option(name)}
        emit("result", outputs={kind: write(kind) for kind in wanted.values()}, statistics=FIGURES[sys.argv[1]])
        return
    outputs = {}
    for name in ("output", "probability", "footprints", "centerlines", "polygons"):
        path = option(name)
        if path:
            shutil.copyfile(os.environ[f"FAKE_{name.upper()}"], path)
            outputs["mask" if name == "output" else name] = path
    statistics = {"classes": {"building": {"share": 0.25, "area_m2": 640.0}}, "device": "cpu"}
    if MODE == "walls":
        statistics |= {"thresholds": [0.73], "chosen_by_walls": True}
    if option("footprints"):
        statistics["footprints_count"] = 2
    if sys.argv[1] == "info":
        statistics = {
            "version": "9.9",
            "python": "3.11.2",
            "executable": sys.executable,
            "packages": {"torch": "2.13.0"},
            "devices": [{"id": "cpu", "name": "Some processor", "memory_mb": 1000}],
            "models": [{"name": "buildings", "kind": "head", "title": "Buildings", "path": "/x"}],
            "ready": True,
        }
    emit("result", outputs=outputs, statistics=statistics)


def main():
    record()
    emit("start", job=sys.argv[1], version="9.9", device="cpu", device_name="Some processor")
    if MODE in ("ok", "walls"):
        for percent in range(0, 101, 5):
            emit("progress", percent=percent, phase="Segmenting" if percent < 80 else "Drawing footprints")
            time.sleep(0.01)
        emit("log", message="A line for the log")
        emit("warning", message="This looks like a bare-earth model.")
        succeed()
    elif MODE == "numbers":
        for step in range(30):
            emit("progress", percent=step, phase=f"Training, loss {0.3 - step / 100:.2f}")
            time.sleep(0.02)
        emit("progress", percent=99, phase="Writing the report")
        succeed()
    elif MODE in ("slow", "stubborn", "grandchild"):
        if MODE == "stubborn":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if MODE == "grandchild":
            subprocess.Popen(["sleep", "60"])
        make_scratch()
        for percent in range(1000):
            emit("progress", percent=percent / 10, phase="Segmenting")
            time.sleep(0.05)
    elif MODE == "training":
        # Until the cancel; then, as long as a step may take, the best head so far.
        with open(option("output") + ".training", "w") as stream:
            stream.write("how far it is")
        emit("progress", percent=10, phase="Step 300 of 3000, loss 0.210, IoU 0.71, 12 minutes left")
        while sys.stdin.buffer.read(1):
            pass
        if "--keep-best" in sys.argv or "--keep" in sys.argv:
            time.sleep(2)
            write("head" if sys.argv[1] == "train" else "encoder")
        return 130
    elif MODE == "lifeline":
        while sys.stdin.buffer.read(1):
            pass
        with open(os.environ["FAKE_RECORD"], "w") as stream:
            stream.write("closed")
    elif MODE == "garbage":
        sys.stdout.write('not json\n[1, 2]\n{"event": 7}\n{"no": 1}\n{"event": "unknown"}\n\n')
        sys.stdout.write('{"event": "progress", "percent": "many"}\n{"event": "log"}\n')
        sys.stdout.flush()
        sys.stdout.buffer.write(b"\xff\xfe\x00 broken \xc3\n" + b"x" * 3_000_000 + b"\n")
        sys.stdout.buffer.flush()
        succeed()
    elif MODE == "chatty":
        sys.stderr.write("a line of a library\n" * 200_000)
        succeed()
    elif MODE == "crash":
        make_scratch()
        sys.stderr.write("Fatal Python error: something\n")
        sys.stderr.flush()
        os.abort()
    elif MODE == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    elif MODE == "error":
        make_scratch()
        emit("error", kind="ElevationError", message="'dem.tif' has no CRS.", advice="Assign one.")
        return 1
    elif MODE == "package":
        emit("error", kind="UnexpectedError", message="ModuleNotFoundError: No module named 'rasterio'", advice="x")
        return 1
    elif MODE == "traceback":
        raise RuntimeError("a fault before any event")
    elif MODE == "silent":
        return 0
    elif MODE == "lingers":
        succeed()
        time.sleep(60)
    return 0


sys.exit(main())
