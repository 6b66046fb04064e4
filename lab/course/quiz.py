"""All questions of the course, two for each lesson, by the lesson's file and in its order."""

from lab.course import (
    first_questions,
    learning_questions,
    neuron_questions,
    seeing_questions,
    writing_questions,
)
from lab.course.question import Question

QUIZ: dict[str, tuple[Question, Question]] = {
    **first_questions.QUESTIONS,
    **neuron_questions.QUESTIONS,
    **learning_questions.QUESTIONS,
    **seeing_questions.QUESTIONS,
    **writing_questions.QUESTIONS,
}
