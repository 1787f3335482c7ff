"""A local Dask cluster of two workers: the same numbers to the bit, and a killed worker loses none."""

import os
import signal

import numpy as np
import pytest

from varprop.answer.verify import verify
from varprop.answer.verify_cluster import workers
from varprop.catalogue.laws import LAWS
from varprop.errors import BadInput
from varprop.montecarlo.network import DenseNetwork, GaussianPreactivation
from varprop.montecarlo.simulate import simulate

NAMES = ("relu", "rademacher", "condition forward, relu: keeps what it asks for")


def numbers(found):
    return [(c.name, c.observed, c.standard_error, c.replicates, c.verdict) for c in found.checks]


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as found:
        found.wait_for_workers(2)
        yield found


@pytest.mark.filterwarnings("ignore")
def test_two_workers_give_the_same_numbers(cluster):
    away = verify(*NAMES, dask=cluster.scheduler_address)
    assert numbers(away) == numbers(verify(*NAMES, threads=1))
    assert away.agrees


@pytest.mark.filterwarnings("ignore")
def test_a_killed_worker_loses_nothing(cluster):
    killed = []

    def kill_one(_check, done, _total):
        if done == 2 and not killed:
            nanny = next(iter(cluster.workers.values()))
            killed.append(nanny.pid)
            os.kill(nanny.pid, signal.SIGKILL)

    away = verify(*NAMES, dask=cluster.scheduler_address, progress=kill_one)
    assert killed
    assert away.unfinished == 0
    assert numbers(away) == numbers(verify(*NAMES, threads=1))


@pytest.mark.filterwarnings("ignore")
def test_networks_are_the_same_to_the_bit_on_the_cluster(cluster):
    net = DenseNetwork(
        (32,) * 4, (1 / 32,) * 3, LAWS["normal"], np.tanh, np.cos, GaussianPreactivation(1.0)
    )
    with workers(dask=cluster.scheduler_address) as pool:
        away = simulate(net, 256, seed=5, executor=pool)
    here = simulate(net, 256, seed=5)
    assert away.preactivations.tobytes() == here.preactivations.tobytes()
    assert away.deltas.tobytes() == here.deltas.tobytes()


def test_one_place_to_work_is_enough():
    with pytest.raises(BadInput, match="exclude each other"), workers(threads=2, dask="there:1"):
        pass


def test_a_missing_package_is_named(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(BadInput, match=r"pip install 'varprop\[distributed\]'"):
        verify("relu", dask="127.0.0.1:1")


@pytest.mark.filterwarnings("ignore")
def test_an_address_where_nobody_answers(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("varprop.answer.verify_cluster.PATIENCE", "1s")
    with pytest.raises(BadInput, match="no scheduler answers"):
        verify("relu", dask="tcp://127.0.0.1:1")
    with pytest.raises(BadInput, match="no scheduler answers"):
        verify("relu", dask="not an address")
