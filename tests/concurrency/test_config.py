"""Settings of the engine: sane by themselves, and refused as a whole with every error named."""

from __future__ import annotations

import math

import pytest

from ingestd.concurrency import ConcurrencyConfig
from ingestd.concurrency.config import VARIABLES
from ingestd.concurrency.machine import usable_cpus
from ingestd.errors import ConfigError


def test_defaults_leave_one_processor_free() -> None:
    """Without settings one usable processor is left to others, and one worker there always is."""
    assert max(1, int(usable_cpus()) - 1) == ConcurrencyConfig().cpu_workers


def test_environment_sets_every_documented_variable() -> None:
    """Each variable reaches its setting, as the type the setting has."""
    environ = {
        "MAX_PARALLEL_WORKERS": "2",
        "CPU_THRESHOLD": "70.5",
        "MEMORY_THRESHOLD": "60%",
        "ENABLE_AUTO_THROTTLE": "off",
        "CHUNK_BATCH_SIZE": " 7 ",
        "USE_PROCESS_POOL": "False",
        "ENABLE_METRICS": "yes",
    }
    assert set(environ) == set(VARIABLES)
    config = ConcurrencyConfig.from_env(environ, enable_metrics=False, io_workers=3)
    assert (config.cpu_workers, config.cpu_threshold, config.memory_threshold) == (2, 70.5, 60.0)
    assert (config.enable_auto_throttle, config.use_process_pool, config.enable_metrics) == (
        False,
        False,
        True,
    )
    assert (config.chunk_batch_size, config.io_workers) == (7, 3)


def test_unset_and_empty_variables_change_nothing() -> None:
    """An empty variable is as good as none."""
    assert ConcurrencyConfig.from_env({"CHUNK_BATCH_SIZE": ""}) == ConcurrencyConfig()


def test_wrong_values_are_one_error_that_names_them_all() -> None:
    """Every wrong setting stands in the one error, with its value and rule."""
    with pytest.raises(ConfigError) as caught:
        ConcurrencyConfig(cpu_workers=0, io_workers=1.5, cpu_threshold=math.nan, use_process_pool="yes")  # type: ignore[arg-type]
    fields = [problem["field"] for problem in caught.value.context["problems"]]
    assert fields == ["cpu_workers", "io_workers", "cpu_threshold", "use_process_pool"]
    for text in fields:
        assert text in caught.value.message


def test_wrong_variables_are_one_error_that_names_them_all() -> None:
    """Unreadable text in the environment is named by its variable."""
    with pytest.raises(ConfigError, match=r"(?s)CPU_THRESHOLD.*CHUNK_BATCH_SIZE") as caught:
        ConcurrencyConfig.from_env({"CPU_THRESHOLD": "hot", "CHUNK_BATCH_SIZE": "1.5"})
    assert len(caught.value.context["problems"]) == 2


def test_values_out_of_range_from_the_environment_are_refused() -> None:
    """A readable but senseless variable is an error too."""
    with pytest.raises(ConfigError, match="cpu_workers = 0"):
        ConcurrencyConfig.from_env({"MAX_PARALLEL_WORKERS": "0"})
