"""Enough TOML to write a configuration back that tomllib has read."""

import json


def _value(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return json.dumps(value)


def _is_table_array(value):
    return isinstance(value, list) and value and all(isinstance(item, dict) for item in value)


def dump(table, path=""):
    plain, nested = [], []
    for key, value in table.items():
        name = f"{path}.{key}" if path else key
        if isinstance(value, dict):
            nested.append(f"\n[{name}]\n{dump(value, name)}")
        elif _is_table_array(value):
            nested.extend(f"\n[[{name}]]\n{dump(item, name)}" for item in value)
        else:
            plain.append(f"{key} = {_value(value)}\n")
    return "".join(plain + nested)


def merged(base, changes):
    """`base` with the tables of `changes` laid over it; neither is changed."""
    result = dict(base)
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result
