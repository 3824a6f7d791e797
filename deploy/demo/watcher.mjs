// One user's app: what it received, and what of that it should not have.
import { App, text } from '../../tests/e2e/node/lib/app.mjs';

export class Watcher {
  received = new Map(); // org -> values
  crossed = [];
  ended = new Set(); // devices that a watch_ended named
  lostAt = null; // since when (Unix ms) the right is gone

  constructor(tree, user) {
    this.tree = tree;
    this.user = user;
    this.mayNow = (device) => tree.maySee(user, device);
    this.byId = new Map(tree.devices.map((device) => [device.id, device]));
    this.heard = new Map(tree.devices.map((device) => [device.id, 0]));
  }

  async start(broker) {
    this.app = await App.connect(broker, this.user.rest.token, 'json');
    this.app.socket.on('message', (data) => this.#take(JSON.parse(data.toString())));
    const subtree = this.tree.orgs.get(this.user.org).id;
    const reply = await this.app.ask({ watch: { subtree, snapshot: true } });
    if (reply.status !== 'OK') throw new Error(`${this.user.name} cannot watch: ${reply.status}`);
  }

  #take(message) {
    this.app.inbox.messages.length = 0; // this demo keeps counts, not messages
    const { value, event, presence, watchEnded } = message;
    if (watchEnded) this.ended.add(watchEnded.device);
    const told = value ?? event ?? presence;
    if (told) this.#check(told);
    if (value) this.#count(value);
  }

  // A presence or value of a device that this user may not see crossed a border; so did one that
  // came after the word that the right had ended, or was sent by the device after the answer.
  #check(told) {
    const device = this.byId.get(told.device);
    const isForeign = !device || !this.tree.maySee(this.user, device);
    const isAfterEnd = this.ended.has(told.device);
    const isAfterAnswer = this.lostAt !== null && Number(told.atMs) > this.lostAt;
    if (isForeign || (isAfterEnd && this.lostAt !== null) || (isAfterAnswer && !this.mayNow(device))) {
      this.crossed.push(`${this.user.name} was told of ${device?.name ?? told.device}: ${text(told)}`);
    }
  }

  #count(value) {
    const org = this.byId.get(value.device)?.org ?? '?';
    this.received.set(org, (this.received.get(org) ?? 0) + 1);
    this.heard.set(value.device, (this.heard.get(value.device) ?? 0) + 1);
    this.onValue?.(value);
  }

  // Devices that this user may see and has heard fewer than `least` values of.
  missing(least) {
    return this.tree.devices.filter((d) => this.mayNow(d) && this.heard.get(d.id) < least);
  }
}
