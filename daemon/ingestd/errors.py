"""Every failure the program knows, as one small tree with one shape.

An error is one sentence (``message``), what to do about it (``hint``), the facts of the case
(``context``), and whether trying again can help (``retryable``). ``type`` is a stable reason code:
it is what the log, the catalog and ``--json`` show, and what operators group and retry by.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import BrokenExecutor
from pickle import PicklingError
from typing import Any, ClassVar


class IngestError(Exception):
    """Root of the tree. Subclasses set ``type``, ``retryable`` and a default ``hint``.

    Instances survive pickling between processes with all their fields.
    """

    type: ClassVar[str] = "error"
    retryable: ClassVar[bool] = False
    default_hint: ClassVar[str] = ""

    def __init__(self, message: str, *, hint: str = "", **context: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint or self.default_hint
        self.context: Mapping[str, Any] = context

    def __reduce__(self) -> tuple[Any, ...]:
        return rebuild, (self.__class__, self.message, self.hint, dict(self.context))

    def to_dict(self) -> dict[str, Any]:
        """The one shape: ``type``, ``message``, ``hint``, ``retryable``, ``context``."""
        return {
            "type": self.type,
            "message": self.message,
            "hint": self.hint,
            "retryable": self.retryable,
            "context": dict(self.context),
        }


def rebuild(kind: type[IngestError], message: str, hint: str, context: dict[str, Any]) -> IngestError:
    """An error from its pickle."""
    return kind(message, hint=hint, **context)


class UnexpectedError(IngestError):
    """Something that the program does not know: a fault in it, until shown otherwise."""

    type = "unexpected"
    default_hint = "This is a fault in ingestd: report it with the log lines around it."


def known(error: BaseException) -> IngestError:
    """``error`` itself when it is one of ours, else an ``UnexpectedError`` that names it."""
    if isinstance(error, IngestError):
        return error
    text = str(error)
    return UnexpectedError(f"{error.__class__.__name__}: {text}" if text else error.__class__.__name__)


def describe(error: BaseException) -> dict[str, Any]:
    """The ``to_dict`` shape of any exception, ours or not."""
    return known(error).to_dict()


# -- the machinery ---------------------------------------------------------------------------------


class ConfigError(IngestError):
    """A setting is wrong; the daemon does not start (exit 78)."""

    type = "config"


class TransientError(IngestError):
    """The machinery failed in a way that passes: try again later."""

    type = "transient"
    retryable = True


class StoreUnavailable(TransientError):
    """The catalog cannot be read or written now (disk full, I/O error, locked)."""

    type = "store_unavailable"
    default_hint = "Check free space and health of the disk that holds the state directory."


class StorageError(TransientError):
    """Spool or archive cannot be read or written now."""

    type = "storage"
    default_hint = "Check free space and health of the disk that holds the state directory."


class NotSettled(TransientError):
    """The source changed, went away or became unreadable since it was seen: look at it again."""

    type = "not_settled"
    default_hint = "It is taken when it rests. Nothing is to be done."


class CatalogError(IngestError):
    """``catalog.db`` is damaged, foreign, or from a newer version: the daemon does not start."""

    type = "catalog"


class ClaimLost(IngestError):
    """The document is no longer held by this claim: what was to be recorded was not."""

    type = "claim_lost"


class UnknownDocument(IngestError):
    """No document, or more than one, has an id that begins so."""

    type = "unknown_document"
    default_hint = "List the documents with `ingestctl ls`."


class QueryError(IngestError):
    """A search query that cannot be read."""

    type = "query"
    default_hint = 'Words, "a phrase", prefix*, -word or NOT word, and OR between words can be used.'


class CircuitOpenError(TransientError):
    """A breaker is open: the call was not made."""

    type = "circuit_open"


class ExecutorError(IngestError):
    """A task did not run as asked, through no fault of what it computes."""

    type = "executor"


class NestedExecutorError(ExecutorError):
    """A task would wait for the executor it runs on: refused, because it could wait for ever."""

    type = "nested_executor"


class UnpicklableError(ExecutorError, PicklingError):
    """A function, argument or result cannot travel between processes."""

    type = "unpicklable"


class ShutdownError(ExecutorError, RuntimeError):
    """The executor is shutting down and takes no new work. A ``RuntimeError`` as of any standard executor."""

    type = "shutdown"
    retryable = True


class WorkerStartError(ExecutorError, BrokenExecutor):
    """No worker can be started (its initializer fails, the main module cannot be imported)."""

    type = "worker_start"
    default_hint = "Mend the cause named and make a new executor: this one takes no more work."


class TaskTimeout(ExecutorError, TimeoutError):
    """A thread task did not end in time; it was abandoned."""

    type = "timeout"
    retryable = True


class WorkerError(ExecutorError):
    """A worker process died or was killed while it held a task; only that task failed."""

    type = "crash"


class WorkerCrashed(WorkerError):
    """The worker ended by itself: a signal, an abort, an exit."""

    type = "crash"
    default_hint = "The document breaks its parser. It is kept in quarantine; `ingestctl retry` tries again."


class WorkerTimeout(WorkerError, TimeoutError):
    """The worker was killed because its task went past its deadline."""

    type = "timeout"
    default_hint = "Raise [limits] timeouts if the document is merely large, then `ingestctl retry`."


class WorkerMemoryExceeded(WorkerError):
    """The worker went past its memory limit."""

    type = "memory"
    default_hint = "Raise [limits] worker_memory if the document is merely large, then `ingestctl retry`."


class WorkerCpuExceeded(WorkerError):
    """The worker went past its limit of processor time."""

    type = "cpu"
    default_hint = "Raise [limits] timeouts if the document is merely large, then `ingestctl retry`."


# -- the document ----------------------------------------------------------------------------------


class DocumentError(IngestError):
    """The document, not the machinery, is at fault: trying again alone does not help."""

    type = "document"


class PDFParseError(DocumentError):
    """No engine could read the file."""

    type = "damaged"
    default_hint = "Open it in a PDF viewer and save it anew, or ask its sender for another copy."


class EncryptedPDF(DocumentError):
    """A password is needed and none of the known ones fits."""

    type = "encrypted"
    default_hint = "Add the password to [pdf] passwords in the configuration, reload, then `ingestctl retry`."


class NotAPDF(DocumentError):
    """The file does not begin as a PDF."""

    type = "not_a_pdf"
    default_hint = "The file was left where it is. Remove it, or replace it by a PDF."


class EmptyDocument(DocumentError):
    """The file has no bytes, or the PDF no pages."""

    type = "empty"
    default_hint = "The sender made an empty file: send it again."


class BytesMissing(DocumentError):
    """The ledger has the document, but its bytes are where they should be no more."""

    type = "missing"
    default_hint = "Somebody removed them from the state directory. Drop it again, then `ingestctl retry`."


class DocumentTooLarge(DocumentError):
    """The file or its text goes past a configured limit."""

    type = "too_large"
    default_hint = "Raise the limit under [limits] and `ingestctl retry`, or split the document."


_KINDS: dict[str, type[IngestError]] = {
    kind.type: kind
    for kind in (
        TransientError,
        StoreUnavailable,
        StorageError,
        WorkerCrashed,
        WorkerTimeout,
        WorkerMemoryExceeded,
        WorkerCpuExceeded,
        PDFParseError,
        EncryptedPDF,
        NotAPDF,
        EmptyDocument,
        DocumentTooLarge,
    )
}


def restored(shape: Mapping[str, Any], message: str = "") -> IngestError:
    """The error that ``to_dict`` described, with another ``message`` where one is given."""
    kind = _KINDS.get(shape["type"], IngestError)
    return kind(message or shape["message"], hint=shape["hint"], **shape.get("context", {}))
