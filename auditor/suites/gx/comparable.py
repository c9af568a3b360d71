"""Dates and datetimes that compare with every form a bound takes in a suite: text, a date, a datetime, with or without zone.

Great Expectations turns a bound such as "2024-01-01" into a date, and a date does not compare with a datetime.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from auditor.suites.gx.columns import parse_moment


def _aligned(own: dt.datetime, other: object) -> dt.datetime | None:
    moment = parse_moment(other)
    if moment is None:
        return None
    if own.tzinfo is None and moment.tzinfo is not None:
        return moment.astimezone(dt.UTC).replace(tzinfo=None)
    if own.tzinfo is not None and moment.tzinfo is None:
        return moment.replace(tzinfo=own.tzinfo)
    return moment


class _Ordered:
    """Order by `_moment`, against anything that `parse_moment` understands."""

    def _moment(self) -> dt.datetime:
        raise NotImplementedError

    def __lt__(self, other: object) -> bool:
        moment = _aligned(self._moment(), other)
        return NotImplemented if moment is None else self._moment() < moment

    def __le__(self, other: object) -> bool:
        moment = _aligned(self._moment(), other)
        return NotImplemented if moment is None else self._moment() <= moment

    def __gt__(self, other: object) -> bool:
        moment = _aligned(self._moment(), other)
        return NotImplemented if moment is None else self._moment() > moment

    def __ge__(self, other: object) -> bool:
        moment = _aligned(self._moment(), other)
        return NotImplemented if moment is None else self._moment() >= moment


class ComparableDate(_Ordered, dt.date):
    """A date that compares with text and datetimes."""

    def _moment(self) -> dt.datetime:
        return dt.datetime(self.year, self.month, self.day)  # noqa: DTZ001 - dates have no zone


class ComparableMoment(_Ordered, dt.datetime):
    """A datetime that compares with text and dates."""

    def _moment(self) -> dt.datetime:
        return dt.datetime(
            self.year, self.month, self.day, self.hour, self.minute, self.second, self.microsecond, self.tzinfo
        )


def comparable(value: Any) -> Any:
    """The value, dates and datetimes made comparable; durations in seconds, since a bound in a suite is a number."""
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    if isinstance(value, dt.datetime):
        return ComparableMoment(
            value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond, value.tzinfo
        )
    if isinstance(value, dt.date):
        return ComparableDate(value.year, value.month, value.day)
    return value
