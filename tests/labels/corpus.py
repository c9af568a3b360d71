"""Made-up sentences: classes that can be learnt, with words of their own and words in common."""

from __future__ import annotations

import numpy as np

COMMON = ["please", "can", "you", "tell", "me", "about", "the", "my", "i", "need", "to", "know", "how", "what", "is", "for", "a", "with", "this", "now", "help"]
SYLLABLES = ["ba", "ko", "ri", "tu", "se", "mi", "lo", "na", "fe", "du", "pa", "gi"]


def vocabulary(rng, n):
    return ["".join(rng.choice(SYLLABLES, 3)) for _ in range(n)]


def sentences(classes, per_class, *, seed=0, words=9, own=0.4, pool=40):
    """Texts and labels; `own` = share of words that only the class uses."""
    rng = np.random.default_rng(seed)
    texts, labels = [], []
    for c in range(classes):
        mine = vocabulary(np.random.default_rng(1000 + c), pool)
        for _ in range(per_class):
            texts.append(" ".join(str(rng.choice(mine)) if rng.random() < own else str(rng.choice(COMMON)) for _ in range(words)))
            labels.append(f"class_{c}")
    order = rng.permutation(len(texts))
    return [texts[i] for i in order], [labels[i] for i in order]


def flipped(labels, rate, seed=0):
    """Labels with a share of them changed to another class at random, and the changed rows."""
    rng = np.random.default_rng(seed)
    names = sorted(set(labels))
    out = list(labels)
    chosen = rng.permutation(len(labels))[: round(rate * len(labels))]
    for i in chosen:
        out[i] = str(rng.choice([n for n in names if n != labels[i]]))
    return out, set(chosen.tolist())


def dialogues(n, seed=0):
    """Prompts with responses that take up their words."""
    rng = np.random.default_rng(seed)
    words = vocabulary(np.random.default_rng(5), 600)
    prompts, responses = [], []
    for _ in range(n):
        topic = [str(w) for w in rng.choice(words, 5)]
        prompts.append(f"Tell me about {' '.join(topic)}?")
        responses.append(f"{topic[0]} and {topic[2]} are {rng.choice(words)} of {topic[4]}, {rng.choice(words)} says.")
    return prompts, responses
