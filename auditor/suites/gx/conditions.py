"""Row conditions as Polars filters: Great Expectations' condition objects and pandas query text.

A row whose value is missing meets no comparison but `!=` and `not in`, as in pandas, where NaN differs from everything.
"""

from __future__ import annotations

import ast
import io
import tokenize
from typing import Any

import polars as pl
from great_expectations.expectations.row_conditions import (
    AndCondition,
    ComparisonCondition,
    Condition,
    NullityCondition,
    OrCondition,
    PassThroughCondition,
    deserialize_row_condition,
)

from auditor.suites.gx.columns import Columns, Family, TypeMismatchError, members, side
from auditor.suites.gx.mixed import among, compared

_OPERATORS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "IN",
    ast.NotIn: "NOT_IN",
}
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_PARSERS = ("pandas", "python")
"""Condition parsers of `DataFrame.query`."""


class UnsupportedConditionError(ValueError):
    """A row condition that does not translate; the message shows which part."""


def to_filter(condition: Any, columns: Columns, parser: str | None = None) -> pl.Expr:
    """Filter of a row condition in any of its forms. Raises `UnsupportedConditionError` or `TypeMismatchError`."""
    if isinstance(condition, dict):
        condition = deserialize_row_condition(condition)
    if isinstance(condition, PassThroughCondition):
        return _query(condition.pass_through_filter, columns, parser)
    if isinstance(condition, str):
        if parser is None:
            raise UnsupportedConditionError("condition_parser for Pandas is required when setting a row_condition.")
        return _query(condition, columns, parser)
    if isinstance(condition, ComparisonCondition):
        return compare(columns, condition.column.name, str(getattr(condition.operator, "value", condition.operator)), condition.parameter)
    if isinstance(condition, NullityCondition):
        missing = columns.missing(condition.column.name)
        return missing if condition.is_null else ~missing
    if isinstance(condition, AndCondition):
        return pl.all_horizontal([to_filter(c, columns) for c in condition.conditions])
    if isinstance(condition, OrCondition):
        return pl.any_horizontal([to_filter(c, columns) for c in condition.conditions])
    kind = type(condition).__name__ if isinstance(condition, Condition) else repr(type(condition))
    raise UnsupportedConditionError(f"row_condition of type {kind} is not supported")


def compare(columns: Columns, name: str, operator: str, value: Any) -> pl.Expr:
    """`column operator value`; never null."""
    if columns.flat(name) is Family.OBJECT and operator in ("==", "!=", "IN", "NOT_IN"):
        inside = among(pl.col(name), list(value) if operator.endswith("IN") else [value]).fill_null(value=False)
        return ~inside if operator in ("!=", "NOT_IN") else inside
    if columns.family(name) is Family.OBJECT and operator in _FLIPPED:
        return compared(pl.col(name), operator, value).fill_null(value=False)
    if operator in ("IN", "NOT_IN"):
        inside = columns.plain(name).is_in(pl.lit(members(columns, name, list(value))).implode()).fill_null(value=False)
        return ~inside if operator == "NOT_IN" else inside
    if operator in ("==", "!="):
        equal = columns.plain(name).is_in(pl.lit(members(columns, name, [value])).implode()).fill_null(value=False)
        return ~equal if operator == "!=" else equal
    if operator not in _FLIPPED:
        raise UnsupportedConditionError(f"operator {operator!r} is not supported in a row condition")
    within = side(columns, name, value, lower=operator.startswith(">"), strict=not operator.endswith("="))
    return (within & ~columns.missing(name)).fill_null(value=False)


def _column_name(token: str) -> str:
    return "BACKTICK_" + token.encode().hex()


def _spelt(text: str) -> str:
    """Query text as a Python expression: backticked names become identifiers, `&`, `|`, `~` bind like and, or, not."""
    out, i = [], 0
    while i < len(text):  # backticks are no Python token, so they go first, outside of quotes
        char = text[i]
        if char in "'\"":
            end = text.find(char, i + 1)
            if end < 0:
                raise UnsupportedConditionError("row_condition has an open quote")
            out.append(text[i : end + 1])
            i = end + 1
        elif char == "`":
            end = text.find("`", i + 1)
            if end < 0:
                raise UnsupportedConditionError("row_condition has an open backtick")
            out.append(_column_name(text[i + 1 : end]))
            i = end + 1
        else:
            out.append(char)
            i += 1
    words = {"&": "and", "|": "or", "~": "not"}
    tokens = [
        (tokenize.NAME, words[t.string]) if t.type == tokenize.OP and t.string in words else (t.type, t.string)
        for t in tokenize.generate_tokens(io.StringIO("".join(out).strip()).readline)
    ]
    return tokenize.untokenize(tokens)


def _query(text: str, columns: Columns, parser: str | None) -> pl.Expr:
    """Filter of `DataFrame.query` text: comparisons, chains, and/or/not, `in`, `.isnull()`, `.notnull()`, bare columns."""
    if parser is not None and parser not in _PARSERS:
        raise UnsupportedConditionError(f"condition_parser {parser!r} is unknown; known are {', '.join(_PARSERS)}")
    try:
        tree = ast.parse(_spelt(text), mode="eval").body
    except (SyntaxError, tokenize.TokenError) as error:
        raise UnsupportedConditionError("row_condition is not a valid query expression") from error
    return _walk(tree, columns)


def _walk(node: ast.expr, columns: Columns) -> pl.Expr:
    if isinstance(node, ast.BoolOp):
        parts = [_walk(v, columns) for v in node.values]
        return pl.all_horizontal(parts) if isinstance(node.op, ast.And) else pl.any_horizontal(parts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return ~_walk(node.operand, columns)
    if isinstance(node, ast.Compare):
        operands = [node.left, *node.comparators]
        parts = [_pair(a, op, b, columns) for a, op, b in zip(operands, node.ops, operands[1:], strict=False)]
        return pl.all_horizontal(parts)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return _call(node, node.func, columns)
    name = _name(node)
    if name is not None and columns.family(name) is Family.BOOLEAN:
        return pl.col(name).fill_null(value=False)
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        return pl.lit(node.value)
    raise UnsupportedConditionError(f"row_condition: {ast.unparse(node)!r} is not supported")


def _call(node: ast.Call, func: ast.Attribute, columns: Columns) -> pl.Expr:
    name = _name(func.value)
    if name is not None and func.attr in ("isnull", "isna") and not node.args:
        return columns.missing(name)
    if name is not None and func.attr in ("notnull", "notna") and not node.args:
        return ~columns.missing(name)
    if name is not None and func.attr == "isin" and len(node.args) == 1:
        return compare(columns, name, "IN", _constant(node.args[0]))
    raise UnsupportedConditionError(f"row_condition: {ast.unparse(node)!r} is not supported")


def _pair(left: ast.expr, op: ast.cmpop, right: ast.expr, columns: Columns) -> pl.Expr:
    operator = _OPERATORS.get(type(op))
    if operator is None:
        raise UnsupportedConditionError(f"row_condition: operator {type(op).__name__} is not supported")
    a, b = _name(left), _name(right)
    if a is not None and b is not None:
        return _between_columns(columns, a, operator, b)
    if a is not None:
        value = _constant(right)
        if operator in ("==", "!=") and isinstance(value, list | tuple):  # DataFrame.query: `x == [1, 2]` is `x in [1, 2]`
            operator = "IN" if operator == "==" else "NOT_IN"
        return compare(columns, a, operator, value)
    if b is not None and operator in _FLIPPED:
        return compare(columns, b, _FLIPPED[operator], _constant(left))
    raise UnsupportedConditionError("row_condition: a comparison needs a column on one side")


def _between_columns(columns: Columns, a: str, operator: str, b: str) -> pl.Expr:
    numeric = (Family.INTEGER, Family.FLOAT, Family.DECIMAL, Family.BOOLEAN)
    x, y = columns.flat(a), columns.flat(b)
    if x is not y and not (x in numeric and y in numeric):
        raise TypeMismatchError(f'row_condition: columns "{a}" and "{b}" have types that do not compare')
    left, right = columns.plain(a), columns.plain(b)
    made = {
        "==": left == right,
        "!=": left != right,
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
    }
    if operator not in made:
        raise UnsupportedConditionError(f"row_condition: {operator} between columns is not supported")
    either_missing = columns.missing(a) | columns.missing(b)
    return pl.when(either_missing).then(operator == "!=").otherwise(made[operator])


def _name(node: ast.expr) -> str | None:
    if not isinstance(node, ast.Name):
        return None
    if node.id.startswith("BACKTICK_"):
        return bytes.fromhex(node.id.removeprefix("BACKTICK_")).decode()
    return node.id


def _constant(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError) as error:
        raise UnsupportedConditionError(f"row_condition: {ast.unparse(node)!r} is not a constant") from error
