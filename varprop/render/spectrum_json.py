"""The JSON face of ``spectrum``: importing it registers the noun."""

from __future__ import annotations

from typing import Any

from varprop.answer.spectrum import SpectrumReport
from varprop.render.json_face import finite, to_json
from varprop.solving.isometry import variance_formula
from varprop.version import __version__


@to_json.register
def _(noun: SpectrumReport) -> Any:
    singular, density = noun.curve
    simulated = noun.simulated
    return {
        "varprop": __version__,
        "seed": 0 if simulated is None else simulated.seed,
        "activation": noun.activation,
        "depth": noun.depth,
        "law": noun.law,
        "sigma_w2": finite(noun.sigma_w2),
        "sigma_b2": finite(noun.sigma_b2),
        "q_star": finite(noun.q_star),
        "chi_perp": finite(noun.sigma_w2 * noun.slopes.first),
        "mu_1": finite(noun.slopes.first),
        "mu_2": finite(noun.slopes.second),
        "mean": finite(noun.mean),
        "variance": finite(noun.variance),
        "variance_formula": str(variance_formula(noun.law)),
        "largest_singular_value": finite(noun.largest),
        "zero_share": finite(noun.zero_share),
        "largest_share": finite(noun.largest_share),
        "dynamical_isometry": noun.isometry,
        "depth_of_unit_variance": finite(noun.depth_of_unit_variance),
        "density": {"singular_value": singular.tolist(), "density": density.tolist()},
        "simulated": None
        if simulated is None
        else {
            "width": simulated.width,
            "networks": simulated.networks,
            **_observed("mean", simulated.mean),
            **_observed("variance", simulated.variance),
            **_observed("largest_singular_value", simulated.largest),
        },
    }


def _observed(name: str, pair: tuple[float, float]) -> dict[str, float | None]:
    return {name: finite(pair[0]), f"{name}_standard_error": finite(pair[1])}
