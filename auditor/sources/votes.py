"""What people said of a response with a thumb: `thumbs_down`, `dislike`, -1, as logs and feedback forms keep it; or with a grade."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection

    import polars as pl

NAMES: Final = ("feedback", "user_feedback", "feedback_score", "thumb", "thumbs", "vote", "reaction", "user_rating", "rating", "liked", "is_liked")
"""Names of columns that may hold such votes; whether they do, their values tell."""
GRADES: Final = (*NAMES, "score", "grade", "stars", "quality", "quality_score", "response_quality", "response_rating", "human_rating", "overall_rating", "overall_score", "helpfulness")
"""Names of columns that may grade a response, from 1 to 5, say."""
MOST_GRADES: Final = 11
"""Different values of such a column at most: 0 to 10."""
_LOW: Final = 0.25
"""Part of the scale, from its lower end, whose values are bad: 1 and 2 of 5."""
MOST: Final = 6
"""Different values of such a column at most."""
_UP: Final = ("up", "thumbs_up", "thumbsup", "upvote", "like", "liked", "good", "positive", "helpful", "accepted", "approved", "+1", "1", "👍", "true")
_DOWN: Final = ("down", "thumbs_down", "thumbsdown", "downvote", "dislike", "disliked", "bad", "negative", "unhelpful", "not_helpful", "rejected", "-1", "0", "👎", "false")
_NEITHER: Final = ("", "none", "null", "neutral", "no_feedback", "n/a")


def _words(cells: pl.Expr) -> pl.Expr:
    import polars as pl

    return cells.cast(pl.String).str.strip_chars().str.to_lowercase().str.replace_all(r"[\s-]+", "_").str.replace(r"^_1$", "-1")


def are_votes(cells: pl.Series) -> bool:
    """Whether text or whole numbers are nothing but votes for and against, both of them."""
    import polars as pl

    if cells.dtype != pl.String and not cells.dtype.is_integer():
        return False
    words = set(cells.drop_nulls().unique().to_frame("v").select(_words(pl.col("v")))["v"])
    return words <= {*_UP, *_DOWN, *_NEITHER} and not words.isdisjoint(_UP) and not words.isdisjoint(_DOWN)


def low_grades(values: Collection[object]) -> tuple[int, int, int] | None:
    """The ends of the scale of whole numbers that `values` are of, and the highest bad grade; None for other values."""
    numbers = sorted(v for v in values if isinstance(v, int) and not isinstance(v, bool))
    if len(numbers) != len(values) or len(numbers) < 3 or numbers[0] not in {0, 1} or not 3 <= numbers[-1] < MOST_GRADES:
        return None
    low, high = numbers[0], numbers[-1]
    return low, high, int(low + _LOW * (high - low))


def wanted(cells: pl.Series) -> pl.Series:
    """True, false or null for each vote; booleans as they are, 0 as against, but for neither beside -1."""
    import polars as pl

    if cells.dtype == pl.Boolean:
        return cells
    words = _words(pl.col("v"))
    against = words.is_in(_DOWN) & ~((words == "0") & (words == "-1").any())
    said = pl.when(words.is_in(_UP)).then(pl.lit(True)).when(against).then(pl.lit(False))
    return cells.to_frame("v").select(said.alias("v"))["v"]
