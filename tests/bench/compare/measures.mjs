// What is measured: which load, which figure of its result, and what issue 4 wants of it.
// `against`: the greatest ratio to Mosquitto's and to the limit's median; `most`: the greatest value.

export function flows(quick) {
  const loginDevices = quick ? '256' : '1000';
  const perMessage = { figure: 'server_cpu_per_message_us', unit: 'µs' };
  const perLogin = { figure: 'server_cpu_per_login_us', unit: 'µs' };
  const calls = { figure: 'syscalls_per_message', unit: 'calls' };
  return [
    { name: 'pairs', load: ['pairs'], against: { mosquitto: 0.65, limit: 1.3 }, ...perMessage },
    { name: 'pairs_wss', load: ['pairs'], only: 'mosquitto', isWebSocket: true, ...perMessage },
    { name: 'commands', load: ['commands'], mqtt: ['--qos', '1'], without: 'limit',
      against: { mosquitto: 1 }, ...perMessage },
    { name: 'commands_sub0', load: ['commands'], mqtt: ['--qos', '1', '--listen-qos', '0'],
      only: 'mosquitto', ...perMessage },
    // A device of each tenant, as where the target comes from: two or three values of each under way.
    { name: 'fanout10', load: ['fanout', '--fan', '10', '--devices', '100'],
      against: { mosquitto: 0.45, limit: 1.2 }, ...perMessage },
    // One value of each device under way: an app has nothing that could be gathered into a record.
    { name: 'fanout10_lone', load: ['fanout', '--fan', '10', '--devices', '256'],
      against: { limit: 1.2 }, ...perMessage },
    { name: 'burst10', load: ['burst', '--burst', '10', '--devices', '26'],
      against: { mosquitto: 0.2, limit: 1.5 }, ...perMessage },
    { name: 'login_us', load: ['logins', '--devices', loginDevices],
      against: { mosquitto: 1.05 }, ...perLogin },
    { name: 'resume_us', load: ['logins', '--resume', '--devices', loginDevices], ...perLogin },
    // Needs the right to the kernel's tracepoint; a count is not noisy, so one round is enough.
    { name: 'pairs_syscalls', load: ['pairs', '--count-syscalls'], isOnce: true, most: 2.2, ...calls },
    { name: 'burst10_syscalls', load: ['burst', '--burst', '10', '--devices', '26', '--count-syscalls'],
      isOnce: true, most: 0.4, ...calls },
  ];
}

// Of a fresh server each, once: memory is not noisy.
export function idles(quick) {
  const devices = quick ? '2000' : '19000';
  const resident = { figure: 'resident_per_connection_kib', unit: 'KiB' };
  return [
    { name: 'idle_device_kib', load: ['idle', '--devices', devices], most: 16.5, ...resident },
    { name: 'idle_app_kib', load: ['idle', '--apps', '--devices', devices], isWebSocket: true,
      most: 19, ...resident },
  ];
}
