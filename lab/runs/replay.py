"""Writes Python code that does again what a run did: load the data, build the network, train it,
compare the losses.

The code uses the engine's classes and functions by name, wherever they come from.
"""

import math
from typing import Any

from engine import EarlyStopping, Regularizer, Schedule, evaluate
from lab.runs.run import Run

READ_IDX = '''\
def read(name):
    """One of the four files of the set, as an array of bytes \
(examples, height, width) or (examples,)."""
    here = Path(os.environ.get("GLASSBOX_DATA_DIR", ".")) / {folder!r}
    for path in (here / f"{{name}}.gz", Path(f"{{name}}.gz")):
        if path.exists():
            content = gzip.decompress(path.read_bytes())
            shape = np.frombuffer(content, ">u4", content[3], offset=4)
            return np.frombuffer(content, np.uint8, offset=4 + 4 * content[3]).reshape(shape)
    raise SystemExit(f"{{name}}.gz is not here: put the four files of {folder} beside this file")


def pictures(name):
    """Pictures as rows of bytes."""
    images = read(name)
    return images.reshape(len(images), -1)


data = SimpleNamespace(
    train_x=pictures("train-images-idx3-ubyte"), \
train_y=read("train-labels-idx1-ubyte").astype(np.int64),
    test_x=pictures("t10k-images-idx3-ubyte"), \
test_y=read("t10k-labels-idx1-ubyte").astype(np.int64),
)
'''
STAND_IN = """\
images = fallback_mnist()
data = SimpleNamespace(
    train_x=_rows(images.train_x), train_y=images.train_y.astype(np.int64),
    test_x=_rows(images.test_x), test_y=images.test_y.astype(np.int64),
)
"""
NETWORK = """\
network = Network(
    [
{layers}    ],
    shape={shape!r}, loss={loss!r},
    initializer={initializer!r}, rng=np.random.default_rng([{seed}, 1]), dtype=np.{dtype},
    regression={regression},
)
"""
START = """\
optimizer = {optimizer!r}
schedule = {schedule!r}
regularizers = [{regularizers}]
train_y, test_y = network.targets(data.train_y), network.targets(data.test_y)
STEPS, epochs, bookmark, chance = {steps}, {epochs}, TrainingPosition(), \
np.random.default_rng([{seed}, 2])
"""
EPOCHS_MEASURED = """\
rows, stride = {rows}, 1  # epochs at whose end the losses were measured

"""
LOOP = """\
while bookmark.step < STEPS:
    for step in fit(
        network, data.train_x, train_y, optimizer, \
batch_size={batch_size}, epochs=epochs, rng=chance,
        options=TrainingOptions(schedule, regularizers, bookmark, ordered={ordered}),
    ):
"""
MEASURE = """\
        if step.batch == step.batches and (step.epoch % stride == 0 or step.epoch >= epochs):
            schedule.observe(evaluate(network, data.train_x, train_y).loss)
            loss = evaluate(network, data.test_x, test_y).loss
            any(one.enough(network, loss) for one in regularizers)
            rows.append(step.epoch)
            if len(rows) > 2000:  # of a long run only every second epoch, every fourth, ...
                stride *= 2
                rows = [epoch for epoch in rows \
if epoch % stride == 0 or epoch == step.epoch]
"""
LOOP_END = """\
        if step.step % {every} == 0:
            print(f"step {{step.step}}: \
test loss {{evaluate(network, data.test_x, test_y).loss:.6g}}")
        if step.step == STEPS:
            break
"""
KEEP_APART = """\
learned, kept = validation_rows(len(data.train_y), {share!r})  # the test set stays sealed
data = SimpleNamespace(
    train_x=data.train_x[learned], train_y=data.train_y[learned],
    test_x=data.train_x[kept], test_y=data.train_y[kept],
)
"""
COMPARE = """\
train = evaluate(network, data.train_x, train_y)
test = evaluate(network, data.test_x, test_y)
print(f"after {{STEPS}} steps: train loss {{train.loss:.6g}}, test loss {{test.loss:.6g}}")
PAGE_TRAIN_LOSS, PAGE_TEST_LOSS = {train!r}, {test!r}
assert f"{{train.loss:.6g}}" == f"{{PAGE_TRAIN_LOSS:.6g}}", \
"the training loss is not that of the page"
assert f"{{test.loss:.6g}}" == f"{{PAGE_TEST_LOSS:.6g}}", \
"the test loss is not that of the page"
"""


def code_to_load_data(run: Run) -> tuple[str, str]:
    """Return code that makes `data`, and the module whose names it uses."""
    code, home = _code_to_load(run)
    share = run.experiment.validation_share
    return code + (KEEP_APART.format(share=share) if share else ""), home


def _code_to_load(run: Run) -> tuple[str, str]:
    dataset, seed = run.experiment.dataset, run.experiment.seed_of_data
    if not dataset.name:
        return f"data = {dataset!r}.load({seed})\n", type(dataset).__module__
    image_sets = "lab.data.image_sets"
    home = image_sets if dataset.drawn_digits else ""
    if run.data.note:  # something stands in for a set that has not been downloaded
        return STAND_IN + dataset.selection_code(), image_sets
    return READ_IDX.format(folder=dataset.name) + dataset.selection_code(), home


def code_to_build_network(run: Run) -> str:
    """Return code that makes `network`."""
    e = run.experiment
    code = NETWORK.format(
        layers="".join(f"        {layer!r},\n" for layer in e.all_layers),
        shape=e.dataset.input_shape,
        loss=e.loss,
        initializer=e.initializer,
        seed=e.seed,
        dtype=e.dataset.dtype.__name__,
        regression=e.dataset.regression,
    )
    if e.dataset.own_weights:
        zero = type(e.initializer).__name__ == "Zeros"
        code += f"{e.dataset!r}.first_weights(network, zero={zero})\n"
    return code


def code_to_train(run: Run) -> str:
    """Return code that makes the run's steps, with the changes made by hand on the way."""
    e, begun, steps = run.experiment, run.begun, run.position.step
    changes = _changes_by_step(run)
    code = START.format(
        optimizer=begun.optimizer,
        schedule=e.schedule,
        regularizers=", ".join(map(repr, begun.regularizers)),
        steps=steps,
        epochs=begun.epochs,
        seed=e.seed,
    )
    code += "".join(f"{line}\n" for line in changes.pop(0, [])) + ("\n" if steps else "")
    if not steps:
        return code
    measured = _is_measured(run)
    if measured:
        code += EPOCHS_MEASURED.format(rows=[0] if e.dataset.ordered else [])
    code += LOOP.format(batch_size=e.batch_size, ordered=e.dataset.ordered)
    if measured:
        code += MEASURE
    resumed = {change["step"] for change in run.changes if change.get("resumed")}
    for step, lines in sorted(changes.items()):
        if lines or step in resumed:
            code += f"        if step.step == {step}:  # changed by hand\n"
            code += "".join(f"            {line}\n" for line in lines)
            code += "            break\n" if step in resumed else ""
    return code + LOOP_END.format(every=max(1, 10 ** round(math.log10(max(steps / 5, 1)))))


def _is_measured(run: Run) -> bool:
    """Return whether the losses at an epoch's end decide how the run goes on."""
    schedule = type(run.experiment.schedule)
    return schedule.observe is not Schedule.observe or any(
        isinstance(regularizer, EarlyStopping) or type(regularizer).enough is not Regularizer.enough
        for regularizer in run.regularizers
    )


def _changes_by_step(run: Run) -> dict[int, list[str]]:
    """Return lines of code for the changes made by hand, by the step after which they were made."""
    settings: dict[str, Any] = {
        "optimizer": run.begun.optimizer.to_dict(),
        "regularizers": [regularizer.to_dict() for regularizer in run.begun.regularizers],
        "epochs": run.begun.epochs,
    }
    by_step: dict[int, list[str]] = {}
    for change in run.changes:
        lines = by_step.setdefault(change["step"], [])
        if "edit" in change:
            name, index, value = (change["edit"][key] for key in ("name", "index", "value"))
            lines.append(f"network.names[{name!r}][{', '.join(map(str, index))}] = {value!r}")
        else:
            lines += _change_settings(settings, change)
            settings = {key: change[key] for key in settings}
    return by_step


def _change_settings(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Return lines of code that change settings of optimizer and regularizers, and the epochs."""
    lines = [
        f"optimizer.{key} = {value!r}"
        for key, value in new["optimizer"].items()
        if old["optimizer"].get(key) != value
    ]
    if new["regularizers"] != old["regularizers"]:
        lines.append("had = {type(one).__name__: one for one in regularizers}")
        calls, settings = [], []
        for number, regularizer in enumerate(new["regularizers"]):
            values = {key: repr(value) for key, value in regularizer.items() if key != "name"}
            arguments = ", ".join(f"{key}={value}" for key, value in values.items())
            name = regularizer["name"]
            calls.append(f"had.get({name!r}, {name}({arguments}))")
            settings += [f"regularizers[{number}].{k} = {value}" for k, value in values.items()]
        lines += [f"regularizers[:] = [{', '.join(calls)}]", *settings]
    if new["epochs"] != old["epochs"]:
        lines.append(f"epochs = {new['epochs']}")
    return lines


def code_to_compare(run: Run) -> str:
    """Return code that prints the losses, and fails if they are not those of the run."""
    train = evaluate(run.network, run.data.train_x, run.train_targets).loss
    test = evaluate(run.network, run.data.test_x, run.test_targets).loss
    return COMPARE.format(train=train, test=test)
