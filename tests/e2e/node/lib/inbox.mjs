// Messages that came, and those who wait for one of them. Nothing here waits for time to pass,
// except to give up.
export class Inbox {
  #waiting = new Set();

  constructor(name) {
    this.name = name;
    this.messages = [];
  }

  push(message) {
    this.messages.push(message);
    for (const waiter of [...this.#waiting]) waiter(message);
  }

  // The first message, come or yet to come, that `matches`; it is taken out.
  take(matches, what = 'a message', giveUpMs = 15_000) {
    const index = this.messages.findIndex(matches);
    if (index >= 0) return Promise.resolve(this.messages.splice(index, 1)[0]);
    return new Promise((found, failed) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(waiter);
        const came = this.messages.map((m) => JSON.stringify(m)).join('\n  ');
        failed(new Error(`${this.name}: ${what} did not come; came:\n  ${came}`));
      }, giveUpMs);
      const waiter = (message) => {
        if (!matches(message)) return;
        clearTimeout(timer);
        this.#waiting.delete(waiter);
        this.messages.splice(this.messages.indexOf(message), 1);
        found(message);
      };
      this.#waiting.add(waiter);
    });
  }
}
