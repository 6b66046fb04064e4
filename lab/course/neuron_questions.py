"""The questions of the first part, a neuron: two for each lesson, by the lesson's file."""

from lab.course.question import Choice, Number, Question

QUESTIONS: dict[str, tuple[Question, Question]] = {
    "one_neuron": (
        Choice(
            "You make the bias larger and touch nothing else. "
            "What will the sloping part of the line do?",
            {
                "It gets steeper": "How steep it is, the weight says. Is the bias multiplied by x?",
                "It moves up": "",
                "It turns around": "It turns around when the weight changes its sign. "
                "Does the bias touch the weight?",
            },
            "The same number is added to every sum, so each rises by it. Where a sum stays below "
            "zero, ReLU keeps the answer at 0. Try it below.",
        ),
        Choice(
            "A neuron with ReLU answers 0 for every point, as all its sums are below zero. "
            "What will it learn?",
            {
                "It learns as fast as any other": "Look at da/dz above: what is it when z is below "
                "zero? And what does it multiply?",
                "Nothing: every slope is 0": "",
                "It learns twice as fast": "A large error alone moves nothing. "
                "What is da/dz when z is below zero?",
            },
            "da/dz is 0 for each point, and it multiplies both slopes. "
            "Try it: weight 0 and bias −1.",
        ),
    ),
    "dot_product": (
        Choice(
            "A million pairs: how much quicker is NumPy than the loop?",
            {
                "About the same": "Both multiply as often. But what else does the loop do, "
                "a million times over?",
                "About twice": "The loop looks up what a number is, a million times over. "
                "NumPy asks only once.",
                "More than ten times": "",
            },
            "Python asks for every single number what kind of thing it is. "
            "NumPy knows that all are of one kind.",
        ),
        Number(
            "64 neurons each look at all of 784 inputs. How many products is that for one picture?",
            50_176,
            "products",
            "Every neuron has a weight of its own for every input. "
            "How many products is that for one neuron, and how many neurons are there?",
            "64 · 784 = 50,176, for every picture, forward alone. "
            "That is why the sum must be quick.",
            hints={
                848: "That is 64 + 784. Does each neuron look at one input, or at all of them?",
                784: "So many has one neuron. How many neurons are there?",
                50_240: "A bias is added, not multiplied.",
            },
        ),
    ),
    "layers_on_layers": (
        Choice(
            "Four inputs go into a layer of three neurons. What shape does its table of weights "
            "have?",
            {
                "3 × 4": "Rows come first. Does each neuron have a row here, or a column?",
                "4 × 3": "",
                "4 × 4": "There is one column for each neuron. How many neurons are there?",
            },
            "Each neuron needs a weight for each of the four inputs, and there are three such "
            "columns.",
        ),
        Choice(
            "A picture of 784 numbers goes through layers of 128 and 10 neurons. "
            "What shape is the second table?",
            {
                "784 × 10": "Does the second layer see the picture, or what the first one answers?",
                "128 × 10": "",
                "10 × 128": "It needs a row for each answer that the first layer gives. "
                "How many does that make?",
            },
            "128 answers come in, 10 go out. The picture's 784 numbers meet the first table only.",
        ),
    ),
    "the_dense_layer": (
        Choice(
            "The same input goes forward twice. What happens?",
            {
                "The answers are identical": "",
                "The second answer is larger": "Would anything have changed in between? "
                "Going forward, does any line write into W or b?",
                "The weights grow": "When do weights change: on the way forward, or in a step?",
            },
            "Forward only reads W and b. They change only in a step of learning.",
        ),
        Choice(
            "The first neuron's sum is below zero for both examples. What is its column of dW?",
            {
                "Ones": "Ones are in da. But dz is da times the slope of the bend. "
                "What is that below zero?",
                "Zeros": "",
                "The same as x": "It would be, if dz were 1. What is the slope of ReLU below zero?",
            },
            "Its dz is 0 in both rows, and dW is x times dz. "
            "Try it: give b a large negative first number.",
        ),
    ),
    "broadcasting": (
        Choice(
            "A bias of shape 2 is added to a table of 5 × 2. What comes out?",
            {
                "5 × 2, the bias in each row": "",
                "5 × 4, the bias beside it": "Adding never puts numbers side by side. "
                "What meets the two columns?",
                "It does not fit": "Count from the right: 2 meets 2. What does 5 meet?",
            },
            "2 meets 2, and 5 meets nothing, so the row is used five times.",
        ),
        Choice(
            "Five rows meet weights of 3 × 2. Their slope is x turned on its side, by dz. "
            "What is added up?",
            {
                "The inputs": "Each input keeps a row of its own in the slope. "
                "Which number disappears?",
                "The five rows": "",
                "The two neurons": "x on its side is 3 × 5, dz is 5 × 2. Which number disappears?",
            },
            "3 × 5 by 5 × 2 gives 3 × 2: the five rows are added up, just as for the bias.",
        ),
    ),
    "activations": (
        Choice(
            "Four hidden neurons without any bend learn XOR. "
            "How many of the four points will they get right?",
            {
                "All four": "Without a bend the boundary is a straight line. "
                "Can one line separate the two kinds?",
                "At most three": "",
                "None": "Even a coin gets some right. "
                "How many points can a straight line put on their side?",
            },
            "A straight line fed into a straight line is still straight, and none separates XOR. "
            "It learns to say one half everywhere, so its picture is white.",
        ),
        Choice(
            "Ten layers of Linear neurons stand on top of each other. "
            "What can they do that one layer cannot?",
            {
                "Draw curves": "What comes out of a straight line that is fed into a straight "
                "line?",
                "Nothing": "",
                "Learn ten times as fast": "Multiply two tables of weights with each other. "
                "What do you get?",
            },
            "Two tables multiplied are one table, and so on. "
            "A bend between them is what makes layers worth while.",
        ),
    ),
}
