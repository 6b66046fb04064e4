"""The questions of the second part, learning: two for each lesson, by the lesson's file."""

from lab.course.question import Choice, Number, Question

QUESTIONS: dict[str, tuple[Question, Question]] = {
    "softmax": (
        Choice(
            "You add 5 to all three logits. What happens to the probabilities?",
            {
                "They all grow": "Could they all grow, if together they are always 1?",
                "They stay as they are": "",
                "The largest comes closer to 1": "That happens if you multiply all by 5. "
                "When you add, each e to the logit is multiplied by the same number. "
                "What does the sum do?",
            },
            "The same factor stands above and below. The engine uses this: it takes the largest "
            "away first.",
        ),
        Number(
            "Ann's network gives the right kind 0.99, Ben's gives it 0.01. "
            "How many times as large is the slope for that logit in Ben's network?",
            99,
            "times",
            "Work out p − y for both: 0.99 − 1 and 0.01 − 1. Then divide.",
            "−0.99 against −0.01. A network that is right already learns little, one that is "
            "wrong learns much.",
            tolerance=1.0,
            hints={
                1: "Their answers differ, and p − y with them. What is 0.01 − 1?",
                0.01: "That is Ann's against Ben's. The question is the other way round.",
            },
        ),
    ),
    "luck": (
        Choice(
            "Ten times as many tries with new weights every time: "
            "what do they bring, after the first few hundred?",
            {
                "A loss ten times smaller": "Is a try better because many came before it? "
                "All are drawn alike.",
                "Hardly anything": "",
                "A perfect boundary": "All tries are drawn alike. The better the best one is "
                "already, how often does a new one beat it?",
            },
            "The better the best, the rarer is a better one. "
            "The orange marks below grow ever sparser.",
        ),
        Choice(
            "A network with 100,000 weights instead of 75 gets nudges of the same size, 0.1 a "
            "weight. How many help?",
            {
                "More of them": "More weights change, but do they all change for the better?",
                "As many": "A nudge changes all weights at once. "
                "How long is the step that all of them make together?",
                "Far fewer": "",
            },
            "100,000 small changes make a step 37 times as long, and mostly it overshoots. "
            "A smaller nudge helps again, but its direction is nearly level: with n weights it "
            "goes downhill about 1/√n as steeply as the steepest way.",
        ),
    ),
    "backpropagation": (
        Choice(
            "Leave x at (1, −0.5), and turn the weight from x₁ to h₁ from 0.5 up to 2. "
            "The bend of h₁ is then nearly flat. "
            "What happens to the share of dh₁ that dz₁ keeps?",
            {
                "It becomes larger": "dz₁ itself may change its sign and grow, as the answer "
                "changes too. But which share of dh₁ is it?",
                "It becomes smaller": "",
                "It stays the same": "dz₁ is dh₁ times the slope of the bend, 1 − h₁². "
                "What is that where h₁ is near 1?",
            },
            "It falls from 0.96 to 0.13: the flatter the bend, the less comes through. "
            "dh₁ changes too, as the answer does. Lesson 11 shows what ten such layers do.",
        ),
        Choice(
            "You forget to shuffle, and all points of the first arm come first, "
            "then all of the second. What happens?",
            {
                "Nothing changes": "A step lowers the loss of its batch. "
                "What lowers it quickest if all points there are of one kind?",
                "Each batch pulls all answers towards its own arm": "",
                "It learns twice as fast": "It learns each arm quickly, "
                "but what does it forget meanwhile?",
            },
            "The quickest way is to answer that kind everywhere. "
            "The next arm pulls it back again, and the loss jumps up and down.",
        ),
    ),
    "optimizers": (
        Choice(
            "Two weights of the last layer, a learning rate of 0.1, a start at the upper left: "
            "which ball swings across the valley most often in 60 steps?",
            {
                "SGD": "SGD has no memory: where the floor is flat, its step is short. "
                "Which ball still has its speed there?",
                "Momentum": "",
                "None of them": "Watch the paths near the floor. "
                "Which of them still has its speed when it comes there?",
            },
            "Momentum keeps nine tenths of its speed, so it rolls past the floor and has to come "
            "back. On an even slope its steps grow to ten times SGD's. SGD slows down as the slope "
            "does: here it never reaches the other side.",
        ),
        Number(
            "With Adam and a learning rate of 0.1, how far does each weight move in the very "
            "first step, however steep its slope is?",
            0.1,
            "",
            "In the first step m is g, and s is g squared, once both are corrected. "
            "What is g divided by its size? And times the learning rate?",
            "g over its own size is 1 or −1, so the step is the learning rate itself.",
            tolerance=0.001,
            hints={
                1: "g over its own size is 1, or −1. By what is that multiplied?",
                0: "Only where the slope is exactly 0.",
            },
        ),
    ),
    "initialisation": (
        Choice(
            "All first weights are zero. What will the neurons of one layer learn?",
            {
                "Each something of its own": "Look at the spread of the slopes with zeros. "
                "In what could one neuron differ from its neighbour?",
                "All the very same, or nothing": "",
                "They learn faster": "Zero times anything is zero. "
                "What slopes come back through such weights?",
            },
            "They all say the same and get the same slope, here even 0. "
            "Chance is what sets them apart.",
        ),
        Choice(
            "A network of ten sigmoid layers hardly learns. Which change helps most?",
            {
                "ReLU with He initialisation": "",
                "Ten more sigmoid layers": "What does each sigmoid do to a slope on its way back?",
                "More neurons in each layer": "Each path back still goes through ten sigmoids. "
                "Which bend lets a slope through unchanged?",
            },
            "Above zero ReLU has the slope 1, so nothing is lost on the way, "
            "and He keeps the size of the sums.",
        ),
    ),
}
