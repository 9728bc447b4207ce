"""Images from addresses that strangers name, without becoming their way into this network. No Django."""

from portal.fetching.failures import FetchFailed
from portal.fetching.fetcher import FetchLimits, ImageFetcher, OwnFileReader

__all__ = ["FetchFailed", "FetchLimits", "ImageFetcher", "OwnFileReader"]
