"""ClickHouse for the bench: a statement a line on stdin (JSON), what it cost and its rows a line on stdout."""
import json
import resource
import sys
import time

from chdb import session


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


clickhouse = session.Session(sys.argv[1])
for line in sys.stdin:
    try:
        cpu_before, start = cpu(), time.perf_counter()
        result = clickhouse.query(json.loads(line), "JSONCompactEachRow")
        answer = {"cpu": cpu() - cpu_before, "seconds": time.perf_counter() - start}
        answer["rows"] = [json.loads(row) for row in result.bytes().decode().splitlines()]
    except Exception as error:
        answer = {"error": str(error)}
    print(json.dumps(answer), flush=True)
