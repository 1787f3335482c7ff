"""Expectations under a Gaussian: held objects, exact routes, numbers with error bounds."""

from varprop.moments.closed import closed_form as closed_form
from varprop.moments.closed import closed_form_steps as closed_form_steps
from varprop.moments.derivatives import derivative as derivative
from varprop.moments.expectation import BivariateExpectation as BivariateExpectation
from varprop.moments.expectation import Expectation as Expectation
from varprop.moments.expectation import GaussianExpectation as GaussianExpectation
from varprop.moments.expectation import UniformExpectation as UniformExpectation
from varprop.moments.pieces import kinks as kinks
from varprop.moments.pieces import pieces as pieces
from varprop.moments.quantities import MOMENT_NAMES as MOMENT_NAMES
from varprop.moments.quantities import Moments as Moments
