// How to connect one's own device, app and scripts to the broker that the demo left running.
import { relative } from 'node:path';
import { root, admin } from '../../tests/e2e/node/lib/broker.mjs';
import { password } from './tree.mjs';

export function howTo({ broker, tree, spare, sim }) {
  const { port, ca, url } = broker;
  const ada = tree.users.get('ada');
  const library = './tests/e2e/node/node_modules/blynk-library';
  return `
The broker runs on 127.0.0.1:${port} until Ctrl-C.
  CA certificate   ${ca}
  data directory   ${broker.data}
  users            ${[...tree.users.values()].map((user) => user.email).join(', ')}
                   password "${password}"; the maker's admin is ${admin.email}, "${admin.password}"

REST, signing in as ${ada.name}:
  curl --cacert ${ca} -H 'Content-Type: application/json' \\
    -d '{"email":"${ada.email}","password":"${password}"}' ${url}/api/v1/sessions
  curl --cacert ${ca} -H 'Authorization: Bearer ${ada.rest.token}' ${url}/api/v1/devices

An app (npm install -g wscat), then type the second line:
  wscat --ca ${ca} -s treeline.v1.json -H 'Authorization: Bearer ${ada.rest.token}' \\
    -c wss://127.0.0.1:${port}/app
  {"request":1,"watch":{"subtree":"${ada.rest.homeOrg}","snapshot":true}}

Your own device ("${spare.name}" of Hotel Aurora), simulated or with the Blynk library; or any firmware that
trusts the CA and has the token ${spare.token}:
  ${relative(root, sim)} --port ${port} --ca ${ca} --token ${spare.token}
  node -e "const B = require('${library}');
    const d = new B.Blynk('${spare.token}', { connector: new B.SslClient({
      addr: '127.0.0.1', port: ${port}, servername: 'localhost', ca: ['${ca}'] }) });
    d.on('connect', () => setInterval(() => d.virtualWrite(5, Date.now() % 100), 1000));"
`;
}
