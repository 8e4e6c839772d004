"""Builds picture-detail.onnx, its manifest and its golden vectors. Usage: train.py OUTPUT_FOLDER"""

import base64
import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

WIDTH, HEIGHT = 256, 144
FLAT_BELOW = 8.0  # Sobel magnitude, 8-bit levels: below it the eye sees an even area on a television set
SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], dtype=np.float32)


def graph() -> onnx.ModelProto:
    kernels = np.stack([SOBEL, SOBEL.T])[:, None]  # out, in, height, width
    constants = {"sobel": kernels, "flatBelow": np.array(FLAT_BELOW, dtype=np.float32)}
    nodes = [
        helper.make_node("Cast", ["luma"], ["levels"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["levels"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["planes", "sobel"], ["slopes"], kernel_shape=[3, 3]),
        helper.make_node("Mul", ["slopes", "slopes"], ["squares"]),
        helper.make_node("ReduceSum", ["squares", "channelAxis"], ["energy"], keepdims=1),
        helper.make_node("Sqrt", ["energy"], ["magnitude"]),
        # Standard deviation about the mean, not by mean of squares: float32 would lose it on strong pictures.
        helper.make_node("ReduceMean", ["magnitude"], ["mean"], axes=[1, 2, 3], keepdims=1),
        helper.make_node("Sub", ["magnitude", "mean"], ["centred"]),
        helper.make_node("Mul", ["centred", "centred"], ["centredSquares"]),
        helper.make_node("ReduceMean", ["centredSquares"], ["variance"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Sqrt", ["variance"], ["spatialInformation"]),
        helper.make_node("Less", ["magnitude", "flatBelow"], ["isFlat"]),
        helper.make_node("Cast", ["isFlat"], ["flatShare"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["flatShare"], ["flatRatio"], axes=[1, 2, 3], keepdims=0),
        helper.make_node("Unsqueeze", ["spatialInformation", "lastAxis"], ["first"]),
        helper.make_node("Unsqueeze", ["flatRatio", "lastAxis"], ["second"]),
        helper.make_node("Concat", ["first", "second"], ["signals"], axis=1),
    ]
    constants["channelAxis"] = np.array([1], dtype=np.int64)
    constants["lastAxis"] = np.array([1], dtype=np.int64)
    body = helper.make_graph(
        nodes,
        "picture-detail",
        [helper.make_tensor_value_info("luma", TensorProto.UINT8, ["N", HEIGHT, WIDTH, 1])],
        [helper.make_tensor_value_info("signals", TensorProto.FLOAT, ["N", 2])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", 17)], producer_name="framewatch")
    model.ir_version = 8
    onnx.checker.check_model(model)
    return model


def reference(luma: np.ndarray) -> list[float]:
    """The same in plain NumPy, double precision."""
    levels = luma.astype(np.float64)
    windows = np.lib.stride_tricks.sliding_window_view(levels, (3, 3))
    across = np.einsum("ijkl,kl->ij", windows, SOBEL.astype(np.float64))
    down = np.einsum("ijkl,kl->ij", windows, SOBEL.T.astype(np.float64))
    magnitude = np.hypot(across, down)
    return [float(magnitude.std()), float((magnitude < FLAT_BELOW).mean())]


def pictures() -> list[np.ndarray]:
    random = np.random.default_rng(20261121)
    noise = random.integers(0, 256, (HEIGHT, WIDTH), dtype=np.uint8)
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    shapes = (40 + columns * 0.5 + 60 * ((rows // 24 + columns // 32) % 2)).astype(np.uint8)
    return [noise, shapes]


def main() -> None:
    folder = Path(sys.argv[1])
    data = graph().SerializeToString()
    (folder / "picture-detail.onnx").write_bytes(data)
    manifest = {
        "name": "picture-detail",
        "version": "1.0.0",
        "sha256": hashlib.sha256(data).hexdigest(),
        "input": {"name": "luma", "layout": "NHWC", "type": "uint8", "width": WIDTH, "height": HEIGHT, "range": "full", "content": "luma, area-scaled"},
        "output": {
            "name": "signals",
            "signals": {
                "detail.spatialInformation": {"unit": "level", "range": [0, 510], "meaning": "Standard deviation of the Sobel magnitude of the small picture (ITU-T P.910 SI); low where the picture is soft or empty"},
                "detail.flatRatio": {"unit": "ratio", "range": [0, 1], "meaning": "Share of the small picture that is even (Sobel magnitude below 8)"},
            },
        },
        "thresholds": {},
        "imagesPerSecond": 2,
        "licence": "Apache-2.0",
        "provenance": "No learned weights: built by models/train/picture-detail/train.py from the definition of SI in ITU-T P.910",
        "limits": "Measured on a 256x144 picture: not comparable with SI at native resolution. No verdict is made from it.",
    }
    (folder / "picture-detail.json").write_text(json.dumps(manifest, indent=2) + "\n")
    golden = [{"pixels": base64.b64encode(p.tobytes()).decode(), "signals": reference(p)} for p in pictures()]
    (folder / "picture-detail.golden.json").write_text(json.dumps(golden) + "\n")


main()
