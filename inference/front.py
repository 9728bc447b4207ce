"""The prediction URL, answered before Django: no middleware, no query."""

import logging
import os
import threading
from collections.abc import Iterable
from uuid import UUID, uuid4
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from django.conf import settings

from inference import metering
from inference.answers import (
    Reply,
    access_denied_reply,
    at_or_above,
    error_reply,
    now,
    prediction_json,
    predictions_json,
    too_many_calls_reply,
)
from inference.call_log import Call
from inference.daily_counts import DailyCounts
from inference.image_bodies import read_image, read_url
from inference.image_urls import fetch_image
from inference.predicting import Predicted, predict
from inference.prediction_paths import PredictionPath, parse_path, read_application, wants_thresholds
from inference.registry import KeyHolder, Registry, ServedIteration
from inference.runtime import ArtifactRefused, ServedModel
from inference.sampling import daily_names, is_wanted, most_a_day
from inference.sessions import ModelCache, process_models
from inference.spool import Spool, SpoolUnavailable
from inference.spool_folder import spool_folder
from inference.stored_facts import checked_application, facts_json, is_application
from inference.watching import RegistryWatcher
from portal.errors import Refusal
from portal.intake import BodyTimeout
from portal.key_use import process_key_use
from portal.throttle import TooManyCalls

logger = logging.getLogger(__name__)

PREDICTION_SEGMENT = "/prediction/"


class PredictionFront:
    """Answers `POST /customvision/v3.x/prediction/...` and hands everything else to the app behind it.

    Expects paths and bodies as :class:`portal.intake.Intake` leaves them. Its threads start with the first
    request, in the process that serves it.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._parts: _Parts | None = None
        self._starting = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        parts = self._parts
        if parts is None or parts.pid != os.getpid():
            parts = self._start()
        if PREDICTION_SEGMENT not in environ["PATH_INFO"] or environ["REQUEST_METHOD"] != "POST":
            return self._app(environ, start_response)
        path = parse_path(environ["PATH_INFO"])
        if path is None:
            return self._app(environ, start_response)
        call = Call(request_id=str(uuid4()), published_name=path.published_name, is_stored=path.is_stored)
        reply = _answer(parts, environ, path, call)
        call.log(reply)
        start_response(f"{reply.status} {reply.reason}", reply.headers(call.request_id))
        return [reply.body]

    def close(self) -> None:
        """Stop the threads, and let the ingester have what is spooled."""
        with self._starting:
            parts, self._parts = self._parts, None
        if parts is not None:
            parts.watcher.stop()
            parts.spool.close()

    def _start(self) -> "_Parts":
        with self._starting:
            if self._parts is None or self._parts.pid != os.getpid():
                self._parts = _Parts()
            return self._parts


class _Parts:
    """What a serving process keeps in memory."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.models = process_models
        self.spool = Spool(spool_folder(), is_synced=settings.SIGHTLINE_STORE_SYNC)
        self.daily = DailyCounts()
        self.watcher = RegistryWatcher(self.models, each_turn=self._each_turn)
        self.watcher.start()

    def _each_turn(self) -> None:
        self.spool.seal_if_due()
        process_key_use.flush()
        metering.flush()
        if self.watcher.registry is not None:
            self.daily.look(daily_names(self.watcher.registry))


class _AccessDenied(Exception):
    pass


def _answer(parts: _Parts, environ: WSGIEnvironment, path: PredictionPath, call: Call) -> Reply:
    try:
        return _predict(parts, environ, path, call)
    except _AccessDenied as denied:
        return access_denied_reply(str(denied))
    except TooManyCalls as too_many:
        return too_many_calls_reply(too_many.message)
    except Refusal as refusal:
        return error_reply(refusal.code, refusal.message)
    except SpoolUnavailable as unavailable:
        logger.error("%s", unavailable)
        return error_reply("ErrorPredictionStorage", str(unavailable))
    except BodyTimeout as timeout:
        return Reply(408, error_reply("BadRequest", str(timeout)).body, "BadRequest")
    except (ArtifactRefused, OSError):
        logger.exception("the model cannot be loaded")
        return error_reply(
            "ErrorPredictionModelNotFound",
            "The model behind this name cannot be loaded: publish another, or train it again.",
        )
    except Exception:
        logger.exception("a prediction failed")
        return error_reply(
            "ErrorPrediction", f"The prediction failed. Try again; the log has more under {call.request_id}."
        )


def _predict(parts: _Parts, environ: WSGIEnvironment, path: PredictionPath, call: Call) -> Reply:
    registry = parts.watcher.registry or parts.watcher.refresh()
    if registry is None:
        raise Refusal("ErrorPredictionServiceUnavailable", "The server is starting; try again.")
    registry, call.holder = _find_holder(parts.watcher, registry, environ)
    metering.admit(call.holder.resource_id, is_stored=path.is_stored)
    call.application = read_application(environ.get("QUERY_STRING", ""))
    process_key_use.note(call.holder.digest, call.application if is_application(call.application) else "")
    call.project_id = str(path.project_id or "")
    served = call.served = _find_served(parts.watcher, registry, path, call.holder)
    checked_application(call.application)
    is_thresholded = wants_thresholds(environ.get("QUERY_STRING", "")) and bool(served.thresholds)
    image = _read_image(environ, path)
    call.image_bytes = len(image)
    model = _model(parts.models, served)
    parts.watcher.let_go_if_replaced(served, registry)
    predicted = predict(model, image)
    _note(call, predicted)
    predictions = predictions_json(predicted.ranked)
    created = now()
    call.is_stored = path.is_stored and is_wanted(served, predicted.ranked, call.application, created, parts.daily)
    if call.is_stored:
        facts = facts_json(
            prediction_id=call.request_id,
            project_id=call.project_id,
            iteration_id=served.iteration_id,
            resource_id=served.resource_id,
            published_name=served.name,
            application=call.application,
            domain_id=served.domain_id,
            image=predicted.facts,
            created=created,
            predictions=predictions,
            most_a_day=most_a_day(served),
        )
        parts.spool.append(facts, image)
    metering.note_answered(call.holder.resource_id)
    if is_thresholded:  # what is stored above stays as the model said it
        predictions = predictions_json(at_or_above(predicted.ranked, served.thresholds))
    return Reply(
        200,
        prediction_json(call.request_id, call.project_id, str(served.iteration_id), created, predictions),
    )


def _find_holder(watcher: RegistryWatcher, registry: Registry, environ: WSGIEnvironment) -> tuple[Registry, KeyHolder]:
    key = environ.get("HTTP_PREDICTION_KEY", "").strip()
    if not key:
        has_other = "HTTP_TRAINING_KEY" in environ
        cause = (
            "a Training-Key does not open the prediction URL" if has_other else "the Prediction-Key header is missing"
        )
        raise _AccessDenied(f"Access denied: {cause}; send the key of a prediction resource.")
    holder = registry.find_key(key)
    if holder is None:
        registry = watcher.refresh() or registry  # a key may be used the moment it is made
        holder = registry.find_key(key)
    if holder is None:
        raise _AccessDenied(
            "Access denied: invalid subscription key or wrong endpoint. No prediction resource on this server has"
            " this key."
        )
    if not holder.is_prediction:
        raise _AccessDenied("Access denied: this is a training key; use a prediction resource's key.")
    return registry, holder


def _find_served(
    watcher: RegistryWatcher, registry: Registry, path: PredictionPath, holder: KeyHolder
) -> ServedIteration:
    served = _lookup(registry, path.project_id, path.published_name, holder)
    if served is None:
        registry = watcher.refresh() or registry  # clients publish and predict at once
        served = _lookup(registry, path.project_id, path.published_name, holder)
    if path.project_id not in registry.is_classifier:
        raise Refusal("NotFoundProject", "There is no such project. Check the id in the prediction URL.")
    if served is None:
        raise Refusal(
            "NotFoundIteration", "Invalid iteration: nothing is published under this name for this key. Check both."
        )
    if served.is_classifier != path.is_classification:
        right = "classify" if served.is_classifier else "detect"
        raise Refusal(
            "BadRequestNotSupported", f"Use /{right}/ in the address: this project's domain knows nothing else."
        )
    return served


def _lookup(registry: Registry, project_id: UUID | None, name: str, holder: KeyHolder) -> ServedIteration | None:
    """A name answers in the resource that it was published to, and in no other."""
    served = registry.served.get((project_id, name)) if project_id is not None else None
    return served if served is not None and served.resource_id == holder.resource_id else None


def _read_image(environ: WSGIEnvironment, path: PredictionPath) -> bytes:
    body, content_type = environ["wsgi.input"], environ.get("CONTENT_TYPE", "")
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if path.has_url:
        return fetch_image(read_url(body, length, content_type))
    return read_image(body, length, content_type)


def _model(models: ModelCache, served: ServedIteration) -> ServedModel:
    return models.get(served.artifact, served.artifact_sha256)


def _note(call: Call, predicted: Predicted) -> None:
    call.width, call.height = predicted.facts.width, predicted.facts.height
    call.decode_ms, call.run_ms = predicted.decode_ms, predicted.run_ms
    if predicted.ranked:
        call.top_tag, call.top_probability = predicted.ranked[0].name, predicted.ranked[0].probability
