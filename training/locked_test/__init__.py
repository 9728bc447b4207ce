"""The locked test set: every iteration scored by its own artifact on images that it has not seen."""
