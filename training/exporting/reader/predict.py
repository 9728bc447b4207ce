"""Run the exported model on pictures: python predict.py picture.jpg [more pictures]

Prints the tags of each picture, most probable first; a detector's with their boxes (left, top, right, bottom as
fractions of the picture). Reads a picture as the model's metadata says (`sightline.read.*`), so that the answers are
those of the prediction URL. Needs what requirements.txt names.
"""

import argparse
import io
import os
from pathlib import Path
from typing import Any

import numpy as np

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # it would report to its maker what it runs
import onnxruntime
from PIL import Image, ImageCms, ImageOps

try:
    import simplejpeg
except ImportError:
    simplejpeg = None

HERE = Path(__file__).resolve().parent.parent
ORIENTATION = 274


class Reader:
    """A model and its labels."""

    def __init__(self, model: Path, labels: Path) -> None:
        self.session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
        self.labels = [line.strip() for line in labels.read_text(encoding="utf-8").splitlines()]
        self.input = self.session.get_inputs()[0]
        self.height, self.width = self.input.shape[2:]

    def pixels(self, data: bytes) -> Any:
        """The picture as the model takes it: float32 [1, 3, height, width], RGB, 0 to 1."""
        image = upright_small(data, self.width, self.height)
        return np.asarray(image, np.float32).transpose(2, 0, 1)[np.newaxis] / np.float32(255)

    def predict(self, data: bytes) -> list[dict[str, Any]]:
        """The tags of a picture, most probable first."""
        names = [output.name for output in self.session.get_outputs()]
        outputs = dict(zip(names, self.session.run(names, {self.input.name: self.pixels(data)}), strict=True))
        if "detected_boxes" in outputs:
            boxes = (outputs[name][0].tolist() for name in ("detected_boxes", "detected_classes", "detected_scores"))
            found = [
                {"tag": self.labels[tag], "probability": score, "box": box}
                for box, tag, score in zip(*boxes, strict=True)
            ]
        else:
            scores = outputs[names[0]][0].tolist()
            found = [{"tag": tag, "probability": score} for tag, score in zip(self.labels, scores, strict=True)]
        return sorted(found, key=lambda each: -each["probability"])


def upright_small(data: bytes, width: int, height: int) -> Image.Image:
    """Decoded, stretched to the size, turned upright, in sRGB."""
    header = Image.open(io.BytesIO(data))
    profile, orientation = header.info.get("icc_profile"), header.getexif().get(ORIENTATION, 1)
    if header.format == "JPEG" and header.mode in ("RGB", "L") and simplejpeg is not None:
        levels = simplejpeg.decode_jpeg(data, "RGB", min_height=2 * height, min_width=2 * width)
        image = in_srgb(Image.fromarray(levels).resize((width, height), Image.Resampling.BILINEAR), profile)
    else:
        image = in_srgb(header, profile).resize((width, height), Image.Resampling.BILINEAR)
    exif = image.getexif()
    exif[ORIENTATION] = orientation
    return ImageOps.exif_transpose(image)


def in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """RGB on white, by the profile where there is one."""
    if image.mode.startswith("I"):
        image = Image.fromarray(np.rint(np.asarray(image) / 257).clip(0, 255).astype(np.uint8))
    if image.has_transparency_data:
        layers = image.convert("RGBA")
        flat = Image.new("RGB", image.size, (255, 255, 255))
        flat.paste(layers.convert("RGB"), mask=layers.getchannel("A"))
        image = flat
    if profile is not None and image.mode in ("RGB", "L", "CMYK"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if "sRGB" in (source.profile.profile_description or ""):
                return image.convert("RGB")
            converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
            return converted if converted is not None else image.convert("RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass
    return image.convert("RGB")


def main() -> None:
    """Print what the model says of each picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", nargs="+", type=Path)
    parser.add_argument("--model", type=Path, default=HERE / "model.onnx")
    parser.add_argument("--labels", type=Path, default=HERE / "labels.txt")
    parser.add_argument("--threshold", type=float, default=0.1, help="leave out what is less probable")
    options = parser.parse_args()
    reader = Reader(options.model, options.labels)
    for picture in options.pictures:
        print(picture)
        for found in reader.predict(picture.read_bytes()):
            if found["probability"] >= options.threshold:
                box = " ".join(f"{side:.4f}" for side in found.get("box", ()))
                print(f"  {found['probability']:8.4%}  {found['tag']}  {box}".rstrip())


if __name__ == "__main__":
    main()
