"""Any color mode to 8-bit sRGB."""

import io
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

WHITE = (255, 255, 255)
_PROFILE_SPACES = {"RGB ": "RGB", "GRAY": "L", "CMYK": "CMYK"}


def to_srgb(image: Image.Image) -> Image.Image:
    """RGB in sRGB: 16 bits brought to 8, transparency laid on white, the ICC profile applied."""
    profile = image.info.get("icc_profile")
    if image.mode in ("I;16", "I;16B", "I;16L", "I;16N", "I", "F"):
        image = _to_8_bits(image)
    if image.has_transparency_data:
        layers = image.convert("RGBA")
        flat = Image.new("RGB", image.size, WHITE)
        # Profile first: white is white in sRGB, not in the profile's space.
        flat.paste(apply_profile(layers.convert("RGB"), profile), mask=layers.getchannel("A"))
        return flat
    if image.mode not in ("RGB", "L", "CMYK"):
        image = image.convert("L" if image.mode == "1" else "RGB")
    return apply_profile(image, profile)


def apply_profile(image: Image.Image, profile: bytes | None) -> Image.Image:
    """RGB in sRGB from RGB, L or CMYK; a profile that is broken or of another color space counts as none."""
    transform = profile_transform(profile, image.mode) if profile else None
    if transform is None:
        return image if image.mode == "RGB" else image.convert("RGB")
    try:
        converted = ImageCms.applyTransform(image, transform)
    except (ImageCms.PyCMSError, ValueError):
        converted = None
    return converted if converted is not None else image.convert("RGB")


@lru_cache(maxsize=32)
def profile_transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """The transform from an ICC profile to sRGB, or None where there is nothing to apply."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if _PROFILE_SPACES.get(source.profile.xcolor_space) != mode:
            return None
        if mode == "RGB" and "sRGB" in (source.profile.profile_description or ""):
            return None
        return ImageCms.buildTransform(source, _srgb(), mode, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


@lru_cache(maxsize=1)
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def _to_8_bits(image: Image.Image) -> Image.Image:
    """Gray of 16 bits to 8 by scaling (Pillow's own conversion clips at 255); a transparent level stays one."""
    levels = np.asarray(image).astype(np.float64)
    scaled = np.clip(np.rint(levels / 257.0), 0, 255).astype(np.uint8)
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        alpha = np.where(levels == transparent, 0, 255).astype(np.uint8)
        return Image.fromarray(np.stack([scaled, alpha], axis=-1), "LA")
    return Image.fromarray(scaled)
