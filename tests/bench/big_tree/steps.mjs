// The steps: each drives a server that runs and returns its rows. What issue 4 wants stands here.
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../compare/table.mjs';
import { Load } from './load.mjs';
import { Caller } from './rest.mjs';
import { flipped, settleTimes } from './settling.mjs';
import { row } from './table.mjs';

const pairs = 256;
const busy_off_max = 3;  // percent of the core
const busy_tries_max = 4;

// `run` is what the steps share: directory, children, options, and the sum of what was misrouted.
function load(run, server, words) {
  if (run.isOver) throw new Error('told to stop');
  const running = new Load(server, run.directory, run.children, words);
  return {
    measures: running.measures,
    end: () => running.end(),
    result: async () => {
      const result = await running.result();
      run.misrouted += result.misrouted + result.unreadable;
      return result;
    },
  };
}

async function signedIn(server, act) {
  const caller = await Caller.signIn(server);
  try {
    return await act(caller);
  } finally {
    caller.close();
  }
}

async function roleNamed(caller, name) {
  const { items } = await caller.ask('GET', `/orgs/${caller.homeOrg}/roles`);
  return items.find((role) => role.name === name).id;
}

const ms = (us) => us / 1000;
const p99 = (result) => `p99.9 ${ms(result.latency_p999_us).toFixed(1)} ms, longest `
  + `${ms(result.latency_max_us).toFixed(1)} ms, ${result.messages} messages in `
  + `${result.measured_s.toFixed(1)} s, lost ${result.lost}, server busy ${result.server_busy_percent.toFixed(0)} %`;

export function started(big, small) {
  const [all, bare] = [big.residentMib(), small.residentMib()];
  return [
    row('start', big.startSeconds, 's', { most: 15 }),
    row('resident', all, 'MiB', { note: 'the whole process' }),
    row('resident_directory', all - bare, 'MiB',
      { most: 1024, note: `beyond the ${bare.toFixed(0)} MiB of one that is empty` }),
  ];
}

// The bound is the upper edge of the histogram's bucket.
function settledRows(name, times, medianMost, p99Most, fault = '') {
  const more = { ...times };
  const between = ({ above, ms: most }) => `bucket over ${above} to ${most}`;
  return [
    row(`${name}_median`, times.median.ms, 'ms', { most: medianMost, more,
      note: `${between(times.median)}; mean ${times.mean_ms.toFixed(2)}, ${times.changes} changes` }),
    row(`${name}_p99`, times.p99.ms, 'ms', { most: p99Most, isFailed: Boolean(fault),
      note: `${fault && `${fault}; `}${between(times.p99)}; mean of an fsync ${times.mean_fsync_ms.toFixed(2)}` }),
  ];
}

export function settledIdle(run, server) {
  return signedIn(server, async (caller) => {
    const { items } = await caller.ask('GET', '/orgs?limit=60');
    const below = items.map(({ id }) => id).filter((id) => id !== caller.homeOrg);
    const times = await settleTimes(server, caller, below.length > 0 ? below : [caller.homeOrg],
      await roleNamed(caller, 'User'), { count: 300, time_ms_max: 30_000 });
    return settledRows('settle_idle', times, 1, null);
  });
}

// One closed loop: what the server can carry, and what a message costs it then.
async function saturated(run, server) {
  const { quick } = run.options;
  const { result } = load(run, server, ['pairs', '--tenants', run.tenants, '--devices', pairs,
    '--outstanding', 256, '--quiet', '--warmup', quick ? 0.3 : 0.5, '--duration', quick ? 1 : 2]);
  return result();
}

export async function saturation(run, big, small) {
  const runs = { big: [], small: [] };
  for (let round = 1; round <= run.rounds; ++round) {
    for (const [name, server] of [['big', big], ['small', small]]) {
      const result = await saturated(run, server);
      runs[name].push(result);
      run.say(`pairs, ${name.padEnd(5)} ${result.server_cpu_per_message_us.toFixed(2)} µs, server `
        + `${result.server_busy_percent.toFixed(0)} % of its core`);
    }
  }
  const middle = (name, figure) => median(runs[name].map((result) => result[figure]));
  const busy = middle('big', 'server_busy_percent');
  const cost = (name) => middle(name, 'server_cpu_per_message_us');
  run.rate = middle('big', 'messages_per_second');
  return [
    row('pairs_big', cost('big'), 'µs', { note: `CPU time a message, ${run.rounds} rounds` }),
    row('pairs_small', cost('small'), 'µs'),
    row('pairs_ratio', median(runs.big.map((result, i) =>
      result.server_cpu_per_message_us / runs.small[i].server_cpu_per_message_us)), '',
    { most: 1.1, note: 'the median of each round\'s ratio' }),
    row('saturated_rate', Math.round(run.rate), '1/s', { note: busy < 85
      ? `NOT SATURATED: its server was busy ${busy.toFixed(0)} % only` : 'of the big one' }),
  ];
}

// What 100 % is, where the step that measures it was left out.
async function rateOf(run, server) {
  run.rate ??= (await saturated(run, server)).messages_per_second;
  return run.rate;
}

const openLoop = (run, rate, seconds) => load(run, run.big, ['pairs', '--tenants', run.tenants,
  '--devices', pairs, '--rate', Math.round(rate), '--warmup', 1, '--duration', seconds]);

// In the orgs whose people watch the traffic, in the role that lets them, which is swept each time.
async function changedUnderLoad(run, rate, count) {
  const traffic = openLoop(run, rate, 60);
  try {
    await traffic.measures;
    const times = await signedIn(run.big, async (caller) => settleTimes(run.big, caller,
      run.big.tenantOrgs(), await roleNamed(caller, 'Staff'),
      { count, pause_ms: 90, time_ms_max: 25_000 }));
    traffic.end();
    return { times, result: await traffic.result() };
  } finally {
    traffic.end();
  }
}

// At the rate at which the server is busy for 80 % of its core, the changes included, which pilots
// look for. A message costs more there than at saturation, where many share a turn: half the rate
// keeps the server busy for more than half, hence the power. A run that was not at 80 % says nothing
// of it: it is made again, and fails when that was so each time.
export async function settledUnderLoad(run) {
  let rate = 0.6 * await rateOf(run, run.big);
  const at = async (changes) => {
    const found = await changedUnderLoad(run, rate, changes);
    const busy = found.result.server_busy_percent;
    run.say(`${changes} changes at ${Math.round(rate)} messages a second: server busy ${busy.toFixed(1)} %`);
    rate *= Math.min(Math.max((80 / busy) ** 1.5, 0.5), 2);
    return { ...found, isOff: Math.abs(busy - 80) > busy_off_max };
  };
  for (const changes of [30, 30, 30]) await at(changes);
  let found;
  let tries = 0;
  do found = await at(run.options.quick ? 100 : 200); while (found.isOff && ++tries < busy_tries_max);
  const { times, result, isOff } = found;
  return [...settledRows('settle_loaded', times, null, 5, isOff ? 'NOT AT 80 %' : ''),
    row('loaded_p99', ms(result.latency_p99_us), 'ms', { note: p99(result) })];
}

// The generator begins to measure at most a second before the push and ends a second behind it, so
// that its percentiles are of that time.
async function pushed(run, caller, name, path, body) {
  const traffic = openLoop(run, 0.5 * await rateOf(run, run.big), 120);
  try {
    await traffic.measures;
    const answer = await caller.timed('POST', `/orgs/${caller.homeOrg}/permissions/${path}`, body);
    await sleep(1000);
    traffic.end();
    const result = await traffic.result();
    const isFailed = answer.status !== 200;
    const orgs = isFailed ? answer.raw.slice(0, 200) : JSON.parse(answer.raw).orgs_total;
    return [
      row(name, answer.seconds, 's', { most: 3, isFailed,
        note: isFailed ? `answered ${answer.status} ${orgs}` : `${orgs} orgs`,
        more: { status: answer.status } }),
      row(`${name}_traffic_p99`, ms(result.latency_p99_us), 'ms', { most: 20, note: p99(result) }),
    ];
  } finally {
    traffic.end();
  }
}

// A switch of the root's users is pushed to all, taken back, pushed as a link, taken back.
export function pushes(run) {
  return signedIn(run.big, async (caller) => {
    const path = `/orgs/${caller.homeOrg}/roles/${await roleNamed(caller, 'User')}/permissions`;
    const { permissions } = await caller.ask('GET', path);
    // One that has an effect for users: an export without the view would change nothing for them.
    await caller.ask('PUT', path, { permissions: flipped(permissions, 'own_devices.transfer') });
    try {
      return [
        ...await pushed(run, caller, 'push_overwrite', 'push', { mode: 'overwrite' }),
        ...await pushed(run, caller, 'undo_overwrite', 'push/undo'),
        ...await pushed(run, caller, 'push_link', 'push', { mode: 'link' }),
        ...await pushed(run, caller, 'undo_link', 'push/undo'),
      ];
    } finally {
      if (run.big.isRunning()) await caller.ask('PUT', path, { permissions });
    }
  });
}

export async function storm(run, server) {
  const devices = run.options.quick ? 2_000 : 10_000;
  // In a process of their own: the other generator stands still while it closes 10,000 connections.
  const beside = Object.create(server, { credentials: { value: 'credentials-others' } });
  const others = load(run, beside, ['pairs', '--tenants', 16, '--devices', 50, '--rate', 500,
    '--warmup', 0, '--duration', 120]);
  await others.measures;
  const { result } = load(run, server, ['storm', '--tenants', 16, '--devices', devices,
    '--quiet', '--warmup', 2, '--connect-max', 60]);
  const found = await result();
  others.end();
  const met = await others.result();
  return [
    row('storm_all_back', found.all_back_in_s ?? Infinity, 's',
      { most: 30, isFailed: found.logins < devices, note: `${found.logins} of ${devices} devices` }),
    row('storm_others_p99', ms(met.latency_p99_us), 'ms', { most: 500, note: p99(met) }),
    row('storm_misrouted', found.misrouted, '', { most: 0 }),
  ];
}
