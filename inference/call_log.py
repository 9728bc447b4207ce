"""One structured line for each prediction call."""

import logging
import time
from dataclasses import dataclass, field

from inference.answers import Reply
from inference.registry import KeyHolder, ServedIteration

logger = logging.getLogger("inference.calls")


@dataclass
class Call:
    """What is known of a call by the time it is answered. Holds no image and no key."""

    request_id: str
    started: float = field(default_factory=time.perf_counter)
    holder: KeyHolder | None = None
    served: ServedIteration | None = None
    project_id: str = ""
    published_name: str = ""
    application: str = ""
    is_stored: bool = False
    image_bytes: int = 0
    width: int = 0
    height: int = 0
    decode_ms: float = 0.0
    run_ms: float = 0.0
    top_tag: str = ""
    top_probability: float | None = None

    def log(self, reply: Reply) -> None:
        """Write the line."""
        logger.info(
            "prediction",
            extra={
                "request_id": self.request_id,
                "status": reply.status,
                "code": reply.code,
                "resource": self.holder.resource_name if self.holder else "",
                "project": self.project_id,
                "published_name": self.published_name,
                "iteration": str(self.served.iteration_id) if self.served else "",
                "application": self.application,
                "stored": self.is_stored,
                "image_bytes": self.image_bytes,
                "width": self.width,
                "height": self.height,
                "decode_ms": round(self.decode_ms, 2),
                "run_ms": round(self.run_ms, 2),
                "total_ms": round((time.perf_counter() - self.started) * 1000, 2),
                "top_tag": self.top_tag,
                "top_probability": self.top_probability,
            },
        )
