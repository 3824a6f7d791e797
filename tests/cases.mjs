// Writes docs/cases.md: for each case of tests/cases.tsv the tests that carry its id, or why there
// is none. `node tests/cases.mjs --check` fails when the page is not what would be written.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const page = join(root, 'docs', 'cases.md');

function files(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? [] : files(path);
    return /\.(cpp|hpp|mjs)$/.test(entry.name) && path !== fileURLToPath(import.meta.url) ? [path] : [];
  });
}

// id -> names of tests, from `TEST(Suite, …_REST_04_…)` and `test('REST-04 …')`.
function testsById() {
  const found = new Map();
  const add = (id, name) => found.set(id, [...(found.get(id) ?? []), name]);
  for (const path of files(join(root, 'tests'))) {
    const text = readFileSync(path, 'utf8');
    for (const [, suite, name] of text.matchAll(/\b(?:TEST|TEST_F|TEST_P|RC_GTEST_PROP)\(\s*(\w+),\s*(\w+)/g)) {
      for (const [, group, number] of name.matchAll(/(REST|ACC|TEN|PRM|XFR)_(\d\d)(?!\d)/g)) {
        add(`${group}-${number}`, `\`${suite}.${name}\``);
      }
    }
    for (const [, , name] of text.matchAll(/\btest\(\s*(['"`])(.*?)\1/g)) {
      for (const [id] of name.matchAll(/(?:REST|ACC|TEN|PRM|XFR)-\d\d/g)) {
        add(id, `\`${relative(root, path)}\``);
      }
    }
  }
  return found;
}

function render() {
  const found = testsById();
  const cell = (text) => text.replaceAll('|', '\\|');
  const rows = readFileSync(join(root, 'tests', 'cases.tsv'), 'utf8').split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split('\t'));
  const unknown = [...found.keys()].filter((id) => !rows.some(([known]) => known === id));
  if (unknown.length > 0) throw new Error(`tests name cases that there are not: ${unknown}`);
  const lines = rows.map(([id, what, why]) => {
    const tests = [...new Set(found.get(id) ?? [])].sort();
    const state = tests.length > 0 ? tests.join(', ') : `— ${why || 'no test yet'}`;
    return `| ${id} | ${cell(what)} | ${cell(state)} |`;
  });
  const held = rows.filter(([id]) => found.has(id)).length;
  return [
    '# Cases and their tests', '',
    'Attacks, faults and bad inputs, and the test that holds each. Written by `node tests/cases.mjs`;',
    'the suite fails when it is not up to date.', '',
    `${held} of ${rows.length} have a test that carries their id.`, '',
    '| case | what is done | test |', '|---|---|---|', ...lines, '',
  ].join('\n');
}

const wanted = render();
if (process.argv.includes('--check')) {
  let there = '';
  try {
    there = readFileSync(page, 'utf8');
  } catch {
    // A page that is missing is out of date.
  }
  if (there !== wanted) {
    console.error('docs/cases.md is not up to date: run node tests/cases.mjs');
    process.exit(1);
  }
} else {
  writeFileSync(page, wanted);
}
