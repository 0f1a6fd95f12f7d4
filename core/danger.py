"""Words that say someone may come to harm; a message with them goes before all others and gets words of its own.

The lexicon rather fires once too often than once too seldom: a person reads every draft. What people say every day
without meaning it ("these fees are killing me") is taken out first. How often it misses and how often it fires for
nothing is measured; see docs/replies.md.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from core.disguises import undisguised
from core.sieve import Sieve


class Danger(StrEnum):
    """What a person may be in danger of; each value names an entry of the playbook."""

    SELF_HARM = "crisis"
    ABUSE = "abuse"
    """By a person close to them, with blows, threats or money."""
    HUNGER = "hunger"
    """Or being without medicine."""
    HOME = "home"


_KIN = r"(husband|wife|partner|boyfriend|girlfriend|ex|ex[- ]\w+|father|mother|dad|mum|mom|son|daughter|brother|sister|uncle|nephew|carer|caregiver|step\w+)"
_THEM = rf"({_KIN}|he|she)"
_MINE = r"(me|us|my (kids?|child\w*|son|daughter|mother|mum|mom|sister))"
_KIDS = r"(baby|babies|kids?|child|children|son|daughter|girls?|boys?|family|toddler|newborn)"
_MEDICINE = r"(medicines?|medication|meds|insulin|inhalers?|tablets|prescriptions?)"
_FOOD = r"(food|groceries|bread|milk|formula|dinner|a meal|meals|nappies|diapers)"

_FIGURES: Final = re.compile(
    r"\b((kill(ed|ing)?|die|died|dying)( my ?self)?( of| from| with)? (laughing|laughter|boredom|embarrassment|old age|thirst)"
    r"|(commercial|financial|economic|political|career|social|business|corporate|pure) suicide|suicide (for|to) (any|a|an|the|our|my|your|every) (\w+ )?(business\w*|compan\w+|firm|bank|shop|budget|brand|trust|reputation)"
    r"|starving (for|of) (information|news|answers?|an answer|attention|support|a reply|cash|data)"
    r"|(rather|sooner) die than (call|use|bank|pay|stay|come|deal|speak|talk|wait|open|go)"
    rf"|({_MEDICINE}|{_FOOD}) for (my|our|the|a) (\w+ )?(cat|dog|pet|horse|rabbit|hamster|parrot)s?"
    r"|(phone|battery|laptop|tablet|app|card|account|business|shop|plant|line|chat|market|stock)( \w+)?( is|'s| was)? (going|about|ready) to die"
    r"|cut my ?self (off|shaving|short|loose|some|a)|(hit|beat)s? (me|us) (with|for) (a |an |the |another )?(\w+ )?(fees?|charges?|bill|interest)"
    r"|kill(ing)? (it|this|that|the|my) (account|app|card|deal|contract|process|mood|battery|subscription))\b"
)
"""Said every day and not meant."""

_PATTERNS: Final = {
    Danger.SELF_HARM: re.compile(
        r"\b(s[uo]i?[cs]{1,2}i?d(e|al|ing)\w*|un-?aliv\w+|self[- ]?harm\w*"
        r"|kill(s|ed|ing)? ?(my|him|her|them|our|your)[- ]?sel(f|ves)|(?<!\d)(?<!\d )kms(?! (per|an|away|from))"
        r"|(hurt|harm|hang|drown|shoot|poison|cut)(ing|ting)? my ?self|overdos(e|ed|ing)"
        r"|(end(s|ed|ing)?|take|takes|took|taken|taking) (my|his|her|their) (own )?(life|lives)|end(ing)? it all|put an end to (it all|my ?self|my life)"
        r"|(think|thinking|thought|thoughts) (\w+ )?(about|of) (ending (it|things|everything|my)|dying|death|not being here|how to die)"
        r"|(want|wants|wanted|wanna|going|gonna|ready|rather|wish|wished|decided|trying|tried|planning|hoping) (to )?(just )?(die|be dead|be gone forever|disappear (forever|for good)|not exist|sleep forever|never wake up)"
        r"|wish i (was|were|had been|could be) (dead|never born|gone)|wish i (had )?never (woken|been born)|better off (dead|without me|if i)|if i (was|were) (gone|dead|not (here|alive|around))"
        r"|(take|taking|taken|took|swallow(ed)?) (all )?(of )?(my|the|these|all the) (\w+ )?(pills|tablets)|(done|finished) with (life|living)|(use|sense) (of|in) living|end it (tonight|today|now|soon)|(won'?t|will not|wont) (live to )?see (christmas|my birthday|tomorrow|the new year|the morning)|(look after|take care of) my (\w+ )?(dog|cat|kids|children|mother|son|daughter|family) when i'?m gone|(pills|rope|noose|razor|blade)s? (\w+ ){0,3}(in front of me|in my hands?|ready|next to me|beside me|on the table|counted)"
        r"|(standing|sitting|stood|sat) (\w+ ){0,2}on (the|a) (\w+ )?(bridge|ledge|roof|edge|rails|tracks|platform edge|railing)|jump(ing)? (off|from|in front of) (a|the)"
        r"|(won'?t|will not|not going to|not gonna) be (here|around|alive) (any ?more|any longer|tomorrow(?! to (sign|get|take|receive))|much longer|to pay|to see|for long|when you read|by (the time|then|monday|tomorrow))"
        r"|not be here (any ?more|tomorrow(?! to (sign|get|take|receive)))|(do not|don'?t|dont) (want|wish) to (live(?! (with|in|without|off|on|at|near|abroad|here))|exist|wake up|be alive|be here any|go on|carry on)"
        r"|(can'?t|cant|cannot) (go on|carry on)( living| any ?more| any longer| like this)|go(ing)? on living|live with my ?self"
        r"|(no|a|any|one) (reason|point) (to live|in living|living|left to live|to wake up|in waking up|to be here|in being here|to get up)|no point in (living|life|going on|anything)|no (reason|point) (to go|going) on(?! (with|paying|using|the))"
        r"|no (other )?way out (of (this|these|my|the) (debts?|life|hell|misery)|for me|any ?more|left)|nothing (left )?to live for|tired of (living|life|being alive)|sick of (living|being alive)"
        r"|(goodbye|farewell) (letters?|notes?)|(written|wrote|writing) (\w+ )?(letters?|notes?) (to|for) my (family|kids|children|wife|husband|mother|father|parents|son|daughter)"
        r"|goodbye (world|every ?one|every ?body|all of you|forever)|goodbye\b.{0,80}\bto my (mother|father|mum|mom|dad|family|children|kids|wife|husband|son|daughter|sister|brother)"
        r"|(honestly|really|just) (do not|don'?t|dont) want to be here|(this|it) is (my )?goodbye|(last|final) (message|mail|letter|thing) (i|you)( will|'ll) (ever )?(write|read|get|hear|send|see))\b"
    ),
    Danger.ABUSE: re.compile(
        rf"\b((domestic|financial|physical|elder|economic) (abuse|violence)|abusive (\w+ )?(relationship|home|household|{_KIN})|women'?s (refuge|shelter|aid)|in a (\w+ )?(refuge|shelter)|coercive control|(restraining|protection|non-molestation|protective) order"
        rf"|my (\w+ )?{_THEM} (\w+ )?(hits|beats|hit|beat|hurts|abuses|abused|threatens|threatened|stalks|stalked|chokes|choked|punched|slaps|slapped|rapes|raped) {_MINE}"
        rf"|(he|she) (\w+ )?(hits|beats|abuses|chokes|stalks|slaps|punches|threatens) {_MINE}"
        rf"|{_THEM} (\w+ )?(is|was|became|becomes|gets|got|turned) (\w+ )?(violent|abusive|controlling)(?! (share|interest|stake|owner))|(violent|controlling|abusive) (\w+ )?{_KIN}"
        rf"|{_THEM} (takes|controls|keeps|withholds|hides) (all )?(of )?my (money|wages|card|cards|pension|benefits|account|bank card|salary)(?! (by mistake|by accident|sometimes|for me|home|out of))|(won'?t|doesn'?t|never) (let|lets|allow\w*) me (have|see|touch|use|spend) (my|any|our|the) (own )?(money|card|account|wages)"
        rf"|my (\w+ )?{_KIN} (\w+ )?(makes|forces|forced|made|bullies|bullied|pressures|pressured|blackmails) me (to |into )?(sign|give|giv|hand|pay|send|transfer|take|withdraw|tell)\w*"
        rf"|my (\w+ )?{_KIN} (takes|took|steals|stole|keeps|taking|stealing) [^.!?]{{0,60}}(afraid|scared|frightened|terrified)"
        rf"|({_THEM}|they) (will|would|'ll|'d|is going to|said|says|swore|threatens|threatened) (\w+ ){{0,2}}?(hurt|beat|hit|find) {_MINE}|({_THEM}|they) (has |have )?(said|says|told me|swore|threatens|threatened)( that)?( to)?( he| she| they)?( would|'d|'ll| will)? kill {_MINE}"
        rf"|({_THEM}|they) (will|is going to) kill me if he|(afraid|scared|terrified|frightened) of (him|my (\w+ )?{_KIN}|going home)|(hiding|fled|escaped|ran away|run away|running) from (him|my (\w+ )?{_KIN})"
        r"|(frightened|scared|afraid) of what (he|she|they) (does|would|will|might|can)|(safe|hide|hidden|hiding|secret) (\w+ ){0,4}from (him|my (ex|husband|partner|abuser)))\b"
    ),
    Danger.HUNGER: re.compile(
        rf"\b(starv(ing|e)|(am|i'?m|are|we'?re|go|goes|going|went|gone|to bed|to school|been|left|kids are) hungry(?! (for|to (hear|learn|see)))|no (food|dinner)( (for|in|at|until|left|on|to|and|tonight)|(?!.)|[.,!])|no {_FOOD} (for|in|at|until|left)"
        rf"|milk for (my|the|our) {_KIDS}|{_KIDS} (has|have|with|without|is|are|needs?) (\w+ )?(no|without|out of|not had) ?(any )?({_FOOD}|eaten|{_MEDICINE})"
        rf"|(can'?t|cannot|unable to|couldn'?t|no money (to|for)) (buy |afford |get |pay for )?(any |my |her |his |our |the )?({_FOOD}|eat|{_MEDICINE})|(can(no|')?t|unable to|couldn'?t|how (do|can|am) i( \w+)?) feed"
        r"|(have|haven'?t|not|has|hasn'?t|had) (not )?(eaten|had (anything|a meal)( to eat)?) (for|in|since)|(do|can) (i|we) feed|nothing (left )?(to eat|in the (house|fridge|cupboards?))|food to buy"
        rf"|(need|needs|needed|cannot|can'?t|couldn'?t|unable|no way|how (do|can|am|will|should) (i|we)|no money|depends?|have|has|must|get|trying|supposed|try)( \w+){{0,5}}? (buy|get|afford|pay for)( \w+){{0,2}} ({_MEDICINE}|baby food|formula|nappies|diapers)"
        rf"|(need|needs|cannot|can'?t|couldn'?t|unable|how (do|can|am|will|should) (i|we)|no money|no way|not enough)( \w+){{0,3}}? (buy|get|afford|pay for) (\w+ )?{_FOOD}"
        rf"|(formula|diapers|nappies|food|groceries) for (my|the|our) {_KIDS}|needs? (baby )?formula|(need|needs|without|out of|run out of|ran out of) (\w+ )?{_MEDICINE}|(run|ran) out of {_FOOD}"
        r"|empty (fridge|cupboards?)|(fridge|cupboards?) (is|are) (\w+ )?(empty|bare)|(choose|choice|choosing|decide|deciding) between [^.!?]{0,30}(food|eating|heating|medicine)|heat(ing)? or eat(ing)?|food ?banks?|skip(s|ped|ping)? meals|going without (food|meals|eating))\b"
    ),
    Danger.HOME: re.compile(
        r"\b((?<!for the )homeless(?! (charity|shelter|people|fund))|evict(ed|ion|ing|s)?|los(e|ing) (my|our|the) (home|house|flat|apartment|roof)|sleep(ing|s)? (in (my|our|the|a) (car|van|truck)|rough|outside|on (a |the )?(sofas?|couch\w*|street))"
        r"|(out|end up|ending up|living|live|put|thrown|be) on the streets?|(thrown|throw|throwing|put|putting|kick\w*|force[ds]?) (us |me |them )?out of (my|our|the|this) (home|house|flat|apartment)|no roof over|spent the night (in|at|on|outside) (the|a|our|my) (\w+ )?(station|street|park|car|van|airport|stairwell)|nowhere to (live|sleep|go tonight))\b"
    ),
}
_SIEVE: Final = Sieve([_FIGURES, *_PATTERNS.values()])
"""Figures of speech too: where there is one, the rest is read without it."""
_ELSEWHERE: Final = re.compile(
    r"\b(suicid\w*|selbstmord|suizid\w*|umbringen|das leben nehmen|nicht mehr leben|sterben will|will sterben|me (quiero|voy a|quisiera) (matar|morir)|quiero morir(me)?|matarme|quitarme la vida|no quiero (vivir|seguir viviendo)"
    r"|me (tuer|suicider)|en finir|envie de mourir|veux mourir|plus envie de vivre|uccidermi|ammazzarmi|togliermi la vita|voglio morire|me matar|quero morrer|samoboj\w*|zelfmoord|niet meer leven|sjalvmord|selvmord|itsemurha|intihar\w*|olmek istiyorum)\b"
    r"|покончить с собой|самоубий|не хочу жить|хочу умереть|自杀|自殺|想死|死にたい|انتحار|אתאבד|להתאבד|आत्महत्या"
)
"""Of self-harm in other languages; whoever reads them gets the message first, though nothing is drafted."""

_PLACE = r"(your|the|that|this) (\w+ ){0,2}(branch|office|hq|headquarters|building|bank|place|counter)"
_STAFF = (
    r"(staff|employees?|manager|clerk|teller|cashier|colleagues?|advisers?|guards?|family|kids|children|people|team)"
)
_THREAT: Final = re.compile(
    rf"\b((i|we)('ll| will|'m going to| am going to|'m gonna| gonna|'d)? ?(come|find|get|hunt) (and )?(\w+ ){{0,3}}?(kill|shoot|stab|hurt|burn|beat|blow up|bomb)"
    rf"|(kill|shoot|stab|strangle|burn|bomb|blow up|smash|beat up|hurt|torch) (you|all of you|him|her|them|whoever|every ?one|every ?body|some ?one|some ?body|your {_STAFF}|the {_STAFF}|the (guy|man|woman|person|idiot)|{_PLACE})(?! (credit|score|rating|business|reputation|wallet))"
    rf"|(burn|blow|shoot|smash) (it|{_PLACE}|everything) (down|up)(?! (\d|by|to \d|so|and (send|scan|print)))|burn(ing)? (it|{_PLACE}) (down|to the ground)|set fire to {_PLACE}|burn {_PLACE}"
    rf"|(break|cut|smash|slit) (\w+ ){{0,2}}?(his|her|your|their|'s) (\w+ )?(legs?|arms?|neck|bones|fingers|face|nose|jaw|throats?|skull|teeth|head)"
    rf"|({_STAFF}|he|she|they|you|some ?one|some ?body|people)( \w+){{0,5}} (going to|gonna|will|about to|might) (get|be|end up) (hurt|killed|shot|stabbed|beaten)"
    r"|(know|find out|found out) where (you|your|he|she|they|the|his|her)( \w+){0,4} (live|lives|park|parks|work|works|sleep|sleeps|drink|drinks|go to school|goes to school)|(know|find out) where (your|the) (\w+ )?(children|kids|family)"
    r"|(bring|bringing|have|got|get|buy|bought) (a|my|the) (gun|knife|bomb|rifle|shotgun|machete)|(post|publish|leak|share|spread) (your|their|his|her|the) ([\w']+ ){0,2}(home |private )?address(es)? (online|everywhere|on|to)|dox+(x?ing|ed|es)?\b"
    r"|you('re| are)? (all )?(will )?(die|dead|dead meat)|watch (your|their|his|her) backs?|pay (for (this|it) )?with (your|their) (life|lives|blood)|(sleep|walk) (\w+ )?with (one|an) eye open|your days are (numbered|counted))\b"
)


def danger_in(text: str) -> Danger | None:
    """The danger that a text speaks of, self-harm first.

    >>> danger_in("I can't feed my kids until this is sorted")
    <Danger.HUNGER: 'hunger'>
    >>> danger_in("you are killing my patience")
    """
    plain = undisguised(text)
    if not _SIEVE.may_match(plain):
        return None
    said = _FIGURES.sub(" ", plain)
    return next((danger for danger, pattern in _PATTERNS.items() if pattern.search(said)), None)


def danger_elsewhere(text: str) -> bool:
    """Whether a text in another language speaks of self-harm."""
    return _ELSEWHERE.search(undisguised(text)) is not None or _ELSEWHERE.search(text.lower()) is not None


def threatens(text: str) -> bool:
    """Whether a text threatens somebody with violence: no reply is drafted, a person decides what happens.

    >>> threatens("I know where you live"), threatens("these fees are killing me"), threatens("I will sue you")
    (True, False, False)
    """
    return _THREAT.search(undisguised(text)) is not None
