"""Generated run names: predicate-noun-number, at most 20 characters, as users of MLflow know them."""

from __future__ import annotations

import secrets

MAX_LENGTH = 20

_PREDICATES = tuple(
    """
    able agile amber ample arctic awake bold brave bright brisk bronze bubbly calm candid casual cheery chill civil
    clean clever cosmic cozy crisp curious dapper daring deft direct eager early easy elegant epic exact fair famous
    fancy fast fearless fine fleet fluent fond frank fresh gentle giant glad gleaming golden good grand happy hardy
    hearty honest humble ideal jolly jovial keen kind lively loyal lucid lucky lunar mellow merry mighty mild modest
    neat nimble noble novel open patient placid polite proud quick quiet rapid rare ready regal robust rosy rugged
    serene sharp shiny silent silver sincere sleek smart snappy solar solid spry stable steady stoic sturdy subtle
    sunny super swift tidy tranquil trusty upbeat useful valiant vast vivid warm wise witty young zesty
    """.split()
)
_NOUNS = tuple(
    """
    ant auk badger bass bat bear bee bird bison boar bug camel carp cat civet cod colt condor crab crane crow cub deer
    dingo dog dolphin dove duck eagle eel egret elk falcon fawn ferret finch fish fox frog gecko gibbon gnu goat goose
    grouse gull hare hawk hen heron horse hound ibex ibis impala jackal jay kite kiwi koala koi lark lemur lion llama
    loon lynx mare marten mink mole moose moth mouse mule newt ocelot orca oriole osprey otter owl ox panda panther
    perch pika pony prawn puffin puma quail ram raven ray robin rook salmon seal shark shrew shrimp skink sloth snail
    snipe sparrow squid stag stoat stork swan swift tapir tern tiger toad trout tuna turtle viper vole walrus wasp
    weasel whale wolf wombat wren yak zebra
    """.split()
)


def new_run_name() -> str:
    """A name for a run whose author gave none. Names need not be unique, and are hard to mistake for one another."""
    return f"{secrets.choice(_PREDICATES)}-{secrets.choice(_NOUNS)}-{secrets.randbelow(1000)}"[:MAX_LENGTH]
