// The live picture in the terminal: who received how many values of whose devices.
const columns = ['maker', 'aurora', 'bruno', 'coolfix'];

export class Table {
  #lines = 0;

  constructor(watchers) {
    this.watchers = watchers;
    this.isLive = Boolean(process.stdout.isTTY);
  }

  render() {
    const cell = (value) => String(value).padStart(9);
    const head = 'received by'.padEnd(24) + columns.map(cell).join('') + '   (values, by the device\'s org)';
    const rows = this.watchers.map((watcher) => {
      const { name, title, org } = watcher.user;
      const mark = watcher.lostAt === null ? '' : `   right taken away, ${watcher.ended.size} watches ended`;
      const counts = columns.map((key) => cell(watcher.received.get(key) ?? '·')).join('');
      return `${name}, ${title} of ${org}`.padEnd(24) + counts + mark;
    });
    return [head, ...rows, `crossed a border: ${this.crossed().length}`];
  }

  crossed() {
    return this.watchers.flatMap((watcher) => watcher.crossed);
  }

  // Over the one before where the terminal can do that.
  draw() {
    if (this.isLive && this.#lines > 0) process.stdout.write(`\x1b[${this.#lines}A\x1b[J`);
    const lines = this.render();
    process.stdout.write(lines.join('\n') + '\n');
    this.#lines = lines.length;
  }

  // What is printed next stands below it.
  leave() {
    this.draw();
    this.#lines = 0;
  }
}
