"""The questions of the third part, seeing: two for each lesson, by the lesson's file."""

from lab.course.question import Choice, Number, Question

QUESTIONS: dict[str, tuple[Question, Question]] = {
    "detector": (
        Choice(
            "You raise the threshold. What happens to the missed zeros and the false alarms?",
            {
                "More missed, fewer alarms": "",
                "Fewer of both": "A higher threshold is harder to reach, for zeros as well. "
                "Are more of them found then?",
                "Fewer missed, more alarms": "That is what a lower threshold does. "
                "Does the neuron say yes more often if yes is harder?",
            },
            "It says yes more rarely: to fewer others, and to fewer zeros too.",
        ),
        Number(
            "A test for a rare illness calls everybody healthy. Of 1,000 people, 999 are. "
            "What is its recall?",
            0,
            "",
            "Recall asks about the ill alone. How many of them does it find?",
            "It finds none of the ill. Its accuracy is 0.999 all the same.",
            hints={
                0.999: "That is its accuracy. Recall asks about the ill alone.",
                99.9: "That is its accuracy, in per cent. Recall asks about the ill alone.",
                0.5: "A coin would find half of the ill. How many does this test find?",
            },
        ),
    ),
    "ten_digits": (
        Choice(
            "Trained, it reads most digits. All move four pixels to the right. "
            "How many of those are still read?",
            {
                "Nearly all": "To your eye it is the same digit. "
                "But does the ink meet the same weights?",
                "About two thirds": "Each weight belongs to one place. "
                "Does the ink meet the same weights after the move?",
                "Fewer than a third": "",
            },
            "The ink meets the weights of other places. To these sums a moved digit is another "
            "picture.",
        ),
        Choice(
            "You train the same layer on letters. Where will the pictures of O and C differ most?",
            {
                "On the left": "Both have ink there. Where does only one of the two have it?",
                "In the middle": "Neither has ink there. Where does only one of the two have it?",
                "On the right": "",
            },
            "O closes on the right, and C is open there. So that side is blue for O and orange "
            "for C.",
        ),
    ),
    "hidden_layer": (
        Choice(
            "You double the hidden units. What happens to the number of parameters?",
            {
                "Twice as many, nearly": "",
                "Four times as many": "That would be so if the pixels doubled as well. "
                "What does one more unit bring?",
                "784 more": "So many weights has one more unit. How many units come?",
            },
            "Each unit brings 784 weights in, a bias, and ten weights out. Only the ten last "
            "biases stay as they are.",
        ),
        Number(
            "784 pixels, a hidden layer of 50 units, another of 20, and ten digits. "
            "How many parameters?",
            40_480,
            "parameters",
            "Count layer by layer: numbers in times units, and a bias for each unit.",
            "784 · 50 + 50, then 50 · 20 + 20, then 20 · 10 + 10: that is 39,250 + 1,020 + 210.",
            hints={
                40_400: "The weights are all there. What does each unit have besides?",
                39_250: "That is the first layer. There are two more.",
                40_270: "The last layer is missing: 20 numbers in, ten digits out.",
            },
        ),
    ),
    "overfitting": (
        Choice(
            "Without a cure it soon gets all its 500 pictures right. "
            "And pictures that it has never seen?",
            {
                "Just as well": "It may remember single pixels of its pictures. "
                "Do these tell it anything about other pictures?",
                "Worse": "",
                "No better than guessing": "Its pictures are digits like any other. "
                "Is nothing that it learned of use?",
            },
            "What it knows by heart does not help with new pictures. What the pictures have in "
            "common does.",
        ),
        Choice(
            "You train on 5,000 pictures instead of 500, and switch nothing on. "
            "What happens to the gap?",
            {
                "It gets smaller": "",
                "It stays as it is": "Is it easier to learn 500 things by heart, or 5,000?",
                "It gets larger": "More to remember is harder to remember. "
                "What else can a network learn from many pictures?",
            },
            "More pictures are harder to learn by heart, and show better what they have in "
            "common. No cure here beats them.",
        ),
    ),
    "convolution": (
        Number(
            "The kernel for upper edges lies where all nine pixels are equally white. "
            "What is its sum?",
            0,
            "",
            "Three weights are −1 and three are 1. What is left when all pixels are alike?",
            "What the lower row adds, the upper row takes away. Such a kernel answers only where "
            "something changes.",
            hints={
                3: "That is the lower row alone. What does the upper one take away?",
                9: "So much would nine weights of 1 give. Look at the signs.",
            },
        ),
        Choice(
            "You have no convolution, only an MLP, and it should read shifted digits. "
            "What helps most?",
            {
                "A larger hidden layer": "Its weights for the pixels on the right never saw a "
                "digit there. Do more of them help?",
                "Showing it shifted pictures": "",
                "A smaller learning rate": "Smaller steps towards the same weights. "
                "Has any weight on the right seen a digit then?",
            },
            "Augmentation shows each weight what it never saw. A CNN needs less of that, as its "
            "kernels look everywhere.",
        ),
    ),
    "now_you": (
        Number(
            "The network below has 8 hidden units. You give it 16. How many parameters is that?",
            12_730,
            "parameters",
            "Each unit has a weight for each of the 784 pixels, a bias, and ten weights onward. "
            "Ten more biases stand at the end.",
            "16 · (784 + 1 + 10) + 10. That is nearly twice as many as before: only the ten "
            "biases at the end stay.",
            hints={
                6370: "That is the network of 8 units.",
                12_740: "Twice 6,370 is a little too many. Which biases are there only once?",
                12_720: "Ten biases at the end are missing.",
                12_714: "Count the biases: one for each hidden unit, and ten at the end.",
            },
        ),
        Choice(
            "Your network gets 98 % of the test set right, but reads your crossed 7 on Draw as "
            "a 2. What is likely?",
            {
                "Saving has lost some digits": "Load the file below, and compare. "
                "Is a single number different?",
                "It has seen few such sevens": "",
                "It has too few parameters": "It reads nearly all sevens of the test set. "
                "Who wrote those, and who wrote yours?",
            },
            "The test set is by the same hands as the training pictures. Other hands are a harder "
            "test than any number here.",
        ),
    ),
}
