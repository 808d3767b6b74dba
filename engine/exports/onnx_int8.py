"""ONNX in 8-bit integers: a quarter of the size, and quicker where the processor can."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal, cast

import onnx

from engine.exports.content import Content
from engine.exports.failure import first_line
from engine.exports.onnx import Onnx, OnnxOptions, metadata_of, onnx_model, write_checked
from engine.exports.onnx_file import PRODUCER
from engine.exports.quiet import quietly
from engine.registry import register
from engine.spec.errors import ExportError
from engine.spec.options import option

if TYPE_CHECKING:
    from onnxruntime.quantization import CalibrationDataReader


class OnnxInt8Options(OnnxOptions):
    """Options of ONNX files in 8-bit integers."""

    calibration_images: int = option(
        256, "Training images from which the ranges of the activations are learned.",
        title="Calibration images", unit="images", ge=8, le=10_000,
    )
    calibration: Literal["minmax", "entropy", "percentile"] = option(
        "minmax", "How a range is chosen: all of it, the one that loses the least information, or "
        "all but the rarest values.",
        title="Calibration",
    )


@register(
    "export", "onnx_int8", title="ONNX int8",
    summary="The same in 8-bit integers, a quarter of the size: quantised after training, weights "
    "by channel, activations by ranges seen on training images. What it costs in accuracy is in "
    "the certificate.",
    paper="Nagel, Fournarakis, Amjad, Bondarenko, van Baalen, Blankevoort: A White Paper on Neural "
    "Network Quantization. arXiv 2106.08295.",
    options=OnnxInt8Options, facts={"file": "model.int8.onnx", "default": False},
)
class OnnxInt8(Onnx):
    """Static quantisation by onnxruntime, in its QDQ format: any runtime of ONNX can read it."""

    file_name = "model.int8.onnx"
    written_with = (*Onnx.written_with, "onnxruntime")
    is_exact = False

    def __init__(self, options: OnnxInt8Options) -> None:
        """Make it with `options`."""
        super().__init__(options)
        self._calibration = options

    def write(self, content: Content, path: Path) -> None:
        """Write in float32 elsewhere, quantise; see `Format.write`."""
        if self.takes_pixels:
            content = content.with_normalisation
        exact = onnx_model(content, OnnxOptions(opset=self._options.opset))
        try:
            with quietly(), TemporaryDirectory(dir=path.parent) as folder:
                model = self._quantised(exact, Path(folder), content)
        except OSError:  # of the disk, not of the network
            raise
        except Exception as error:  # the quantiser raises whatever its passes raise
            said = first_line(error)
            raise ExportError(f"the network cannot be quantised: {said}") from error
        onnx.helper.set_model_props(model, metadata_of(content, self._options))
        write_checked(model, path)

    def says(self, content: Content) -> Mapping[str, str]:
        """The same, of another writer; see `Format.says`."""
        return {**super().says(content), PRODUCER: "onnx.quantize"}

    def _quantised(
        self, exact: "onnx.ModelProto", folder: Path, content: Content
    ) -> "onnx.ModelProto":
        from onnxruntime.quantization import (
            CalibrationMethod,
            QuantFormat,
            QuantType,
            quantize_static,
        )
        from onnxruntime.quantization.shape_inference import quant_pre_process

        # By its path: given a graph, it puts the tensors of that into files of their own.
        plain, prepared, path = (folder / f"{name}.onnx" for name in ("plain", "prepared", "int8"))
        onnx.save(exact, plain)
        quant_pre_process(str(plain), str(prepared), skip_symbolic_shape=True)
        methods = {
            "minmax": CalibrationMethod.MinMax, "entropy": CalibrationMethod.Entropy,
            "percentile": CalibrationMethod.Percentile,
        }
        reader = _Reader(content, self._calibration.calibration_images)
        quantize_static(
            str(prepared), str(path), cast("CalibrationDataReader", reader),
            quant_format=QuantFormat.QDQ, per_channel=True,
            activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
            calibrate_method=methods[self._calibration.calibration],
        )
        return onnx.load(path)


class _Reader:
    """Training images as the network takes them in evaluation, batch by batch."""

    def __init__(self, content: Content, limit: int) -> None:
        self._batches = content.training_batches(limit)

    def get_next(self) -> Any:
        """The next batch by the input's name, or None."""
        batch = next(self._batches, None)
        return None if batch is None else {"image": batch.numpy()}
