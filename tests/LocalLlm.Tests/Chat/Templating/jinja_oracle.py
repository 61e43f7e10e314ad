"""Renders templates as Hugging Face's transformers do: one JSON request per line, one JSON answer per line."""
import datetime
import json
import sys

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment


class Refusal(Exception):
    pass


class Generation(Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return nodes.CallBlock(self.call_method("_write"), [], [], body).set_lineno(line)

    def _write(self, caller):
        return caller()


def raise_exception(message):
    raise Refusal(str(message))


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def strftime_now(format):
    return datetime.datetime(2026, 3, 7, 15, 4, 5).strftime(format)


environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
environment.filters["tojson"] = tojson
environment.globals["raise_exception"] = raise_exception
environment.globals["strftime_now"] = strftime_now
compiled = {}


def render(request):
    source = request["template"]
    try:
        if source not in compiled:
            if len(compiled) > 200:
                compiled.clear()
            compiled[source] = environment.from_string(source)
        text = compiled[source].render(**request["variables"])
        text.encode()
        return {"text": text}
    except Refusal as e:
        return {"refusal": str(e)}
    except Exception as e:
        return {"error": type(e).__name__ + ": " + str(e)[:300]}


for line in sys.stdin.buffer:
    sys.stdout.buffer.write(json.dumps(render(json.loads(line))).encode() + b"\n")
    sys.stdout.buffer.flush()
