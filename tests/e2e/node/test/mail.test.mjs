// Mail over a real SMTP server: what a change tells arrives, whatever dies in between.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, watch, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { Broker, admin, treelined } from '../lib/broker.mjs';
import { Rest } from '../lib/rest.mjs';
import { SmtpServer, header, makeCertificate, tokenOf } from '../lib/smtp.mjs';

const url = 'https://things.example.org';
const account = { user: 'treeline', password: 'an SMTP password' };
let certificate;
let ended = [];  // what a test has started, newest last

before(() => (certificate = makeCertificate()));
after(() => certificate.remove());
afterEach(async () => {
  for (const end of ended.reverse()) await end();
  ended = [];
});

async function startSmtp(settings = {}) {
  const smtp = new SmtpServer({ ...certificate, ...settings });
  ended.push(() => smtp.stop());
  return smtp.start();
}

// A port that nobody listens on.
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

// A broker with these lines in its [mail] section; none: without the section.
async function startBroker(lines, { data } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'treeline-mail-'));
  const config = join(directory, 'treeline.toml');
  const mail = lines ? ['[mail]', 'from = "broker@example.org"', 'retry_seconds = 1', ...lines] : [];
  writeFileSync(config, ['[http]', `public_base_url = "${url}"`, ...mail, ''].join('\n'));
  const broker = new Broker({ data: data ?? join(directory, 'data'), args: ['--config', config, '--shards', '2'] });
  ended.push(async () => {
    await broker.remove();
    rmSync(directory, { recursive: true, force: true });
  });
  return broker.start();
}

const plain = (port) => ['smtp_host = "127.0.0.1"', `smtp_port = ${port}`, 'tls = "none"'];

function command(broker, ...words) {
  const out = execFileSync(treelined, ['admin', '--data', broker.data, ...words], { encoding: 'utf8' });
  return out.trim() === '' ? {} : JSON.parse(out);
}

function metric(broker, name) {
  const text = execFileSync(treelined, ['admin', '--data', broker.data, 'metrics'], { encoding: 'utf8' });
  return Number(new RegExp(`^treeline_mail_${name} (\\S+)$`, 'm').exec(text)[1]);
}

// Users of the root; a letter to each whenever `tell` sets his password.
async function makeUsers(broker, names) {
  const root = await Rest.signIn(broker, admin);
  const users = [];
  for (const name of names) {
    users.push(await root.call('POST', `/orgs/${root.homeOrg}/users`, {
      email: `${name}@example.org`, name, role: 3, password: 'a first password',
    }));
  }
  return { root, users };
}

async function tell({ root, users }) {
  for (const user of users) {
    await root.call('POST', `/users/${user.id}/password`, { password: 'a second password' });
  }
}

const taken = (smtp, name) =>
  smtp.mail.take((mail) => mail.to.includes(`${name}@example.org`), `mail to ${name}`, 40_000);

test('a notice arrives over STARTTLS, signed in, from the configured address', async () => {
  const smtp = await startSmtp({ starttls: true, ...account });
  const passwordFile = join(certificate.directory, 'password');
  writeFileSync(passwordFile, `${account.password}\n`, { mode: 0o600 });
  const broker = await startBroker([
    'smtp_host = "127.0.0.1"', `smtp_port = ${smtp.port}`, `ca_file = "${certificate.certificate}"`,
    `user = "${account.user}"`, `password_file = "${passwordFile}"`,
  ]);
  await tell(await makeUsers(broker, ['una']));
  const mail = await taken(smtp, 'una');
  assert.equal(mail.tls, true);
  assert.equal(mail.user, account.user);
  assert.equal(mail.from, 'broker@example.org');
  assert.equal(header(mail, 'From'), '"Treeline" <broker@example.org>');
  assert.equal(header(mail, 'To'), 'una@example.org');
  assert.equal(header(mail, 'Auto-Submitted'), 'auto-generated');
  assert.match(mail.data, new RegExp(`^${url}/password-reset\r?$`, 'm'));
  assert.ok(!broker.said.includes('una@'), 'an address in the log');
});

test('nothing goes to a server that offers no TLS, or whose certificate is not known', async () => {
  for (const starttls of [false, true]) {
    const smtp = await startSmtp({ starttls });
    const broker = await startBroker(['smtp_host = "127.0.0.1"', `smtp_port = ${smtp.port}`]);
    const paused = new Promise((done) => {
      broker.process.stderr.on('data', (text) => {
        const why = /can't be handed over, trying again why=(\S+)/.exec(text);
        if (why) done(why[1]);
      });
    });
    await tell(await makeUsers(broker, ['una']));
    assert.equal(await paused, starttls ? 'tls_certificate' : 'no_starttls_offered');
    assert.equal(metric(broker, 'paused'), 1);
    assert.equal(metric(broker, 'waiting'), 1);
    assert.deepEqual(smtp.mail.messages, []);
  }
});

test('ACC-14 killed before any of its mails is sent, the broker sends every one afterwards', async () => {
  const port = await freePort();
  const names = ['ann', 'ben', 'cid', 'dot', 'eve'];
  const broker = await startBroker(plain(port));
  await tell(await makeUsers(broker, names));
  await broker.kill9();
  const smtp = await startSmtp({ port });
  await broker.start();
  const mails = await Promise.all(names.map((name) => taken(smtp, name)));
  const ids = new Set(mails.map((mail) => header(mail, 'Message-ID')));
  assert.equal(ids.size, names.length);
  assert.deepEqual(smtp.mail.messages, [], 'one came twice');
});

test('ACC-14 killed while a server holds its answer back, the broker repeats the same letter', async () => {
  const smtp = await startSmtp();
  const broker = await startBroker(plain(smtp.port));
  const people = await makeUsers(broker, ['ann', 'ben', 'cid']);
  await smtp.tell({ hold: true });
  await tell(people);
  const held = await taken(smtp, 'ann');
  assert.equal(held.held, true);
  await broker.kill9();
  await smtp.tell({});
  await broker.start();
  const again = await taken(smtp, 'ann');
  assert.equal(again.data, held.data);
  await taken(smtp, 'ben');
  await taken(smtp, 'cid');
  assert.deepEqual(smtp.mail.messages, []);
});

test('a server that says not now gets the letter again; one that says no does not', async () => {
  const smtp = await startSmtp();
  const broker = await startBroker(plain(smtp.port));
  const people = await makeUsers(broker, ['ann']);
  await smtp.tell({ rcpt: '450 4.2.0 later', times: 1 });
  await tell(people);
  await smtp.refused.take(() => true, 'a try');
  await taken(smtp, 'ann');
  assert.equal(metric(broker, 'deferred_total'), 1);

  await smtp.tell({ rcpt: '550 5.1.1 nobody', times: 1 });
  const given = new Promise((done) => {
    broker.process.stderr.on('data', (text) => {
      if (String(text).includes('letter given up')) done();
    });
  });
  await tell(people);
  await given;
  const { parked, newest } = command(broker, 'mail');
  assert.equal(parked, 1);
  assert.equal(newest[0].why, 'rcpt_550');
  command(broker, 'mail-retry');
  await taken(smtp, 'ann');
  assert.equal(command(broker, 'mail').parked, 0);
});

test('without SMTP settings letters become files that only the owner reads, and the log says so', async () => {
  const broker = await startBroker(null);
  assert.match(broker.said, /mail goes nowhere, it becomes files/);
  const people = await makeUsers(broker, ['una']);
  const directory = join(broker.data, 'mail');
  const named = new Promise((done) => {
    const watcher = watch(broker.data, { recursive: true }, (_, name) => {
      if (name?.endsWith('.eml')) {
        watcher.close();
        done();
      }
    });
  });
  await tell(people);
  await named;
  const [name] = readdirSync(directory).filter((file) => file.endsWith('.eml'));
  assert.match(readFileSync(join(directory, name), 'utf8'), /^To: una@example.org\r$/m);
  assert.equal(statSync(join(directory, name)).mode & 0o777, 0o600);
  assert.equal(statSync(directory).mode & 0o777, 0o700);
});

test('a backup holds the key and what waits, and a broker on it repeats nothing that was sent', async () => {
  const smtp = await startSmtp();
  const broker = await startBroker(plain(smtp.port));
  const people = await makeUsers(broker, ['ann', 'ben']);
  await tell({ ...people, users: people.users.slice(0, 1) });
  await taken(smtp, 'ann');
  await smtp.tell({ hold: true });
  await tell({ ...people, users: people.users.slice(1) });
  const held = await taken(smtp, 'ben');
  const copy = join(certificate.directory, 'copy');
  execFileSync(treelined, ['admin', '--data', broker.data, 'backup', copy]);
  assert.deepEqual(readFileSync(join(copy, 'mail.key')), readFileSync(join(broker.data, 'mail.key')));
  await broker.kill9();
  await smtp.tell({});
  await startBroker(plain(smtp.port), { data: copy });
  const again = await taken(smtp, 'ben');
  assert.equal(again.data, held.data);
  assert.deepEqual(smtp.mail.messages, []);
});

test('ACC-02 an invitation and a reset arrive as mail, and the token in each link opens it once', async () => {
  const port = await freePort();
  const broker = await startBroker(plain(port));
  const { root } = await makeUsers(broker, []);
  await root.call('POST', `/orgs/${root.homeOrg}/invitations`, { email: 'ina@example.org', role: 3 });
  await broker.kill9();  // before anybody took the letter
  const smtp = await startSmtp({ port });
  await broker.start();
  const invitation = await taken(smtp, 'ina');
  assert.match(invitation.data, new RegExp(`^${url}/invitation#token=`, 'm'));
  const accept = `/invitations/${tokenOf(invitation)}/accept`;
  const stranger = new Rest(broker);
  await stranger.call('POST', accept, { name: 'Ina', password: 'a password for ina' });
  assert.equal((await stranger.raw('POST', accept, { password: 'another password' })).status, 410);
  await Rest.signIn(broker, { email: 'ina@example.org', password: 'a password for ina' });

  await stranger.call('POST', '/password-resets', { email: 'ina@example.org' });
  const reset = await taken(smtp, 'ina');
  assert.match(reset.data, new RegExp(`^${url}/password-reset#token=`, 'm'));
  await broker.kill9();
  await broker.start();
  const finish = `/password-resets/${tokenOf(reset)}`;
  await stranger.call('PUT', finish, { password: 'a newer password' });
  assert.equal((await stranger.raw('PUT', finish, { password: 'yet another one' })).status, 410);
  await Rest.signIn(broker, { email: 'ina@example.org', password: 'a newer password' });
  // Killed before it was noted as sent, the reset may come once more: the same letter.
  let notice = await taken(smtp, 'ina');
  if (notice.data === reset.data) notice = await taken(smtp, 'ina');
  assert.match(notice.data, /password of your Treeline account was changed/);
  assert.deepEqual(smtp.mail.messages, []);
});

test('an invitation that was revoked while no server was there is never sent', async () => {
  const port = await freePort();
  const broker = await startBroker(plain(port));
  const people = await makeUsers(broker, ['ann']);
  const { root } = people;
  const at = `/orgs/${root.homeOrg}/invitations`;
  const { id } = await root.call('POST', at, { email: 'ina@example.org', role: 3 });
  const sent = await root.call('POST', at, { email: 'ivo@example.org', role: 3 });
  await root.call('POST', `${at}/${sent.id}/resend`);
  await root.call('DELETE', `${at}/${id}`);
  await tell(people);
  await broker.kill9();
  const smtp = await startSmtp({ port });
  await broker.start();
  const ivo = await taken(smtp, 'ivo');
  await taken(smtp, 'ann');
  assert.deepEqual(smtp.mail.messages, [], 'a letter with a dead link');
  await new Rest(broker).call('POST', `/invitations/${tokenOf(ivo)}/accept`,
    { name: 'Ivo', password: 'a password for ivo' });
});

test('--check names what is missing in the mail settings', async () => {
  const config = join(certificate.directory, 'bad.toml');
  writeFileSync(config, '[mail]\nsmtp_host = "mail.example.org"\ntls = "none"\nuser = "me"\n');
  assert.throws(
    () => execFileSync(treelined, ['--config', config, '--check'], { stdio: 'pipe', encoding: 'utf8' }),
    (error) => {
      assert.equal(error.status, 78);
      for (const what of ['mail.from is missing', 'http.public_base_url is missing', 'travel in the clear',
        'mail.password_file or TREELINE_SMTP_PASSWORD']) {
        assert.ok(error.stderr.includes(what), what);
      }
      return true;
    },
  );
});
