"""Writes the small data sets of `samples/` that are not worked cases: `python tests/make_samples.py`.

Everything is invented here and drawn with fixed seeds, so running it again changes nothing.
"""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path

SAMPLES = Path(__file__).parents[1] / "samples"

OPENINGS = [
    "Hello,", "Hi there,", "Good morning,", "Good evening,", "Dear team,", "Quick question:", "Not sure who to ask, but", "Sorry to bother you,",
    "I hope you can help.", "Writing again because", "First time customer here.", "As discussed on the phone,", "Just noticed that", "", "", "",
]  # fmt: skip
PRODUCTS = ["kettle", "desk lamp", "rain jacket", "water filter", "bike pump", "coffee grinder", "standing desk", "camping stove", "wool blanket", "garden hose", "label printer", "tool chest", "yoga mat", "bread oven", "bookshelf", "tent"]
TIMES = ["yesterday", "last Monday", "two weeks ago", "on the third", "before the holidays", "this morning", "at the weekend", "in spring", "ten days ago", "late on Friday"]
CLOSINGS = [
    "Could you look into it?", "What should I do next?", "Thanks in advance.", "Please tell me how this works.", "I would be glad of an answer today.", "Is that possible?",
    "How long will it take?", "Let me know if you need anything else.", "My partner asks too.", "Kind regards.", "I can send a photo.", "", "",
]  # fmt: skip
ISSUES = {
    "delivery_late": [
        "the {p} I ordered {t} has still not arrived", "tracking for my {p} has been stuck at the depot since {t}", "the courier never turned up with the {p} {t}",
        "my parcel with the {p} is overdue and nobody can say where it is", "I was promised the {p} {t} and the doorstep is empty", "the van drove past {t} without leaving the {p}",
        "shipment of the {p} shows no movement on the map", "how late can the {p} be before you send another one",
    ],
    "refund_request": [
        "I want my money back for the {p} bought {t}", "please reimburse the {p} that I sent back {t}", "the refund for the {p} is missing from my bank statement",
        "you charged me twice for one {p} {t}", "I returned the {p} and the credit was never paid", "cancel the {p} and give me back what I paid",
        "the amount repaid for the {p} is less than the price", "when will the sum for the returned {p} reach my account",
    ],
    "broken_item": [
        "the {p} stopped working {t}", "a crack runs right through the {p} I unpacked {t}", "the switch of the {p} came off in my hand", "there is smoke coming out of the {p} since {t}",
        "half of the screws for the {p} are bent", "the {p} leaks whenever it is used", "the motor of the {p} makes a grinding noise", "my {p} arrived with a dent on one side",
    ],
    "change_address": [
        "I moved house {t} and the {p} must go to the new street", "please ship the {p} to my office instead", "the postcode on the order of the {p} is wrong",
        "can the {p} be sent to my neighbour at number nine", "update where I live before the {p} leaves the warehouse", "the {p} is on its way to a flat that I left {t}",
        "I typed the wrong city when ordering the {p} {t}", "use the holiday cottage as destination for the {p}",
    ],
    "account_access": [
        "I cannot log in since {t} to see my {p} order", "the password link for the shop expired before I opened it {t}", "my account was locked after I looked at the {p}",
        "the code for signing in never reaches my phone", "the app says unknown user although I bought a {p} {t}", "two factor sign in fails every time {t}",
        "I forgot which mail I registered when buying the {p}", "the site logs me out as soon as I click on the {p}",
    ],
    "product_question": [
        "does the {p} fit a left handed person", "which size of {p} suits a small kitchen", "is the {p} made of recycled material", "can the {p} stay outside in winter",
        "how heavy is the {p} without its box", "what voltage does the {p} take abroad", "will the {p} you showed {t} come in green", "is there a manual for the {p} in large print",
    ],
}  # fmt: skip


DETAILS = [
    "order number ending in {n}", "paid by invoice over {n} euros", "the box says batch {n}", "I have waited {n} days", "room {n} on the second floor", "we need it for {n} guests",
    "it cost {n} in the sale", "my case was number {n}", "voucher {n} was used", "the shelf label read {n}", "page {n} of the catalogue", "around {n} o'clock",
]  # fmt: skip


def ticket(rng: random.Random, intent: str) -> str:
    """One invented message of an intent."""
    issue = rng.choice(ISSUES[intent]).format(p=rng.choice(PRODUCTS), t=rng.choice(TIMES))
    detail = rng.choice(DETAILS).format(n=rng.randint(2, 997))
    pieces = [rng.choice(OPENINGS), issue + rng.choice([".", ",", "!", " -", "..."]), detail + ".", rng.choice(CLOSINGS)]
    if rng.random() < 0.3:
        pieces[1], pieces[2] = pieces[2], pieces[1]
    return " ".join(p for p in pieces if p)


def tickets(seed: int, count: int) -> list[tuple[str, str]]:
    """`count` different messages with their intents, classes in turn."""
    rng = random.Random(seed)
    out: dict[str, str] = {}
    while len(out) < count:
        intent = list(ISSUES)[len(out) % len(ISSUES)]
        out.setdefault(ticket(rng, intent), intent)
    rows = list(out.items())
    rng.shuffle(rows)
    return rows


def write_csv(path: Path, rows: list[tuple[str, str]], header: tuple[str, ...] = ("text", "intent")) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def readme(name: str, text: str) -> None:
    (SAMPLES / name).mkdir(parents=True, exist_ok=True)
    (SAMPLES / name / "README.md").write_text(text + "\n", encoding="utf-8")


def ready() -> None:
    rows = tickets(1, 1260)
    write_csv(SAMPLES / "ready-tickets" / "train.csv", rows[:900])
    write_csv(SAMPLES / "ready-tickets" / "test.csv", rows[900:])
    readme("ready-tickets", "Invented support tickets, six intents, a clean hold-out.\nExpected: ready with conditions, since no class list, production sample or licence is declared.")


def noisy() -> None:
    rng = random.Random(2)
    rows = tickets(3, 1260)
    intents = list(ISSUES)
    bad = [(t, rng.choice([x for x in intents if x != i]) if rng.random() < 0.3 else i) for t, i in rows]
    write_csv(SAMPLES / "noisy-labels" / "train.csv", bad[:900])
    write_csv(SAMPLES / "noisy-labels" / "test.csv", bad[900:])
    readme("noisy-labels", "The ready tickets' generator with 30 % of all labels replaced at random.\nExpected: not ready for training before people have checked labels.")


def luhn(prefix: str, length: int, rng: random.Random) -> str:
    digits = [int(d) for d in prefix] + [rng.randint(0, 9) for _ in range(length - len(prefix) - 1)]
    total = sum(d if i % 2 else (2 * d - 9 if d > 4 else 2 * d) for i, d in enumerate(reversed(digits)))
    return "".join(map(str, [*digits, -total % 10]))


def personal() -> None:
    rng = random.Random(4)
    rows = tickets(5, 600)
    out = []
    for n, (text, intent) in enumerate(rows):
        extra = ""
        if n % 23 == 0:
            extra = f" You can mail me at {rng.choice(['jo', 'kim', 'lee', 'max'])}.{rng.choice(['archer', 'brandt', 'costa'])}{n}@{rng.choice(['postbox', 'mailhub', 'webnote'])}.net."
        elif n % 41 == 0:
            extra = f" My card is {luhn('4', 16, rng)}."
        elif n % 67 == 0:
            extra = f" Social security number {rng.randint(200, 699)}-{rng.randint(11, 98)}-{rng.randint(1000, 9998)} if you need it."
        elif n % 97 == 0:
            extra = f" Our integration uses postgres://shop:{'Qx' + str(rng.randint(10**7, 10**8))}@db{n}.shop-internal.net:5432/orders."
        out.append((text + extra, intent))
    write_csv(SAMPLES / "personal-data" / "train.csv", out)
    readme("personal-data", "Invented tickets with invented e-mail addresses, card and social security numbers and a database password.\nExpected: not ready; the report names places and kinds, never a value.")


def leaking() -> None:
    rng = random.Random(6)
    rows = tickets(7, 1260)
    train, test = rows[:900], rows[900:]
    for i in rng.sample(range(len(test)), 72):
        test[i] = train[rng.randrange(len(train))]
    write_csv(SAMPLES / "leaking-split" / "train.csv", train)
    write_csv(SAMPLES / "leaking-split" / "test.csv", test)
    readme("leaking-split", "The tickets again, but a fifth of the hold-out was copied from the training file.\nExpected: not ready, since accuracy on this hold-out would be read too high.")


GREETINGS = ["Thank you for writing.", "Hello and thanks for the message.", "I see.", "That must be annoying.", "Happy to help.", "Understood."]
FAREWELLS = ["Tell me if anything else comes up.", "I will keep an eye on it.", "You will hear from me by tomorrow.", "Anything more I can do?", "Have a good day."]
REPLIES = {
    "delivery_late": ["I am sorry that the {p} is late. The carrier says the parcel is still at the depot, and I have asked for delivery tomorrow.", "Your {p} left our warehouse but tracking has stopped. I have opened a search with the courier."],
    "refund_request": ["I have started the refund for the {p}. The money reaches your bank account within five working days.", "The credit for the returned {p} was booked today; your statement will show it soon."],
    "broken_item": ["A {p} should not break like that. Please send a photo of the damage, and I will arrange a replacement at no cost.", "I am sorry about the faulty {p}. Keep it switched off; a new one is on its way."],
    "change_address": ["I have changed the address on your order and told the warehouse where to ship the {p}.", "The {p} will now go to the new street. The old postcode is deleted."],
    "account_access": ["I have unlocked your account, so you can sign in and see the {p} again. Use the link to set a new password.", "Your login works again. The order of the {p} is under your purchases, and the code for signing in goes to your phone."],
    "product_question": ["Good question about the {p}. The data sheet gives size, weight and material, and I will send you the page of the manual.", "The {p} can do that, according to the manual. It is made for everyday use indoors and outdoors."],
}  # fmt: skip


def messy_chat() -> None:
    rng = random.Random(8)
    lines: list[str] = []
    for n, (text, intent) in enumerate(tickets(9, 240)):
        reply = rng.choice(REPLIES[intent])
        product = next((p for p in PRODUCTS if p in text), "order")
        turns = [{"role": "user", "content": text}, {"role": "assistant", "content": f"{rng.choice(GREETINGS)} {reply.format(p=product)} {rng.choice(FAREWELLS)}"}]
        if n % 29 == 3:
            turns[1]["content"] = "   "
        if n % 37 == 5:
            turns.append({"role": "user", "content": "Hello? Anybody there?"})
        if n % 53 == 7:
            turns[0]["role"] = "customer"
        lines.append(json.dumps({"messages": turns}))
        if n % 60 == 11:
            lines.append(json.dumps({"messages": turns})[:-9])
        if n % 80 == 13:
            lines.append("")
        if n == 100:
            lines.append('{"messages": NaN}')
    folder = SAMPLES / "messy-chat"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "train.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    readme("messy-chat", "A chat export with cut lines, blank answers, unknown roles and conversations that end with the user.\nExpected: not ready; each defect with its line.")


def broken_table() -> None:
    rng = random.Random(10)
    lines = ["sensor_id,temperature,vibration,load,age_days,site,failed"]
    for n in range(700):
        age, load, vibration = rng.randint(1, 2000), rng.random(), rng.gauss(1.0, 0.3)
        risk = 0.0025 * (age - 900) + 3 * (load - 0.5) + 3 * (vibration - 1) + rng.gauss(0, 0.5)
        cells = [f"S{n:04d}", f"{20 + 15 * load + rng.gauss(0, 2):.2f}", f"{vibration:.3f}", f"{load:.3f}", str(age), rng.choice(["north", "south", "harbour"]), "yes" if risk > 0 else "no"]
        if n % 97 == 5:
            cells = cells[:4]
        if n % 131 == 9:
            cells.append("extra")
        if n % 311 == 20:
            cells[5] = '"harbour'
        if n % 173 == 30:
            cells[1] = "n/a"
        lines.append(",".join(cells))
    folder = SAMPLES / "broken-table"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "train.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    readme("broken-table", "Invented sensor readings in a CSV with short rows, long rows, open quotes and cells that are no numbers.\nExpected: not ready, since more than 1 % of the rows cannot be read.")


if __name__ == "__main__":
    for make in (ready, noisy, personal, leaking, messy_chat, broken_table):
        make()
