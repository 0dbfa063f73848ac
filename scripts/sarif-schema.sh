#!/bin/sh
# Holds SARIF files against the official JSON schema of SARIF 2.1.0, which
# https://docs.oasis-open.org/sarif/sarif/v2.1.0/ has. Outside the test suite,
# because it wants python3 with its jsonschema package.
#
#   abivet check --format sarif --output out.sarif PATH...
#   scripts/sarif-schema.sh sarif-2.1.0.schema.json out.sarif
set -eu
if [ $# -lt 2 ]; then
	echo "usage: $0 SCHEMA FILE.sarif..." >&2
	exit 2
fi
exec python3 - "$@" <<'PYTHON'
import json, sys
import jsonschema

schema = json.load(open(sys.argv[1]))
checker = jsonschema.FormatChecker()
validator = jsonschema.validators.validator_for(schema)(schema, format_checker=checker)
bad = 0
for name in sys.argv[2:]:
    errors = sorted(validator.iter_errors(json.load(open(name))), key=lambda e: list(map(str, e.absolute_path)))
    for e in errors:
        bad += 1
        print("%s: /%s: %s" % (name, "/".join(map(str, e.absolute_path)), e.message))
    if not errors:
        print("%s: valid" % name)
sys.exit(1 if bad else 0)
PYTHON
