"""The sheet of a lesson that one prints: with blanks to fill in, or with all answers."""

import html
import re
from collections.abc import Mapping

from latex2mathml.converter import convert

from lab.course.glossary import TERMS
from lab.course.lessons import LESSONS, Lesson
from lab.course.quiz import QUIZ
from lab.course.teaching import key

# what a line comes to: the number behind its last "=", with what is counted
RESULT = re.compile(r"=(?=[^=]*$)\s*[−+-]?[\d.,]+(?:e[+-]?\d+)?%?")
SHEET = """<!doctype html><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 12pt/1.5 Georgia, serif; max-width: 17cm; margin: 1.5cm auto; }}
h1 {{ font-size: 20pt; }}
h2 {{ font-size: 12pt; margin: 1.2em 0 0.2em; break-after: avoid; }}
ul {{ list-style: "☐  "; margin-top: 0; }} li.right {{ list-style: "☒  "; font-weight: bold; }}
pre {{ white-space: pre-wrap; border: 1px solid #999; padding: 6pt; font-size: 10pt;
break-inside: avoid; }}
img {{ display: block; max-width: 11cm; margin: 0.6em auto; border: 1px solid #999;
break-inside: avoid; }}
.math math {{ margin: 0.5em 0; }}
.arrays figure {{ display: inline-block; vertical-align: top; margin: 0 1em 0.8em 0;
font-size: 10.5pt; }}
table {{ border-collapse: collapse; }}
td {{ border: 1px solid #999; padding: 1pt 5pt; text-align: right; }}
.used {{ background: #ddd; }} .words {{ font-size: 10.5pt; }}
.own {{ border-bottom: 1px solid #999; height: 1.9em; }}
.line {{ display: inline-block; width: 8cm; border-bottom: 1px solid #999; }}</style>
<p>Name <span class="line"></span></p>{body}{words}
<h2>My own numbers</h2>{rows}<p>Glassbox, {of}</p>"""
PROMISE, KEPT = "You will be able to", "I am able to"


def _on_paper(latex: str) -> str:
    """Turn a formula into MathML, which browsers draw, each line of a derivation below the last."""
    lines = re.sub(r"\\(?:begin|end)\{aligned\}|&", "", latex).split("\\\\")
    return "".join(convert(line.strip(), display="block") for line in lines)


def blanked(text: str) -> str:
    """Return lines of numbers with a blank for what each line comes to, after its last sign "="."""
    return "\n".join(RESULT.sub("= ________", line) for line in text.split("\n"))


def sheet(lesson: Lesson, noted: list[tuple[str, str]], *, answers: bool = True) -> str:
    """Write the page of HTML that one prints.

    It has what the lesson said, `noted` by kinds, its pictures and questions, and room for one's
    own. With `answers` it has all numbers, and the right answers are marked; without, there are
    blanks to fill in.
    """
    parts = []
    asked = iter(QUIZ[lesson.file])
    for kind, text in noted:
        inner = html.escape(text.replace("**", "").replace("`", "").replace("$", ""))
        if kind == "pre" and not answers:
            inner = blanked(inner)
        if kind in ("ul", "blank"):
            question = next(asked)
            right = html.escape(str(question.right) if kind == "ul" else f"{question.right:,}")
        if kind == "ul":
            inner = "".join(
                f'<li class="{"right" if answers and part == right else ""}">{part}</li>'
                for part in inner.split("|")
            )
        if kind in ("img", "arrays"):
            parts.append(text)
        elif kind == "blank":
            value = f"<b>{right}</b>" if answers else '<span class="line"></span>'
            parts.append(f"<p>{value} {inner}</p>")
        elif kind == "math":
            parts.append(f'<p class="math">{_on_paper(text)}</p>')
        else:
            parts.append(f"<{kind}>{inner}</{kind}>")
        if kind in ("ul", "blank") and answers:
            parts.append(f"<p><i>{html.escape(question.reason)}</i></p>")
    words = "".join(
        f"<br><b>{html.escape(word)}</b>: {html.escape(term.meaning)}"
        for word, term in TERMS.items()
        if term.lesson == lesson.number
    )
    return SHEET.format(
        title=html.escape(lesson.title) + ", answers" * answers,
        body="".join(parts),
        rows='<div class="own"></div>' * 5,
        of=f"lesson {lesson.number}",
        words=words and f'<p class="words"><b>Words</b>{words}</p>',
    )


def part_sheet(part: str, first: Mapping[str, bool]) -> str:
    """Write the page of HTML that one prints when all lessons of a part are done.

    It has what one is able to do now, and each question with its answer and the reason. `first`
    says of questions, such as "6.1", whether the first answer to them was right.
    """
    body = [f"<h1>{html.escape(part)}: done</h1>"]
    for lesson in LESSONS:
        if lesson.part != part:
            continue
        body.append(f"<h2>{lesson.number}. {html.escape(lesson.title)}</h2>")
        body.append(f"<p>{html.escape(lesson.goal.replace(PROMISE, KEPT))}</p>")
        for number, (ask, right, reason) in enumerate(key(lesson), 1):
            tried = " At the first try." if first.get(f"{lesson.number}.{number}") else ""
            texts = [html.escape(text) for text in (ask, right, reason)]
            body.append("<p>{}<br><b>{}</b>. <i>{}</i>{}</p>".format(*texts, tried))
    return SHEET.format(
        title=html.escape(part),
        body="".join(body),
        rows='<div class="own"></div>' * 3,
        of=html.escape(part),
        words="",
    )
