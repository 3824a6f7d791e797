// treelined under valgrind's callgrind, counting only between begin() and pause().
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Treeline } from '../compare/servers.mjs';

// The values of dirty pins are saved by the clock, not by the message: under valgrind, which is
// fifty times slower, that would be one save per message where it is one of a hundred.
const byTheClock = /Shard::Impl::save_waiting\(\)/;

export class CountedTreeline extends Treeline {
  constructor(directory, tls) {
    super(directory, tls, 1);
    this.dumps = 0;
  }

  // valgrind 3.19 can't read the debug information of clang 19.
  program() {
    const stripped = join(this.directory, 'treelined');
    if (!existsSync(stripped)) execFileSync('objcopy', ['--strip-debug', super.program()[0], stripped]);
    return ['valgrind', '--quiet', '--tool=callgrind', '--instr-atstart=no', '--separate-threads=yes',
      `--callgrind-out-file=${join(this.directory, 'callgrind')}`, stripped];
  }

  control(...words) {
    execFileSync('callgrind_control', [...words, String(this.pid)], { stdio: 'pipe' });
  }
  begin() {
    this.control('-i', 'on');
    this.control('-z');
  }
  pause() {
    this.control('-i', 'off');
  }

  // Instructions of the shard's thread, which is the busiest, since begin() or the last count().
  count() {
    this.control('-d');
    this.dumps += 1;
    const dumps = readdirSync(this.directory)
      .filter((name) => name.startsWith(`callgrind.${this.dumps}-`))
      .map((name) => join(this.directory, name));
    const totals = dumps.map((file) => Number(/^totals: (\d+)$/m.exec(readFileSync(file))?.[1] ?? 0));
    const busiest = dumps[totals.indexOf(Math.max(...totals))];
    return Math.max(...totals) - this.inclusive(busiest, byTheClock);
  }

  inclusive(dump, name) {
    const text = execFileSync('callgrind_annotate', ['--inclusive=yes', '--threshold=100', dump],
      { encoding: 'utf8', maxBuffer: 1 << 26 });
    const line = text.split('\n').find((one) => name.test(one) && !one.includes("'"));
    return line ? Number(line.trim().split(' ')[0].replaceAll(',', '')) : 0;
  }
}
