#!/usr/bin/env bash
# The reference system with its peers, Steadfast beside it, and what to try. Ctrl-C ends everything.
set -euo pipefail
cd "$(dirname "$0")/.."
eval "$(scripts/peers.sh env)"
cargo build --workspace --bins

run=$(mktemp -d "${TMPDIR:-/tmp}/steadfast-demo-XXXXXX")
listen=${LISTEN:-127.0.0.1:9880}
pids=()
# PostgreSQL runs as its own user and has to get there.
chmod 755 "$run"

end() {
  trap - EXIT INT TERM
  for pid in "${pids[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$run"
}
trap end EXIT
trap 'exit 0' INT TERM

# A program started by a script in the background ignores Ctrl-C; setpriv ends both with this script, however it ends.
echo 'Starting the reference system and its peers ...'
setpriv --pdeathsig TERM target/debug/tars up --documents . --profile fast --dir "$run/system" --env-file "$run/env" \
  --scrape "steadfast=$listen" >"$run/tars.log" 2>&1 &
pids+=($!)
for _ in $(seq 600); do
  grep -qs '^CONTROL_URL=' "$run/env" && break
  kill -0 "${pids[0]}" 2>/dev/null || { cat "$run/tars.log" >&2; exit 1; }
  sleep 0.2
done
grep -qs '^CONTROL_URL=' "$run/env" || { cat "$run/tars.log" >&2; exit 1; }
set -a
# shellcheck disable=SC1091
. "$run/env"
set +a

export OTEL_EXPORTER_OTLP_ENDPOINT=${OTLP_URL:-}
setpriv --pdeathsig TERM target/debug/steadfast run --config "$DOCUMENTS/steadfast.yaml" --listen "$listen" \
  --state "$run/ledger.db" 2>"$run/steadfast.log" &
pids+=($!)
for _ in $(seq 300); do
  curl -fsS -o /dev/null "http://$listen/livez" 2>/dev/null && break
  kill -0 "${pids[1]}" 2>/dev/null || { cat "$run/steadfast.log" >&2; exit 1; }
  sleep 0.2
done

cat <<TXT

  Steadfast      http://$listen/status
  Prometheus     $PROM_URL
  Alertmanager   $ALERTMANAGER_URL
  Jaeger         ${JAEGER_URL:-not installed}

Within three minutes every promise has a verdict. Then try, in another terminal:

  the trace context gets lost on a stream; watch journey/trial-to-baseline name the edge:
    curl -X PUT    $CONTROL_URL/faults/F31 -H 'content-type: application/json' -d '{"ttl":"60s"}'

  a quarter of evaluations fails; watch alert/EvaluationFailureRateHigh/quiet and slo/eval-success:
    curl -X PUT    $CONTROL_URL/faults/F09 -H 'content-type: application/json' -d '{"ttl":"60s"}'

  Jaeger is gone; watch what needs it turn into "can't tell":
    curl -X POST   $CONTROL_URL/processes/jaeger/stop
    curl -X POST   $CONTROL_URL/processes/jaeger/start

Logs are in $run. Ctrl-C ends everything.
TXT
wait -n "${pids[@]}" || true
echo 'A process ended; the last lines of its log:' >&2
tail -n 5 "$run/tars.log" "$run/steadfast.log" >&2
exit 1
