// What is measured for growth: the loads, the figures of each that count, and the picture of them.
// A point is one load: its place in the picture (series, x), the server it is `on` (see fleet.mjs),
// how many devices and tenants it needs, and treeline-sim's words.
import { tenants as usual } from '../compare/servers.mjs';
import { median } from '../compare/table.mjs';
import { label } from './plot.mjs';

const cost = { key: 'server_cpu_per_message_us', name: 'µs/message', digits: 2 };
const speed = { key: 'messages_per_second', name: 'messages/s', digits: 0 };
const busy = { key: 'server_busy_percent', name: 'busy %', digits: 0 };
const p50 = { key: 'latency_p50_us', name: 'p50 µs', digits: 0 };
const p99 = { key: 'latency_p99_us', name: 'p99 µs', digits: 0 };
const resident = { key: 'resident_per_connection_kib', name: 'KiB each', digits: 2 };

// Closed loop: one message of each device is under way. With more, those of one device would share
// records, and few devices would look cheaper than they are.
const pairs = (on, series, x, more = {}) => {
  const { devices = 256, tenants = usual, words = ['--outstanding', devices], ...rest } = more;
  return { on, series, x, devices, tenants, words: ['pairs', ...words], ...rest };
};

// The points' lines: [x, the figure's median], series by series.
export const seriesOf = (rows, { key }) =>
  [...new Set(rows.map(({ series }) => series))].map((name) => ({
    name,
    points: rows.filter((row) => row.series === name && row[key] !== null)
      .map((row) => [row.x, row[key]]),
  }));

const ticksOf = (rows) => [...new Set(rows.map(({ x }) => x))].sort((a, b) => a - b);

const panel = (rows, figure, y, x) => ({
  y: { label: y }, x: { isLog: true, ticks: ticksOf(rows), ...x }, series: seriesOf(rows, figure),
});

// The limit beside it says what of the growth is the kernel's and the encryption's own.
function devices(quick) {
  const counts = quick ? [16, 256, 1_000] : [16, 256, 2_000, 8_000];
  const driven = counts.flatMap((count) => [['one', 'treelined', count], ['limit', 'limit', count]])
    .filter(([on, , count]) => on === 'one' || count <= 2_000);
  return {
    name: 'devices', saturates: true, x: 'pairs', figures: [cost, speed, busy],
    points: driven.map(([on, series, count]) => pairs(on, series, count, { devices: count })),
    draw: (rows) => ({ title: 'Cost by devices: pairs at saturation, one shard', panels: [
      panel(rows, cost, 'server CPU, µs per message', { label: 'devices, each with an app' })] }),
  };
}

// About as many connections each time, so that only the watchers of a device differ.
function watchers(quick) {
  const connections = quick ? 400 : 2_800;
  return {
    name: 'watchers', saturates: true, x: 'watchers', figures: [{ ...cost, name: 'µs/value' }, speed, busy],
    points: [1, 10, 100].map((fan) => {
      const count = Math.floor(connections / (fan + 1));
      return { on: 'one', series: 'fanout', x: fan, devices: count, tenants: usual,
        words: ['fanout', '--fan', fan, '--outstanding', count] };
    }),
    draw: (rows) => ({ title: 'Cost by watchers: fanout at saturation, one shard', panels: [
      panel(rows, cost, 'server CPU, µs per delivered value', { label: 'apps that watch a device' })] }),
  };
}

// A tenant costs two argon2 hashes, so thousands of them take minutes: up to 256 talk, and the orgs
// beyond the hundred usual tenants are made without users, and are silent.
function orgs(quick) {
  const silent = quick ? 1_000 : 10_000;
  const talking = 'every org has talking devices';
  const crowd = '100 talk, the others are silent';
  return {
    name: 'orgs', saturates: true, x: 'orgs', figures: [cost, speed, busy],
    points: [
      ...(quick ? [1, 100] : [1, 16, 100, 256]).map((count) => pairs('one', talking, count,
        { tenants: count })),
      pairs('crowded', crowd, silent, { orgs: silent }),
    ],
    draw(rows) {
      const both = rows.filter(({ series, x }) => series === talking && x === usual)
        .map((row) => ({ ...row, series: crowd }));
      return { title: 'Cost by orgs: 256 pairs at saturation, one shard', panels: [
        panel([...rows.filter(({ series }) => series === talking), ...both,
          ...rows.filter(({ series }) => series === crowd)], cost,
        'server CPU, µs per message', { label: 'orgs in the directory' })] };
    },
  };
}

function shards() {
  const where = ['1 shard, a core of its own', '1 shard', '2 shards'];
  const bars = (rows, figure, y) => ({ bars: where, y: { label: y }, x: { label: '' }, series: [{
    name: figure.name,
    points: rows.map((row) => [where.indexOf(row.series), row[figure.key]])
      .filter(([, value]) => value !== null) }] });
  return {
    name: 'shards', x: 'shards', figures: [speed, cost, busy],
    points: [['one', 1], ['free1', 1], ['free2', 2]].map(([on, x], i) => pairs(on, where[i], x)),
    draw: (rows) => ({ title: 'Shards: 256 pairs at saturation, the generator on the same machine',
      panels: [bars(rows, speed, 'messages a second'), bars(rows, cost, 'server CPU, µs per message')] }),
  };
}

function latency(quick) {
  const rates = quick ? [5_000, 20_000] : [1_000, 5_000, 10_000, 20_000, 30_000];
  const x = { isLog: false, label: 'messages a second, open loop' };
  const drawn = (rows, figure, name) => ({ ...panel(rows, figure, `latency ${name}, µs`, x),
    y: { label: `latency ${name}, µs`, isLog: true }, x: { ...x, ticks: [0, ...ticksOf(rows)] } });
  return {
    name: 'latency', x: 'rate', figures: [p50, p99, speed, busy],
    points: rates.flatMap((rate) => [['one', 'treelined'], ['limit', 'limit']].map(([on, series]) =>
      pairs(on, series, rate, { words: ['--rate', rate] }))),
    draw: (rows) => ({ title: 'Latency by load: 256 pairs, from when each message was due',
      panels: [drawn(rows, p50, 'p50'), drawn(rows, p99, 'p99')] }),
  };
}

const wanted = 1.15;

// Alternating, since the machine's mood moves latencies by more than the two differ.
function paired(quick) {
  const words = ['--rate', 5_000];
  return {
    name: 'p50', x: 'rate', rounds: quick ? 3 : 9, seconds: quick ? 0.8 : 2.5, figures: [p50, p99, busy],
    points: [pairs('one', 'treelined', 5_000, { words }), pairs('limit', 'limit', 5_000, { words })],
    summary([treelined, limit]) {
      const other = limit.runs.map((run) => run[p50.key]);
      const ratios = treelined.runs.map((run, i) => run[p50.key] / other[i]).filter(Number.isFinite);
      return { ratios, median: median(ratios), wanted };
    },
    tell: ({ ratios, median: middle }) => `p50 of treelined / limit at 5,000 messages/s, each pair: `
      + `${ratios.map((ratio) => ratio.toFixed(2)).join(' ')}; median ${middle?.toFixed(3) ?? 'none'} `
      + `(wanted: at most ${wanted})`,
    draw: (rows, { ratios, median: middle }) => ({ title: 'p50 at 5,000 messages a second, paired runs',
      panels: [{ y: { label: 'p50 of treelined / p50 of the limit', most: wanted },
        x: { label: 'pair of runs, one after the other', ticks: ratios.map((_, i) => i + 1) },
        series: [{ name: 'a pair', only: 'dots', points: ratios.map((ratio, i) => [i + 1, ratio]) },
          ...[['median', middle], [`wanted: at most ${wanted}`, wanted]].map(([name, value]) => ({
            name, only: 'bare', points: ratios.map((_, i) => [i + 1, value]) }))] }] }),
  };
}

// Each from a fresh start, once: memory that was had is there for the next, and is not noisy.
function memory(quick) {
  const counts = quick ? [1_000, 5_000] : [1_000, 5_000, 19_000];
  const kinds = [['idle device', []], ['idle app', ['--apps']]];
  return {
    name: 'memory', x: 'connections', rounds: 1, isFresh: true, seconds: 0.1, figures: [resident],
    points: kinds.flatMap(([series, words]) => counts.map((count) =>
      ({ on: 'idle', series, x: count, devices: count, tenants: usual, words: ['idle', ...words] }))),
    draw: (rows) => ({ title: 'Memory by connections: resident, TLS and all', panels: [
      panel(rows, resident, 'KiB per connection', { label: 'idle connections' })] }),
  };
}

export const experiments = (quick) =>
  [devices, watchers, orgs, shards, latency, paired, memory].map((make) => make(quick));

const saturated = 90;  // % of its core, from which on a server's cost is its own

// One experiment as text: a row a point.
export function table({ name, x, figures, saturates }, rows) {
  const columns = figures.map((figure) => figure.name.padStart(13)).join('');
  const lines = rows.map((row) => row.series.padEnd(34) + label(row.x).padStart(12)
    + figures.map(({ key, digits }) => (row[key]?.toFixed(digits) ?? '–').padStart(13)).join('')
    + (saturates && Math.round(row[busy.key]) < saturated ? '  not saturated' : ''));
  return [name.padEnd(34) + x.padStart(12) + columns, ...lines].join('\n');
}
