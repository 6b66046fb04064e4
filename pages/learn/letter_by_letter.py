"""Lesson 18: networks that write names letter by letter, one with a memory, one with attention."""

import math

import numpy as np
import streamlit as st

from engine import GRU, Attention, Softmax
from lab.data.names import make_names
from lab.runs.presets import writers
from ui.learn import lesson, written_names
from ui.learn.five_words import ASKS, OFFERS, WORDS, draw_look, look_back
from ui.learn.lesson import say
from ui.learn.trial import Chart, trial

KEY, SHOWN, MOST = "l18.run", 24, 12
WORD = "kelini"

this_lesson = lesson.begin("letter_by_letter")

say("""Until now a network saw all of its numbers at once. A text comes one letter after the other.
Here networks learn the names of a country that does not exist. They see the letters so far, and say
which comes next: seventeen kinds, sixteen letters and the end. Whoever can do that can write: draw
a letter by chance, as likely as the network says, put it behind the others, and ask again.""")
st.markdown(f"**Some of the names.** {', '.join(make_names(SHOWN))} …")
say("""A program of ours made these names by a few rules, so there are as many as one likes, and we
can count who keeps the rules. The vowels are of two kinds: a, o, u, and e, i. In a name all vowels
are of one kind, as in Finnish or Turkish. Of 1,000 names, 800 are for learning and 200 for
testing.""")
lesson.question(this_lesson, 1)

# --- two networks that write ----------------------------------------------------------------------

st.markdown("#### Two networks learn to write")
say("""A letter is no number, so each gets a row of numbers to stand for it, its [[embedding]]. It
begins by chance and is learned like any weight. Then the two networks part. One is a [[recurrent
network]]: it reads letter by letter and keeps a memory, here a [[GRU]] of 32 units. The other keeps
nothing: at each letter it looks back at all letters so far, and chooses from which to take how
much. That is [[attention]]. Press Train, and read what they write.""")

wanted = writers()
MEMORY, LOOK = wanted
trial(KEY, wanted, Chart(("test_loss", "train_loss"), 1.4, 3.0))
written_names.show_progress(KEY)
st.caption("One kind: how many of 60 names keep to one kind of vowels. Three of them are shown.")
say("""Within a few epochs both find that vowels and consonants take turns, and that all vowels of a
name are of one kind, though that reaches across letters. Hardly more than a quarter of the letters
can be guessed: the rest is chance, also in our program. So the loss falls only so far.""")
left, right = st.columns([1, 1.6], gap="medium", vertical_alignment="center")
with left:
    temperature = st.slider("Temperature", 0.1, 2.0, 1.0, 0.1, key="l18.temperature")
with right:
    written_names.show_at_temperature(KEY, temperature)
say("""The [[temperature]] divides the sums before softmax. A low one lets the network write only
what it holds most likely, so its names are tame, and alike. A high one makes all letters nearly
equal, so the rules break.""")
lesson.formula(
    r"p_i = \frac{e^{z_i / T}}{\sum_j e^{z_j / T}}",
    (Softmax.forward, "np.subtract", "return out"),
    plain="e = np.exp(z / T)\np = e / e.sum()",
)

# --- inside ---------------------------------------------------------------------------------------

st.markdown("#### What goes on inside, letter by letter")
with st.container(horizontal=True, gap="medium", vertical_alignment="bottom"):
    word = st.text_input("A name", WORD, max_chars=MOST, key="l18.word", width=220)
    units = [f"Unit {unit + 1}" for unit in range(32)]
    chosen = st.selectbox(
        "Which unit", [*written_names.FEATURES, *units], key="l18.unit", width=380
    )
written_names.show_memory(KEY, MEMORY, word, str(chosen))
say("""Nobody told a unit what to remember. Trained, one of them nearly always stands for the kind
of the vowels: it swings to one side at the first vowel, and stays there to the end. Type a name
with the other kind, and it swings the other way. Mix both, and see what it makes of that.""")
lesson.formula(
    r"\begin{aligned} u &= \sigma(x W_u + b_u + h U_u) \\ h &\leftarrow (1 - u)\,n + u\,h "
    r"\end{aligned}",
    (GRU.forward, "r, u = gates", "# n + u"),
    plain="u = 1 / (1 + np.exp(-(x @ Wu + bu + h @ Uu)))\nh = (1 - u) * n + u * h",
)
say("""h is the memory, and u says for each unit how much of it to keep, from 0 to 1. n is what
would take its place. Where u is near 1, the memory stays.""")
written_names.show_attention(KEY, LOOK, word)
say("""Attention needs no memory: what it asks for is still there. Trained, it takes several times
as much from a vowel as from a consonant, wherever they stand. Nobody told it to.""")

# --- five words -----------------------------------------------------------------------------------

st.markdown("#### Attention by hand: five words")
say("""Each word asks with a few numbers, its question q, and offers a few, its key k. How well they
fit is their dot product. Softmax makes shares of these, and the word takes so much of what each
word has to say. Here “her” asks: who is meant? Move its question, and see where it looks. What
comes later is hidden: a network that writes has not written it yet.""")
left, right = st.columns([1, 1.6], gap="medium", vertical_alignment="center")
with left:
    somebody = st.slider("It asks for somebody", -2.0, 3.0, 1.5, 0.1, key="l18.somebody")
    thing = st.slider("It asks for a thing", -2.0, 3.0, 0.0, 0.1, key="l18.thing")
shares, taken = look_back((somebody, thing))
with right:
    lesson.picture(draw_look(shares))
    st.caption("The wider the bow, the more “her” takes from that word.")
lines = []
for name, offer, share in zip(WORDS[: ASKS + 1], OFFERS, shares, strict=False):
    pairs = [(somebody, offer[0]), (thing, offer[1])]
    fits = (somebody * offer[0] + thing * offer[1]) / math.sqrt(2)
    lines.append(
        f"{name:5} ({lesson.products(pairs)}) / √2 = {lesson.number(fits, '.4f')}, "
        f"share {share:.4f}"
    )
lines.append(f"it gets {lesson.number(taken[0], '.4f')} {lesson.number(taken[1], '.4f')}")
lesson.result("\n".join(lines))
lesson.formula(
    r"p = \text{softmax}\left(\frac{q\,K^\top}{\sqrt{d}}\right),\qquad a = p\,V",
    (Attention.forward, "scores = cache.q", "return"),
    plain="z = K @ q / np.sqrt(len(q))\np = np.exp(z) / np.exp(z).sum()\na = p @ V",
)
say("""K has the keys in its rows, and V what each word has to say; here both are the same. The root
keeps the sums small, where there are many numbers. In a network q, K and V are made of the
embeddings by three tables of weights. Large language models are many such layers, one upon the
other, after “Attention is all you need” (Vaswani and others, 2017).""")

lesson.question(this_lesson, 2)
kept = np.array(OFFERS[: ASKS + 1])
lesson.listing(
    f"""
    import numpy as np

    words = {list(WORDS[: ASKS + 1])}
    K = V = np.array({kept.tolist()})
    q = np.array([{somebody:g}, {thing:g}])

    z = K @ q / np.sqrt(len(q))
    p = np.exp(z) / np.exp(z).sum()
    for word, share in zip(words, p):
        print(f"{{word:5}} {{share:.4f}}")
    print("gets ", " ".join(f"{{number + 0:.4f}}" for number in (p @ V).round(6)))
    """,
    "\n".join(
        f"{name:5} {share:.4f}" for name, share in zip(WORDS, shares[: ASKS + 1], strict=False)
    )
    + f"\ngets  {' '.join(f'{v + 0:.4f}' for v in taken.round(6))}",
)
st.caption("On the command line, with any layers that you like")
st.code('python -m lab train --dataset names --layers "Embedding(17, 8), GRU(32)"', language="bash")
lesson.end(this_lesson)
