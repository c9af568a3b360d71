"""Rows as a customer would write them, by topic: wrong ones with the path where they are wrong, and valid ones beside them.

`TOPICS[topic]` is the target, `VALID` and `WRONG`; a wrong row is one that the target or the own rules refuse, lose or warn of.
"""

from __future__ import annotations

import json
from typing import Any

Row = dict[str, Any]
Wrong = tuple[Row, str]


def user(content: Any = "Where is my parcel?", **more: Any) -> Row:
    return {"role": "user", "content": content, **more}


def bot(content: Any = "On its way.", **more: Any) -> Row:
    return {"role": "assistant", "content": content, **more}


def human(text: Any = "Where is my parcel?", **more: Any) -> Row:
    return {"from": "human", "value": text, **more}


def gpt(text: Any = "On its way.", **more: Any) -> Row:
    return {"from": "gpt", "value": text, **more}


def said(*messages: Row, **more: Any) -> Row:
    return {"messages": list(messages), **more}


def turns(*messages: Row, **more: Any) -> Row:
    return {"conversations": list(messages), **more}


def words(text: str = "Look:") -> Row:
    return {"type": "text", "text": text}


def picture(url: str = "data:image/png;base64,AAAA") -> Row:
    return {"type": "image_url", "image_url": {"url": url}}


def tokens(**more: Any) -> Row:
    return {"input_ids": [5, 6, 7], "attention_mask": [1, 1, 1], "labels": [-100, 6, 7], **more}


def segments(*pieces: tuple[Any, Any]) -> Row:
    return {"segments": [{"label": label, "text": text} for label, text in pieces]}


SYSTEM = {"role": "system", "content": "Be brief."}
CALL = {"id": "abcdef123", "type": "function", "function": {"name": "track", "arguments": "{}"}}
TOOL = {"type": "function", "function": {"name": "track", "description": "d", "parameters": {"type": "object", "properties": {}}}}
ENCODED = json.dumps([user(), bot()])

TOGETHER_VALID: list[Row] = [
    said(user(), bot(reasoning="First look it up.")),
    said(user(), bot(reasoning_content="First look it up.")),
    said(user(), bot(weight=0), user(), bot(weight=1)),
    said(user([words(), picture()]), bot([words()])),
    said(user(), bot(None, tool_calls=[CALL]), {"role": "tool", "tool_call_id": "abcdef123", "content": "van"}, bot(), tools=[TOOL]),
    {"text": "A parcel is a small package."},
    {"prompt": "Where?", "completion": "Here."},
    {"prompt": [words()], "completion": "Here."},
    {"input": said(user()), "preferred_output": [bot()], "non_preferred_output": [bot("No idea.")]},
]
TOGETHER_WRONG: list[Wrong] = [
    (said(user(), bot(weight=2)), "$.messages[1].weight"),
    (said(user(), bot(weight=1.0)), "$.messages[1].weight"),
    (said(user(), bot(weight="1")), "$.messages[1].weight"),
    (said(user(), bot(weight=None)), "$.messages[1].weight"),
    (said(user(), bot(weight=0)), "$.messages[1]"),
    (said(user(), {"role": "assistant", "reasoning": "Hm."}), "$.messages[1]"),
    (said(user(), bot(None, reasoning="Hm.")), "$.messages[1].content"),
    (said(user(), bot(" ", reasoning_content="Hm.")), "$.messages[1].content"),
    (said(user(), bot(reasoning=["Hm."])), "$.messages[1].reasoning"),
    (said(user(reasoning="Hm."), bot()), "$.messages[0].reasoning"),
    (said(user([words(), picture()]), bot()), "$.messages[1].content"),
    (said(user([words()]), bot([words(), picture()])), "$.messages[1].content[1]"),
    (said(user([words(), picture("https://example.org/a.png")]), bot([words()])), "$.messages[0].content[1]"),
    (said(user([words(), picture("data:image/gif;base64,AAAA")]), bot([words()])), "$.messages[0].content[1]"),
    (said(user([words(), {"type": "image_url", "image_url": "data:image/png;base64,AAAA"}]), bot([words()])), "$.messages[0].content[1]"),
    (said(user([words(), {"type": "image", "image": "data:image/png;base64,AAAA"}]), bot([words()])), "$.messages[0].content[1]"),
    (said(user([words(), picture()], weight=1), bot([words()])), "$.messages[0].weight"),
    ({"text": None}, "$.text"),
    ({"text": ["a", "b"]}, "$.text"),
    ({"prompt": [user()], "completion": [bot()]}, "$.prompt"),
    ({"prompt": "Where?", "completion": None}, "$.completion"),
    ({"prompt": "Where?"}, "$"),
    ({"prompt": "Where?", "completion": "Here.", "id": 7}, "$.id"),
    ({"text": "Both.", "messages": [user(), bot()]}, "$"),
]
OPENAI_VALID: list[Row] = [
    said(SYSTEM, user(), bot()),
    said(user(), bot(weight=0), user(), bot(weight=1)),
    said(user([words(), picture("https://example.org/a.png")]), bot()),
    said(SYSTEM, user(), bot(), label="parcels"),
    said(SYSTEM, user(), bot(), item={"id": 3}),
]
OPENAI_WRONG: list[Wrong] = [
    (said(SYSTEM, user(), reference_answer="42"), "$.messages"),
    (said(user(), item={"answer": "42"}), "$.messages"),
    (said(user(), bot(), kto_tag=False), "$.kto_tag"),
    (said(user(), bot(), label=False), "$.label"),
    (said(user(), bot(), system="Be brief."), "$.system"),
    ({"messages": ENCODED}, "$.messages"),
    ({"messages": [human(), gpt()]}, "$.messages[0]"),
    (said(user([words(), {"type": "image", "url": "https://example.org/a.png"}]), bot()), "$.messages[0].content[1]"),
    (said(user([words(), {"type": "image_url", "image_url": "https://example.org/a.png"}]), bot()), "$.messages[0].content[1]"),
    (turns(human(), gpt()), "$"),
]
FACTORY_VALID: list[Row] = [
    {"instruction": "<image>What is it?", "input": "", "output": "A van.", "images": ["a.png"]},
    {"instruction": "What is it?", "output": "A van.", "kto_tag": False},
    {"instruction": "What is it?", "output": "A van.", "history": [["Hello?", "Hello."]]},
    {"instruction": "What is it?", "chosen": "A van.", "rejected": "A cat."},
    turns(human("<image><image>Which?"), gpt(), images=["a.png", "b.png"]),
    turns(human(), gpt(), images=[]),
    turns(human(), gpt(), kto_tag=True),
    turns(human(), chosen=gpt(), rejected=gpt("No idea.")),
    said(user(), chosen=bot(), rejected=bot("No idea.")),
    said(user("<video>What is it?"), bot(), videos=["a.mp4"]),
]
FACTORY_WRONG: list[Wrong] = [
    (turns(human(), gpt(), images=["a.png"]), "$.images"),
    (turns(human("<image><image>Which?"), gpt(), images=["a.png"]), "$.images"),
    (turns(human("<image>Which?"), gpt()), "$"),
    ({"instruction": "What?", "input": "<image>", "output": "A van."}, "$"),
    (said(user("<video>What?"), bot()), "$"),
    (turns(human(), gpt(), kto_tag="true"), "$.kto_tag"),
    ({"instruction": "What?", "output": "A van.", "kto_tag": 1}, "$.kto_tag"),
    (turns(human(), chosen=human(), rejected=gpt()), "$.chosen"),
    (turns(human(), chosen="Here.", rejected="No idea."), "$.chosen"),
    (turns(human(), gpt(), chosen=gpt(), rejected=gpt("No.")), "$.conversations"),
    ({"instruction": "What?", "chosen": gpt(), "rejected": gpt("No.")}, "$.chosen"),
    (turns(human(), gpt(), human()), "$.conversations"),
    (turns(human(), human(), gpt()), "$.conversations[1]"),
    (turns(gpt(), human()), "$.conversations[0]"),
    (turns({"from": "user", "value": "What?"}, gpt()), "$.conversations[0].from"),
    (turns(user(), bot()), "$.conversations[0]"),
    ({"instruction": "What?", "output": "A van.", "history": ["Hello?"]}, "$.history[0]"),
    ({"instruction": "What?", "output": None}, "$.output"),
    (turns(human(), gpt(None)), "$.conversations[1].value"),
]
AXOLOTL_VALID: list[Row] = [
    said(user(training=False), bot(training=True)),
    turns(human(train=False), gpt(train=True)),
    said(user(), bot(train_detail=[{"begin_offset": 0, "end_offset": 1, "train": True}])),
    segments((False, "<|im_start|>user\nWhere?<|im_end|>\n"), (True, "Here.</s>")),
    segments((True, "Hello."), (False, "\n"), (True, "Here.")),
    {"messages": ENCODED},
    {"conversations": json.dumps([human(), gpt()])},
    said(user(), bot(reasoning_content="Hm.")),
    tokens(),
]
AXOLOTL_WRONG: list[Wrong] = [
    ({"messages": None}, "$.messages"),
    ({"messages": "Where is my parcel?"}, "$.messages"),
    ({"messages": '{"role": "user"}'}, "$.messages"),
    ({"messages": "[not json"}, "$.messages"),
    ({"messages": json.dumps([user(), {"role": "robot", "content": "x"}])}, "$.messages[1].role"),
    ({"messages": json.dumps([user(), {"role": "assistant"}])}, "$.messages[1]"),
    (said(user(), bot(training=False)), "$.messages[1]"),
    (said(user(), bot(train="no")), "$.messages[1].train"),
    ({"segments": "Here."}, "$.segments"),
    ({"segments": []}, "$.segments"),
    ({"segments": ["Here."]}, "$.segments[0]"),
    (segments(("true", "Where?"), (True, "Here.")), "$.segments[0].label"),
    (segments((False, "Where?"), (True, None)), "$.segments[1].text"),
    (segments((False, "Where?"), (False, "Here.")), "$.segments"),
    (segments((False, "Where?"), (True, " ")), "$.segments[1].text"),
    (segments((False, "Where? "), (True, "Here.")), "$.segments[0].text"),
    (tokens(labels=[6]), "$.labels"),
    (tokens(labels=[-100, -100, -100]), "$.labels"),
    (tokens(input_ids=[5.0, 6.0, 7.0]), "$.input_ids"),
    (tokens(text="Here."), "$.text"),
    ({"input_ids": [5, 6], "labels": [5, 6]}, "$"),
]
PAIRS_VALID: list[Row] = [
    {"prompt": "Where?", "chosen": "Here.", "rejected": "No idea."},
    {"prompt": [user()], "chosen": [bot()], "rejected": [bot("No.")]},
    {"chosen": [user(), bot()], "rejected": [user(), bot("No.")]},
    {"chosen": "\n\nHuman: Where?\n\nAssistant: Here.", "rejected": "\n\nHuman: Where?\n\nAssistant: No."},
    {"prompt": [user()], "chosen": [user("Really?"), bot()], "rejected": [user("Really?"), bot("No.")]},
]
PAIRS_WRONG: list[Wrong] = [
    ({"prompt": "Where?", "chosen": [bot()], "rejected": [bot("No.")]}, "$.chosen"),
    ({"prompt": [user()], "chosen": "Here.", "rejected": "No."}, "$.chosen"),
    ({"prompt": [user()], "chosen": [bot()], "rejected": "No."}, "$.rejected"),
    ({"prompt": [user()], "chosen": [user(), bot()], "rejected": [user(), bot("No.")]}, "$.chosen[0]"),
    ({"question": "Where?", "chosen": "Here.", "rejected": "No."}, "$.chosen"),
    ({"chosen": [bot()], "rejected": [bot("No.")]}, "$.chosen[0]"),
    ({"chosen": " Here.", "rejected": " No."}, "$.chosen"),
    ({"prompt": "Where?", "chosen": "Here.", "rejected": "Here. "}, "$.rejected"),
    ({"prompt": [user(), SYSTEM], "chosen": [bot()], "rejected": [bot("No.")]}, "$.prompt[1]"),
    (turns(human(), chosen=gpt(), rejected=gpt("No.")), "$"),
]
SFT_VALID: list[Row] = [
    {"messages": [human(), gpt()]},
    {"prompt": [user()], "completion": [bot()]},
    {"prompt": "Where?", "completion": "Here."},
    said(SYSTEM, user(), bot(), label="parcels"),
    {"input_ids": [5, 6]},
]
SFT_WRONG: list[Wrong] = [
    ({"prompt": "Where?", "completion": [bot()]}, "$.completion"),
    ({"prompt": [user()], "completion": "Here."}, "$.completion"),
    (turns(human(), gpt(), kto_tag=False), "$.kto_tag"),
    (said(user(), bot(), label=True), "$.label"),
    (said(user(), bot(), system="Be brief."), "$.system"),
    ({"messages": ENCODED}, "$.messages"),
    ({"conversations": ENCODED}, "$.conversations"),
    ({"input_ids": "5 6"}, "$.input_ids"),
    (segments((False, "Where?"), (True, "Here.")), "$"),
    ({"instruction": "Where?", "output": "Here."}, "$"),
]
TOPICS: dict[str, tuple[str, list[Row], list[Wrong]]] = {
    "together": ("together", TOGETHER_VALID, TOGETHER_WRONG),
    "openai": ("openai", OPENAI_VALID, OPENAI_WRONG),
    "llamafactory": ("llamafactory", FACTORY_VALID, FACTORY_WRONG),
    "axolotl": ("axolotl", AXOLOTL_VALID, AXOLOTL_WRONG),
    "pairs": ("trl-dpo", PAIRS_VALID, PAIRS_WRONG),
    "sft": ("trl-sft", SFT_VALID, SFT_WRONG),
}
