#!/usr/bin/env python3
"""check_schema.py SCHEMA FILE...: whether JSON files follow a schema; says what does not."""
import json
import sys

import jsonschema

with open(sys.argv[1]) as file:
    schema = json.load(file)
jsonschema.Draft7Validator.check_schema(schema)
wrong = 0
for name in sys.argv[2:]:
    with open(name) as file:
        document = json.load(file)
    # The branch of the document's own kind, for errors that say what is wrong.
    branch = next(branch for branch in schema["oneOf"] if branch["properties"]["kind"]["const"] == document["kind"])
    for error in jsonschema.Draft7Validator(branch).iter_errors(document):
        print(f"{name}: {'/'.join(map(str, error.absolute_path))}: {error.message[:200]}")
        wrong += 1
sys.exit(wrong > 0)
