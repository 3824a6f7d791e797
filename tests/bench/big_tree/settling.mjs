// Small changes by REST, and how long each took from its fsync until settled on all shards, by the
// server's own histogram.
import { setTimeout as sleep } from 'node:timers/promises';

const bucket = /^treeline_settle_seconds_bucket\{le="([^"]+)"\} (\S+)$/gm;
const permission = 'org_devices.export';
const orgs_max = 50;

async function histogramOf(server) {
  const text = await server.metrics();
  const number = (name) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? NaN);
  return {
    edges: [...text.matchAll(bucket)].map(([, edge, count]) =>
      ({ ms: edge === '+Inf' ? Infinity : Number(edge) * 1000, count: Number(count) })),
    sum_ms: number('treeline_settle_seconds_sum') * 1000,
    fsyncs: number('treeline_fsyncs_total'),
    fsync_ms: number('treeline_fsync_seconds_total') * 1000,
  };
}

// The bucket that holds the share'th of the changes: over `above`, at most `ms`.
function bucketAt(edges, share) {
  const wanted = share * edges.at(-1).count;
  const at = edges.findIndex(({ count }) => count >= wanted);
  return { above: at === 0 ? 0 : edges[at - 1].ms, ms: edges[at].ms };
}

function difference(before, after) {
  const edges = after.edges.map(({ ms, count }, i) => ({ ms, count: count - before.edges[i].count }));
  const changes = edges.at(-1)?.count ?? 0;
  if (changes === 0) throw new Error('no change was timed by treeline_settle_seconds');
  return {
    changes,
    median: bucketAt(edges, 0.5),
    p99: bucketAt(edges, 0.99),
    mean_ms: (after.sum_ms - before.sum_ms) / changes,
    mean_fsync_ms: (after.fsync_ms - before.fsync_ms) / (after.fsyncs - before.fsyncs),
    buckets: edges.map(({ ms, count }, i) =>
      ({ at_most_ms: ms, changes: count - (i === 0 ? 0 : edges[i - 1].count) })),
  };
}

// Gives or takes one permission of a role in one org after the other, at least `pause_ms` apart, until
// `count` are made or `time_ms_max` has passed.
export async function settleTimes(server, caller, orgs, role, { count, pause_ms = 0, time_ms_max }) {
  const sets = [];
  for (const org of orgs.slice(0, orgs_max)) {
    const path = `/orgs/${org}/roles/${role}/permissions`;
    sets.push({ path, permissions: (await caller.ask('GET', path)).permissions });
  }
  const before = await histogramOf(server);
  const began = performance.now();
  for (let made = 0; made < count && performance.now() - began < time_ms_max; ++made) {
    const set = sets[made % sets.length];
    set.permissions = flipped(set.permissions);
    await caller.ask('PUT', set.path, { permissions: set.permissions });
    const next = began + (made + 1) * pause_ms;
    if (next > performance.now()) await sleep(next - performance.now());
  }
  await sleep(200);  // the last is counted after its answer
  return difference(before, await histogramOf(server));
}

export const flipped = (permissions, one = permission) => (permissions.includes(one)
  ? permissions.filter((name) => name !== one) : [...permissions, one]);
