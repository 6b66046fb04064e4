"""Saved files with something changed in them."""

import json

from safetensors.numpy import load, save

from lab.runs.model_header import parse_header


def remade(content: bytes, metadata: dict[str, str] | None = None, **arrays: object) -> bytes:
    kept = load(content)
    for name, values in arrays.items():
        kept.pop(name.replace("_", "."), None)
        if values is not None:
            kept[name.replace("_", ".")] = values
    described = parse_header(content)[1] | (metadata or {})
    return save(kept, {key: value for key, value in described.items() if value is not None})


def notes_changed(content: bytes, **changes: object) -> bytes:
    notes = json.loads(parse_header(content)[1]["resume"])
    for path, value in changes.items():
        place, name = notes, path
        if "__" in path:
            owner, name = path.split("__")
            place = notes[owner]
        if value is None:
            place.pop(name)
        else:
            place[name] = value
    return remade(content, {"resume": json.dumps(notes)})
