"""The questions of lesson 0, in which one fools a network, by the lesson's file."""

from lab.course.question import Choice, Number, Question

QUESTIONS: dict[str, tuple[Question, Question]] = {
    "fool_it": (
        Number(
            "Scribble something that is no digit at all. "
            "What do its ten answers add up to, in per cent?",
            100,
            "%",
            "Look at the ten bars, and add up their shares.",
            "It was never taught to say “none of them”: its ten shares always add up to 100 %. "
            "So it always says some digit, and often it is quite sure.",
            tolerance=0.5,
            hints={
                0: "Can it say nothing at all? Look at the bars again.",
                1: "As a share, yes. In per cent?",
                10: "That is one tenth, for each if all were equal. How much are all ten?",
            },
        ),
        Choice(
            "Your 3 became an 8. What changed inside the network meanwhile?",
            {
                "Its numbers, a little": "Clear the square, and write your first 3 again. "
                "Does it say anything else than before?",
                "Nothing at all": "",
                "It learned your smudges": "It learns only when it is trained. "
                "Has anybody told it what is right?",
            },
            "The network stayed the same: only what you gave it changed. "
            "To learn would be to change its own numbers. How that goes is what lessons 1 to 10 "
            "are about.",
        ),
    ),
}
