// The demo's tree, and its own idea of who may see what: nothing here asks the broker.
import { Rest } from '../../tests/e2e/node/lib/rest.mjs';
import { admin } from '../../tests/e2e/node/lib/broker.mjs';

const ADMIN = 1;
const STAFF = 2;
const USER = 3;
export const password = 'demo demo demo';

// key, name, parent. The maker is the server's first root.
const orgs = [
  ['maker', 'Maker', null],
  ['aurora', 'Hotel Aurora', 'maker'],
  ['bruno', 'Bakery Bruno', 'maker'],
  ['coolfix', 'Coolfix (contractor)', 'aurora'],
];

const users = [
  ['mia', 'maker', STAFF],
  ['ada', 'aurora', ADMIN],
  ['una', 'aurora', USER],
  ['ben', 'bruno', STAFF],
  ['bea', 'bruno', USER],
  ['cem', 'coolfix', STAFF],
];

const devices = [
  ['test bench', 'maker', null],
  ['lobby lamp', 'aurora', null],
  ['pool pump', 'aurora', null],
  ['room 12', 'aurora', 'una'],
  ['oven', 'bruno', null],
  ['fridge', 'bruno', null],
  ['shop door', 'bruno', 'bea'],
  ['chiller 1', 'coolfix', null],
  ['chiller 2', 'coolfix', null],
];

const roleNames = { [ADMIN]: 'Admin', [STAFF]: 'Staff', [USER]: 'User' };

export class Tree {
  orgs = new Map();
  users = new Map();
  devices = [];

  static async make(broker) {
    const tree = new Tree();
    tree.maker = await Rest.signIn(broker, admin);
    for (const [key, name, parent] of orgs) {
      const id = parent ? await tree.#makeOrg(key, name, parent) : tree.maker.homeOrg;
      tree.orgs.set(key, { key, name, parent, id });
    }
    for (const [name, org, role] of users) await tree.#makeUser(broker, name, org, role);
    for (const [name, org, owner] of devices) tree.devices.push(await tree.makeDevice(name, org, owner));
    return tree;
  }

  async #makeOrg(key, name, parent) {
    const body = { parent: this.orgs.get(parent).id, name, can_create_suborgs: key === 'aurora' };
    return (await this.maker.call('POST', '/orgs', body)).id;
  }

  async #makeUser(broker, name, org, role) {
    const email = `${name}@${org}.example`;
    const body = { email, name, role, password };
    const made = await this.maker.call('POST', `/orgs/${this.orgs.get(org).id}/users`, body);
    const rest = await Rest.signIn(broker, { email, password });
    this.users.set(name, { name, org, role, email, id: made.id, rest, title: roleNames[role] });
  }

  async makeDevice(name, org, owner) {
    const body = owner ? { name, owner: this.users.get(owner).id } : { name };
    const made = await this.maker.call('POST', `/orgs/${this.orgs.get(org).id}/devices`, body);
    return { name, org, owner, id: String(made.id), token: made.token };
  }

  // Whether `org` is `top` or stands below it.
  isWithin(org, top) {
    for (let key = org; key; key = this.orgs.get(key).parent) {
      if (key === top) return true;
    }
    return false;
  }

  // tenancy.md in three lines, for the default roles: Admin and Staff see their org and all below
  // it, a User sees what he owns.
  maySee(user, device) {
    if (user.role === USER) return device.owner === user.name;
    return this.isWithin(device.org, user.org);
  }
}
