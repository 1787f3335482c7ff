"""Reading what people type: widths, variances, input moments, data files. Refusals in one line."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from sympy import Expr, Integer

from varprop.errors import BadInput
from varprop.expression_text import exact
from varprop.expression_text.scalars import Number
from varprop.frozen import frozen

if TYPE_CHECKING:
    import numpy as np


@frozen
class InputMoments:
    """Mean and second moment of the data that feeds the first layer; ``rows`` when measured."""

    mean: Expr
    second_moment: Expr
    origin: str
    rows: np.ndarray | None = None

    @property
    def features(self) -> int | None:
        """The number of columns of measured data."""
        return None if self.rows is None else int(self.rows.shape[1])


def width(value: Number, what: str) -> Expr:
    """Return a layer width: a positive integer or a positive symbol.

    Raises BadInput for zero, negative or fractional widths and for names SymPy keeps for itself.
    """
    number = exact(value, what)
    if number.is_number and not (number.is_Integer and number.is_positive):
        raise BadInput(
            f"{what} must be a positive whole number or a symbol, not {value}. Try {what} 512 or {what} n."
        )
    return number


def widths(text: str) -> tuple[Expr, ...]:
    """Return the widths of a comma-separated list such as ``784,512,256,10``.

    Raises BadInput when there are fewer than two or one of them is no width.
    """
    parts = [part.strip() for part in text.split(",")]
    if len(parts) < 2 or not all(parts):
        raise BadInput(
            f"--widths needs at least two widths, comma-separated, not {text!r}. "
            "Try --widths 784,512,256,10."
        )
    return tuple(width(part, "--widths") for part in parts)


def variance(value: Number, what: str, *, positive: bool = False) -> Expr:
    """Return a variance: a number that is not negative (positive where asked) or a symbol."""
    number = exact(value, what)
    if number.is_number:
        if number.is_real is not True or number.is_finite is False:
            raise BadInput(f"{what} is a variance: give a finite real number, not {value}.")
        if number.is_negative or (positive and number.is_zero):
            need = "positive" if positive else "zero or positive"
            raise BadInput(f"{what} is a variance and must be {need}, not {value}.")
    return number


def numeric(value: Number, what: str, *, positive: bool = False) -> Expr:
    """Return a variance that must be a number, because the answer is evaluated there."""
    number = variance(value, what, positive=positive)
    if not number.is_number:
        raise BadInput(f"{what} needs a number here, not {value}. Try {what} 1.")
    return number


def input_moments(text: str) -> InputMoments:
    """Read ``mean=…, var=…`` or ``mean=…, second_moment=…`` (``std=…`` is read as a deviation)."""
    found: dict[str, Expr] = {}
    for part in text.split(","):
        name, sign, value = part.partition("=")
        key = name.strip().casefold()
        if not sign or key not in ("mean", "var", "variance", "std", "second_moment"):
            raise BadInput(
                f'--input reads "mean=…, var=…" (or std=… or second_moment=…), not {part.strip()!r}. '
                'Try --input "mean=0, var=1".'
            )
        if key in found:
            raise BadInput(f"--input gives {key} twice.")
        found[key] = exact(value.strip(), f"--input {key}")
    mean = found.pop("mean", Integer(0))
    if len(found) != 1:
        raise BadInput(
            "--input needs one of var=…, std=… or second_moment=… beside the mean. "
            'Try --input "mean=0.13, var=0.095".'
        )
    key, value = next(iter(found.items()))
    if value.is_number and (value.is_negative or not value.is_finite):
        raise BadInput(f"--input {key} must be zero or positive, not {value}.")
    second = {"var": value + mean**2, "variance": value + mean**2, "std": value**2 + mean**2}.get(
        key, value
    )
    return InputMoments(mean, second, "as given by --input")


def read_data(path: str) -> InputMoments:
    """Measure the mean and the second moment of a data file; rows are samples.

    Reads .npy, .npz (its only array, or the one named ``x``, ``X`` or ``data``) and .csv (a header
    line is recognised). Raises BadInput for a missing, unreadable, empty, ragged or non-finite file
    and for pickled content, which is never loaded.
    """
    return measured(_load(Path(path)), path)


def measured(rows: np.ndarray, path: str) -> InputMoments:
    """Return the moments of samples, rows of an array; raises BadInput for what isn't finite numbers.

    ``path`` says where they are from.
    """
    import numpy as np

    rows = np.asarray(rows)
    if rows.ndim < 2:
        rows = rows.reshape(-1, 1)
    if rows.ndim > 2:
        rows = rows.reshape(rows.shape[0], -1)
    if rows.size == 0:
        raise BadInput(f"{path} holds no data: rows are samples, columns are inputs.")
    if rows.dtype.kind not in "fiub":
        raise BadInput(f"{path} holds {rows.dtype}, not numbers.")
    rows = rows.astype(np.float64)
    bad = np.argwhere(~np.isfinite(rows))
    if len(bad):
        where = tuple(int(i) + 1 for i in bad[0])
        raise BadInput(
            f"{path} holds {rows[tuple(bad[0])]} at row {where[0]}, column {where[1]}: "
            "clean or impute it first."
        )
    mean, second = float(rows.mean()), float((rows**2).mean())
    if second == 0:
        raise BadInput(f"{path} holds only zeros: no scale can be derived from it.")
    name = f"{Path(path).name}, {rows.shape[0]} × {rows.shape[1]}"
    return InputMoments(exact(mean, "mean"), exact(second, "second moment"), name, rows)


def _load(path: Path) -> np.ndarray:
    import numpy as np

    if not path.is_file():
        raise BadInput(f"no data file {str(path)!r}. --data reads .npy, .npz and .csv.")
    try:
        if path.suffix == ".csv":
            return _load_csv(path)
        if path.suffix == ".npy":
            return np.load(path, allow_pickle=False)
        if path.suffix == ".npz":
            return _only_array(path)
    except (OSError, EOFError, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        if "pickle" in str(error).casefold():
            reason = "it holds pickled objects, which are never loaded"
        raise BadInput(
            f"can't read {path}: {reason}. Save plain numbers with numpy.save or as .csv."
        ) from None
    raise BadInput(f"can't read {path}: --data reads .npy, .npz and .csv, not {path.suffix!r}.")


def _only_array(path: Path) -> np.ndarray:
    import zipfile

    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as archive:
            names = archive.files
            for name in ("x", "X", "data"):
                if name in names:
                    return archive[name]
            if len(names) == 1:
                return archive[names[0]]
    except zipfile.BadZipFile:
        raise BadInput(f"can't read {path}: it is no .npz archive.") from None
    raise BadInput(f"{path} holds {len(names)} arrays: {', '.join(names)}. Name the inputs x.")


def _load_csv(path: Path) -> np.ndarray:
    import numpy as np

    with path.open(newline="", encoding="utf-8-sig") as stream:
        table = [row for row in csv.reader(stream) if row and any(cell.strip() for cell in row)]
    if table and not all(_is_number(cell) for cell in table[0]):
        table = table[1:]
    if not table:
        raise BadInput(f"{path} holds no data: rows are samples, columns are inputs.")
    columns = len(table[0])
    values = np.empty((len(table), columns))
    for number, row in enumerate(table, start=1):
        if len(row) != columns:
            raise BadInput(
                f"{path}: data row {number} has {len(row)} columns, the first has {columns}."
            )
        for column, cell in enumerate(row, start=1):
            if not _is_number(cell):
                raise BadInput(
                    f"{path}: {cell!r} in data row {number}, column {column} is no number."
                )
            values[number - 1, column - 1] = float(cell)
    return values


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
