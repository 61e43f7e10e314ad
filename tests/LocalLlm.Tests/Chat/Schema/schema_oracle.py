"""Reads a line {"schema": ..., "texts": [...]}; writes a line with what is wrong with each text, or null."""
import datetime
import inspect
import json
import re
import sys

from jsonschema import Draft4Validator, Draft7Validator, Draft202012Validator, FormatChecker, ValidationError, validators


def nullable(value):
    """OpenAPI's keyword as JSON Schema's own says it."""
    if isinstance(value, list):
        return [nullable(item) for item in value]
    if not isinstance(value, dict):
        return value
    result = {name: item if name in ("enum", "const") else nullable(item) for name, item in value.items()}
    if result.get("nullable") is True and isinstance(result.get("type"), (str, list)):
        types = result["type"]
        types = [types] if isinstance(types, str) else types
        result["type"] = types if "null" in types else types + ["null"]
        del result["nullable"]
    return result


def holds(value, is_sought):
    if isinstance(value, list):
        return any(holds(item, is_sought) for item in value)
    return isinstance(value, dict) and (is_sought(value) or any(holds(item, is_sought) for item in value.values()))


# ECMAScript names groups and characters in another way, and its classes hold ASCII's letters and digits only.
def pattern(validator, pattern, instance, schema):
    own = re.sub(r"\\u\{([0-9A-Fa-f]+)\}", lambda match: re.escape(chr(int(match[1], 16))), pattern.replace("(?<", "(?P<"))
    if validator.is_type(instance, "string") and not re.search(own, instance, re.ASCII):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


# What jsonschema checks only with a package that Debian 12 has not.
def is_date_time(text):
    if isinstance(text, str):
        parts = re.fullmatch(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:)(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)", text, re.ASCII)
        if parts is None:
            return False
        # A leap second is none to Python.
        second = "59" if parts[3] == "60" else parts[3]
        datetime.datetime.fromisoformat(f"{parts[1]}T{parts[2]}{second}{parts[5].upper().replace('Z', '+00:00')}")
    return True


def formats_of(base):
    formats = getattr(base, "FORMAT_CHECKER", None) or FormatChecker()
    try:
        import rfc3339_validator
    except ImportError:
        formats.checks("date-time", raises=ValueError)(is_date_time)
        formats.checks("time", raises=ValueError)(lambda text: not isinstance(text, str) or is_date_time(f"1970-01-01T{text}"))
    return formats


def validator_of(schema):
    if holds(schema, lambda s: isinstance(s.get("exclusiveMinimum"), bool) or isinstance(s.get("exclusiveMaximum"), bool)):
        base = Draft4Validator
    elif holds(schema, lambda s: isinstance(s.get("items"), list) or "additionalItems" in s):
        base = Draft7Validator
    else:
        base = Draft202012Validator
    # Formats in the schema itself are not its business; older versions look at none.
    base.check_schema(schema, *([FormatChecker([])] if "format_checker" in inspect.signature(base.check_schema).parameters else []))
    return validators.extend(base, {"pattern": pattern})(schema, format_checker=formats_of(base))


for line in sys.stdin:
    case = json.loads(line)
    validator = validator_of(nullable(case["schema"]))
    answers = []
    for text in case["texts"]:
        try:
            error = next(validator.iter_errors(json.loads(text)), None)
            answers.append(error and error.message[:500])
        except RecursionError:
            # What refers to itself without end says nothing; no text came to it.
            answers.append(None)
        except ValueError as error:
            answers.append(f"not JSON: {error}")
    print(json.dumps(answers), flush=True)
