"""Words as they are compared: without their endings; and the plain ones, which a reply may take up from a message."""

from __future__ import annotations

import re
from typing import Final

from core.forbidden import ENGLISH
from core.quoting import KNOWN

_ENDINGS: Final = ("ing", "ed", "es", "s")
LEAST_STEM: Final = 3
"""Letters that an ending leaves."""
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")


def stem(word: str) -> str:
    """A lower-case word without a possessive or a common ending, for comparing only.

    >>> [stem(word) for word in ("shop's", "shipped", "codes", "code", "families", "tried", "is")]
    ['shop', 'ship', 'cod', 'cod', 'family', 'try', 'is']
    """
    bare = word.removesuffix("'s").replace("'", "")
    if bare.endswith(("ies", "ied")) and len(bare) > LEAST_STEM + 1:
        return bare[:-3] + "y"
    for ending in _ENDINGS:
        if bare.endswith(ending) and not bare.endswith("ss") and len(bare) - len(ending) >= LEAST_STEM:
            bare = bare.removesuffix(ending)
            if ending in ("ing", "ed") and bare[-1] == bare[-2] and bare[-1] not in "lse":
                bare = bare[:-1]
            break
    return bare.removesuffix("e") if len(bare) > LEAST_STEM else bare


def stems(text: str) -> frozenset[str]:
    """Every word of a text, in any case, compared by `stem`."""
    return frozenset(stem(word) for word in _WORD.findall(text.lower().replace("’", "'")))


_HOME = """
apartment ate bag bed bird boiler bottle box breakfast clean clock clothes coat coffee dinner door dress drink
driveway drove eat electricity flat flood flooded floor flowers food fridge furniture garage garden gas gift glass
groceries hair heat heating hole home jacket jeans key kitchen laundry lift light live lived lunch meal medicine moved
pet pocket power roof room sleep sofa stairs table toys village wall wash washed watch water window
"""
_WAY = """
abroad airline airport baggage bicycle bike border bridge bus city coach country embassy ferry flight front fuel
holiday hotel journey luggage map motorway outside park parking passport petrol plane platform queue restaurant road
route sea ship station street subway suitcase taxi ticket tour town train trains travel trip tyres van visa weekend
"""
_SHOP = """
airtime bakery basket bought brand button buy buyer cafe cart centre cinema clinic club counter desk discount festival
film goods gym invoice item library machine market menu museum music parcel receipt sale sell shipped shoes size
subscription supermarket till
"""
_WORK = """
afternoon anniversary appointment birthday business career class complete course deadline exam hospital income
interview job joint lesson meeting notice operation pay payday payroll profile progress project schedule school
student study supplier surgery test trade training treatment wedding
"""
_BANK = """
activate activation add alert amount benefits borrow chip code coins confirm contactless cost currency debits dollars
due entry error escrow euros exchange expire export forms francs free history kronor limit link list notary note
notification offer overdraft passcode penny points portal postcode pounds proof register remove reset reward save
screen servicer settle slip slot standing switch tap text top topped topping vanish virtual wire withdrawal
"""
_PHONE = """
alarm battery black blank browser camera computer connect copy data device dots download email field install internet
keyboard laptop log message middle mobile network number offline photo picture press scan scratch signal spin spun
tablet type typed upload
"""
_MEASURE = """
age ago alone autumn behind beside best better chance corner count date direct east end enough extra fair far five
four full grey half hand hands heavy hidden kind left line long lot main minute moment near north nowhere part past
point quick quiet ready real rest right second set side sight slow south spring stage start state stay step summer
usual west winter young zero
"""
_FEELING = """
afraid anger angry annoy annoying anxious ashamed awkward bother care confuse confusing desperate disappoint embarrass
exhaust exhausting eye face fear feel felt fright frighten frustrate frustrating fuss happy hard harm heart helpless
hope hurt lonely loss matter mind mood nerve nervous pain panic patience peace proud relief respect rush sad scare
scary seriously shake shame shock shook shrug sorry strain stress stressful surprise terrible tired tiring tough
trouble trust unfair unhappy unpleasant upset urgent weary worried worry worse worst
"""
_TALK = """
advice allow answer apologise appear appreciate argue believe compare complain complaint describe expect explain
follow forget guess hang hear heard idea learn listen match mean meant mention please question regard remember
reply respond run seem sense sentence sound speak spoke spoken stand stood thank think thought voice wake wish wonder
word
"""
_GLUE_MORE = """
according against alongside anywhere being between during else elsewhere everywhere he her hers him his
human instead made meantime must often per perhaps she toward under whenever whoever whom within you your
yours
"""
_SMALL = """
a about after again all already also although always am an and another any anybody anyone anything as at away back
be because been before being both but by can could did do does down each either else even ever every everybody
everyone everything first for from further get go had has have he her here him his how however if in into is it its
itself just last least less let like may me might more most much must my need now of off on once one or other our
out over own please quite same shall she should since so some somebody someone something soon still such than that
the their them then there these they this those though through till to too under until up upon us very want was we
were what when where whether which while who whole whose why will with within would yet you your
"""
GLUE: Final = frozenset(stem(word) for word in _SMALL.split())
"""Words that say nothing by themselves; negations are not among them."""
PLAIN: Final = frozenset(
    stem(word)
    for word in f"{_HOME} {_WAY} {_SHOP} {_WORK} {_BANK} {_PHONE} {_MEASURE} {_FEELING} {_TALK} {_GLUE_MORE}".split()
) | frozenset(stem(word) for word in KNOWN | ENGLISH)
"""Stems of the words that may be said whatever the message says: of banking, and of the days that it is part of. None
is of law, crime, luck, investments or oaths."""
_PERSONS = """
aunt boss boy boyfriend brother carer child children client colleague cousin dad daughter doctor driver employer ex
family father friend girl girlfriend gran grandad granddaughter grandfather grandma grandmother grandpa grandson
guardian guest husband kid landlady landlord man manager mom mother mum nan neighbor neighbour nephew niece parent
partner person plumber seller sister son spouse staff student teacher tenant uncle wife woman
"""
PEOPLE: Final = frozenset(_PERSONS.split())
"""Of a customer's life. A reply may speak of them, but not say what they are or do."""
