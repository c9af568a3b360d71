"""What columns are called by those who write data sets, by the role that the name speaks of."""

from __future__ import annotations

import re
from typing import Final

SENTENCE: Final = 20
"""Characters (mean) of a written column that is read beside another; what is shorter is a name or a place."""
LABELS: Final = (
    "label", "labels", "target", "class", "y", "category", "intent", "sentiment", "outcome", "gold", "gold_label",
    "ground_truth", "species", "diagnosis", "churn", "topic", "tag", "is_spam", "quality", "tags",
    "churned", "exited", "attrition", "survived", "fraud", "is_fraud", "isfraud", "converted", "emotion", "toxicity", "status",
)  # fmt: skip
LABEL_PATTERN: Final = re.compile(r"^(label|target|class)_|_(label|labels|class|target|category|intent)$")
TEXTS: Final = ("text", "content", "body", "sentence", "review", "document", "utterance", "tweet", "comment", "message", "description", "title", "full_text")
PROMPTS: Final = ("instruction", "prompt", "question", "query", "input", "context", "problem", "user", "source")
RESPONSES: Final = ("output", "response", "completion", "answer", "reply", "solution", "assistant", "target", "answers")
PAIRS: Final = (
    ("problem", "solution"), ("user_input", "response"), ("user_input", "reference"), ("user", "assistant"), ("question", "sql"), ("question", "sql_query"), ("sql_prompt", "sql"),
    ("prompt", "canonical_solution"),
    *((asked, given) for asked in ("input", "question", "query", "prompt") for given in ("expected_output", "ground_truth", "expected_answer", "reference_answer", "ideal", "expected", "reference", "actual_output")),
)  # fmt: skip
"""Names of a prompt and a response that say so only beside each other."""
ANSWERERS: Final = frozenset(("assistant", "agent", "bot", "ai", "gpt", "llm", "model", "support", "operator", "doctor", "advisor", "teacher", "wizard", "berater", "agente"))
ASKERS: Final = frozenset(("user", "human", "customer", "client", "caller", "patient", "visitor", "guest", "student", "requester", "seeker", "usr", "kunde", "cliente"))
SAYS: Final = frozenset(("message", "text", "reply", "response", "answer", "utterance", "turn", "content", "said", "says"))
"""Words of names that say who wrote a text, and what stands beside them there: `customer_message`, `agent_reply`."""
REPLIES: Final = frozenset((
    "response", "answer", "reply", "resolution", "solution", "completion", "output", "snippet", "code", "cmd", "command", "sql", "translation", "rewrite", "rewritten", "corrected", "correction",
    "paraphrase", "canonical", "antwort", "respuesta", "reponse", "réponse", "risposta", "resposta", "antwoord",
))  # fmt: skip
"""Words of names of a text that is written to another one."""
REQUESTS: Final = frozenset((
    "text", "body", "title", "subject", "description", "message", "email", "mail", "review", "comment", "ticket", "question", "query", "request", "complaint", "issue", "problem", "post", "utterance",
    "prompt", "instruction", "input", "nl", "intent", "docstring", "documentation", "original", "draft", "source", "inquiry", "enquiry",
    "frage", "anfrage", "nachricht", "betreff", "beschreibung", "pregunta", "consulta", "mensaje", "asunto", "domanda", "richiesta", "pergunta", "mensagem", "vraag", "bericht",
))  # fmt: skip
"""Words of names of a text that is answered, where a column beside it is a reply."""
GRADES: Final = ("score", "grade", "points", "marks", "correct", "is_correct", "correctness", "rating", "relevance", "similarity")
"""Names of what says how good an answer is: then answers are what is judged, not what is learnt."""
SETTLED: Final = ("adjudicated", "adjudication", "consensus", "final", "majority", "resolved", "agreed", "settled", "gold_standard")
"""Names of the judgement that was settled on, beside those of annotators."""
LONG: Final = ("article", "document", "dialogue")
SHORT: Final = ("highlights", "summary")
CHOSEN: Final = ("chosen", "chosen_messages", "response_j", "preferred", "preferred_output", "chosen_response")
REJECTED: Final = ("rejected", "rejected_messages", "response_k", "non_preferred", "non_preferred_output", "rejected_response")
ASKED: Final = ("anchor", "query", "question", "sent0")
FOUND: Final = ("positive", "pos", "passage", "document", "sent1", "positives")
NOT_FOUND: Final = ("negative", "neg", "negatives", "hard_negative", "hard_neg")
"""Names of rows that teach retrieval: what is looked for, what is found, what isn't."""
TWO_TEXTS: Final = (
    ("sentence1", "sentence2"), ("sentence_1", "sentence_2"), ("sentence_a", "sentence_b"), ("text1", "text2"), ("text_a", "text_b"), ("s1", "s2"),
    ("question1", "question2"), ("premise", "hypothesis"), ("query", "passage"), ("query", "document"),
)  # fmt: skip
DEGREES: Final = ("score", "similarity", "similarity_score", "relevance", "relevance_score", "relatedness_score", "rating")
"""Names of a number that says how near two texts are."""
SOURCES: Final = ("context", "passage", "paragraph", "article", "story", "document")
"""Names of what a question is about."""
RETRIEVED: Final = ("contexts", "retrieved_contexts", "passages", "paragraphs", "documents", "retrieved_documents", "chunks", "context")
"""Names of a list of what was found on it."""
WANTED: Final = ("kto_tag", "desirable", "is_desirable", "thumbs_up")
GROUPS: Final = (
    "user_id", "patient_id", "session_id", "customer_id", "client_id", "account_id", "group", "group_id", "author", "author_id", "entity", "entity_id", "speaker", "subject_id", "qid", "query_id",
    "mrn", "person_id", "participant_id", "member_id", "student_id", "visitor_id", "requester_id",
)  # fmt: skip
LOOSE_GROUPS: Final = ("group", "entity", "author")
"""Names that as often say to which team or kind a row belongs, or which of a few colleagues wrote it down: values that are in every split."""
TIMES: Final = re.compile(r"^(time|date|datetime|timestamp|ts|created|created_at|updated_at|event_time|day)$|_(at|date|time|ts)$")
BORN: Final = re.compile(r"birth|born|dob|geb|naiss|nacim|nascita")
"""Dates that say how old a person is, not when a row was made."""
TOLD: Final = ("caption", "captions", "transcription", "transcript", "sentence", "description", "normalized_text", "text")
"""Names of what is said of an image, a sound or another file."""
ATTACHED: Final = ("images", "image", "videos", "video", "audios", "audio")
ENCODED: Final = ("attention_mask", "token_type_ids", "position_ids", "special_tokens_mask", "labels")
IDS: Final = re.compile(r"^(id|uuid|guid|key|index|rownames|row_id|unnamed: 0|__index_level_\d+__|_id)$|_(id|uuid|key)$|^id_")
JUDGES: Final = frozenset((
    "annotator", "annotatorid", "annotatorname", "rater", "raterid", "workerid", "coderid", "labeler", "labeller", "labelerid", "labellerid", "annotatedby", "labeledby", "labelledby", "completedby", "judgeid",
))  # fmt: skip
"""Names, squeezed, of who judged a row: to a model that reads rows nobody judged it says nothing."""
CROWD: Final = re.compile(r"^answer\.\w+$", re.IGNORECASE)
"""What was judged, as Mechanical Turk names it beside `WorkerId`."""
ADDED: Final = frozenset(("leadtime", "updatedat", "worktimeinseconds", "assignmentstatus", "annotationid", "hitid"))
"""Names, squeezed, of what tools for annotation add to a row, beside who judged it."""
FUNCTIONS: Final = re.compile(r"^lf([_ .-]\w+|\d+)$", re.IGNORECASE)
"""Votes of labelling functions, of which a label was or is to be made."""
CHANCES: Final = frozenset(("prob", "probs", "proba", "probas", "probability", "probabilities", "labelprobs", "softlabel", "softlabels"))
"""Names, squeezed, of how probable each class is by labelling functions."""
ANNOTATORS: Final = re.compile(r"^(annotator|rater|coder|annotation|worker)[_ -]?\w+$")
WHO_JUDGED: Final = re.compile(r"^(annotator|rater|coder|labell?er|annotation_worker)([_ -]?(id|name|no|nr))?$|^worker[_ -]?id$|^(annotated|labell?ed|tagged|coded|rated)[_ -]by$")
"""A column that says who judged the row, a row a judgement: nobody judges in production, so no model reads it."""
TALKS: Final = ("messages", "conversations", "conversation")


def words(name: str) -> frozenset[str]:
    """The words of a name, in lower case."""
    return frozenset(snake(name).split("_"))


def says_answer(name: str) -> bool:
    """Whether a column is named like what is to be learnt: a label, a response, a talk."""
    low = name.lower().strip()
    return low in {*LABELS, *RESPONSES, *SHORT, *CHOSEN, *REJECTED, *TALKS, *DEGREES, *WANTED} or bool(LABEL_PATTERN.search(low))


def squeezed(name: str) -> str:
    """A name without what exports spell differently: `patient_id`, `Patient ID` and `patientId` are one name."""
    return re.sub(r"[\W_]+", "", name.lower())


def snake(name: str) -> str:
    """A name in lower case with its words apart by `_`: `InvoiceDate` and `Invoice Date` end in `_date`, `update` doesn't."""
    return re.sub(r"[\W_]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())).lower()
