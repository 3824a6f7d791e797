// A small tree over REST: a client org below the root with one user and one device of his.
import { admin } from './broker.mjs';
import { Rest } from './rest.mjs';

export const user = { email: 'una@example.org', password: 'a password for una', name: 'Una' };

export async function makeTree(broker) {
  const root = await Rest.signIn(broker, admin);
  const org = await root.call('POST', '/orgs', { parent: root.homeOrg, name: 'Client' });
  const made = await root.call('POST', `/orgs/${org.id}/users`, { ...user, role: 3 });
  const device = await root.call('POST', `/orgs/${org.id}/devices`, {
    name: 'lamp',
    owner: made.id,
  });
  const una = await Rest.signIn(broker, user);
  return { root, org, una, device };
}
