"""What production leaves in responses, told by its form: refusals, placeholders, markup, errors of services, text that is still encoded, what goes round in circles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from auditor.scan.missing import SURE

if TYPE_CHECKING:
    from numpy.typing import NDArray

MARKED: Final = 2
"""Tags within a response from which it is written in HTML: one may be a slip or a table's."""
PATTERNS: Final = {
    "refusal": r"(?i)^\W*(?:unfortunately,? |(?:my )?apologies,? (?:but )?|i apologi[sz]e,? (?:but )?|(?:i['’]?m )?(?:so |very )?sorry,? (?:but )?)?(?:i['’]?m sorry,? (?:but )?(?:i|as)|(?:i['’]?m|i am) (?:not able|unable) to"
    r"|i (?:cannot|can['’]?t) (?:assist|help|provide|fulfill|comply|do that)|i (?:must|have to) (?:\w+ly )?(?:decline|refuse)|i won['’]?t be able to|as an ai(?: language)? model|sorry, (?:but )?i (?:cannot|can['’]?t)"
    r"|很抱歉,?,?我(?:无法|不能)|抱歉,?,?我(?:无法|不能)|作为(?:一个)?(?:ai|人工智能)|je suis désolée?, mais je ne peux|es tut mir leid,? aber ich kann|lo siento,? pero no puedo|申し訳(?:ありません|ございません)が|извините,? но я не могу)",
    "placeholder": r"\{\{\s*\w+\s*\}\}|(?i:\[(?:your|insert|company|name|date|address)[^\]\n]{0,40}\]|<(?:your|insert)[^>\n]{0,40}>|lorem ipsum|\bTODO\b:|^\W*(?:no ?output|noinput)\W*$)",
    "merged": r"\n\s*#{2,3}\s*\n?\s*\d+\.\s*Instruction\s*:|\n#{2,3}\s*(?:Instruction|Input|Response)\s*:|\n(?:Human|User|Assistant)\s*:\s|^\s*(?:Assistant|AI|Bot|ChatGPT)\s*:\s|<\|(?:im_start|im_end|endoftext|eot_id|start_header_id)\|>|\[/?INST\]",
    "control": r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x{fffd}]",
}
"""What the lists of known defects of public instruction sets name; each tells a form, not a meaning."""
SERVICE: Final = (
    r"(?i)^\W*(?:error\W+)?(?:http\W+)?(?:code\W+)?(?:\d{3}\W+)?(?:rate limit (?:reached|exceeded)|internal server error|bad gateway|service (?:temporarily |is )?unavailable|gateway time-?out"
    r"|(?:the )?(?:request|connection|operation) timed out|too many requests|you exceeded your current quota|this model['’]s maximum context length|the server (?:is|had an error)|an error occurred (?:while|during) (?:processing|generat))"
)
"""How services say that they did not answer."""
MOJIBAKE: Final = r"Ã[\x{80}-\x{bf}]|â€|Â[\x{a0}-\x{bf}]"
"""UTF-8 that was read as Latin-1 or Windows-1252."""
_OF_CODE: Final = r"(?i)\b(?:en|de)?cod(?:e[ds]?|ing)\b|base ?64|escap|unicode|\burls?\b|\bjson\b|regex|\bstrings?\b|\bhash|\btoken|certificate|\bkeys?\b|python|script|print"
"""Prompts that may ask for what looks encoded."""
_ESCAPED: Final = 2
"""Escapes of a line break or a letter from which a text is escaped (our choice)."""
_CODED: Final = r"^[A-Za-z0-9+/]{60,}={0,2}$"
_LOOP_TAIL: Final = 40
_LOOP_TIMES: Final = 5
"""Last characters of a response, and how often they stand in it from which it goes round in circles (our choice; a refrain comes three or four times)."""
THINKING: Final = r"^\s*<think(?:ing)?>"


def in_response(prompt: pl.Series, head: pl.Series) -> dict[str, NDArray[np.bool_]]:
    """Rows by the kind of debris that the beginning of their response (`head`) holds."""
    found = {kind: bools(head.str.contains(pattern)) for kind, pattern in PATTERNS.items()}
    found["markup"] = _markup(prompt, head)
    found["service_error"] = bools(head.str.contains(SERVICE))
    found["encoded"] = _encoded(prompt, head)
    return found


def no_replies(response: pl.Series) -> NDArray[np.bool_]:
    """Rows whose response answers nothing, whatever was asked: a refusal, the error of a service, a word for a missing value."""
    return bools(response.str.contains(PATTERNS["refusal"])) | bools(response.str.contains(SERVICE)) | bools(response.str.strip_chars().str.to_lowercase().is_in(list(SURE)))


def unclosed(response: pl.Series) -> dict[str, NDArray[np.bool_]]:
    """Rows whose response opens a block of code or of reasoning and never closes it, or says nothing after its reasoning."""
    thinks = bools(response.str.contains(THINKING))
    closed = bools(response.str.contains(r"</think(?:ing)?>"))
    fences = response.str.count_matches(r"(?m)^[ \t]*```").fill_null(0).to_numpy()
    return {
        "open_fence": np.asarray(fences % 2 == 1, dtype=np.bool_),
        "open_reasoning": thinks & ~closed,
        "no_answer": bools(response.str.contains(r"</think(?:ing)?>\s*$")),
    }


def empty_reasoning(prompt: pl.Series, response: pl.Series) -> NDArray[np.bool_]:
    """Rows with an empty block of reasoning, unless all have one; what was asked not to think (Qwen's `/no_think`) is meant so."""
    empty = bools(response.str.contains(THINKING + r"\s*</think(?:ing)?>"))
    return empty & ~bools(prompt.str.contains("/no_think", literal=True)) if not empty.all() else np.zeros(len(empty), np.bool_)


def looping(responses: list[str]) -> NDArray[np.bool_]:
    """Rows whose response ends in what it has said again and again, as models do that find no end."""

    def goes_round(text: str) -> bool:
        tail = text[-_LOOP_TAIL:]
        return len(text) >= _LOOP_TAIL * _LOOP_TIMES and any(map(str.isalpha, tail)) and text.count(tail) >= _LOOP_TIMES

    return np.array([goes_round(r.rstrip()) for r in responses], dtype=np.bool_)


def bools(mask: pl.Series) -> NDArray[np.bool_]:
    """The mask with False for null."""
    return np.asarray(mask.fill_null(value=False).to_numpy(), dtype=np.bool_)


def _encoded(prompt: pl.Series, response: pl.Series) -> NDArray[np.bool_]:
    """Responses of mojibake; and those whose line breaks or letters are escaped, whose spaces are percent signs, or that are Base64, where nothing like it was asked for."""
    said = response.str.strip_chars()
    one_line = ~bools(said.str.contains("\n", literal=True)) & ~bools(said.str.contains(r"^[\[{]|`"))
    # a small letter after the backslash may be a command of LaTeX (\nabla)
    breaks = said.str.count_matches(r"\\n(?:\\n|[^a-z\\]|$)").fill_null(0).to_numpy() >= _ESCAPED
    letters = said.str.count_matches(r"\\u[0-9a-fA-F]{4}").fill_null(0).to_numpy() >= _ESCAPED
    whole = ~bools(said.str.contains(r"\s|://"))
    percent = whole & (said.str.count_matches(r"%[0-9A-Fa-f]{2}").fill_null(0).to_numpy() > _ESCAPED)
    base64 = whole & bools(said.str.contains(_CODED)) & bools(said.str.contains("[a-z]")) & bools(said.str.contains("[A-Z]")) & bools(said.str.contains("[0-9]"))
    asked = bools(prompt.str.contains(_OF_CODE))
    return bools(response.str.contains(MOJIBAKE)) | ((one_line & (breaks | letters)) | percent | base64) & ~asked


def _markup(prompt: pl.Series, response: pl.Series) -> NDArray[np.bool_]:
    """Responses that are written in HTML outside of code, where the prompt is not about it; lines and lists in Markdown are none."""
    prose = response.str.replace_all(r"(?s)```.*?(?:```|$)|`[^`\n]*`", "")
    asked = bools(prompt.str.contains(r"(?i)\b(?:x?html|xml|css|tags?|web ?(?:page|site)|markup|javascript|entit(?:y|ies))\b|</?[a-z]+[^<>]*>|&[a-z]+;"))
    tags = bools(prose.str.contains(r"(?i)^\s*<(?:p|div|span|ul|ol|h[1-6]|table|b|strong|em|i|blockquote)(?:\s[^<>]*)?>")) | (prose.str.count_matches(r"(?i)<br\s*/?>|</(?:p|div|span|li|ul|ol|a)>").fill_null(0).to_numpy() >= MARKED)
    entities = bools(prose.str.contains(r"&(?:amp|lt|gt|quot|nbsp|apos|#\d{2,5}|#x[0-9a-fA-F]{2,5});"))
    return (tags | entities) & ~asked
