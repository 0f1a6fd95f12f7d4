"""The words that a reply must not say unless its plan does, as expressions over lower-case text; the guard applies them."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final


class Rule(StrEnum):
    """What a draft can break."""

    PROMISE = "promise"
    CLAIM = "claim that something was done"
    AMOUNT = "amount or number"
    DATE = "date or time"
    LIABILITY = "admission of liability"
    ADVICE = "advice on investments or law"
    PERSONAL_DATA = "personal data"
    SECRET = "asks for a secret"
    NAME = "name that is not in the plan"
    LINK = "link or handle that is not in the plan"
    BLAME = "blame"
    CHEER = "false cheer"
    DIAGNOSIS = "diagnosis"
    LANGUAGE = "not the customer's language"
    PERSONA = "speaks of itself as a machine, or of its instructions"
    COPIED = "the customer's words beyond what the plan quotes"
    FACT = "a fact of the plan left out or changed"
    HOUSE_RULE = "what the playbook must not say"
    LENGTH = "longer than the channel holds, or empty"
    UNFINISHED = "the sign-off left out or followed by more, or a sentence that stops in the middle"
    DISGUISED = "signs that cannot be seen, letters that look like others, or markup"
    REASSURANCE = "reassurance that is not in the plan"
    NEGATION = "says the opposite of the plan: a negation lost or added"
    ECHO = "taken from the customer's message, not from the plan"
    VERBATIM = "not the playbook's own words where someone may be in danger or has lost somebody"


_UNITS = r"(dollars?|pounds?|euros?|cents?|pence|bucks|percent|per cent|points?|times|hours?|minutes?|days?|weeks?|months?|years?)"
_NUMBERS = (
    r"(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|ninety"
    r"|a few|several|a couple of|half an?|(a |an )?(hundred|thousand|million))"
)
_OUTCOMES = (
    r"(refunded|reimbursed|returned|sent|fixed|resolved|restored|credited|cancell?ed|corrected|escalated|forwarded|flagged|reopened"
    r"|approved|closed|removed|released|processed|confirmed|unlocked|unblocked|unfrozen|notified|informed|alerted|waived|solved"
    r"|investigated|authori[sz]ed|granted|paid|deleted|raised|prioriti[sz]ed)"
)
_SECRETS = (
    r"(pin|passwords?|passcodes?|cvv|cvc|security codes?|card numbers?|account numbers?|sort codes?|social security"
    r"|ssn|one-time codes?|otp|log-?in details|full card|card details|date of birth|mother's maiden)"
)

PATTERNS: Final[dict[Rule, re.Pattern[str]]] = {
    Rule.PROMISE: re.compile(
        r"\b(refund\w*|reimburs\w*|compensat\w*|guarantee\w*|promis\w*|assur(e|ed|ance)|waiv\w*|definitely|certainly|without fail"
        r"|(make|making|made) sure|ensur\w*|rest assured|you have my word|count on us|goodwill"
        r"|\w+('ll| will| shall| won't)( not| never| be| have| also)? \w+|(am|are|is|'re|'s|'m) (all )?(going|bound|set) to \w+"
        r"|(i|we)('re|'m| are| am) (\w+ )?(sending|paying|crediting|making|giving|putting|returning|issuing|arranging|fixing|sorting|processing|transferring|unlocking|releasing|cancelling|closing|moving|taking care|seeing to)"
        r"|((on (its|their)|is on the|are on the) way|(is|'s|are) (now |already |all )done|been done|consider it (done|sorted|settled|fixed)|leave it (with|to) (me|us)|see to it|take care of (it|this|that|everything)|make (this|it|that|things) (right|good|up to you)|(we|i)('ll| will| can)? put (this|it|that|things) right"
        r"|count on (me|us|it)|entitled to|you can expect|expect (it|(the|your|an?) \w+) (by|in|within|to|on|back|soon)|(we|bank|still|it) owes? you|we owe|no need to pay|free of charge|on the house|cannot happen|can't happen|(never|not) happen again|last time|no longer than|at the latest"
        r"|should be (with you|there|back|fixed|sorted|done|resolved|in your (account|hands))|is safe with|bound to|sure to|every (penny|cent)|first thing (tomorrow|in the))"
        r")\b"
    ),
    Rule.CLAIM: re.compile(
        rf"\b((i|we)('ve| have)?( now| just| already| also)? {_OUTCOMES}"
        rf"|(has|have|had|was|were|is|are|'s|'re|'ve)( now| just| already| all)? (been )?(now |already )?({_OUTCOMES}|sorted|settled|upheld|justified|accepted|agreed|back in|unblocked|on file as|in your favour|lifted|reversed)"
        rf"|(we|i)('ve| have)? (looked into|spoken|checked|found|made|asked|told|put|set|taken|decided|agreed|arranged|booked|opened|added|noted down|removed|dealt)|(your|the) (\w+ )?(refund|request|application|complaint|claim|dispute|money|account|card) (approved|granted|accepted|upheld|confirmed)"
        rf"|(is|was|are|were|been|isn't|wasn't|aren't|weren't)( not)? (approved|granted|upheld|denied)"
        rf"|(we|i)( can| do| hereby)? confirm|hereby|for the record)\b"
    ),
    Rule.AMOUNT: re.compile(rf"[$£€¥]\s?\d*|\d[\d.,]*%?|%|\b{_NUMBERS} {_UNITS}\b"),
    Rule.DATE: re.compile(
        r"\b(today|tonight|tomorrow|yesterday|mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|sundays?|january|february"
        r"|march (the|\d)|april|june|july|august|september|october|november|december|within (an?|the|\w+) \w+|soon(er)?( than)?|shortly"
        r"|immediately|right away|straight away|asap|in no time|momentarily|(next|this|coming) (week|month|year|morning|afternoon"
        r"|evening)|by (noon|midnight|the end)|in (an?|a few|the next|one|two|three) (hours?|minutes?|days?|weeks?|moments?)"
        r"|(working|business) days?|overnight)\b"
    ),
    Rule.LIABILITY: re.compile(
        r"\b((our|the bank's|harm of our) (own )?(\w+ )?(fault|mistakes?|errors?|failures?|negligence|blunders?|carelessness|oversight|liability)"
        r"|(fault|error|mistake|failure|problem|issue)s? (on our (side|end|part)|of ours)|we (were|are) (wrong|at fault|responsible|liable|negligent|to blame)"
        r"|(we|i|the bank|our \w+)('re| is| are|'s)? (\w+ )?(liable|at fault|to blame|responsible for|accountable)|(we|i) (got|did) (this|that|it) (\w+ )?wrong|got this wrong|dropp?(ed|ing) the ball|a bug in|(we|i|staff|colleagues?|systems?) (\w+ )?(let you down|slipped|erred|mishandled|mislaid|forgot|neglected|overlooked|missed)|(should|ought to) never have happened|fell short|i admit|admittedly|(we|i) (made|have made|'ve made) (a|an|some) (\w+ )?(mistake|error)|we (have )?(failed|let you down|messed up|lost|broke|caused|mishandled|overcharged)"
        r"|we should(n't| not)? have|we admit|we accept (full )?(responsibility|liability)|(take|taking|accept) (full |complete )?(responsibility|the blame)"
        r"|(caused|created) by (us|our)|because of (us|our)|due to (us|our)|our systems? (failed|broke|made)|we apologi[sz]e for (our|the) (mistake|error|failure))\b"
    ),
    Rule.ADVICE: re.compile(
        r"\b((buy|sell|invest|short|trade|hold on to)\b.{0,40}\b(shares?|stocks?|funds?|bitcoin|crypto\w*|gold|bonds?|options?|coins?)"
        r"|(shares?|stocks?|markets?|prices?|bitcoin|rates?) (will|should|is going to|are going to|is likely|are likely)"
        r"|(good|right|bad|best) (time|moment) to (buy|sell|invest)|we recommend (buying|selling|investing)|worth (buying|selling)"
        r"|(you )?(can|could|should|may want to) sue|you have a (\w+ )?case|stop paying|do not pay|don't pay|legally|(i'd|i would|we'd|we would) (\w+ )?(invest|buy|sell|put|move|switch|wait|hold)|put your (savings|money)|(your|the) (tax|taxes) (return|off)|off your (taxes?|return)|(price|shares?|market|rates?) (is|are) (going|likely|set|bound)|(strong|good|weak) case|deduct\w*|lawsuit)\b"
    ),
    Rule.PERSONAL_DATA: re.compile(
        r"[\w.+-]+@[\w-]+\.\w+|\[(card|iban|email|phone)\]|\bxx+\b|\b\d{4,}\b|\b(ssn|iban)\b|\b(lives|living|born) (at|on|in) |\b(account|card) (belongs|ends|ending|number) (to|in|is)\b|\bon file in\b"
    ),
    Rule.LINK: re.compile(
        r"https?:|\bwww\.|\b[a-z0-9-]+\.(com|org|net|io|co|uk|de|eu|info|bank|app|ly|gov|me)\b|(?<!\w)@\w+|(?<!\w)#\w+|\]\("
    ),
    Rule.BLAME: re.compile(
        r"\b(you (should|could|ought to)('ve| have)|your (own )?(fault|mistake|error|carelessness|negligence)|you (forgot|failed|neglected|ignored"
        r"|misread|misunderstood|overlooked|caused)|you must have|if (only )?you had|you (did not|didn't) (read|check|notice|pay|keep|follow|pay attention)"
        r"|as you (should )?know|you were (careless|late|wrong)|(have|had) only yourself|only (have|had) yourself|be more careful|next time|if you('d| had)|careless|negligen\w+|your own (doing|choice|decision|negligence)|other customers (manage|do|have)|you (brought|agreed to|chose|signed|let)|that was (careless|silly|naive|foolish|unwise)|common sense)\b"
    ),
    Rule.CHEER: re.compile(
        r"!|[\U0001F300-\U0001FAFF\u2600-\u27BF]|\b((great|good|happy|exciting) news|happy to|glad to (hear|help|assist)|pleased to|no worries|don't worry|do not worry"
        r"|no problem|awesome|wonderful|fantastic|amazing|excited|thrilled|delighted|have a (great|nice|lovely|good|wonderful)|cheer up|bright side"
        r"|at least|stay positive|could be worse|everything happens|lol|haha|cheers|rest easy|relax|congratulations|silver lining|you've got this|(it is|it's) only money|love (hearing|to hear|your)|look forward to|lucky|fun|smile|sunny|fingers crossed|piece of cake|easy as|good luck|happy to|take heart|hang in there|chin up|yay|super)\b"
    ),
    Rule.DIAGNOSIS: re.compile(
        r"\byou('re| are| seem| sound| appear)( \w+)? (depressed|anxious|traumati[sz]ed|paranoid|unstable|hysterical|suicidal|mentally|ill|sick|addicted"
        r"|overreacting|irrational|emotional|confused)\b|\b(depression|anxiety|ptsd|disorder|panic attack|mental(ly)? (health|ill\w*)|burnout|bipolar|overreact\w*|addict\w*|hysteri\w*|psycholog\w*|psychiatr\w*|therap\w+|(see|seek) (a )?(doctor|professional)|(in|through) denial|unwell)\b|\b(sounds?|looks?|seems?) like (you('re| are| have)|a case of)\b"
    ),
    Rule.REASSURANCE: re.compile(
        r"\b(((is|are|am|was|were|'s|'re|'m|stays?|remains?) ((not|now|always|still|all|both|also|kept|quite|very|perfectly|fully|completely|entirely|absolutely|well|in) )*|(keep|keeps|kept|keeping|make|makes) (\w+ ){1,3}?)"
        r"(safe|secured?|protected|insured|in good hands|out of danger|unharmed|untouched|under control)"
        r"|(no|any|without) (danger|risk)|(nothing|no (reason|cause|need)|need(n't| not)|(don't|do not) (need|have)) (to (worry|fear|panic)|for (worry|alarm|concern|panic))"
        r"|(nothing|cannot|can't) (is|be) (lost|gone)|(everything|all|it) (is|'s) (fine|well|okay|ok|in order|all right|alright))\b"
    ),
    Rule.PERSONA: re.compile(
        r"\b(as an? (ai|artificial|language model|assistant|bot)|i('m| am) an? (ai|bot|assistant|language model|machine)|language model|chat ?bot|system prompt"
        r"|(my|the|your|previous) (instructions|prompt|rules)|ignore (all|previous|your|the)|playbook|rephras\w*|reword\w*|rewritten|(warmer|shorter|softer|polished) version|just a (chat ?bot|bot|program|machine|model)|(chat ?bot|algorithm|ai)\b|training data|i (have |was |am )?(programmed|trained|removed|not allowed|not able to)|not allow me|^(note|nb|sure|okay|ok|certainly|of course)\b[:,]|\[your|\[name|<\||\|>|```|here('s| is| are)|here is (the|a|your) (\w+ )?(reply|draft|message|response|version)"
        r"|(draft|reply|response|message|customer|subject):|i cannot (comply|help with that)|sorry, but i can't)"
    ),
}
STRICT: Final = frozenset(
    {
        Rule.CLAIM,
        Rule.PROMISE,
        Rule.LIABILITY,
        Rule.ADVICE,
        Rule.BLAME,
        Rule.CHEER,
        Rule.DIAGNOSIS,
        Rule.REASSURANCE,
        Rule.PERSONA,
        Rule.PERSONAL_DATA,
    }
)
"""Allowed only in a sentence that stands word for word in the plan; of the others the words are enough."""
SECRET: Final = re.compile(
    rf"\b(send|tell|give|share|confirm|reply with|provide|enter|type|write|message|need|what is|what's|let us have)\b[^.?]*\b{_SECRETS}\b"
)
SECRET_DENIED: Final = re.compile(
    r"\b(never|not|don't|without|no|leave out|leaving out|do not belong|which .{0,12}(card|pin)|keep)\b"
)
ASKED: Final = re.compile(r"\b(whether|what|when|where|which|who|how|if|once|after)\b[^.,;:]{0,30}$")
"""Before a claim: it is asked whether something was done, not said that it was."""
WONDERED: Final = re.compile(r"\b(whether|how|if|so that)\b[^.,;:]{0,30}$")
"""Before a reassurance: it is looked at, or done for, whether something is safe, not said that it is."""
GREETING: Final = re.compile(r"^(dear|hi|hello|hey|good (morning|afternoon|evening)|mr|mrs|ms|sir|madam)\b")
ENGLISH: Final = frozenset(
    [
        "a",
        "about",
        "all",
        "am",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "been",
        "but",
        "by",
        "can",
        "could",
        "do",
        "for",
        "from",
        "has",
        "have",
        "here",
        "how",
        "i",
        "if",
        "in",
        "is",
        "it",
        "me",
        "more",
        "my",
        "no",
        "not",
        "of",
        "on",
        "or",
        "our",
        "please",
        "so",
        "that",
        "the",
        "there",
        "this",
        "to",
        "us",
        "was",
        "we",
        "what",
        "when",
        "which",
        "who",
        "will",
        "with",
        "would",
        "you",
        "your",
    ]
)
OPENERS: Final = frozenset(
    [
        "well",
        "however",
        "first",
        "meanwhile",
        "please",
        "sorry",
        "yes",
        "no",
        "also",
        "then",
        "still",
        "otherwise",
        "here",
        "there",
        "instead",
        "after",
        "before",
        "since",
        "once",
        "thanks",
        "again",
        "now",
        "understandably",
        "naturally",
        "finally",
    ]
)
"""What may stand before a comma at a sentence's start without being somebody's name."""
NO_NAMES: Final = frozenset({"I", "I'm", "I've", "I'd", "I'll", "PIN", "ATM", "OK", "ID"})
