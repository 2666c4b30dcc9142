"""The engine as the daemon uses it."""

from __future__ import annotations

from ingestd import worker
from ingestd.concurrency import ConcurrencyConfig, ConcurrencyManager, WorkerOptions
from ingestd.concurrency.machine import usable_cpus
from ingestd.config import Settings


def start_engine(settings: Settings) -> ConcurrencyManager:
    """The engine, its first worker on its way: that takes as long as it takes to import the rest of the daemon."""
    manager = ConcurrencyManager(_config(settings))
    manager.submit_cpu(worker.report)
    return manager


def _config(settings: Settings) -> ConcurrencyConfig:
    """All processors: the unit's weights make it polite."""
    cpu = settings.executors.cpu_workers or max(1, int(usable_cpus()))
    return ConcurrencyConfig(
        cpu_workers=cpu,
        io_workers=settings.executors.io_workers,
        chunk_processor_workers=settings.executors.chunk_workers or max(16, 2 * cpu),
        enable_auto_throttle=settings.throttle.enabled,
        cpu_threshold=settings.throttle.cpu_threshold,
        memory_threshold=settings.throttle.memory_threshold,
        initializer=worker.prepare,
        initargs=(int(settings.limits.worker_memory),),
        worker_options=WorkerOptions(
            preload=worker.PRELOAD,
            environment=worker.ENVIRONMENT,
            results_from=worker.RESULTS,
            lean=True,
            memory_limit=int(settings.limits.worker_memory),
            recycle_rss=int(settings.limits.worker_memory) // 2,
            oom_score_adj=500,
        ),
    )
