"""Images from addresses that strangers name, and messages to such, without becoming their way into this network.

No Django.
"""

from portal.fetching.failures import FetchFailed
from portal.fetching.fetcher import FetchLimits, ImageFetcher, OwnFileReader
from portal.fetching.posting import check_post_address, post_json

__all__ = ["FetchFailed", "FetchLimits", "ImageFetcher", "OwnFileReader", "check_post_address", "post_json"]
