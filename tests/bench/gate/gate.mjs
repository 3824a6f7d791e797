// Measures one treelined by what does not depend on the clock, and compares with the bounds.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { Treeline, admin, makeCertificate, sim } from '../compare/servers.mjs';
import { CountedTreeline } from './callgrind.mjs';
import { countSystemCalls } from './system_calls.mjs';

const { values: options } = parseArgs({ options: { json: { type: 'string' } } });
const bounds = JSON.parse(readFileSync(join(dirname(fileURLToPath(import.meta.url)), '../gate.json')));
const directory = mkdtempSync(join(tmpdir(), 'treeline-gate-'));
const running = new Set();
const found = {};

async function load(server, ...words) {
  const file = join(directory, 'result.json');
  const command = ['load', ...words, ...server.options(), '--ca', server.tls.ca, '--quiet',
    '--server-pid', server.pid,
    '--warmup', 0, '--json', file, ...(words.includes('--duration') ? [] : ['--duration', 100])]
    .map(String);
  const generator = spawn(sim, command, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, TREELINE_ADMIN_EMAIL: admin.email, TREELINE_ADMIN_PASSWORD: admin.password },
  });
  running.add(generator);
  const [code, signal] = await once(generator, 'exit');
  running.delete(generator);
  const result = code === 0 ? JSON.parse(readFileSync(file)) : {};
  if (code !== 0 || result.misrouted + result.unreadable > 0) {
    throw new Error(`${words[0]}: the generator ended with ${code ?? signal}`);
  }
  return result;
}

async function withServer(server, act) {
  try {
    await server.start();
    return await act(server);
  } finally {
    await server.stop();
  }
}

// One message is under way per pair, so that each is a record of its own, in and out; what does not
// grow with the messages (logins, timers) cancels in the slope between two loads.
async function instructions(tls) {
  const few = 2_000;
  const many = 12_000;
  await withServer(new CountedTreeline(join(directory, 'counted'), tls), async (server) => {
    for (const scenario of ['pairs', 'commands']) {
      const run = (messages) => load(server, scenario, '--tenants', 4, '--devices', 16,
        '--outstanding', 16, '--messages', messages);
      await run(100);  // everything is made and has been touched once
      server.begin();
      await run(few);
      const least = server.count();
      await run(many);
      found[`${scenario}_instructions`] = (server.count() - least) / (many - few);
      server.pause();
    }
  });
}

// The server yields to the generator, so that it is at saturation on any machine: less than that,
// and each message is a wake-up.
class PoliteTreeline extends Treeline {
  program() {
    return ['nice', '-n', '19', ...super.program()];
  }
}

async function systemCalls(tls) {
  await withServer(new PoliteTreeline(join(directory, 'traced'), tls, 1), async (server) => {
    const run = (messages, ...words) =>
      load(server, ...words, '--tenants', 4, '--outstanding', 256, '--messages', messages);
    await run(1_000, 'pairs', '--devices', 256);
    for (const [name, words] of [['pairs', ['pairs', '--devices', 256]],
      ['burst', ['burst', '--burst', 10, '--devices', 26]]]) {
      const count = (messages) => countSystemCalls(server.pid, () => run(messages, ...words));
      const least = await count(5_000);
      if (least === null) return console.log('system calls: not counted, ptrace is not permitted');
      const { calls, hasRing } = await count(45_000);
      const way = hasRing ? '' : '_one_by_one';  // where the kernel lets nobody have io_uring
      found[`${name}_system_calls${way}`] = (calls - least.calls) / 40_000;
    }
  });
}

// Each from a fresh start: memory that was used once would be there for the next connections.
async function residents(tls) {
  for (const [name, words] of [['device', []], ['app', ['--apps']]]) {
    const server = new Treeline(join(directory, name), tls, 1);
    const idle = (count) => load(server, 'idle', ...words, '--tenants', 4, '--devices', count,
      '--duration', 2);
    await withServer(server, () => idle(1_000));  // the roster
    const result = await withServer(server, () => idle(1_000));
    found[`idle_${name}_kib`] = result.resident_per_connection_kib;
  }
}

function report() {
  let failed = 0;
  for (const [name, value] of Object.entries(found)) {
    const { most, target } = bounds[name];
    const verdict = value <= most ? 'ok' : 'FAILED';
    failed += value <= most ? 0 : 1;
    const digits = value > 1000 ? 0 : 2;
    console.log(`${name.padEnd(24)} ${value.toFixed(digits).padStart(9)}  at most ${most} `
      + `(target ${target})  ${verdict}`);
  }
  if (options.json) {
    writeFileSync(resolve(process.env.TREELINE_CALLER ?? '.', options.json),
      `${JSON.stringify(found, null, 2)}\n`);
  }
  return failed;
}

try {
  const tls = makeCertificate(directory);
  await residents(tls);
  await systemCalls(tls);
  await instructions(tls);
  process.exitCode = report() === 0 ? 0 : 1;
} catch (error) {
  process.stderr.write(`gate: ${error.message}\n`);
  process.exitCode = 70;
} finally {
  for (const child of running) child.kill('SIGTERM');
  rmSync(directory, { recursive: true, force: true });
}
