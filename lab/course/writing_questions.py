"""The questions of the fourth part, writing, by the lesson's file."""

from lab.course.question import Choice, Number, Question

QUESTIONS: dict[str, tuple[Question, Question]] = {
    "letter_by_letter": (
        Choice(
            "You see only the last letter of such a name, and it is a consonant. "
            "How often can you say of which kind the next vowel is?",
            {
                "Nearly always": "Look at the names: does k stand only before a, o and u? "
                "Which letters would tell you more?",
                "About half of the time, like a coin": "",
                "Never": "There are two kinds, so a guess is right now and then. How often?",
            },
            "Both kinds stand behind every consonant. The vowels before it would tell, "
            "and to know these one has to remember, or to look back.",
        ),
        Number(
            "Two letters have the sums 2 and 1: at temperature 1 the first is 2.72 times as "
            "likely. How many times as likely is it at temperature 0.5?",
            7.39,
            "times",
            "Divide both sums by 0.5, take e to the power of each, and divide.",
            "The sums become 4 and 2, and e to the 4 is e to the 2 times as much as e to the 2. "
            "What is likely gets likelier still.",
            tolerance=0.02,
            hints={
                5.44: "Twice 2.72 would be so if it multiplied the shares. It divides the sums.",
                1.65: "So it is at temperature 2. Divide the sums by 0.5.",
                2.72: "So it is at temperature 1. What become of the sums at 0.5?",
                4: "That is the first sum, divided by 0.5. Take e to its power, and compare.",
            },
        ),
    ),
}
