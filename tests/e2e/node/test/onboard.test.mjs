// docs/onboard-a-client.md, followed with copy and paste against a broker that is empty.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { Broker, root } from '../lib/broker.mjs';

const broker = new Broker();
before(() => broker.start());
after(() => broker.remove());

// The fenced blocks of the page, in order: { kind, text }.
function blocksOf(page) {
  return [...page.matchAll(/^```(\w+)( start)?\n([\s\S]*?)^```$/gm)].map(([, kind, start, text]) => ({
    kind: start ? 'start' : kind,
    text,
  }));
}

// One shell for the whole page, as a newcomer has; its variables stay.
class Shell {
  constructor() {
    this.process = spawn('bash', ['-s'], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]();
  }

  // What the commands printed.
  async run(commands) {
    const mark = '<<<done>>>';
    this.process.stdin.write(`${commands}\nprintf '\\n%s\\n' '${mark}'\n`);
    const printed = [];
    for (;;) {
      const { value, done } = await this.lines.next();
      assert.ok(!done, 'the shell ended');
      if (value === mark) return printed.join('\n').trim();
      printed.push(value);
    }
  }

  end() {
    this.process.stdin.end();
  }
}

// `…` in the page stands for anything that is there.
function assertLike(found, wanted, where) {
  if (wanted === '…') {
    assert.ok(found !== undefined && found !== null, where);
  } else if (wanted !== null && typeof wanted === 'object') {
    assert.deepEqual(Object.keys(found).sort(), Object.keys(wanted).sort(), where);
    for (const name of Object.keys(wanted)) assertLike(found[name], wanted[name], `${where}.${name}`);
  } else {
    assert.deepEqual(found, wanted, where);
  }
}

test('every step of docs/onboard-a-client.md answers as it is printed there', async () => {
  const page = readFileSync(join(root, 'docs', 'onboard-a-client.md'), 'utf8')
    .replaceAll('https://localhost:8443', `https://localhost:${broker.port}`)
    .replaceAll('./treeline-data', broker.data);
  const shell = new Shell();
  let printed = '';
  let steps = 0;
  for (const { kind, text } of blocksOf(page)) {
    if (kind === 'sh') {
      printed = await shell.run(text);
    } else if (kind === 'json') {
      assertLike(JSON.parse(printed), JSON.parse(text), `step ${++steps}`);
    } else if (kind === 'text') {
      assert.equal(printed, text.trim(), `step ${++steps}`);
    }
  }
  shell.end();
  assert.ok(steps >= 9, `only ${steps} steps were found`);
});
