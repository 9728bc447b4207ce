"""What an exported model says about itself, in Custom Vision's keys and in ours."""

from inference.runtime.artifact import DETECTION, ArtifactMetadata

POSTPROCESSING = {
    "multiclass": "ClassificationMultiClass",
    "multilabel": "ClassificationMultiLabel",
    DETECTION: "ObjectDetection",
}
PIXELS = {
    "Image.BitmapPixelFormat": "Rgb8",
    "Image.ColorSpaceGamma": "SRGB",
    "Image.NominalPixelRange": "Normalized_0_1",
}
# `dct-2x-bilinear-squash-1` of portal.imaging, step by step, for whoever writes a reader.
READING = {
    "sightline.read.1_decode": (
        "JPEG: libjpeg-turbo at the smallest n/8 DCT scale that leaves both sides at least twice the input's,"
        " else in full. Other formats: in full. The first frame."
    ),
    "sightline.read.2_resize": "To the input's width and height, whatever the aspect: antialiased bilinear.",
    "sightline.read.3_upright": "Turned as EXIF says.",
    "sightline.read.4_color": "sRGB by the ICC profile, if any; transparency lies on white; 0 to 255 divided by 255.",
    "sightline.read.pillow": "Image.resize((width, height), Image.Resampling.BILINEAR)",
    "sightline.read.jpeg": "simplejpeg.decode_jpeg(data, 'RGB', min_height=2 * height, min_width=2 * width)",
}


def model_properties(kept: dict[str, str]) -> dict[str, str]:
    """For the ONNX file: the artifact's own, how to read an image, and which pixels."""
    return {**kept, **PIXELS, **READING}


def metadata_properties(metadata: ArtifactMetadata) -> dict[str, str]:
    """For metadata_properties.json: a flat map in Custom Vision's keys, and how to read an image."""
    size = str(metadata.input_size)
    preprocess = {
        "CropHeight": "0",
        "CropMethod": "NoCrop",
        "CropWidth": "0",
        "MaxDimension": "0",
        "MaxScale": "0.0",
        "MinDimension": "0",
        "MinScale": "0.0",
        "NormalizeMean": "[0.0, 0.0, 0.0]",
        "NormalizeStd": "[1.0, 1.0, 1.0]",
        "ResizeMethod": "Stretch",
        "TargetHeight": size,
        "TargetWidth": size,
    }
    return {
        "CustomVision.Metadata.AdditionalModelInfo": "",
        "CustomVision.Metadata.Version": "1.2",
        "CustomVision.Postprocess.Method": POSTPROCESSING[metadata.task],
        "CustomVision.Postprocess.Yolo.Biases": "[]",
        "CustomVision.Postprocess.Yolo.NmsThreshold": "0.0",
        **{f"CustomVision.Preprocess.{name}": value for name, value in preprocess.items()},
        **PIXELS,
        **READING,
        "sightline.resize_rule": metadata.resize_rule,
    }
