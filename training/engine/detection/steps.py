"""How many steps a detector is trained for where time allows. Imports no torch."""

BATCH_IMAGES = 8
# Below this many images a fifth is too many to do without: the model that ships is trained on all of them again.
ENOUGH_TO_SHIP_THE_SPLIT = 100
HELD_OUT_SHARE = 1 / 5
# Images shown in all. From these on more training gains little on sets of a few hundred images.
_QUICK_IMAGES, _ADVANCED_IMAGES = 1900, 4000
# Sets so large that this would show each image only a few times get these epochs instead.
_QUICK_EPOCHS, _ADVANCED_EPOCHS = 4, 12
# Small sets are learned by heart after this many.
_QUICK_MOST_EPOCHS, _ADVANCED_MOST_EPOCHS = 24, 60
FEWEST_STEPS = 24


def steps_of(images: float, *, is_advanced: bool) -> int:
    """Steps of one training on that many images; one whose window shows a part of them counts as several."""
    shown, fewest, most = (
        (_ADVANCED_IMAGES, _ADVANCED_EPOCHS, _ADVANCED_MOST_EPOCHS)
        if is_advanced
        else (_QUICK_IMAGES, _QUICK_EPOCHS, _QUICK_MOST_EPOCHS)
    )
    wanted = min(max(shown, fewest * images), most * images)
    return max(FEWEST_STEPS, round(wanted / BATCH_IMAGES))


def quick_steps(images: int) -> int:
    """Steps of a whole Quick training, that of the figures and that of the model."""
    split = steps_of(round(images * (1 - HELD_OUT_SHARE)), is_advanced=False)
    return split if images >= ENOUGH_TO_SHIP_THE_SPLIT else split + steps_of(images, is_advanced=False)
