// How many system calls a process makes while something goes on.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

// By strace, whose summary's last line is the sum; it must have attached before the act begins.
// Says too whether some of them were io_uring's. null where this machine lets nobody be traced.
export async function countSystemCalls(pid, act) {
  const tracer = spawn('strace', ['-f', '-c', '-p', String(pid)], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  tracer.stderr.setEncoding('utf8');
  const attached = new Promise((done, failed) => {
    tracer.stderr.on('data', (text) => {
      said += text;
      if (said.includes('attached')) done();
    });
    tracer.once('error', failed);
    tracer.once('exit', () => failed(new Error(`strace can't attach: ${said.trim()}`)));
  });
  try {
    await attached;
  } catch (error) {
    if (/not permitted/.test(error.message)) return null;
    throw error;
  }
  await act();
  const ended = once(tracer, 'exit');
  tracer.kill('SIGINT');
  await ended;
  const sum = /^100\.00 +\S+ +\S+ +(\d+)/m.exec(said);
  if (!sum) throw new Error(`strace said no sum: ${said.trim()}`);
  return { calls: Number(sum[1]), hasRing: said.includes('io_uring_enter') };
}
