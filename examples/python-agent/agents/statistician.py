"""An agent is any program that reads a request from stdin and prints lines of JSON."""

import json
import statistics
import sys

request = json.load(sys.stdin)
numbers = request["input"]["numbers"]

print(json.dumps({"progress": f"{len(numbers)} numbers"}), flush=True)
print(
    json.dumps(
        {
            "output": {
                "mean": statistics.fmean(numbers),
                "deviation": statistics.pstdev(numbers),
            }
        }
    )
)
